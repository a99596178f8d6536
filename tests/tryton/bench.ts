/** Tryton as the conformance suite's bench: a proxy in front of it loses and delays answers, a buyer approves. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { DestinationDefinition } from '../../channels/contract/index.ts'
import { createTrytonConnector } from '../../erp-bridge/connectors/index.ts'
import type { ErpBench } from '../erp-bridge/connector.suite.ts'
import type { Fixture } from '../erp-bridge/connector.samples.ts'
import { PASSWORDS } from './erp/start.ts'
import type { RunningTryton } from './erp/start.ts'
import type { Person } from './erp/person.ts'

export const FIXTURE: Fixture = {
  company: 'H1',
  currency: 'USD',
  day: '2026-03-02',
  closedDay: '2025-01-15',
  supplier: 'V-1001',
  item: { code: 'SUT-1', unit: 'EA', pack: 'BX10', perPack: '10' },
  implant: { code: 'HIP-12', unit: 'EA' },
  consigned: { code: 'CUP-50', unit: 'EA', location: 'OR-1' },
  location: 'OR-1',
  otherLocation: 'OR-2',
  expense: '5120',
  inventory: '1410',
  costCentre: 'CC-7010',
  serviceLine: 'ORTHO',
}

export function definitionOf(erp: Pick<RunningTryton, 'url'>, database: string, overrides: Partial<DestinationDefinition> = {}): DestinationDefinition {
  return {
    name: 'erp',
    type: 'tryton',
    url: erp.url,
    timeoutMs: 60_000,
    concurrency: 4,
    retry: { firstMs: 10, maxMs: 100, attempts: null },
    settleMs: 100,
    body: 'document',
    headers: {},
    breaker: { failures: 5, openMs: 1000 },
    options: { database, user: 'bridge', password: PASSWORDS.bridge, charges: { freight: '6810', variance: '5130' } },
    file: 'destinations/erp.yaml',
    ...overrides,
  }
}

/** Models whose creation is that of a document. */
const CREATION =
  /"model\.(purchase\.purchase|purchase\.requisition|stock\.shipment\.[a-z.]+|account\.move|account\.invoice|party\.party|product\.template)\.create"/

export interface Proxy {
  readonly url: string
  lose(count: number): void
  delay(ms: number): void
  /** Resolves when a delayed request has gone on to the ERP. */
  delaying(): Promise<void>
  /** Cuts every answer to requests that match, after the ERP gave it. Null: none. */
  cut(method: RegExp | null): void
  /** Answers the next request that has a session with a status instead of passing it on. */
  refuse(status: number): void
  /** Called before a request goes on. */
  before(hook: ((body: string) => Promise<void>) | null): void
}

/** An HTTP proxy in front of Tryton. Answers are lost only after Tryton has given them. */
export async function startProxy(t: Pick<ExecutionContext, 'teardown'>, target: string): Promise<Proxy> {
  let losing = 0
  let delayed = 0
  let cutting: RegExp | null = null
  let refusing: number | null = null
  let hook: ((body: string) => Promise<void>) | null = null
  const delays: number[] = []
  const timers = new Set<NodeJS.Timeout>()
  const waiting: (() => void)[] = []
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing))
  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    if (refusing !== null && incoming.headers.authorization !== undefined) {
      outgoing.writeHead(refusing).end()
      refusing = null
      return
    }
    const creates = CREATION.test(body.toString())
    await hook?.(body.toString())
    const ms = creates ? (delays.shift() ?? 0) : 0
    const lost = (creates && losing > 0) || (cutting?.test(body.toString()) ?? false)
    if (creates && losing > 0) losing -= 1
    const upstream = request(
      new URL(incoming.url ?? '/', target),
      { method: 'POST', headers: { ...incoming.headers, 'content-length': body.length } },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => {
          const finish = (): void => {
            if (lost) return void outgoing.destroy()
            const { connection: _, ...headers } = answer.headers
            outgoing.writeHead(answer.statusCode ?? 500, headers).end(Buffer.concat(parts))
          }
          if (ms === 0) return finish()
          timers.add(setTimeout(finish, ms))
        })
      },
    )
    upstream.on('error', () => outgoing.destroy())
    upstream.end(body)
    if (ms > 0) {
      delayed += 1
      waiting.splice(0).forEach((resolve) => resolve())
    }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    timers.forEach(clearTimeout)
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    lose: (count) => (losing = count),
    delay: (ms) => delays.push(ms),
    delaying: () => (delayed > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    cut: (method) => (cutting = method),
    refuse: (status) => (refusing = status),
    before: (next) => (hook = next),
  }
}

