import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { DestinationDefinition, Outgoing } from '../../channels/contract/index.ts'
import { createSandboxConnector, createSandboxDestination, destinationOf } from '../../erp-bridge/connectors/index.ts'
import { startSandboxErp } from '../../erp-bridge/connectors/sandbox/erp/index.ts'
import { documentOf, kindOf, never, PLAIN, receiptOf, samplesOf } from './connector.samples.ts'
import type { Sample } from './connector.samples.ts'
import { connectorSuite } from './connector.suite.ts'
import type { ErpBench } from './connector.suite.ts'
import { createWorld, event } from './world.ts'

const SAMPLES = samplesOf(PLAIN)
const document = (name: Sample, changes = {}) => documentOf(kindOf(name), { ...SAMPLES[name], ...changes })

function definition(url: string, overrides: Partial<DestinationDefinition> = {}): DestinationDefinition {
  return {
    name: 'erp',
    type: 'sandbox',
    url,
    timeoutMs: 5000,
    concurrency: 4,
    retry: { firstMs: 10, maxMs: 100, attempts: null },
    settleMs: 100,
    body: 'document',
    headers: {},
    breaker: { failures: 5, openMs: 1000 },
    options: {},
    file: 'destinations/erp.yaml',
    ...overrides,
  }
}

async function startErp(t: ExecutionContext): Promise<string> {
  const erp = await startSandboxErp({ port: 0, file: ':memory:' })
  t.teardown(() => erp.stop())
  return erp.url
}

async function call(url: string, method: string, path: string, body: unknown, person = ''): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'content-type': 'application/json', ...(person === '' ? {} : { 'x-sandbox-user': person }) }
  const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const post = (url: string, path: string, body: unknown) => call(url, 'POST', path, body)
async function listed(url: string, query: string): Promise<{ number: string; state: string; key: string }[]> {
  const response = await fetch(`${url}/sandbox/v1/documents?${query}`)
  return ((await response.json()) as { items: { number: string; state: string; key: string }[] }).items
}

async function faultsOf(url: string): Promise<object[]> {
  return ((await (await fetch(`${url}/sandbox/v1/faults`)).json()) as { faults: object[] }).faults
}

const MASTER: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  items: {
    'SUT-1': { description: 'Suture', base_uom: 'EA', lot_required: '0', supplier: 'V-1' },
    'HIP-1': { description: 'Hip stem', base_uom: 'EA', lot_required: '1', supplier: 'V-1' },
    'CON-1': { description: 'Screw', base_uom: 'EA', lot_required: '0', supplier: 'V-1' },
  },
  units: { 'SUT-1|BX': { factor: '10' } },
  suppliers: { 'V-1': { name: 'Vendor one', currency: 'USD' } },
  prices: { 'SUT-1|V-1|EA|2026-01-01': { price: '12.34', currency: 'USD', valid_to: '2026-12-31' } },
  locations: { 'OR-1': { name: 'Operating room 1' } },
  'cost-centres': { '7010': { name: 'Surgery' } },
  accounts: { '5120': { name: 'Supplies', kind: 'expense' } },
  'service-lines': { ORTHO: { name: 'Orthopaedics' } },
  stock: { 'OR-1|SUT-1': { on_hand: '100', min: '40', max: '100' } },
  periods: { '|GL|2026-04': { valid_from: '2026-04-01', valid_to: '2026-04-30', kind: 'standard', status: 'open' } },
}

async function bench(t: ExecutionContext): Promise<ErpBench> {
  const url = await startErp(t)
  const fault = async (body: object): Promise<void> => void (await post(url, '/sandbox/v1/faults', body))
  for (const [table, rows] of Object.entries(MASTER))
    for (const [code, row] of Object.entries(rows)) t.is((await call(url, 'PUT', `/sandbox/v1/master/${table}/${encodeURIComponent(code)}`, row)).status, 200)
  const gone = await startSandboxErp({ port: 0, file: ':memory:' })
  await gone.stop()
  return {
    fixture: PLAIN,
    nowhere: gone.url,
    connect: (overrides) => createSandboxConnector(definition(url, overrides)),
    count: async (key) => (await listed(url, `key=${key}`)).length,
    loseAnswers: (count) => fault({ kind: 'lose-answer', count }),
    delayNext: (ms) => fault({ kind: 'delay', count: 1, ms }),
    async delaying() {
      while ((await faultsOf(url)).length > 0) await new Promise((resolve) => setImmediate(resolve))
    },
    refuseNext: () => fault({ kind: 'refuse', count: 1 }),
    closePeriod: (period) => fault({ kind: 'close-period', period }),
    async approve(reference) {
      t.is((await call(url, 'POST', `/sandbox/v1/documents/${reference}/approve`, {}, 'buyer')).status, 200)
    },
    async orderOf(key) {
      const orders = (await listed(url, 'kind=purchase-order')) as unknown as { number: string; document: { origins?: string[] } }[]
      return orders.find((order) => order.document.origins?.includes(key))?.number ?? null
    },
  }
}

