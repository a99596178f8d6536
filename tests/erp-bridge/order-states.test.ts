import test from 'ava'
import { newRow, SCALE } from '../../channels/contract/index.ts'
import type { Decision, Policies } from '../../channels/contract/index.ts'
import { DEFAULT_MATCHING } from '../../erp-bridge/policies.ts'
import { about, invoiced, line, only, ordered, received } from './purchase.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const LATE = Date.UTC(2026, 2, 6) + 30 * 86_400_000
const AT_DOCK = { channel: 'dock' }
const bill = (released?: string) => invoiced('INV-1', [line({ unitPrice: '12' })], { released })

function known(got = '10'): World {
  const world = createWorld()
  world.decide(ordered())
  if (got !== '0') world.decide(received('GR-1', [line({ quantity: got })]))
  return world
}

const storiesOf = (decision: Decision) => (decision.kind === 'needs' ? decision.needs.map((need) => [need.owner, need.releasable, need.story]) : [])

for (const [status, words] of [
  ['cancelled', 'was cancelled'],
  ['rejected', 'was rejected by its buyer'],
] as const) {
  test(`R18: an invoice for an order that ${words} goes to supply chain and accounts payable with the story, and no release lets it through`, (t) => {
    const world = known('4')
    world.decide(ordered({ status, lines: [] }))
    const decision = world.decide(bill('ann: pay it'))
    t.deepEqual(needsOf(decision), ['INVOICE_NO_ORDER invoice:V-1:INV-1', 'INVOICE_TOTAL invoice:V-1:INV-1'])
    t.true(decision.kind === 'needs' && decision.needs[0]!.text.includes(words))
    for (const [, releasable, story] of storiesOf(decision)) {
      t.is(releasable, false)
      t.like(story, { order: { number: 'PO-1', state: 'cancelled' }, invoice: { number: 'INV-1' } })
    }
    t.deepEqual(
      storiesOf(decision).map(([owner]) => owner),
      ['supply-chain', 'ap'],
    )
  })
}

test('R18: an invoice for a closed order is held until a person releases it', (t) => {
  const world = known()
  world.decide(ordered({ status: 'closed', lines: [] }))
  t.deepEqual(needsOf(world.decide(bill())), ['INVOICE_QUANTITY invoice:V-1:INV-1'])
  t.deepEqual(kindsOf(world.decide(bill('ann: the last of it [INVOICE_QUANTITY]'))), ['supplier-invoice'])
})

test('R18: an invoice for an order that nobody approved waits its time, then for a person, and goes on when it is approved', (t) => {
  const world = createWorld()
  const order = { receiptExpected: false, lines: [line({ item: 'HIP-1', quantity: '1', unitPrice: '12.345' })] }
  const use = event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L-1' })
  world.decide(use)
  world.settle('SENT', 'PO-1')
  const invoice = (number: string, released?: string) => invoiced(number, [line({ item: 'HIP-1', quantity: '1', unitPrice: '12.345' })], { released })
  world.decide(ordered({ ...order, status: 'submitted' }))
  t.is(world.decide(invoice('INV-1')).kind, 'later')
  const held = world.decide(invoice('INV-1'), { now: LATE })
  t.deepEqual(needsOf(held), ['INVOICE_QUANTITY invoice:V-1:INV-1'])
  t.true(held.kind === 'needs' && held.needs[0]!.text.includes('not approved yet (submitted)') && held.needs[0]!.releasable === undefined)
  world.decide(ordered({ ...order, status: 'ordered' }))
  t.deepEqual(kindsOf(world.decide(invoice('INV-1'))), ['supplier-invoice'])
})

test('R3: an order of which the ERP told nothing since it was sent is invoiced as it was sent', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L-1' }))
  world.settle('SENT', 'PO-1')
  t.deepEqual(kindsOf(world.decide(invoiced('INV-1', [line({ item: 'HIP-1', quantity: '1', unitPrice: '12.345' })]))), ['supplier-invoice'])
})

