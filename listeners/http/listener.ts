import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Emit, HttpListen, Intake, Listener } from '../../channels/contract/index.ts'
import { contentTypeOf, statusOf } from './answer.ts'
import { readBody } from './body.ts'
import { openServer } from './server.ts'

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
  const { host, port, connections, stop } = await openServer(
    { channel: options.channel, host: options.host, port: options.port, key: 'http' },
    {
      clock: deps.clock,
      take: (request, response) => take(request, response, options, intake, deps),
      late: (request, response) => refuse(request, response, 503, 'The engine is stopping; send it again.', { 'retry-after': RETRY_SECONDS }),
      bad(error) {
        const what = problemOf(error)
        if (what !== null) deps.emit('listener:problem', { channel: options.channel, what, bytes: 0 })
        return what === 'request too slow' ? '408 Request Timeout' : '400 Bad Request'
      },
    },
  )
  return { address: { type: 'http', host, port }, connections, stop }
}

/** What a connection did wrong, or null when it went away: that is told of the request it had begun, if it had. */
function problemOf(error: Error): string | null {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request too slow'
  return code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE' ? 'not HTTP' : null
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
