/** An HTTP server that can be stopped: what it has taken is answered, then it closes. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { AqueductError } from '../../channels/contract/index.ts'
import type { Clock } from '../../channels/contract/index.ts'

export interface ServerOptions {
  readonly channel: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Key of the channel file that names the port: `http`. */
  readonly key: string
}

export interface ServerParts {
  readonly clock: Clock
  readonly take: (request: IncomingMessage, response: ServerResponse) => void
  /** Answers a request that comes while the server is stopping. */
  readonly late: (request: IncomingMessage, response: ServerResponse) => void
  /** What a connection did that is no HTTP; gives the status line to answer with. */
  readonly bad: (error: Error) => string
}

export interface RunningServer {
  readonly host: string
  readonly port: number
  connections(): number
  /** Takes nothing new, answers what it has, closes. */
  stop(): Promise<void>
}

/** Time a client has for its whole request; a slower one is no sender of messages of this size. */
const REQUEST_TIMEOUT_MS = 60_000
const DRAIN_MS = 10_000

/** @throws AqueductError when the port cannot be opened */
export async function openServer(options: ServerOptions, { bad, clock, late, take }: ServerParts): Promise<RunningServer> {
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
    if (stopping) late(request, response)
    else take(request, response)
  })
  server.on('connection', (socket) => {
    connections++
    socket.once('close', () => connections--)
  })
  server.on('clientError', (error, socket) => {
    const status = bad(error)
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`)
    else socket.destroy()
  })
  const listening = once(server, 'listening')
  server.listen({ host: options.host, port: options.port })
  try {
    await listening
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw new AqueductError(
      'INTERNAL',
      `channel ${options.channel} cannot listen on ${options.host}:${String(options.port)} (${code}); free the port or change listen.${options.key}.port`,
    )
  }
  const address = server.address()
  return {
    host: options.host,
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    connections: () => connections,
    async stop() {
      stopping = true
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      if (open > 0) {
        const answered = new Promise<void>((resolve) => (idle = resolve))
        let cancel = () => undefined as void
        const overdue = new Promise<void>((resolve) => (cancel = clock.after(DRAIN_MS, resolve)))
        await Promise.race([answered, overdue])
        cancel()
      }
      server.closeAllConnections()
      await closed
    },
  }
}