test('R33: a credit is taken whatever became of its order', (t) => {
  const world = known()
  world.decide(bill())
  world.decide(ordered({ status: 'closed', lines: [] }))
  const credit = invoiced('CR-1', [line({ unitPrice: '12', quantity: '2' })], { documentKind: 'credit' })
  t.deepEqual(kindsOf(world.decide(credit)), ['supplier-invoice'])
})

for (const status of ['cancelled', 'closed']) {
  test(`a receipt for a ${status} order raises no stock until a person says that it is kept; what came may go back`, (t) => {
    const world = known('4')
    world.decide(ordered({ status, lines: [] }))
    const before = world.stock()!.on_hand
    const slip = (released?: string) => received('SLIP-1', [line({ quantity: '2' })], { released }, AT_DOCK)
    const decision = world.decide(slip())
    t.deepEqual(needsOf(decision), ['RECEIPT_MISMATCH receipt:PO-1:SLIP-1'])
    t.true(decision.kind === 'needs' && decision.needs[0]!.text.includes(`is ${status}`))
    t.is(world.stock()!.on_hand, before)
    t.deepEqual(kindsOf(world.decide(received('RT-1', [line({ quantity: '1' })], { documentKind: 'return' }, AT_DOCK))), ['supplier-return'])
    t.deepEqual(kindsOf(world.decide(slip('ann: kept [RECEIPT_MISMATCH]'))), ['goods-receipt'])
  })
}

test('R18: a receipt of another supplier, or for a line that the order has not, is no receipt of the order', (t) => {
  const world = known('0')
  const other = received('SLIP-1', [line()], { supplier: 'V-BAD', released: 'ann: kept [RECEIPT_MISMATCH]' }, AT_DOCK)
  t.deepEqual(needsOf(world.decide(other)), ['RECEIPT_MISMATCH receipt:PO-1:SLIP-1'])
  t.deepEqual(needsOf(world.decide(received('SLIP-2', [line({ orderLine: '7' })], {}, AT_DOCK))), ['RECEIPT_MISMATCH receipt:PO-1:SLIP-2'])
  world.put('supplier', newRow('supplier', { supplier: 'V-1-DEPOT', status: 'active', parent: 'V-1' }))
  t.deepEqual(kindsOf(world.decide(received('SLIP-3', [line()], { supplier: 'V-1-DEPOT' }, AT_DOCK))), ['goods-receipt'])
})

test('R18: an invoice line for a line that the order has not is an exception, whatever its item', (t) => {
  t.deepEqual(needsOf(known().decide(invoiced('INV-1', [line({ orderLine: '7', unitPrice: '12' })]))), ['INVOICE_NO_ORDER invoice:V-1:INV-1'])
})

test('R26: no invoice goes out with an account that is blocked or not in the chart: of variance, freight, tax or an order line', (t) => {
  const accounts = { varianceAccount: '5130', freightAccount: '5140', taxAccount: '5150' }
  const policies: Partial<Policies> = { matching: { ...DEFAULT_MATCHING, ...accounts } }
  const chart = (open: readonly string[]) => {
    const world = createWorld()
    for (const account of ['5130', '5140', '5150', '5160'])
      world.put('gl_account', newRow('gl_account', { account, company: 'H1', status: open.includes(account) ? 'active' : 'blocked' }))
    world.decide(ordered({ lines: [line({ unitPrice: '12', location: 'OR-1', account: '5160' })] }), { policies })
    world.decide(received('GR-1', [line()]), { policies })
    return world.decide(invoiced('INV-1', [line({ unitPrice: '12.10' })], { freight: '5', tax: '1', amount: '127' }), { policies })
  }
  t.deepEqual(needsOf(chart([])).toSorted(), [
    'ACCOUNT_BLOCKED account:5130',
    'ACCOUNT_BLOCKED account:5140',
    'ACCOUNT_BLOCKED account:5150',
    'ACCOUNT_BLOCKED account:5160',
  ])
  const charges = bodyOf(chart(['5130', '5140', '5150', '5160']), 'supplier-invoice')['charges']
  t.deepEqual((charges as { account: string }[]).map(({ account }) => account).toSorted(), ['5130', '5140', '5150'])
  t.deepEqual(needsOf(chart(['5130', '5140', '5150'])), ['ACCOUNT_BLOCKED account:5160'])
})

