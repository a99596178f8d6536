/** A FHIR server of a test's own: it answers what the test says and keeps what it was asked. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

export interface Given {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Cuts the connection instead of answering. */
  readonly cut?: true
  /** Does not answer at all. */
  readonly silent?: true
}

export async function serve(t: ExecutionContext, answer: (asked: Asked) => Given): Promise<{ readonly base: string; readonly asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces).toString() }
      asked.push(one)
      const given = answer(one)
      if (given.silent) return
      if (given.cut) return request.socket.destroy()
      const body = given.body === undefined ? '' : typeof given.body === 'string' ? given.body : JSON.stringify(given.body)
      response.writeHead(given.status ?? 200, { 'content-type': 'application/fhir+json', ...given.headers }).end(body)
    })
  }).listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { base: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/fhir`, asked }
}
