/** The sandbox ERP's HTTP face. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openBooks } from './database.ts'
import type { Books } from './database.ts'
import { reverse, shown, submit, take } from './desk.ts'
import { createFaults, parseFault } from './faults.ts'
import type { Faults } from './faults.ts'
import { declare, putMaster, setPeriod } from './masters.ts'
import { act, PERSON_HEADER } from './people.ts'
import { CHANGES, refused } from './reply.ts'
import type { Reply } from './reply.ts'

const MAX_BODY_BYTES = 1024 * 1024
const DOCUMENTS = '/sandbox/v1/documents'
const FAULTS = '/sandbox/v1/faults'
const CHANGED = '/sandbox/v1/changes'
const MASTER = '/sandbox/v1/master/'
const PAGE = 200
const NOT_FOUND = refused('NOT_FOUND', 'no such path', 404)

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
  return { status: 200, body: { items: books.find(filter as Record<string, string>).map((row) => shown(books, row)) } }
}

/** What changed after a change's number, oldest first, each as it is now. */
function changes(books: Books, query: URLSearchParams): Reply {
  const kind = query.get('kind') ?? ''
  const since = Number(query.get('since') ?? '0')
  const limit = Number(query.get('limit') ?? PAGE)
  if (!Number.isSafeInteger(since) || since < 0) return refused('FIELD_BAD', 'since must be the number of a change')
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > PAGE) return refused('FIELD_BAD', `limit must be 1 to ${String(PAGE)}`)
  const found = books.changes(kind, since, limit)
  const isDocument = Object.values(CHANGES).includes(kind)
  const items = found.map(({ seq, subject, at }) => {
    const [row] = isDocument ? books.find({ number: subject }) : []
    return { change: seq, at, subject, ...(row ? { document: shown(books, row) } : { columns: books.master(kind, subject) ?? {} }) }
  })
  return { status: 200, body: { items, next: String(found.at(-1)?.seq ?? since), more: found.length === limit } }
}

function arm(books: Books, faults: Faults, body: unknown): Reply {
  const fault = parseFault(body)
  if (typeof fault === 'string') return refused('FAULT_BAD', fault)
  const { kind, period, count } = fault
  if (period !== null && (kind === 'close-period' || kind === 'open-period')) setPeriod(books, period, kind === 'close-period' && count > 0 ? 'closed' : 'open')
  else faults.arm(fault)
  return standing(books, faults)
}
function standing(books: Books, faults: Faults): Reply {
  return { status: 200, body: { faults: faults.list(), closedPeriods: books.closedPeriods() } }
}

/** Everything that changes documents; faults hit these calls alone. */
function change(books: Books, faults: Faults, path: string, body: unknown, person: string): Reply {
  if (path === DOCUMENTS) return take(books, faults, body, person)
  const [number = '', verb = ''] = path
    .slice(DOCUMENTS.length + 1)
    .split('/')
    .map(decodeURIComponent)
  if (verb === 'submit') return submit(books, faults, number)
  if (verb === 'reverse') return reverse(books, number, body)
  const done = act(books, verb, number, person, body)
  return 'status' in done ? done : { status: 200, body: shown(books, done) }
}

function master(books: Books, path: string, body: unknown): Reply {
  const [table = '', code] = path.slice(MASTER.length).split('/').map(decodeURIComponent)
  return code === undefined ? declare(books, table, body) : putMaster(books, table, code, body)
}

/** Starts it. @param port 0 takes a free one; listens on 127.0.0.1 only @param file its database */
export async function startSandboxErp(options: { readonly port: number; readonly file: string }): Promise<SandboxErp> {
  const books = openBooks(options.file)
  const faults = createFaults()
  const delays = new Set<NodeJS.Timeout>()

  function answer(response: ServerResponse, { status, body }: Reply): void {
    if (!response.destroyed) response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  function changeAndAnswer(path: string, body: unknown, person: string, response: ServerResponse): void {
    const reply = change(books, faults, path, body, person)
    const lost = reply.status < 300 && faults.hits('lose-answer')
    if (lost) response.socket?.destroy()
    else answer(response, reply)
  }
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const route = `${request.method ?? ''} ${url.pathname}`
    if (route === 'GET /health') return answer(response, { status: 200, body: { ok: true } })
    if (route === `GET ${DOCUMENTS}`) return answer(response, listing(books, url.searchParams))
    if (route === `GET ${CHANGED}`) return answer(response, changes(books, url.searchParams))
    if (route === `GET ${FAULTS}`) return answer(response, standing(books, faults))
    const body = await bodyOf(request)
    if (route === `POST ${FAULTS}`) return answer(response, arm(books, faults, body))
    if (route === `DELETE ${FAULTS}`) {
      faults.clear()
      return answer(response, standing(books, faults))
    }
    if (request.method === 'PUT' && url.pathname.startsWith(MASTER)) return answer(response, master(books, url.pathname, body))
    if (request.method !== 'POST' || !url.pathname.startsWith(DOCUMENTS)) return answer(response, NOT_FOUND)
    const stated = request.headers[PERSON_HEADER]
    const person = typeof stated === 'string' ? stated : ''
    const delay = faults.hits('delay')
    if (delay === null) return changeAndAnswer(url.pathname, body, person, response)
    const timer = setTimeout(() => {
      delays.delete(timer)
      changeAndAnswer(url.pathname, body, person, response)
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