test('an invoice whose order is not known says what money is at stake, stated or not, and stands as held', (t) => {
  const decision = createWorld().decide(invoiced('INV-9', [line({ unitPrice: '1500' })], { freight: '5' }), { now: LATE })
  t.true(decision.kind === 'needs')
  if (decision.kind !== 'needs') return
  t.deepEqual(decision.needs[0]!.weight, { money: { amount: '15005.00', currency: 'USD' } })
  t.like(decision.standing, { state: 'held', number: 'INV-9', supplier: 'V-1', orderNumber: 'PO-1', reason: 'INVOICE_NO_ORDER', total: 15_005 * SCALE })
  const waits = createWorld().decide(invoiced('INV-9', [line({ unitPrice: '1500' })]))
  t.like(waits, { kind: 'later', standing: { state: 'waiting', total: 15_000 * SCALE } })
})

test('R24: an invoice that is held or was rejected is no invoice that was taken', (t) => {
  for (const state of ['held', 'waiting', 'rejected']) {
    const world = known()
    world.put('invoice', newRow('invoice', { invoice: 'm1.invoice.1', number: 'INV-0', supplier: 'V-1', day: '2026-03-05', total: 120 * SCALE, state }))
    t.deepEqual(kindsOf(world.decide(bill())), ['supplier-invoice'])
  }
})

test('a requisition that is ordered at once was approved, and subscribers hear of it once, whoever tells it', (t) => {
  const requisition = (status: string) => about('DocumentStatusChanged', { document: 'requisition', number: 'REQ-1', status })
  const approved = (world: World) => world.all('notice').filter((notice) => notice.type === 'requisition.approved').length
  const told = createWorld()
  told.decide(requisition('submitted'))
  told.decide(requisition('ordered'))
  told.decide(requisition('approved'))
  t.is(approved(told), 1)
  const followed = createWorld()
  followed.decide(event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } }))
  const key = followed.all('document').find((document) => document.kind === 'requisition')!.key
  followed.decide(ordered({ origins: [key] }))
  followed.decide(received('GR-1', [line()]))
  t.is(approved(followed), 1)
  t.true(followed.all('notice').some((notice) => notice.type === 'order.placed'))
})

test('a buyer who rejects the order of what was used gives supply chain the story, until it is settled or the use is taken back', (t) => {
  const world = createWorld()
  const body = { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L-1' }
  world.decide(event('SupplyUsed', body, { businessKey: 'K' }))
  world.settle('SENT', 'PO-1')
  world.decide(ordered({ status: 'rejected', lines: [] }))
  const timer = only(world.all('timer').filter((one) => one.name === 'refused-order' && one.due > 0))
  const none = { item: undefined, quantity: undefined, location: undefined, case: undefined }
  const fire = (released?: string) =>
    world.decide(event('TimerFired', { name: timer.name, subject: timer.subject, due: String(timer.due), released, ...none }, { receivedAt: timer.due }))
  const decision = fire()
  t.deepEqual(needsOf(decision), ['ORDER_CHANGED order:PO-1:refused'])
  t.like(storiesOf(decision)[0], ['supply-chain', undefined])
  t.like(storiesOf(decision)[0]![2], { order: { number: 'PO-1', case: 'CASE-1', state: 'cancelled' }, usage: [{ item: 'HIP-1', quantity: '1' }] })
  t.is(fire('ann: paid by another order [ORDER_CHANGED]').kind, 'applied')
  world.decide(event('SupplyReversed', body, { businessKey: 'K' }))
  t.is(fire().kind, 'applied')
})