connectorSuite(test, 'sandbox', bench)

test('the sandbox numbers documents by kind', async (t) => {
  const url = await startErp(t)
  const connector = createSandboxConnector(definition(url))
  t.teardown(() => connector.stop())
  const references = []
  for (const kind of ['requisition', 'requisition', 'purchase-order', 'journal', 'goods-issue'] as const) {
    const outcome = await connector.deliver(document(kind), never())
    references.push(outcome.kind === 'sent' ? outcome.reference : outcome.text)
  }
  t.deepEqual(references, ['REQ-000001', 'REQ-000002', 'PO-000001', 'JE-000001', 'GI-000001'])
})

test('the sandbox does not look at keys: a blind resend shows as two documents', async (t) => {
  const url = await startErp(t)
  const connector = createSandboxConnector(definition(url))
  t.teardown(() => connector.stop())
  const sent = document('journal')
  await connector.deliver(sent, never())
  await connector.deliver(sent, never())
  t.is((await listed(url, `key=${sent.key}&kind=journal`)).length, 2)
})

const BROKEN: readonly [string, keyof typeof SAMPLES, object, string][] = [
  ['an unknown field', 'journal', { patient: 'x' }, 'FIELD_UNKNOWN'],
  ['a missing field', 'purchase-order', { supplier: undefined }, 'FIELD_MISSING'],
  ['a day that does not exist', 'journal', { postingDate: '2026-02-30' }, 'FIELD_BAD'],
  ['a case that is too long', 'journal', { case: 'x'.repeat(61) }, 'FIELD_BAD'],
  ['no lines', 'requisition', { lines: [] }, 'NO_LINES'],
  ['a quantity of zero', 'requisition', { lines: [{ line: 1, item: 'X', quantity: '0', unit: 'EA' }] }, 'FIELD_BAD'],
  ['a journal that does not balance', 'journal', { lines: [{ line: 1, account: '1', side: 'debit', amount: '1.00' }] }, 'JOURNAL_UNBALANCED'],
  ['a mirror of nothing', 'journal', { mirrorOf: 'k99999999999' }, 'ORIGINAL_UNKNOWN'],
]
for (const [what, kind, changes, code] of BROKEN) {
  test(`the sandbox refuses ${what}`, async (t) => {
    const url = await startErp(t)
    const body = { ...SAMPLES[kind], ...changes }
    const answer = await post(url, '/sandbox/v1/documents', { kind, key: 'k00000000001', document: body })
    t.is(answer.status, 422)
    t.is(answer.body['code'], code)
    t.is((await listed(url, '')).length, 0)
  })
}

test('the sandbox refuses a key that is not 12 characters and a kind it does not know', async (t) => {
  const url = await startErp(t)
  t.is((await post(url, '/sandbox/v1/documents', { kind: 'journal', key: 'short', document: SAMPLES.journal })).body['code'], 'KEY_BAD')
  t.is((await post(url, '/sandbox/v1/documents', { kind: 'toString', key: 'k00000000001', document: {} })).body['code'], 'KIND_UNKNOWN')
})

test('fault switches count down, hit every so many, and can be read', async (t) => {
  const url = await startErp(t)
  await post(url, '/sandbox/v1/faults', { kind: 'refuse', count: 2, every: 2 })
  const statuses = []
  for (let i = 0; i < 6; i++)
    statuses.push((await post(url, '/sandbox/v1/documents', { kind: 'journal', key: 'k00000000001', document: SAMPLES.journal })).status)
  t.deepEqual(statuses, [201, 422, 201, 422, 201, 201])
  t.is((await post(url, '/sandbox/v1/faults', { kind: 'explode' })).status, 422)
  await post(url, '/sandbox/v1/faults', { kind: 'delay', count: 3, ms: 5 })
  t.deepEqual(await faultsOf(url), [{ kind: 'delay', count: 3, every: 1, ms: 5, period: null }])
})

