import test from 'ava'
import type { MatchingPolicy, Policies } from '../../channels/contract/index.ts'
import { newRow, SCALE } from '../../channels/contract/index.ts'
import { DEFAULT_MATCHING } from '../../erp-bridge/policies.ts'
import { normalNumber } from '../../erp-bridge/matching/index.ts'
import { about, invoiced, line, only, ordered, play, received, units } from './purchase.ts'
import type { LineFacts } from './purchase.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const NOW = Date.UTC(2026, 2, 6)
const LATE = NOW + 30 * 86_400_000

/** PO-1 over ten SUT-1 at 12.00, `got` of them received. */
function known(got = '10', order: Record<string, unknown> = {}): World {
  const world = createWorld()
  const events = [ordered(order), ...(got === '0' ? [] : [received('GR-1', [line({ quantity: got })])])]
  if (play(world, events).length > 0) throw new Error('the order is not known')
  return world
}

function one(facts: LineFacts = {}): Record<string, unknown>[] {
  return [line({ unitPrice: '12', ...facts })]
}

function matching(policy: Partial<MatchingPolicy>): { policies: Partial<Policies> } {
  return { policies: { matching: { ...DEFAULT_MATCHING, ...policy } } }
}

test('R18: an invoice that fits order and receipt goes to the ERP once, behind its order, and adds up', (t) => {
  const world = known()
  const decision = world.decide(invoiced('INV-1', one(), { amount: '125.50', freight: '5.50' }))
  t.deepEqual(kindsOf(decision), ['supplier-invoice'])
  const body = bodyOf(decision, 'supplier-invoice')
  t.is(body['order'], 'PO-1')
  t.is(body['total'], '125.50')
  t.deepEqual(body['charges'], [{ kind: 'freight', amount: '5.50' }])
  t.is(decision.kind === 'applied' ? decision.documents[0]!.chain : '', 'order:PO-1')
  t.like(only(world.all('invoice')), { invoice: 'V-1|INV1', state: 'matched', total: 125.5 * SCALE, variance: 0 })
  t.is(only(world.all('order_line')).invoiced, 10 * SCALE)
  t.is(only(world.all('purchase_order')).state, 'invoiced')
})

test('R18: quantity received counts over all invoices, so nothing is paid twice', (t) => {
  const world = known('6')
  t.deepEqual(kindsOf(world.decide(invoiced('INV-1', one({ quantity: '4' })))), ['supplier-invoice'])
  t.deepEqual(needsOf(world.decide(invoiced('INV-2', one({ quantity: '3' })), { now: LATE })), ['INVOICE_QUANTITY invoice:V-1:INV-2'])
  t.deepEqual(kindsOf(world.decide(invoiced('INV-2', one({ quantity: '2' })))), ['supplier-invoice'])
  t.is(only(world.all('order_line')).invoiced, 6 * SCALE)
})

test('R18: more than was ordered is held at once, even when it was received', (t) => {
  const world = known('12')
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one({ quantity: '12' })))), ['INVOICE_QUANTITY invoice:V-1:INV-1'])
})

test('R18: two lines of one invoice for the same order line count together', (t) => {
  const world = known()
  const lines = [line({ line: '1', quantity: '6', unitPrice: '12' }), line({ line: '2', quantity: '6', unitPrice: '12' })]
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', lines))), ['INVOICE_QUANTITY invoice:V-1:INV-1'])
})

test('R18: an invoice of another supplier than the order’s, or with a line that the order has not, is always an exception', (t) => {
  const world = known()
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one(), { supplier: 'V-BAD' }))), ['INVOICE_NO_ORDER invoice:V-BAD:INV-1'])
  const stranger = world.decide(invoiced('INV-1', one({ item: 'GLUE-1' }), { released: 'ann: fine' }))
  t.deepEqual(needsOf(stranger), ['INVOICE_NO_ORDER invoice:V-1:INV-1'])
})

