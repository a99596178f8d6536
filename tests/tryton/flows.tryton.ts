import test from 'ava'
import type { DocumentKind, PullKind } from '../../channels/contract/index.ts'
import type { Connector, ErpDocument } from '../../erp-bridge/connectors/index.ts'
import { createTrytonConnector } from '../../erp-bridge/connectors/index.ts'
import { definitionOf, startProxy } from './bench.ts'
import { startTryton } from './erp/start.ts'
import type { RunningTryton } from './erp/start.ts'
import type { Person } from './erp/person.ts'

const stops: (() => unknown)[] = []
const teardown = (stop: () => unknown): void => void stops.push(stop)
let erp: RunningTryton
let buyer: Person
let connector: Connector
test.before(async () => {
  erp = await startTryton({ teardown })
  buyer = await erp.buyer()
  connector = createTrytonConnector(definitionOf(erp, erp.database), Date.now)
  teardown(() => connector.stop())
})
test.after.always(async () => {
  for (const stop of stops.reverse()) await stop()
})

const never = (): AbortSignal => new AbortController().signal
type Body = Readonly<Record<string, unknown>>
const header = { eventId: 'm00000000001.usage.FT1', company: 'H1', documentDate: '2026-03-02', postingDate: '2026-03-02' }
let keys = 0
function documentOf(kind: DocumentKind, body: Body): ErpDocument {
  keys += 1
  const key = `f${String(keys).padStart(11, '0')}`
  return { kind, key, body: { ...header, key, ...body }, step: null }
}
async function sent(document: ErpDocument, by: Connector = connector): Promise<string> {
  const outcome = await by.deliver(document, never())
  if (outcome.kind !== 'sent') throw new Error(`${document.kind}: ${outcome.code} ${outcome.text}`)
  return outcome.reference ?? ''
}
async function pulled(kind: PullKind, matches: (body: Body) => boolean): Promise<Body> {
  for (let since: string | null = null; ;) {
    const page = await connector.pull(kind, since, never())
    if ('failed' in page) throw new Error(page.text)
    const found = page.events.map((event) => event.body).findLast(matches)
    if (found) return found
    if (!page.more) return {}
    since = page.next
  }
}
const firstLine = (body: Body): Body => ((body['lines'] as readonly Body[] | undefined) ?? [])[0] ?? {}

const usage = (changes: Body = {}): Body => ({
  location: 'OR-1',
  reason: 'usage',
  consigned: false,
  lines: [{ line: 1, item: 'SUT-30', quantity: '5', unit: 'EA' }],
  ...changes,
})
const journal = (changes: Body = {}): Body => ({
  currency: 'USD',
  text: 'Usage',
  lines: [
    { line: 1, account: '5120', side: 'debit', amount: '42.50', costCentre: 'CC-7010', serviceLine: 'ORTHO' },
    { line: 2, account: '1410', side: 'credit', amount: '42.50' },
  ],
  ...changes,
})
const order = (changes: Body = {}): Body => ({
  orderType: 'bill-only',
  state: 'submitted',
  receiptExpected: false,
  supplier: 'V-1001',
  currency: 'USD',
  lines: [{ line: 1, item: 'CUP-50', quantity: '2', unit: 'EA', unitPrice: '900', currency: 'USD', amount: '1800' }],
  ...changes,
})