test('the sandbox takes a mirror by its own number of the original when it does not know the key', async (t) => {
  const url = await startErp(t)
  const order = await post(url, '/sandbox/v1/documents', { kind: 'purchase-order', key: 'k00000000001', document: SAMPLES['purchase-order'] })
  const { eventId, company, documentDate, postingDate } = SAMPLES['purchase-order']
  const lines = [{ line: 1, item: 'HIP-1', quantity: '3', unit: 'EA' }]
  const cancel = (originalReference: string) =>
    post(url, '/sandbox/v1/documents', {
      kind: 'order-cancellation',
      key: 'k00000000003',
      document: { eventId, company, documentDate, postingDate, mirrorOf: 'k00000000002', originalReference, lines },
    })
  t.is((await cancel('PO-999999')).body['code'], 'ORIGINAL_UNKNOWN')
  t.is((await cancel(String(order.body['number']))).status, 201)
  t.is((await cancel(String(order.body['number']))).body['code'], 'MORE_THAN_REMAINS')
  t.deepEqual(
    (await listed(url, 'kind=purchase-order')).map((one) => one.state),
    ['cancelled'],
  )
})

test('every document that the rules make of a usage, and its mirror, is taken by the sandbox', async (t) => {
  const url = await startErp(t)
  const destination = createSandboxDestination(definition(url))
  t.teardown(() => destination.stop())
  const world = createWorld()
  const sent = new Set<string>()
  async function deliverAll(): Promise<void> {
    for (const stored of world.all('document').filter((one) => !sent.has(one.key))) {
      sent.add(stored.key)
      const work: Outgoing = { id: stored.id, key: stored.key, kind: stored.kind, controlId: 'C1', lane: 'l', body: stored.body, step: null, attempt: 1 }
      t.like(await destination.deliver(work, never()), { kind: 'sent' }, stored.kind)
      world.put('document', { ...stored, state: 'SENT' })
    }
  }
  const lines = ['SUT-1', 'HIP-1', 'REP-1', 'CON-1'].map((code) => ({ item: { code }, lot: 'L1', quantity: { value: '70', unit: 'EA' } }))
  for (const body of lines) world.decide(event('SupplyUsed', body))
  await deliverAll()
  for (const body of lines) world.decide(event('SupplyReversed', { ...body, quantity: { value: '30', unit: 'EA' } }))
  for (const body of lines) world.decide(event('SupplyReversed', { ...body, quantity: { value: '40', unit: 'EA' } }))
  await deliverAll()
  const kinds = ['goods-issue', 'goods-return', 'journal', 'order-cancellation', 'purchase-order', 'requisition']
  t.deepEqual([...new Set(world.all('document').map((one) => one.kind))].toSorted(), kinds)
  t.true((await listed(url, 'kind=purchase-order')).every((order) => order.state === 'cancelled'))
})

test('the program says where it listens, keeps its documents over a kill, and ends on SIGTERM', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-erp-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const program = new URL('../../erp-bridge/connectors/sandbox/erp/main.js', import.meta.url).pathname
  async function run() {
    const child = spawn(process.execPath, [program, '--port', '0', '--data', join(folder, 'erp.sqlite')], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.teardown(() => child.kill('SIGKILL'))
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    return { child, ready: JSON.parse(line) as { ready: boolean; url: string } }
  }
  const first = await run()
  t.true(first.ready.ready)
  t.is((await fetch(`${first.ready.url}/health`)).status, 200)
  t.is((await post(first.ready.url, '/sandbox/v1/documents', { kind: 'journal', key: 'k00000000001', document: SAMPLES.journal })).status, 201)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const second = await run()
  t.deepEqual(
    (await listed(second.ready.url, 'key=k00000000001&kind=journal')).map((item) => item.number),
    ['JE-000001'],
  )
  second.child.kill('SIGTERM')
  t.deepEqual(await once(second.child, 'exit'), [0, null])
})

