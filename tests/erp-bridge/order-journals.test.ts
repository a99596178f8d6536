import test from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import type { Policies } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { DEFAULT_MATCHING } from '../../erp-bridge/policies.ts'
import { about, invoiced, line, only, ordered, received } from './purchase.ts'
import { bodyOf, createWorld, event, kindsOf, ledgerOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const RULES = [
  { when: 'invoice', ownership: '', category: '', company: '', debit: '2110', credit: '2000' },
  { when: 'variance', ownership: '', category: '', company: '', debit: '5130', credit: '2000' },
  { when: 'freight', ownership: '', category: '', company: '', debit: '5140', credit: '2000' },
] as const
const BOOKS: Partial<Policies> = { owners: { receipt: { gl: 'bridge' }, invoice: { gl: 'bridge' } }, posting: RULES }
const own = { policies: BOOKS }

function known(): World {
  const world = createWorld()
  world.decide(ordered(), own)
  return world
}
/** Account/cost centre → amount, without those that are even. */
function books(world: World): Record<string, number> {
  return Object.fromEntries([...ledgerOf(world)].filter(([, sum]) => sum !== 0n).map(([name, sum]) => [name, Number(sum) / 10_000]))
}
const one = (facts = {}) => [line({ unitPrice: '12', ...facts })]

test('R28: receipts and invoices are the ERP’s to book, whatever is said of what is used', (t) => {
  const world = createWorld()
  world.decide(ordered())
  world.decide(received('GR-1', [line()]))
  world.decide(invoiced('INV-1', one()))
  t.is(world.all('document').filter((document) => document.kind === 'journal').length, 0)
})

test('R27: a stock receipt goes into inventory against what is accrued, a return takes it back', (t) => {
  const world = known()
  const decision = world.decide(received('GR-1', [line({ quantity: '4' })]), own)
  const body = bodyOf(decision, 'journal')
  t.true(documentSchemas.journal.omit({ key: true }).safeParse(body).success)
  t.like(body, { text: 'Receipt GR-1', currency: 'USD', documentDate: '2026-03-05' })
  t.deepEqual(books(world), { '1410/': 48, '2110/': -48 })
  t.deepEqual(kindsOf(world.decide(received('GR-1', [line({ quantity: '4' })]), own)), [], 'once')
  world.decide(received('RT-1', [line({ quantity: '1' })], { documentKind: 'return' }), own)
  t.deepEqual(books(world), { '1410/': 36, '2110/': -36 })
})

test('R27: what is no stock is an expense of its cost centre when it comes, and waits when nobody bears it', (t) => {
  const world = createWorld()
  world.decide(ordered({ lines: [line({ item: 'PAR-1', unitPrice: '12', location: 'OR-1' })] }), own)
  world.decide(received('GR-1', [line({ item: 'PAR-1' })]), own)
  t.deepEqual(books(world), { '5120/CC-7010': 120, '2110/': -120 })
  const nobody = createWorld()
  nobody.decide(ordered({ lines: [line({ item: 'PAR-1', unitPrice: '12' })] }), own)
  t.deepEqual(needsOf(nobody.decide(received('GR-1', [line({ item: 'PAR-1' })]), own)), ['UNKNOWN_COST_CENTRE order:PO-1:1'])
})

test('R27: an invoice makes what was accrued owed, and its variance and freight go to their own accounts', (t) => {
  const world = known()
  world.decide(received('GR-1', [line()]), own)
  const decision = world.decide(invoiced('INV-1', one({ unitPrice: '12.10' }), { amount: '126.00', freight: '5' }), own)
  t.deepEqual(kindsOf(decision).toSorted(), ['journal', 'supplier-invoice'])
  t.deepEqual(books(world), { '1410/': 120, '5130/CC-7010': 1, '5140/CC-7010': 5, '2000/': -126 })
  const credit = world.decide(invoiced('CR-1', one({ quantity: '2', unitPrice: '12' }), { documentKind: 'credit', amount: '24' }), own)
  t.is(bodyOf(credit, 'journal')['text'], 'Credit CR-1')
  t.deepEqual(books(world), { '1410/': 120, '2110/': -24, '5130/CC-7010': 1, '5140/CC-7010': 5, '2000/': -102 })
})

test('R27: an invoice without a rule that names what is owed waits for finance', (t) => {
  const world = known()
  world.decide(received('GR-1', [line()]), own)
  const needs = needsOf(world.decide(invoiced('INV-1', one()), { policies: { ...BOOKS, posting: [] } }))
  t.deepEqual(needs, ['ACCOUNT_BLOCKED posting:invoice:H1:owned:supply'])
})

test('R27: a bill-only use, its invoice and nothing else make the expense owed: no receipt is booked between', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '2', unit: 'EA' }, lot: 'L-1' }), own)
  world.settle('SENT', 'PO-9')
  world.decide(invoiced('INV-1', [line({ item: 'HIP-1', quantity: '2', unitPrice: '12.345' })], { order: 'PO-9' }), own)
  t.deepEqual(books(world), { '5110/CC-7010': 24.69, '2000/': -24.69 })
})