test('R19: a price is held when the stricter of percentage and cap is exceeded, and the item kind has its own', (t) => {
  const world = known()
  t.deepEqual(kindsOf(world.decide(invoiced('INV-1', one({ quantity: '5', unitPrice: '12.24' })))), ['supplier-invoice'])
  t.is(only(world.all('invoice')).state, 'variance')
  t.is(only(world.all('invoice')).variance, 1.2 * SCALE)
  t.deepEqual(needsOf(world.decide(invoiced('INV-2', one({ quantity: '5', unitPrice: '12.25' })))), ['INVOICE_PRICE invoice:V-1:INV-2'])
  const dear = createWorld()
  const lines = [line({ unitPrice: '2000', location: 'OR-1' })]
  play(dear, [ordered({ lines }), received('GR-1', [line()])])
  t.deepEqual(needsOf(dear.decide(invoiced('INV-1', [line({ unitPrice: '2003' })]))), ['INVOICE_PRICE invoice:V-1:INV-1'], '2 % would be 400, the cap is 25')
  const implants = createWorld()
  play(implants, [ordered({ lines: [line({ item: 'REP-1', unitPrice: '100' })] }), received('GR-1', [line({ item: 'REP-1' })])])
  t.deepEqual(needsOf(implants.decide(invoiced('INV-1', [line({ item: 'REP-1', unitPrice: '100.01' })]))), ['INVOICE_PRICE invoice:V-1:INV-1'])
})

test('R19: a supplier’s own tolerances win, and freight and tax have theirs', (t) => {
  const [, plain] = DEFAULT_MATCHING.tolerances
  const loose = {
    ...plain!,
    supplier: 'V-1',
    price: { amount: '50', percent: null, cap: null, direction: 'both' as const },
    line: { ...plain!.line, amount: '50' },
    total: { ...plain!.total, amount: '50' },
  }
  const world = known()
  t.deepEqual(kindsOf(world.decide(invoiced('INV-1', one({ unitPrice: '16' })), matching({ tolerances: [loose, ...DEFAULT_MATCHING.tolerances] }))), [
    'supplier-invoice',
  ])
  const freight = known()
  t.deepEqual(needsOf(freight.decide(invoiced('INV-1', one(), { freight: '25.01', amount: '145.01' }))), ['INVOICE_TOTAL invoice:V-1:INV-1'])
  t.deepEqual(needsOf(freight.decide(invoiced('INV-1', one(), { tax: '10.01', amount: '130.01' }))), ['INVOICE_TOTAL invoice:V-1:INV-1'])
})

test('R20: a tolerance may count only what is too much', (t) => {
  const world = known()
  const cheap = one({ unitPrice: '6' })
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', cheap))), ['INVOICE_PRICE invoice:V-1:INV-1'])
  const above = DEFAULT_MATCHING.tolerances.map((tolerance) => ({
    ...tolerance,
    price: { ...tolerance.price, direction: 'above' as const },
    line: { ...tolerance.line, direction: 'above' as const },
    total: { ...tolerance.total, direction: 'above' as const },
  }))
  t.deepEqual(kindsOf(world.decide(invoiced('INV-1', cheap), matching({ tolerances: above }))), ['supplier-invoice'])
})

test('R21: a credit takes back no more than was invoiced', (t) => {
  const world = known()
  const credit = (quantity: string, number: string) => invoiced(number, one({ quantity }), { documentKind: 'credit' })
  t.is(world.decide(credit('2', 'CR-1')).kind, 'later', 'its invoice may still come')
  t.deepEqual(needsOf(world.decide(credit('2', 'CR-1'), { now: LATE })), ['INVOICE_QUANTITY invoice:V-1:CR-1'])
  world.decide(invoiced('INV-1', one()))
  const decision = world.decide(credit('3', 'CR-1'))
  t.is(bodyOf(decision, 'supplier-invoice')['credit'], true)
  t.is(only(world.all('order_line')).invoiced, 7 * SCALE)
  t.deepEqual(needsOf(world.decide(credit('8', 'CR-2'), { now: LATE })), ['INVOICE_QUANTITY invoice:V-1:CR-2'])
})

test('R22: a held invoice carries usage, order, receipts, prices, contract and people, and no patient', (t) => {
  const world = createWorld()
  const usage = event('SupplyUsed', {
    item: { code: 'HIP-1' },
    quantity: { value: '1', unit: 'EA' },
    lot: 'L-1',
    performer: { value: 'DR-7' },
    patient: { value: 'MRN-SECRET' },
  })
  world.decide(usage)
  world.settle('SENT', 'PO-9')
  const contract = { ...world.all('price').find((price) => price.item === 'HIP-1')!, contract: 'C-1' }
  world.put('price', contract)
  world.put('contract', newRow('contract', { contract: 'C-1', supplier: 'V-1', name: 'Hips 2026', valid_from: '2026-01-01', valid_to: '2026-12-31' }))
  const held = world.decide(invoiced('INV-1', [line({ item: 'HIP-1', quantity: '1', unitPrice: '13.00' })], { order: 'PO-9' }))
  t.deepEqual(needsOf(held), ['INVOICE_PRICE invoice:V-1:INV-1'])
  if (held.kind !== 'needs') return t.fail()
  const need = held.needs[0]!
  t.is(need.owner, 'ap')
  t.deepEqual(need.weight?.money, { amount: '0.65', currency: 'USD' })
  const story = need.story as { order: { case: string }; usage: { event: string; performer: string }[]; lines: { prices: Record<string, unknown> }[] }
  t.is(story.order.case, 'CASE-1')
  t.like(story.usage[0]!, { event: usage.id, performer: 'DR-7' })
  t.like(story.lines[0]!.prices, {
    order: '12.345',
    invoiced: '13',
    contract: { price: '12.345', unit: 'EA', currency: 'USD', contract: 'C-1', name: 'Hips 2026', validTo: '2026-12-31' },
  })
  t.false(JSON.stringify(held).includes('MRN-SECRET'))
})

