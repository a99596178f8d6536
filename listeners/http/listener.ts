import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Clock, Emit, HttpListen, Intake, Listener } from '../../channels/contract/index.ts'
import { AqueductError } from '../../channels/contract/index.ts'
import { contentTypeOf, statusOf } from './answer.ts'
import { readBody } from './body.ts'

export type HttpListenerOptions = HttpListen & { readonly channel: string }

export interface HttpListenerDeps {
  readonly emit: Emit
  readonly clock: Clock
}

/** What a message may call itself. A request that says nothing is taken at its word, which is its bytes. */
const CONTENT_TYPES = new Set([
  'application/hl7-v2',
  'application/hl7-v2+er7',
  'x-application/hl7-v2+er7',
  'application/x-hl7',
  'text/hl7v2',
  'text/plain',
  'application/octet-stream',
  'application/fhir+json',
  'application/edi-x12',
  'application/x12',
])
const HL7 = 'application/hl7-v2'
const RETRY_SECONDS = '2'
/** Time a client has for its whole request; a slower one is no sender of messages of this size. */
const REQUEST_TIMEOUT_MS = 60_000
const DRAIN_MS = 10_000

/**
 * Takes one HL7 v2 message a POST at `options.path` and answers with its acknowledgement, as durable as over MLLP.
 *
 * AA → 200, AE → 422, AR → 400, the acknowledgement as the body; 413 with the acknowledgement for an oversized message, whose first
 * 64 KB are kept; 429 with Retry-After while intake has no room; 503 when the sender shall send again; 404, 405 and 415 for
 * what is no message for this channel.
 *
 * @throws AqueductError when the port cannot be opened
 */
export async function startHttpListener(options: HttpListenerOptions, intake: Intake, deps: HttpListenerDeps): Promise<Listener & { connections(): number }> {
  let stopping = false
  let open = 0
  let connections = 0
  let idle: (() => void) | null = null
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: 20_000 }, (request, response) => {
    open++
    response.once('close', () => {
      open--
      if (open === 0) idle?.()
    })
    if (stopping) refuse(request, response, 503, 'The engine is stopping; send it again.', { 'retry-after': RETRY_SECONDS })
    else take(request, response, options, intake, deps)
  })
  server.on('connection', (socket) => {
    connections++
    socket.once('close', () => connections--)
  })
  server.on('clientError', (error, socket) => {
    const what = problemOf(error)
    if (what !== null) deps.emit('listener:problem', { channel: options.channel, what, bytes: 0 })
    if (socket.writable) socket.end(`HTTP/1.1 ${what === 'request too slow' ? '408 Request Timeout' : '400 Bad Request'}\r\nconnection: close\r\n\r\n`)
    else socket.destroy()
  })
  const { host, port } = await listen(server, options)
  return {
    address: { type: 'http', host, port },
    connections: () => connections,
    async stop() {
      stopping = true
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      if (open > 0) {
        const answered = new Promise<void>((resolve) => (idle = resolve))
        let cancel = () => undefined as void
        const late = new Promise<void>((resolve) => (cancel = deps.clock.after(DRAIN_MS, resolve)))
        await Promise.race([answered, late])
        cancel()
      }
      server.closeAllConnections()
      await closed
    },
  }
}

/** What a connection did wrong, or null when it went away: that is told of the request it had begun, if it had. */
function problemOf(error: Error): string | null {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request too slow'
  return code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE' ? 'not HTTP' : null
}

async function listen(server: Server, options: HttpListenerOptions): Promise<{ readonly host: string; readonly port: number }> {
  const listening = once(server, 'listening')
  server.listen({ host: options.host, port: options.port })
  try {
    await listening
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new AqueductError(
      'INTERNAL',
      `channel ${options.channel} cannot listen on ${options.host}:${options.port} (${code}); free the port or change listen.http.port`,
    )
  }
  const address = server.address()
  return { host: options.host, port: typeof address === 'object' && address !== null ? address.port : options.port }
}

function take(request: IncomingMessage, response: ServerResponse, options: HttpListenerOptions, intake: Intake, deps: HttpListenerDeps): void {
  const [path] = (request.url ?? '').split('?')
  if (path !== options.path) return refuse(request, response, 404, `Messages for this channel are posted to ${options.path}.`)
  if (request.method !== 'POST') return refuse(request, response, 405, 'A message is sent with POST.', { allow: 'POST' })
  const type = (request.headers['content-type'] ?? HL7).split(';')[0]?.trim().toLowerCase() ?? ''
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (!CONTENT_TYPES.has(type) || encoding !== 'identity') {
    return refuse(request, response, 415, `Send the message as ${HL7}, uncompressed.`, { 'accept-post': [...CONTENT_TYPES].join(', ') })
  }
  if (!intake.ready()) return refuse(request, response, 429, 'The engine has as much in hand as it can hold; send it again.', { 'retry-after': RETRY_SECONDS })
  readBody(request, options.maxMessageBytes, (body) => {
    if (body.kind === 'aborted') {
      deps.emit('listener:problem', { channel: options.channel, what: 'request cut short', bytes: body.size })
      return
    }
    if (body.kind === 'oversized') {
      intake.takeOversized(body.head, body.size, (reply) => acknowledge(request, response, reply, 413))
      return
    }
    if (body.bytes.length === 0) return refuse(request, response, 400, 'The request has no body; the message is the body.')
    intake.take(body.bytes, (reply) => acknowledge(request, response, reply, null))
  })
}

/** Sends the acknowledgement. No reply means that nothing was kept: the sender has to send it again. */
function acknowledge(request: IncomingMessage, response: ServerResponse, reply: Uint8Array | null, oversized: 413 | null): void {
  if (response.destroyed) return
  if (reply === null) return refuse(request, response, 503, 'The message was not taken; send it again.', { 'retry-after': RETRY_SECONDS })
  const meant = statusOf(reply)
  const status = oversized !== null && meant !== 503 ? oversized : meant
  response.writeHead(status, {
    'content-type': contentTypeOf(reply),
    'content-length': reply.length,
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': RETRY_SECONDS } : {}),
    ...(oversized === null ? {} : { connection: 'close' }),
  })
  response.end(reply)
}

/** A refusal before anything was taken, in words (RFC 9457). What is left of the request is read and dropped, so that the answer is seen. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, detail: string, headers: Readonly<Record<string, string>> = {}): void {
  const body = JSON.stringify({ type: 'about:blank', status, detail })
  response.writeHead(status, { 'content-type': 'application/problem+json', 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store', ...headers })
  response.end(body)
  if (!request.complete) request.resume()
}
