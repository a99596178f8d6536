/** Listens for MLLP on TCP or TLS and hands each message to the engine. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { TlsOptions } from 'node:tls'
import type { Clock, Emit, Intake, Listener, MllpListen, TlsSettings } from '../../channels/contract/index.ts'
import { MllpConnection } from './connection.ts'

/** How long `stop` waits for acknowledgements that are owed. */
const GRACE_MS = 10_000
const HANDSHAKE_MS = 10_000

export interface MllpListener extends Listener {
  /** Open connections. */
  connections(): number
}

/**
 * Starts listening (port 0 chooses one). Rejects when the address cannot be used or the certificate not be read. Later problems
 * are `listener:problem` events and never end the listener.
 */
export async function startMllpListener(
  options: MllpListen & { readonly channel: string },
  intake: Intake,
  deps: { readonly clock: Clock; readonly emit: Emit; readonly graceMs?: number },
): Promise<MllpListener> {
  const { clock, emit } = deps
  const open = new Set<MllpConnection>()
  let stopping: Promise<void> | null = null
  const report = (what: string, bytes: number): void => emit('listener:problem', { channel: options.channel, what, bytes })
  const accept = (socket: Socket): void => {
    const connection = new MllpConnection(socket, { maxBytes: options.maxMessageBytes, intake, clock, report })
    open.add(connection)
    socket.on('close', () => open.delete(connection))
    if (stopping !== null) connection.stop()
  }
  const server = createListening(options.tls, accept, report)
  server.maxConnections = options.maxConnections
  server.on('drop', () => report('connection refused: max_connections reached', 0))
  await listen(server, options.host, options.port)
  server.on('error', (error: NodeJS.ErrnoException) => report(`listening failed (${error.code ?? error.name})`, 0))
  const cancelSweep = sweepIdle(open, options.idleTimeoutMs, clock, report)

  const stop = async (): Promise<void> => {
    cancelSweep()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const connection of open) connection.stop()
    const cancel = clock.after(deps.graceMs ?? GRACE_MS, () => {
      if (open.size > 0) report('connections cut at stop with acknowledgements owed', 0)
      for (const connection of open) connection.destroy()
    })
    await closed
    cancel()
  }
  return {
    address: { type: 'mllp', host: options.host, port: portOf(server) },
    connections: () => open.size,
    stop: () => (stopping ??= stop()),
  }
}

function createListening(tls: TlsSettings | null, accept: (socket: Socket) => void, report: (what: string, bytes: number) => void): Server {
  if (tls === null) return createServer({ allowHalfOpen: true }, accept)
  const server = createTlsServer({ ...tlsOptions(tls), allowHalfOpen: true, handshakeTimeout: HANDSHAKE_MS }, accept)
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    report(`TLS handshake failed (${error.code ?? error.name})`, 0)
    socket.destroy()
  })
  return server
}

function tlsOptions({ cert, key, ca, requireClientCertificate }: TlsSettings): TlsOptions {
  return {
    cert: pem(cert),
    key: pem(key),
    ...(ca === null ? {} : { ca: pem(ca) }),
    requestCert: requireClientCertificate,
    rejectUnauthorized: requireClientCertificate,
    minVersion: 'TLSv1.2',
  }
}

/** A setting is the PEM text itself or the path of a file that holds it. */
function pem(setting: string): string {
  return setting.includes('-----BEGIN') ? setting : readFileSync(setting, 'utf8')
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 511 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return address === null || typeof address === 'string' ? 0 : address.port
}

/** One timer for all connections: those that were quiet for `idleMs` are closed, at most a quarter of it later. */
function sweepIdle(open: ReadonlySet<MllpConnection>, idleMs: number, clock: Clock, report: (what: string, bytes: number) => void): () => void {
  if (idleMs <= 0) return () => undefined
  let cancel = (): void => undefined
  const sweep = (): void => {
    for (const connection of open) {
      if (!connection.idleSince(clock.now() - idleMs)) continue
      if (connection.insideBlock) report('connection closed: it was silent inside a block', 0)
      connection.stop()
    }
    cancel = clock.after(Math.max(idleMs / 4, 10), sweep)
  }
  cancel = clock.after(Math.max(idleMs / 4, 10), sweep)
  return () => cancel()
}