test('R22: a named person releases a hold with a reason; other kinds of it stay held', (t) => {
  const world = known('4')
  const dear = (released?: string) => invoiced('INV-1', one({ unitPrice: '12.50' }), { amount: '125.00', released }, { message: 900 })
  t.deepEqual(needsOf(world.decide(dear(), { now: LATE })), ['INVOICE_QUANTITY invoice:V-1:INV-1', 'INVOICE_PRICE invoice:V-1:INV-1'])
  t.deepEqual(needsOf(world.decide(dear('ann: agreed by phone [INVOICE_PRICE]'), { now: LATE })), ['INVOICE_QUANTITY invoice:V-1:INV-1'])
  const decision = world.decide(dear('ann: agreed by phone [INVOICE_PRICE INVOICE_QUANTITY]'), { now: LATE })
  t.is(bodyOf(decision, 'supplier-invoice')['released'], 'ann: agreed by phone [INVOICE_PRICE INVOICE_QUANTITY]')
  t.like(only(world.all('invoice')), { state: 'released', variance: 5 * SCALE, reason: 'INVOICE_QUANTITY INVOICE_PRICE' })
  t.deepEqual(
    world
      .all('notice')
      .filter((notice) => notice.message === 900)
      .map((notice) => notice.type),
    ['invoice.released', 'invoice.matched'],
  )
})

test('R22: a variance goes to its account, and lines and charges still make the total', (t) => {
  const world = known()
  const body = bodyOf(
    world.decide(invoiced('INV-1', one({ unitPrice: '12.10' }), { amount: '121.00' }), matching({ varianceAccount: '5130' })),
    'supplier-invoice',
  )
  t.like(body.lines[0]!, { unitPrice: '12', amount: '120.00' })
  t.deepEqual(body['charges'], [{ kind: 'variance', amount: '1.00', account: '5130' }])
  t.is(body['total'], '121.00')
})

test('R22: an evaluated receipt settles itself, and an invoice for it is held as a duplicate', (t) => {
  const world = createWorld()
  const evaluated = matching({ ways: { '*': 'evaluated' } })
  world.decide(ordered(), evaluated)
  const decision = world.decide(received('GR-1', [line({ quantity: '4' })]), evaluated)
  const body = bodyOf(decision, 'supplier-invoice')
  t.like(body, { number: 'ERS-GR-1', total: '48.00', order: 'PO-1' })
  t.is(only(world.all('order_line')).invoiced, 4 * SCALE)
  t.deepEqual(kindsOf(world.decide(received('GR-1', [line({ quantity: '4' })]), evaluated)), [], 'the same receipt again')
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one({ quantity: '4' })), evaluated)), ['INVOICE_DUPLICATE invoice:V-1:INV-1'])
})

test('R23: a bill-only order is matched two-way without a receipt, and its usage is billed (R3)', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '2', unit: 'EA' }, lot: 'L-1' }))
  world.settle('SENT', 'PO-9')
  const decision = world.decide(invoiced('INV-1', [line({ item: 'HIP-1', quantity: '2', unitPrice: '12.345' })], { order: 'PO-9' }))
  t.deepEqual(kindsOf(decision), ['supplier-invoice'])
  t.is(only(world.all('usage')).billed, 2 * SCALE)
  const order = only(world.all('document').filter((document) => document.kind === 'purchase-order'))
  t.is(bodyOf(decision, 'supplier-invoice')['orderKey'], order.key)
  t.is(decision.kind === 'applied' ? decision.documents[0]!.chain : '', order.id.replace('.purchase-order', ''))
  t.is(only(world.all('purchase_order')).state, 'invoiced')
})

