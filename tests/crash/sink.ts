/** An HTTP sink that keeps what it was sent, in order of arrival. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Arrival {
  readonly controlId: string
  readonly lane: string
  readonly key: string
}

export async function startSink(): Promise<{ readonly url: string; readonly arrivals: readonly Arrival[]; stop(): void }> {
  const arrivals: Arrival[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { controlId, lane } = JSON.parse(Buffer.concat(chunks).toString()) as { controlId: string; lane: string }
      arrivals.push({ controlId, lane, key: String(request.headers['idempotency-key']) })
      response.end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/events`,
    arrivals,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