test.serial(
  'R14, R42: thirty pieces are asked for, the buyer approves, three boxes are ordered, received short and in full, and invoiced at another price',
  async (t) => {
    const asked = documentOf('requisition', {
      location: 'OR-1',
      supplier: 'V-1002',
      currency: 'USD',
      reason: 'min-max',
      lines: [{ line: 1, item: 'SUT-30', quantity: '30', unit: 'EA', unitPrice: '4.25' }],
    })
    const number = await sent(asked)
    const [row] = await buyer.rows('purchase.requisition', [['number', '=', number]], ['state'])
    t.is(row?.['state'], 'waiting')
    const [id = 0] = await buyer.approve(row?.id ?? 0)
    const made = await pulled('orders', (body) => JSON.stringify(body['origins']) === JSON.stringify([asked.key]))
    t.like(made, { status: 'ordered', supplier: 'V-1002' })
    t.like(firstLine(made), { line: '1', quantity: { value: '3', unit: 'BX10' } })
    const ofOrder = { order: made['number'], supplier: 'V-1002' }
    const receipt = (quantity: string): ErpDocument =>
      documentOf('goods-receipt', { ...ofOrder, packingSlip: 'PS-7', lines: [{ line: 1, orderLine: 1, item: 'SUT-30', quantity, unit: 'BX10' }] })
    await sent(receipt('2'))
    const short = await pulled('orders', (body) => body['number'] === made['number'])
    t.is(short['status'], 'ordered')
    t.is(firstLine(short)['received'], '2')
    await sent(receipt('1'))
    const full = await pulled('orders', (body) => body['number'] === made['number'])
    t.is(full['status'], 'received')
    t.is(
      await buyer.count('account.invoice', [
        ['state', '=', 'draft'],
        ['purchases', '=', id],
      ]),
      2,
    )
    const invoice = documentOf('supplier-invoice', {
      ...ofOrder,
      number: 'SD-4711',
      invoiceDate: '2026-03-05',
      postingDate: '2026-03-05',
      credit: false,
      currency: 'USD',
      lines: [{ line: 1, orderLine: 1, item: 'SUT-30', quantity: '3', unit: 'BX10', unitPrice: '43.00', amount: '129.00' }],
      charges: [{ kind: 'freight', amount: '7.50' }],
      total: '136.50',
    })
    await sent(invoice)
    const posted = await pulled('invoices', (body) => body['number'] === 'SD-4711')
    t.like(posted, { status: 'posted', amount: '136.5', order: made['number'], key: invoice.key, date: '2026-03-05' })
    t.is(firstLine(await pulled('orders', (body) => body['number'] === made['number']))['invoiced'], '3')
    // Both receipts are in the one invoice: nothing is left to be invoiced again.
    const left = await buyer.rows(
      'account.invoice',
      [
        ['state', '=', 'draft'],
        ['purchases', '=', id],
      ],
      ['total_amount'],
    )
    t.deepEqual(left, [])
  },
)

test.serial('R24: the same number of the same supplier is refused, whatever its key', async (t) => {
  const bill = (): ErpDocument =>
    documentOf('supplier-invoice', {
      supplier: 'V-1002',
      number: 'SD-TWICE',
      invoiceDate: '2026-03-05',
      credit: false,
      currency: 'USD',
      lines: [{ line: 1, description: 'Service', quantity: '1', unit: 'EA', unitPrice: '10', amount: '10', account: '5120', costCentre: 'CC-7020' }],
      total: '10',
    })
  await sent(bill())
  t.like(await connector.deliver(bill(), never()), { kind: 'failed', code: 'ERP_REFUSED' })
  const credit = documentOf('supplier-invoice', { ...bill().body, credit: true })
  await sent({ ...credit, body: { ...credit.body, key: credit.key } })
  t.is((await pulled('invoices', (body) => body['documentKind'] === 'credit' && body['number'] === 'SD-TWICE'))['amount'], '10')
})

test.serial('R35: an invoice of a closed period posts in an open one and keeps its date', async (t) => {
  const bill = documentOf('supplier-invoice', {
    supplier: 'V-1002',
    number: 'SD-LATE',
    invoiceDate: '2025-01-20',
    credit: false,
    currency: 'USD',
    lines: [{ line: 1, description: 'Service', quantity: '1', unit: 'EA', unitPrice: '10', amount: '10', account: '5120' }],
    total: '10',
  })
  t.like(await connector.deliver({ ...bill, key: 'f9000000000a', body: { ...bill.body, postingDate: '2025-01-20' } }, never()), { code: 'ERP_PERIOD_CLOSED' })
  await sent(bill)
  const [row] = await buyer.rows('account.invoice', [['reference', '=', 'SD-LATE']], ['invoice_date', 'move.date'])
  t.like(row, { invoice_date: { year: 2025, month: 1, day: 20 } })
  t.like((row?.['move.'] as Body | undefined)?.['date'], { year: 2026, month: 3, day: 2 })
})