test('R16: an invoice in another unit is converted by a factor on file, and held without one', (t) => {
  const world = known()
  t.deepEqual(kindsOf(world.decide(invoiced('INV-1', one({ quantity: '1', unit: 'BX', unitPrice: '120' })))), ['supplier-invoice'])
  t.like(only(world.all('invoice_line')), { quantity: 10 * SCALE, unit: 'EA', price: 12 * SCALE, amount: 120 * SCALE })
  const other = known()
  t.deepEqual(needsOf(other.decide(invoiced('INV-1', one({ quantity: '1', unit: 'PAL', unitPrice: '120' }), { released: 'ann: whatever' }))), [
    'INVOICE_UNIT invoice:V-1:INV-1',
  ])
  t.deepEqual(kindsOf(other.decide(invoiced('INV-1', one({ unit: '' })))), ['supplier-invoice'], 'the order’s unit is the default')
})

test('R24: the same number in another spelling, from the supplier or its parent, is a duplicate that no release lets through', (t) => {
  const world = known()
  world.decide(invoiced('inv-0042/A', one({ quantity: '4' })))
  const again = invoiced('INV 42A', one({ quantity: '3' }), { released: 'ann: sure' })
  t.deepEqual(needsOf(world.decide(again)), ['INVOICE_DUPLICATE invoice:V-1:INV 42A'])
  world.put('supplier', newRow('supplier', { supplier: 'V-2', name: 'Branch', status: 'active', parent: 'V-1' }))
  play(world, [ordered({ number: 'PO-2', supplier: 'V-2' }, { caseKey: 'order:PO-2' }), received('GR-2', [line()], { order: 'PO-2' })])
  t.deepEqual(needsOf(world.decide(invoiced('INV42A', one({ quantity: '1' }), { order: 'PO-2', supplier: 'V-2' }))), ['INVOICE_DUPLICATE invoice:V-2:INV42A'])
})

test('R24: the same date and amount under another number is held, and a person may say that it is another invoice', (t) => {
  const world = known()
  world.decide(invoiced('INV-1', one({ quantity: '5' })))
  const twin = (released?: string) => invoiced('INV-2', one({ quantity: '5' }), { released })
  t.deepEqual(needsOf(world.decide(twin())), ['INVOICE_DUPLICATE invoice:V-1:INV-2'])
  t.deepEqual(kindsOf(world.decide(twin('ann: second delivery'))), ['supplier-invoice'])
  t.deepEqual(kindsOf(known().decide(invoiced('INV-3', one({ quantity: '5' }), { date: '2026-03-04' }))), ['supplier-invoice'])
})

test('R24: numbers are compared without case, leading zeros and punctuation', (t) => {
  for (const [a, b] of [
    ['INV-001', 'inv1'],
    ['0012', '12'],
    ['A/0100', 'a 100'],
    ['2026-010', '2026.10'],
  ])
    t.is(normalNumber(a!), normalNumber(b!))
  for (const [a, b] of [
    ['INV-10', 'INV-1'],
    ['A100', 'A1'],
    ['1200', '12'],
  ])
    t.not(normalNumber(a!), normalNumber(b!))
})

test('R27: an invoice whose lines and charges do not make its total, or in another currency, is held', (t) => {
  const world = known()
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one(), { amount: '120.01' }))), ['INVOICE_TOTAL invoice:V-1:INV-1'])
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one({ amount: '121.00' }), { amount: '121.00' }))), ['INVOICE_TOTAL invoice:V-1:INV-1'])
  const foreign = world.decide(invoiced('INV-1', one(), { currency: 'EUR', released: 'ann: fine' }))
  t.deepEqual(needsOf(foreign), ['INVOICE_TOTAL invoice:V-1:INV-1'])
  t.regex(foreign.kind === 'needs' ? foreign.needs[0]!.text : '', /currency is EUR, the order is in USD/)
  const sloppy = known('10')
  const decision = sloppy.decide(invoiced('INV-1', one(), { amount: '120.01', released: 'ann: a cent' }))
  t.deepEqual(bodyOf(decision, 'supplier-invoice')['charges'], [{ kind: 'variance', amount: '0.01' }])
})

test('R23: an invoice before its receipt waits, is held when its time is over, and settles itself when the receipt comes', (t) => {
  const world = known('0')
  const invoice = invoiced('INV-1', one())
  const first = world.decide(invoice)
  t.like(first, { kind: 'later', until: NOW + DEFAULT_MATCHING.waitMs })
  const held = world.decide(invoice, { now: LATE })
  t.deepEqual(needsOf(held), ['INVOICE_QUANTITY invoice:V-1:INV-1'])
  t.true(held.kind === 'needs' && held.until !== undefined && held.until > LATE, 'it is looked at again')
  t.is(held.kind === 'needs' ? held.needs[0]!.owner : '', 'supply-chain')
  world.decide(received('GR-1', [line()]))
  t.deepEqual(kindsOf(world.decide(invoice, { now: LATE })), ['supplier-invoice'])
})

