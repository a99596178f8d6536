/** A reader in another thread: one request, one promise. */
import type { MessagePort, Worker } from 'node:worker_threads'
import { AqueductError } from '../../channels/contract/index.ts'
import type { BridgeTable, BridgeTables, FailureCode, Page, Reader, RowQuery } from '../../channels/contract/index.ts'
import { storeFault } from '../ledger/ledger.ts'

type Query = Exclude<keyof Reader, 'stop'>
interface Request {
  readonly id: number
  readonly query: Query | 'stop'
  readonly values: readonly unknown[]
}
type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly code: FailureCode; readonly text: string }

/** Serves a reader to the thread at the other end of the port. */
export function serveReader(port: MessagePort, reader: Reader): void {
  port.on('message', (request: Request) => {
    const reply = (answer: Reply) => port.postMessage(answer)
    const ask = (reader[request.query] as (...values: readonly unknown[]) => Promise<unknown>).bind(reader)
    ask(...request.values).then(
      (value) => {
        // A buffer of better-sqlite3 has its own memory; a view of a pool must not take the pool along.
        reply({ id: request.id, ok: true, value: value instanceof Uint8Array ? value.slice() : value })
        if (request.query === 'stop') port.close()
      },
      (error: unknown) => {
        const fault = storeFault(error)
        reply({ id: request.id, ok: false, code: fault.code, text: fault.text })
      },
    )
  })
}

/** The near end of a reader that a worker serves with {@link serveReader}. */
export function connectReader(worker: Worker): Reader {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let last = 0
  let dead = false
  worker.on('message', (reply: Reply) => {
    const entry = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (reply.ok) entry?.resolve(reply.value)
    else entry?.reject(new AqueductError(reply.code, reply.text))
  })
  const fail = () => {
    dead = true
    for (const { reject } of waiting.values()) reject(new AqueductError('STORE_FAILED', 'The reader’s thread has ended.'))
    waiting.clear()
  }
  worker.on('error', fail)
  worker.on('exit', fail)
  const ask = <Name extends Query | 'stop'>(query: Name, ...values: Parameters<Reader[Name]>) =>
    new Promise<Awaited<ReturnType<Reader[Name]>>>((resolve, reject) => {
      if (dead) return reject(new AqueductError('STORE_FAILED', 'The reader’s thread has ended.'))
      const id = ++last
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      worker.postMessage({ id, query, values } satisfies Request)
    })
  return {
    messages: (query) => ask('messages', query),
    message: (id) => ask('message', id),
    raw: (id) => ask('raw', id),
    header: (id) => ask('header', id),
    unfinished: () => ask('unfinished'),
    openWork: (destination, after, limit) => ask('openWork', destination, after, limit),
    laneWork: (destination, lane, limit) => ask('laneWork', destination, lane, limit),
    configuration: (id) => ask('configuration', id),
    worklist: (query) => ask('worklist', query),
    translations: () => ask('translations'),
    worklistItem: (id) => ask('worklistItem', id),
    // The page is one of the table that was asked for: the thread answers what this reader would.
    rows: <T extends BridgeTable>(query: RowQuery<T>) => ask('rows', query) as Promise<unknown> as Promise<Page<BridgeTables[T]>>,
    dueTimers: (now, limit) => ask('dueTimers', now, limit),
    notices: (query) => ask('notices', query),
    apiKeys: () => ask('apiKeys'),
    subscriptions: () => ask('subscriptions'),
    trace: (id) => ask('trace', id),
    counts: () => ask('counts'),
    highest: () => ask('highest'),
    masterData: () => ask('masterData'),
    stock: (filter) => ask('stock', filter),
    audit: (query) => ask('audit', query),
    resource: (type, id) => ask('resource', type, id),
    resourceVersion: (type, id, version) => ask('resourceVersion', type, id, version),
    resourcesOf: (message) => ask('resourcesOf', message),
    resourceHistory: (query) => ask('resourceHistory', query),
    resources: (query) => ask('resources', query),
    async stop() {
      if (dead) return
      await ask('stop')
      await worker.terminate()
    },
  }
}