test.serial('R7: a consigned implant leaves the supplier’s stock by its lot, and the ERP owes it', async (t) => {
  const issue = documentOf(
    'goods-issue',
    usage({ consigned: true, supplier: 'V-1001', lines: [{ line: 1, item: 'HIP-12', quantity: '1', unit: 'EA', lot: 'H-77' }] }),
  )
  const before = await buyer.count('account.invoice.line', [['invoice', '=', null]])
  await sent(issue)
  t.is(await buyer.count('account.invoice.line', [['invoice', '=', null]]), before + 1)
  t.is(
    await buyer.count('stock.shipment.internal', [
      ['reference', 'like', `${issue.key}%`],
      ['state', '=', 'done'],
    ]),
    2,
  )
})

test.serial('R33: a journal is reversed on its day, once, with its cost centres', async (t) => {
  const reference = await sent(documentOf('journal', journal()))
  const first = await connector.reverse(reference, 'cancelled usage', '2026-04-01', never())
  const again = await connector.reverse(reference, 'cancelled usage', '2026-04-01', never())
  t.is(first.kind, 'sent')
  t.deepEqual(again, first)
  const [original] = await buyer.rows('account.move', [['post_number', '=', reference]], [])
  const reversals = await buyer.rows('account.move', [['origin', '=', `account.move,${String(original?.id)}`]], ['state', 'date'])
  t.is(reversals.length, 1)
  t.like(reversals[0], { state: 'posted', date: { year: 2026, month: 4, day: 1 } })
  t.is(await buyer.count('analytic_account.line', [['move_line.move', '=', reversals[0]?.id]]), 2)
})

test.serial('totals of the ledger are told by account and cost centre', async (t) => {
  await sent(documentOf('journal', journal({ postingDate: '2026-05-04' })))
  const row = await pulled('ledger-totals', (body) => body['code'] === 'H1|2026-05|5120|CC-7010|USD')
  t.like(row['attributes'], { company: 'H1', period: '2026-05', account: '5120', cost_centre: 'CC-7010', currency: 'USD', amount: '42.5' })
})

test.serial('what does not fit the ERP’s decimals is refused, never rounded', async (t) => {
  const lines = [
    { line: 1, account: '5120', side: 'debit', amount: '1.005' },
    { line: 2, account: '1410', side: 'credit', amount: '1.005' },
  ]
  t.like(await connector.deliver(documentOf('journal', journal({ lines })), never()), { kind: 'failed', code: 'ERP_REFUSED' })
  const price = order({ lines: [{ line: 1, item: 'CUP-50', quantity: '1', unit: 'EA', unitPrice: '1.23456', currency: 'USD', amount: '1.23' }] })
  t.like(await connector.deliver(documentOf('purchase-order', price), never()), { kind: 'failed', code: 'ERP_REFUSED' })
})

test.serial('R42: the bridge’s user can’t approve', async (t) => {
  const bridge = await erp.person('bridge')
  const number = await sent(
    documentOf('requisition', { location: 'OR-1', supplier: 'V-1002', reason: 'par', lines: [{ line: 1, item: 'SUT-30', quantity: '10', unit: 'EA' }] }),
  )
  const [row] = await bridge.rows('purchase.requisition', [['number', '=', number]], [])
  await t.throwsAsync(bridge.press('purchase.requisition', 'approve', row?.id ?? 0), { message: /approve/ })
})