test('R18: an invoice before its order waits, then is work; one without an order number is work at once', (t) => {
  const world = createWorld()
  t.is(world.decide(invoiced('INV-1', one())).kind, 'later')
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one()), { now: LATE })), ['INVOICE_NO_ORDER invoice:V-1:INV-1'])
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one(), { order: '' }))), ['INVOICE_NO_ORDER invoice:V-1:INV-1'])
})

test('wrong input: an invoice without lines, with a quantity of zero or an amount below zero is held and cannot be released', (t) => {
  const world = known()
  const released = 'ann: fine'
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', [], { released }))), ['INVOICE_NO_ORDER invoice:V-1:INV-1'])
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one({ quantity: '0' }), { released }))), ['INVOICE_TOTAL invoice:V-1:INV-1'])
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one({ unitPrice: '-1' }), { released }))), ['INVOICE_TOTAL invoice:V-1:INV-1'])
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one(), { amount: '120.001', released }))), ['INVOICE_TOTAL invoice:V-1:INV-1'])
})

test('what the ERP says of an invoice moves it on: posted, paid, and its order with it', (t) => {
  const world = known()
  world.decide(invoiced('INV-1', one()))
  const key = only(world.all('document').filter((document) => document.kind === 'supplier-invoice')).key
  const status = (status: string) => ({ ...invoiced('', []), type: 'DocumentStatusChanged', body: { document: 'invoice', number: 'BILL-77', key, status } })
  world.decide(status('posted'))
  t.is(only(world.all('invoice')).state, 'posted')
  world.decide(status('paid'))
  world.decide(status('paid'))
  t.is(only(world.all('invoice')).state, 'paid')
  t.is(only(world.all('purchase_order')).state, 'paid')
  t.is(world.all('notice').filter((notice) => notice.type === 'invoice.paid').length, 1)
  t.is(units(only(world.all('order_line')).invoiced), 10)
})

test('R33: an invoice that the ERP cancelled counts no more, and may come again', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '2', unit: 'EA' }, lot: 'L-1' }))
  world.settle('SENT', 'PO-9')
  const invoice = () => invoiced('INV-1', [line({ item: 'HIP-1', quantity: '2', unitPrice: '12.345' })], { order: 'PO-9' })
  world.decide(invoice())
  const key = only(world.all('document').filter((document) => document.kind === 'supplier-invoice')).key
  world.decide(about('DocumentStatusChanged', { document: 'invoice', number: 'INV-1', key, status: 'cancelled' }))
  t.is(only(world.all('usage')).billed, 0)
  t.is(only(world.all('order_line')).invoiced, 0)
  t.deepEqual(kindsOf(world.decide(invoice())), ['supplier-invoice'])
  t.is(only(world.all('usage')).billed, 2 * SCALE)
  t.is(only(world.all('invoice')).state, 'matched')
})

test('R35: an invoice of a closed period keeps its date and is posted on the first open day, or waits for a person', (t) => {
  const world = known()
  const period = { company: 'H1', ledger: 'AP', kind: 'standard' }
  world.put('period', newRow('period', { ...period, period: '2026-03', valid_from: '2026-03-01', valid_to: '2026-03-31', status: 'closed' }))
  world.put('period', newRow('period', { ...period, period: '2026-04', valid_from: '2026-04-01', valid_to: '2026-04-30', status: 'open' }))
  t.deepEqual(needsOf(world.decide(invoiced('INV-1', one()))), ['PERIOD_CLOSED period:H1:AP:2026-03'])
  const body = bodyOf(world.decide(invoiced('INV-1', one()), { policies: { periods: { '*': 'adjust' } } }), 'supplier-invoice')
  t.like(body, { invoiceDate: '2026-03-05', documentDate: '2026-03-05', postingDate: '2026-04-01' })
})

test('R22: an invoice that says itself that it is released is held all the same', (t) => {
  const world = known('10')
  const released = 'cfo: fine [INVOICE_PRICE]'
  const forged = { ...invoiced('INV-1', one({ unitPrice: '12.50' }), { amount: '125.00', released }), corrected: [] }
  t.deepEqual(needsOf(world.decide(forged, { now: LATE })), ['INVOICE_PRICE invoice:V-1:INV-1'])
  t.is(world.decide({ ...forged, corrected: ['released'] }, { now: LATE }).kind, 'applied')
})
