import test from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import { DEFAULT_MATCHING } from '../../erp-bridge/policies.ts'
import { invoiced, line, only, ordered, received } from './purchase.ts'
import { bodyOf, createWorld, event, kindsOf, ledgerOf } from './world.ts'

const kinds = (body: Record<string, unknown>, type = 'SupplyUsed') =>
  kindsOf(createWorld().decide(event(type, { quantity: { value: '1', unit: 'EA' }, lot: 'L-1', ...body }))).toSorted()

test('R1: a line is classified by its item', (t) => {
  t.deepEqual(kinds({}), ['goods-issue', 'journal'])
  t.deepEqual(kinds({ item: { code: 'CON-1' } }), ['goods-issue', 'journal'])
  t.deepEqual(kinds({ item: { code: 'HIP-1' } }), ['journal', 'purchase-order'])
  t.deepEqual(kinds({ item: { code: 'REP-1' } }), ['journal', 'purchase-order'])
  t.deepEqual(kinds({ item: { code: 'PAR-1' } }), [])
})

test('R1: what the line says of itself wins over its item', (t) => {
  t.deepEqual(kinds({ ownership: 'bill-only' }), ['journal', 'purchase-order'])
  t.deepEqual(kinds({ item: { code: 'HIP-1' }, ownership: 'owned' }), ['goods-issue', 'journal'])
  t.deepEqual(kinds({ item: { code: 'HIP-1' }, ownership: 'par' }), [])
  t.deepEqual(kinds({ ownership: 'charge-only' }), [])
  t.deepEqual(kinds({ ownership: 'borrowed' }), ['needs'])
  const consigned = createWorld().decide(event('SupplyUsed', { ownership: 'consigned' }))
  t.is(bodyOf(consigned, 'goods-issue')['consigned'], true)
})

test('R6: a bill-only implant that is wasted is still owed to its vendor: its order is made, and its cost is waste', (t) => {
  const world = createWorld()
  const wasted = world.decide(event('SupplyWasted', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L-1' }))
  t.deepEqual(kindsOf(wasted).toSorted(), ['journal', 'purchase-order'])
  t.like(bodyOf(wasted, 'purchase-order'), { orderType: 'bill-only', receiptExpected: false, case: 'CASE-1' })
  const books = ledgerOf(world)
  t.is(books.get('5190/CC-7010'), 123_500n)
  t.is(books.get('2110/'), -123_500n)
  t.is(books.get('5110/CC-7010'), undefined, 'nothing of it is the expense of an implant that was used')
})

test('R38: an order is in the currency of its contract, a requisition in that of its supplier, and nothing is converted', (t) => {
  const world = createWorld()
  world.put('price', {
    item: 'HIP-1',
    supplier: 'V-1',
    unit: 'EA',
    valid_from: '2026-02-01',
    valid_to: '',
    price: 1000 * SCALE,
    currency: 'EUR',
    contract: 'C-9',
  })
  const decision = world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L-1' }))
  const order = bodyOf(decision, 'purchase-order')
  t.like(order, { currency: 'EUR', contract: 'C-9' })
  t.like(order.lines[0]!, { unitPrice: '1000', currency: 'EUR', amount: '1000.00' })
  t.is(bodyOf(decision, 'journal')['currency'], 'EUR')
  world.put('supplier', { supplier: 'V-1', name: 'Sutures Inc', status: 'active', currency: 'EUR' })
  t.is(bodyOf(world.decide(event('SupplyUsed', { quantity: { value: '70', unit: 'EA' } })), 'requisition')['currency'], 'EUR')
})

test('R39: tax is passed on as it was invoiced, as a charge of its own; its codes stay with the ERP', (t) => {
  const taxed = (matching: Partial<typeof DEFAULT_MATCHING> = {}) => {
    const world = createWorld()
    world.decide(ordered())
    world.decide(received('GR-1', [line()]))
    const invoice = invoiced('INV-1', [line({ unitPrice: '12' })], { tax: '9.60', amount: '129.60' })
    return bodyOf(world.decide(invoice, { policies: { matching: { ...DEFAULT_MATCHING, ...matching } } }), 'supplier-invoice')
  }
  t.deepEqual(taxed()['charges'], [{ kind: 'tax', amount: '9.60' }])
  t.is(taxed()['total'], '129.60')
  t.deepEqual(taxed({ taxAccount: '5195' })['charges'], [{ kind: 'tax', amount: '9.60', account: '5195' }])
  t.false(/taxcode|tax_code/i.test(JSON.stringify(taxed())))
})

test('R39: tax that the bridge books is cost on its own account', (t) => {
  const world = createWorld()
  const rule = { ownership: '', category: '', company: '', credit: '2000' }
  const posting = [
    { ...rule, when: 'invoice', debit: '2110' },
    { ...rule, when: 'tax', debit: '5195' },
  ] as const
  const policies = { owners: { receipt: { gl: 'bridge' }, invoice: { gl: 'bridge' } }, posting } as const
  world.decide(ordered(), { policies })
  world.decide(received('GR-1', [line()]), { policies })
  world.decide(invoiced('INV-1', [line({ unitPrice: '12' })], { tax: '9.60', amount: '129.60' }), { policies })
  t.is(ledgerOf(world).get('5195/CC-7010'), 96_000n)
  t.is(ledgerOf(world).get('2000/'), -1_296_000n)
  t.is(only(world.all('invoice')).total, 129.6 * SCALE)
})
