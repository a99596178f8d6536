/** The sandbox ERP's HTTP face. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openBooks } from './database.ts'
import type { Books } from './database.ts'
import { reverse, shown, submit, take } from './desk.ts'
import type { Reply } from './desk.ts'
import { createFaults, parseFault } from './faults.ts'
import type { Faults } from './faults.ts'

const MAX_BODY_BYTES = 1024 * 1024
const DOCUMENTS = '/sandbox/v1/documents'
const FAULTS = '/sandbox/v1/faults'

export interface SandboxErp {
  readonly url: string
  stop(): Promise<void>
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return undefined
  }
}

function listing(books: Books, query: URLSearchParams): Reply {
  const filter = Object.fromEntries(
    ['key', 'kind', 'number', 'since'].map((name) => [name, query.get(name)] as const).filter(([, value]) => value !== null && value !== ''),
  )
  return { status: 200, body: { items: books.find(filter as Record<string, string>).map(shown) } }
}

function arm(books: Books, faults: Faults, body: unknown): Reply {
  const fault = parseFault(body)
  if (typeof fault === 'string') return { status: 422, body: { code: 'FAULT_BAD', message: fault } }
  if (fault.kind === 'close-period' && fault.period !== null) {
    if (fault.count > 0) books.closePeriod(fault.period)
    else books.openPeriod(fault.period)
  } else faults.arm(fault)
  return standing(books, faults)
}
function standing(books: Books, faults: Faults): Reply {
  return { status: 200, body: { faults: faults.list(), closedPeriods: books.closedPeriods() } }
}

/** Everything that changes documents; faults hit these calls alone. */
function change(books: Books, faults: Faults, path: string, body: unknown): Reply {
  if (path === DOCUMENTS) return take(books, faults, body)
  const [number = '', verb] = path
    .slice(DOCUMENTS.length + 1)
    .split('/')
    .map(decodeURIComponent)
  if (verb === 'submit') return submit(books, number)
  if (verb === 'reverse') return reverse(books, number)
  return { status: 404, body: { code: 'NOT_FOUND', message: 'no such path' } }
}

/** Starts it. @param port 0 takes a free one; listens on 127.0.0.1 only @param file its database */
export async function startSandboxErp(options: { readonly port: number; readonly file: string }): Promise<SandboxErp> {
  const books = openBooks(options.file)
  const faults = createFaults()
  const delays = new Set<NodeJS.Timeout>()

  function answer(response: ServerResponse, { status, body }: Reply): void {
    if (!response.destroyed) response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  function changeAndAnswer(path: string, body: unknown, response: ServerResponse): void {
    const reply = change(books, faults, path, body)
    const lost = reply.status < 300 && faults.hits('lose-answer')
    if (lost) response.socket?.destroy()
    else answer(response, reply)
  }
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const route = `${request.method ?? ''} ${url.pathname}`
    if (route === 'GET /health') return answer(response, { status: 200, body: { ok: true } })
    if (route === `GET ${DOCUMENTS}`) return answer(response, listing(books, url.searchParams))
    if (route === `GET ${FAULTS}`) return answer(response, standing(books, faults))
    const body = await bodyOf(request)
    if (route === `POST ${FAULTS}`) return answer(response, arm(books, faults, body))
    if (route === `DELETE ${FAULTS}`) {
      faults.clear()
      return answer(response, standing(books, faults))
    }
    if (request.method !== 'POST' || !url.pathname.startsWith(DOCUMENTS))
      return answer(response, { status: 404, body: { code: 'NOT_FOUND', message: 'no such path' } })
    const delay = faults.hits('delay')
    if (delay === null) return changeAndAnswer(url.pathname, body, response)
    const timer = setTimeout(() => {
      delays.delete(timer)
      changeAndAnswer(url.pathname, body, response)
    }, delay.ms)
    delays.add(timer)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => answer(response, { status: 500, body: { code: 'INTERNAL', message: 'a defect of the sandbox' } }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    async stop() {
      for (const timer of delays) clearTimeout(timer)
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      server.closeAllConnections()
      await closed
      books.stop()
    },
  }
}