async function nowhere(): Promise<string> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${String(port)}/`
}

/** Where the keys of documents stand. */
const KEYED: readonly (readonly [model: string, domain: (key: string) => readonly unknown[]])[] = [
  ['purchase.purchase', (key) => [['reference', '=', key]]],
  ['purchase.requisition', (key) => [['description', 'like', `${key}%`]]],
  ['stock.shipment.in', (key) => [['reference', 'like', `${key}%`]]],
  ['stock.shipment.internal', (key) => [['reference', '=', key]]],
  [
    'account.move',
    (key) => [
      ['description', 'like', `${key}%`],
      ['journal.code', '=', 'EXP'],
      ['OR', ['origin', '=', null], ['origin', 'like', 'account.move,%']],
    ],
  ],
  ['account.invoice', (key) => [['description', 'like', `${key}%`]]],
  ['party.identifier', (key) => [['code', '=', key]]],
  ['product.product', (key) => [['description', 'like', `${key}%`]]],
]

/** How many documents of any kind carry the key. */
export async function countOf(buyer: Person, key: string): Promise<number> {
  let count = 0
  for (const [model, domain] of KEYED) count += await buyer.count(model, domain(key))
  return count
}

/** @param run begins every key */
export async function benchOf(t: ExecutionContext, erp: RunningTryton, buyer: Person, run: string): Promise<ErpBench> {
  const { database } = erp
  const proxy = await startProxy(t, erp.url)
  return {
    fixture: FIXTURE,
    run,
    nowhere: await nowhere(),
    connect: (overrides) => createTrytonConnector(definitionOf(proxy, database, overrides), Date.now),
    count: (key) => countOf(buyer, key),
    loseAnswers: (count) => Promise.resolve(proxy.lose(count)),
    delayNext: (ms) => Promise.resolve(void proxy.delay(ms)),
    delaying: () => proxy.delaying(),
    async refuseNext() {
      const [product] = await buyer.rows('product.product', [['code', '=', FIXTURE.item.code]], [])
      await buyer.write('product.product', [product?.id ?? 0], { active: false })
      t.teardown(() => buyer.write('product.product', [product?.id ?? 0], { active: true }))
    },
    async closePeriod(period) {
      const [year = 0, month = 0] = period.split('-').map(Number)
      const first = { __class__: 'date', year, month, day: 1 }
      for (const { id, state } of await buyer.rows('account.period', [['start_date', '=', first]], ['state'])) {
        if (state === 'open') await buyer.press('account.period', 'close', id)
      }
    },
    async approve(reference) {
      const [requisition] = await buyer.rows('purchase.requisition', [['number', '=', reference]], [])
      if (requisition) return void (await buyer.approve(requisition.id))
      const [order] = await buyer.rows('purchase.purchase', [['number', '=', reference]], [])
      if (!order) throw new Error(`no ${reference}`)
      await buyer.confirm(order.id)
    },
    async orderOf(key) {
      const lines = await buyer.rows('purchase.requisition.line', [['requisition.description', 'like', `${key}%`]], [])
      const origins = lines.map(({ id }) => `purchase.requisition.line,${String(id)}`)
      const [made] = await buyer.rows(
        'purchase.request',
        [
          ['origin', 'in', origins],
          ['purchase', '!=', null],
        ],
        ['purchase.number'],
      )
      return made ? String((made['purchase.'] as { number: string }).number) : null
    },
  }
}