test('a receipt that was made in the ERP comes as goods received, ours as a status with its key', async (t) => {
  const url = await startErp(t)
  const destination = createSandboxDestination(definition(url))
  t.teardown(() => destination.stop())
  const post = (path: string, body: object, person: string) => call(url, 'POST', `/sandbox/v1/documents${path}`, body, person)
  const { number } = (await post('', { kind: 'purchase-order', key: 'k00000000001', document: SAMPLES['purchase-order'] }, '')).body
  await post(`/${String(number)}/submit`, {}, '')
  const line = { item: 'HIP-1', unit: 'EA', quantity: '1', lot: 'L-1' }
  for (const key of ['', 'k00000000002']) await post('', { kind: 'goods-receipt', key, document: receiptOf(PLAIN, String(number), line) }, 'store')
  t.true(destination.pulls?.includes('receipts'))
  const page = await destination.pull?.('receipts', null, never())
  const events = page && 'events' in page ? page.events : []
  t.deepEqual(
    events.map(({ type, caseKey, body }) => [type, caseKey, body['order'], body['key'], body['documentKind']]),
    [
      ['GoodsReceived', `order:${String(number)}`, number, undefined, 'receipt'],
      ['DocumentStatusChanged', `order:${String(number)}`, number, 'k00000000002', 'receipt'],
    ],
  )
  t.like((events[0]?.body['lines'] as object[])[0], {
    line: '1',
    orderLine: '1',
    item: { code: 'HIP-1', system: 'item' },
    quantity: { value: '1', unit: 'EA' },
    lot: 'L-1',
  })
})

test('a pull that the ERP does not answer with a page is a failure with a code, and the cursor stays', async (t) => {
  const answers = [
    { status: 200, body: '{"items":3}' },
    { status: 200, body: 'no json' },
    { status: 503, body: '{}' },
    { status: 401, body: '{}' },
  ]
  const server = createServer((_, response) => {
    const { status, body } = answers.shift() ?? { status: 500, body: '' }
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const connector = createSandboxConnector(definition(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`))
  t.teardown(() => connector.stop())
  const codes = []
  for (let i = 0; i < 5; i++) {
    const page = await connector.pull('items', '7', never())
    codes.push('failed' in page ? page.failed : page.next)
  }
  t.deepEqual(codes, ['NO_ANSWER', 'NO_ANSWER', 'DESTINATION_BUSY', 'ERP_AUTH', 'NO_ANSWER'])
})

test('a kind that the connector does not name is refused before anything is sent', async (t) => {
  const url = await startErp(t)
  const connector = createSandboxConnector(definition(url))
  const destination = destinationOf({ ...connector, capabilities: () => ({ ...connector.capabilities(), kinds: ['journal'], pulls: [] }) }, definition(url))
  t.teardown(() => destination.stop())
  const body = JSON.stringify(SAMPLES['goods-issue'])
  const work: Outgoing = { id: 'd1', key: 'k00000000001', kind: 'goods-issue', controlId: 'C', lane: 'l', body, step: null, attempt: 1 }
  t.like(await destination.deliver(work, never()), { kind: 'failed', code: 'ERP_REFUSED' })
  t.is((await listed(url, '')).length, 0)
  t.is(destination.pull, undefined)
})

test('all changes come however many pages they take, and each event but once', async (t) => {
  const url = await startErp(t)
  const connector = createSandboxConnector(definition(url))
  t.teardown(() => connector.stop())
  for (let i = 0; i < 205; i++) await call(url, 'PUT', `/sandbox/v1/master/items/I-${String(i)}`, { base_uom: 'EA' })
  const codes: unknown[] = []
  const pages: boolean[] = []
  for (let cursor: string | null = null, more = true; more;) {
    const page = await connector.pull('items', cursor, never())
    if ('failed' in page) return t.fail(page.text)
    codes.push(...page.events.map(({ body }) => body['code']))
    pages.push(page.more)
    ;({ next: cursor, more } = page)
  }
  t.is(new Set(codes).size, 205)
  t.is(codes.length, 205)
  t.deepEqual(pages, [true, false])
})

test('reverse has the ERP take its own document back, once; an order is not reversed but cancelled', async (t) => {
  const url = await startErp(t)
  const connector = createSandboxConnector(definition(url))
  t.teardown(() => connector.stop())
  const deliver = async (name: Sample): Promise<string> => {
    const outcome = await connector.deliver(document(name), never())
    return outcome.kind === 'sent' ? (outcome.reference ?? '') : ''
  }
  const journal = await deliver('journal')
  t.deepEqual(await connector.reverse(journal, 'wrong case', '2026-04-02', never()), { kind: 'sent', reference: journal })
  t.deepEqual(await connector.reverse(journal, 'wrong case', '2026-04-02', never()), { kind: 'sent', reference: journal })
  const status = await connector.status(journal, never())
  t.is(status.kind === 'value' ? status.value?.state : '', 'reversed')
  t.like(await connector.reverse(await deliver('purchase-order'), 'x', '2026-04-02', never()), { kind: 'failed', code: 'ERP_REFUSED' })
})