test('R22: an evaluated receipt books its receipt and its settlement', (t) => {
  const world = createWorld()
  const evaluated = { policies: { ...BOOKS, matching: { ...DEFAULT_MATCHING, ways: { '*': 'evaluated' as const } } } }
  world.decide(ordered(), evaluated)
  t.deepEqual(kindsOf(world.decide(received('GR-1', [line({ quantity: '4' })]), evaluated)).toSorted(), ['journal', 'journal', 'supplier-invoice'])
  t.deepEqual(books(world), { '1410/': 48, '2000/': -48 })
})

test('R33: the journal of an invoice that the ERP cancelled is taken back: cancelled when it was not sent, else mirrored', (t) => {
  for (const state of ['QUEUED', 'SENT']) {
    const world = known()
    world.decide(received('GR-1', [line()]), own)
    world.decide(invoiced('INV-1', one()), own)
    t.deepEqual(books(world), { '1410/': 120, '2000/': -120 })
    world.settle(state)
    const { key } = only(world.all('document').filter((document) => document.kind === 'supplier-invoice'))
    const decision = world.decide(about('DocumentStatusChanged', { document: 'invoice', number: 'INV-1', key, status: 'cancelled' }), own)
    t.deepEqual(kindsOf(decision), state === 'SENT' ? ['journal'] : [])
    t.deepEqual(books(world), { '1410/': 120, '2110/': -120 })
    t.is(
      world.all('journal_line').reduce((sum, row) => sum + (row.account === '2000' ? row.amount : 0), 0),
      0,
    )
  }
})

test('R35: a receipt in a closed period is booked on the first open day, or waits', (t) => {
  const world = known()
  const period = { company: 'H1', ledger: 'GL', kind: 'standard' }
  world.put('period', { ...period, period: '2026-03', valid_from: '2026-03-01', valid_to: '2026-03-31', status: 'closed' })
  world.put('period', { ...period, period: '2026-04', valid_from: '2026-04-01', valid_to: '2026-04-30', status: 'open' })
  t.deepEqual(needsOf(world.decide(received('GR-1', [line()]), own)), ['PERIOD_CLOSED period:H1:GL:2026-03'])
  const adjusted = world.decide(received('GR-1', [line()]), { policies: { ...BOOKS, periods: { '*': 'adjust' } } })
  t.like(bodyOf(adjusted, 'journal'), { documentDate: '2026-03-05', postingDate: '2026-04-01' })
})

test('R36: what is booked when it comes is not accrued again at the end of its period', (t) => {
  const world = known()
  world.decide(received('GR-1', [line()]), own)
  const end = event('TimerFired', { name: 'period-end', subject: 'H1/2026-03', due: '0' })
  const posting = [...RULES, { when: 'received-not-invoiced', ownership: '', category: '', company: '', debit: '1410', credit: '2110' } as const]
  t.deepEqual(kindsOf(world.decide(end, { policies: { ...BOOKS, posting } })), [])
})

test('R33: the order of a cancelled invoice stands where it stood before, with a receipt or without', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '2', unit: 'EA' }, lot: 'L-1' }))
  world.settle('SENT', 'PO-9')
  const order = only(world.all('document').filter((document) => document.kind === 'purchase-order')).key
  world.decide(about('DocumentStatusChanged', { document: 'order', number: 'PO-9', key: order, status: 'ordered' }))
  const state = () => world.tables.process.get(`procure-to-pay|${order}`)!.state
  t.is(state(), 'ORDERED')
  world.decide(about('PurchaseOrderAcknowledged', { order: 'PO-9', number: 'PO-9', lines: [line({ item: 'HIP-1', quantity: '2' })] }, { channel: 'edi' }))
  t.is(state(), 'ACKNOWLEDGED')
  world.decide(invoiced('INV-1', [line({ item: 'HIP-1', quantity: '2', unitPrice: '12.345' })], { order: 'PO-9' }))
  t.is(state(), 'INVOICED')
  const { key } = only(world.all('document').filter((document) => document.kind === 'supplier-invoice'))
  world.decide(about('DocumentStatusChanged', { document: 'invoice', number: 'INV-1', key, status: 'cancelled' }))
  t.is(state(), 'ACKNOWLEDGED')
  t.is(world.tables.purchase_order.get(order)!.state, 'acknowledged')
  t.is(only(world.all('order_line')).invoiced, 0 * SCALE)
})