test.serial('without stock and without the right to force it, an issue is refused and what was begun is cancelled', async (t) => {
  const clerk = createTrytonConnector(
    definitionOf(erp, erp.database, { options: { database: erp.database, user: 'clerk', password: 'clerk-test-9' } }),
    Date.now,
  )
  t.teardown(() => clerk.stop())
  const issue = documentOf('goods-issue', usage({ location: 'OR-2' }))
  const outcome = await clerk.deliver(issue, never())
  t.like(outcome, { kind: 'failed', code: 'ERP_REFUSED' })
  t.regex(outcome.kind === 'failed' ? outcome.text : '', /may not force/)
  // Who may not delete a shipment leaves it cancelled: it moves nothing, and a retry makes a new one.
  t.is(
    await buyer.count('stock.shipment.internal', [
      ['reference', '=', issue.key],
      ['state', '!=', 'cancelled'],
    ]),
    0,
  )
  t.deepEqual(await clerk.lookup(issue.key, 'goods-issue', never()), { kind: 'absent' })
})

test.serial('a wrong password is tried once, then rests', async (t) => {
  let logins = 0
  const proxy = await startProxy(t, erp.url)
  proxy.before((body) => {
    if (body.includes('common.db.login')) logins += 1
    return Promise.resolve()
  })
  const options = { database: erp.database, user: 'nobody', password: 'wrong' }
  const wrong = createTrytonConnector(definitionOf(proxy, erp.database, { options }), Date.now)
  t.teardown(() => wrong.stop())
  for (let i = 0; i < 3; i++) {
    const outcome = await wrong.deliver(documentOf('journal', journal()), never())
    t.like(outcome, { kind: 'failed', code: 'ERP_AUTH' })
    t.true(outcome.kind === 'failed' && (outcome.retryAfterMs ?? 0) > 0)
  }
  t.is(logins, 1)
})

test.serial('a session that ran out is opened again, and the document goes on', async (t) => {
  const proxy = await startProxy(t, erp.url)
  const own = createTrytonConnector(definitionOf(proxy, erp.database), Date.now)
  t.teardown(() => own.stop())
  await sent(documentOf('journal', journal()), own)
  proxy.refuse(401)
  const late = documentOf('journal', journal())
  await sent(late, own)
  t.is(await buyer.count('account.move', [['description', 'like', `${late.key}%`]]), 1)
})

/** A call of each kind of document after which its answer is cut. */
const CUTS: readonly [DocumentKind, () => Body, RegExp, string, (key: string) => readonly unknown[]][] = [
  ['purchase-order', order, /purchase\.purchase\.quote"/, 'purchase.purchase', (key) => [['reference', '=', key]]],
  ['goods-issue', usage, /stock\.shipment\.internal\.done"/, 'stock.shipment.internal', (key) => [['reference', '=', key]]],
  ['journal', journal, /account\.move\.create"/, 'account.move', (key) => [['description', 'like', `${key}%`]]],
  ['journal', journal, /account\.move\.post"/, 'account.move', (key) => [['description', 'like', `${key}%`]]],
]
for (const [kind, body, method, model, domain] of CUTS) {
  test.serial(`R30: ${kind}, answer cut at ${method.source}: it is unknown, the lookup finds it, and nothing is there twice`, async (t) => {
    const proxy = await startProxy(t, erp.url)
    const cut = createTrytonConnector(definitionOf(proxy, erp.database), Date.now)
    t.teardown(() => cut.stop())
    proxy.cut(method)
    const document = documentOf(kind, body())
    t.like(await cut.deliver(document, never()), { kind: 'failed', code: 'NO_ANSWER' })
    proxy.cut(null)
    const found = await cut.lookup(document.key, kind, never())
    t.true(found.kind === 'present' || found.kind === 'partial')
    const reference = await sent({ ...document, step: found.kind === 'partial' ? found.step : null }, cut)
    t.deepEqual(await cut.lookup(document.key, kind, never()), { kind: 'present', reference })
    t.is(await buyer.count(model, domain(document.key)), 1)
  })
}
