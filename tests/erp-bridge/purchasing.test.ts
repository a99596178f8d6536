import test from 'ava'
import fc from 'fast-check'
import { newRow, SCALE } from '../../channels/contract/index.ts'
import type { BridgeEvent } from '../../channels/contract/index.ts'
import { DEFAULT_MATCHING as MATCHING } from '../../erp-bridge/policies.ts'
import { minorUnits } from '../../canonical/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { about, invoiced, line, only, ordered, play, received, withX12 } from './purchase.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const LATE = Date.UTC(2026, 2, 6) + 30 * 86_400_000
const AT_DOCK = { channel: 'dock' }

function known(body: Record<string, unknown> = {}): World {
  const world = createWorld()
  world.decide(ordered(body))
  return world
}

test('R11: an order that was made in the ERP counts as on order at its place, and what comes takes it off', (t) => {
  const world = known()
  t.is(world.stock()!.on_order, 10 * SCALE)
  world.decide(received('GR-1', [line({ quantity: '4' })]))
  t.is(world.stock()!.on_order, 6 * SCALE)
  t.is(world.stock()!.on_hand, 104 * SCALE)
  world.decide(ordered({ status: 'cancelled' }))
  t.is(world.stock()!.on_order, 0)
  t.is(only(world.all('purchase_order')).state, 'cancelled')
  t.is(only(world.all('order_line')).received, 4 * SCALE, 'what came stays')
})

test('R11: a rejected requisition is not on order any more, and only once', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { quantity: { value: '70', unit: 'EA' } }))
  const before = world.stock()!.on_order
  t.true(before > 0)
  const key = only(world.all('document').filter((document) => document.kind === 'requisition')).key
  const rejected = about('DocumentStatusChanged', { document: 'requisition', number: 'REQ-1', key, status: 'rejected' })
  world.decide(rejected)
  world.decide({ ...rejected, message: rejected.message + 1_000_000 })
  t.is(world.stock()!.on_order, 0)
  t.like(only(world.all('requisition')), { requisition: key, number: 'REQ-1', state: 'rejected' })
  t.deepEqual(
    world.all('notice').map((notice) => notice.type),
    ['usage.applied', 'requisition.placed', 'requisition.rejected'],
  )
})

test('R42: an approved requisition is followed into its order, which its origins name, and counts once', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { quantity: { value: '70', unit: 'EA' } }))
  const before = world.stock()!.on_order
  const key = only(world.all('document').filter((document) => document.kind === 'requisition')).key
  world.decide(about('DocumentStatusChanged', { document: 'requisition', number: 'REQ-1', key, status: 'approved' }))
  t.is(only(world.all('requisition')).state, 'approved')
  const lines = [line({ quantity: String(before / SCALE), unitPrice: '12', location: 'OR-1' })]
  world.decide(ordered({ origins: [key], lines }))
  t.is(world.stock()!.on_order, before)
  t.like(only(world.all('requisition')), { state: 'ordered', orders: 'PO-1' })
  world.decide(received('GR-1', [line({ quantity: String(before / SCALE) })]))
  t.is(world.stock()!.on_order, 0)
  t.is(only(world.all('requisition')).state, 'fulfilled')
})

test('an order of ours is found by its key and by its number in the ERP, and keeps one row', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { item: { code: 'REP-1' }, quantity: { value: '2', unit: 'EA' } }))
  const key = only(world.all('document').filter((document) => document.kind === 'purchase-order')).key
  const lines = [line({ item: 'REP-1', quantity: '2', unitPrice: '12.345' })]
  world.decide(ordered({ key, number: 'PO-7', lines }, { caseKey: 'order:PO-7' }))
  t.like(only(world.all('purchase_order')), { purchase_order: key, number: 'PO-7', kind: 'bill-and-replace', state: 'ordered' })
  world.decide(received('GR-1', [line({ item: 'REP-1', quantity: '2' })], { order: 'PO-7' }))
  t.is(only(world.all('purchase_order')).state, 'received')
  t.is(only(world.all('order_line')).received, 2 * SCALE)
})

test('R32: a receipt at the dock becomes a document behind its order; the ERP’s own does not', (t) => {
  const world = known()
  const decision = world.decide(received('SLIP-1', [line({ quantity: '3', lot: 'L-1' })], {}, AT_DOCK))
  t.deepEqual(kindsOf(decision), ['goods-receipt'])
  t.notThrows(() => documentSchemas['goods-receipt'].parse(bodyOf(decision, 'goods-receipt')))
  t.is(decision.kind === 'applied' ? decision.documents[0]!.chain : '', 'order:PO-1')
  t.like(bodyOf(decision, 'goods-receipt'), { order: 'PO-1', packingSlip: 'SLIP-1' })
  t.deepEqual(kindsOf(world.decide(received('GR-2', [line({ quantity: '3' })]))), [])
  t.is(only(world.all('order_line')).received, 6 * SCALE)
})

test('R29: the same receipt from our document and from the ERP counts once, also when either is told again', (t) => {
  const world = known()
  world.decide(received('SLIP-1', [line({ quantity: '4' })], {}, AT_DOCK))
  const key = only(world.all('document').filter((document) => document.kind === 'goods-receipt')).key
  world.settle('SENT', 'GR-55')
  for (const pulled of [received('GR-55', [line({ quantity: '4' })], { key }), received('GR-55', [line({ quantity: '4' })])]) world.decide(pulled)
  const again = world.decide(received('SLIP-1', [line({ quantity: '4' })], {}, AT_DOCK))
  t.deepEqual(kindsOf(again), [])
  t.is(only(world.all('order_line')).received, 4 * SCALE)
  t.is(world.stock()!.on_hand, 104 * SCALE)
  t.is(world.all('notice').filter((notice) => notice.type === 'receipt.booked').length, 1)
})

test('R33: a return takes back what came, in the chain of its order, and never more', (t) => {
  const world = known()
  world.decide(received('GR-1', [line({ quantity: '4' })]))
  const back = (quantity: string, released?: string) => received('RT-1', [line({ quantity })], { documentKind: 'return', released }, AT_DOCK)
  t.deepEqual(needsOf(world.decide(back('5'))), ['RECEIPT_MISMATCH receipt:PO-1:RT-1'])
  const decision = world.decide(back('3'))
  t.notThrows(() => documentSchemas['supplier-return'].parse(bodyOf(decision, 'supplier-return')))
  t.is(only(world.all('order_line')).received, 1 * SCALE)
  t.is(world.stock()!.on_hand, 101 * SCALE)
  t.is(world.stock()!.on_order, 9 * SCALE)
})

test('R18: more than was ordered is held at the dock and released by a person; the ERP’s own receipt is a fact', (t) => {
  const world = known()
  const over = (released?: string) => received('SLIP-1', [line({ quantity: '11' })], { released }, AT_DOCK)
  const held = world.decide(over())
  t.deepEqual(needsOf(held), ['RECEIPT_MISMATCH receipt:PO-1:SLIP-1'])
  t.like(held.kind === 'needs' ? held.needs[0]! : {}, { owner: 'supply-chain' })
  t.deepEqual(kindsOf(world.decide(over('bo: keep it [RECEIPT_MISMATCH]'))), ['goods-receipt'])
  t.deepEqual(kindsOf(known().decide(received('GR-1', [line({ quantity: '11' })]))), [])
})

test('R5: a receipt of an item that needs a lot is held without one', (t) => {
  const world = known({ lines: [line({ item: 'HIP-1', unitPrice: '12' })] })
  const receipt = received('SLIP-1', [line({ item: 'HIP-1', quantity: '1' })], {}, AT_DOCK)
  t.deepEqual(needsOf(world.decide(receipt)), [`MISSING_LOT ${receipt.id}`])
  t.deepEqual(kindsOf(world.decide(received('SLIP-1', [line({ item: 'HIP-1', quantity: '1', serial: 'S-1' })], {}, AT_DOCK))), ['goods-receipt'])
})

test('R14: a receipt in boxes counts by their factor in the order and in the stock', (t) => {
  const world = known()
  world.decide(received('GR-1', [line({ quantity: '1', unit: 'BX' })]))
  t.is(only(world.all('order_line')).received, 10 * SCALE)
  t.is(world.stock()!.on_hand, 110 * SCALE)
  t.deepEqual(needsOf(known().decide(received('GR-1', [line({ quantity: '1', unit: 'PAL' })]))), ['UNKNOWN_UNIT unit:SUT-1:PAL'])
})

test('R3: a bill-only order expects no receipt, and one that comes is work for a person', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L-1' }))
  world.settle('SENT', 'PO-9')
  const receipt = received('SLIP-1', [line({ item: 'HIP-1', quantity: '1', lot: 'L-1' })], { order: 'PO-9' }, AT_DOCK)
  t.deepEqual(needsOf(world.decide(receipt)), ['RECEIPT_MISMATCH receipt:PO-9:SLIP-1'])
})

test('a receipt of an unknown order waits for it, then is work; a line that the order has not is work at once', (t) => {
  const world = createWorld()
  const receipt = received('GR-1', [line()])
  t.is(world.decide(receipt).kind, 'later')
  t.deepEqual(needsOf(world.decide(receipt, { now: LATE })), ['RECEIPT_MISMATCH receipt:PO-1:GR-1'])
  world.decide(ordered())
  t.deepEqual(needsOf(world.decide(received('GR-2', [line({ item: 'GLUE-1' })]))), ['RECEIPT_MISMATCH receipt:PO-1:GR-2'])
  t.deepEqual(kindsOf(world.decide(receipt, { now: LATE })), [])
})

test('a supply received with an order is its receipt', (t) => {
  const world = known()
  const decision = world.decide(event('SupplyReceived', { order: 'PO-1', quantity: { value: '2', unit: 'EA' }, reference: 'SLIP-3', case: undefined }))
  t.deepEqual(kindsOf(decision), ['goods-receipt'])
  t.is(only(world.all('order_line')).received, 2 * SCALE)
})

test('a receipt that the ERP cancelled counts as nothing', (t) => {
  const world = known()
  const body = { document: 'receipt', order: 'PO-1', number: 'GR-1', lines: [line({ quantity: '4' })] }
  world.decide(about('DocumentStatusChanged', { ...body, status: 'posted' }))
  t.is(only(world.all('order_line')).received, 4 * SCALE)
  world.decide(about('DocumentStatusChanged', { ...body, status: 'cancelled' }))
  t.is(only(world.all('order_line')).received, 0)
  t.is(world.stock()!.on_hand, 100 * SCALE)
})

test('an acknowledgement as ordered moves the order on; one with differences is the buyers’ until it is released', (t) => {
  const world = known()
  const answer = (facts: Record<string, unknown>, body: Record<string, unknown> = {}) =>
    about(
      'PurchaseOrderAcknowledged',
      { order: 'PO-1', number: 'PO-1', documentKind: 'accepted', lines: [line({ unitPrice: '12', ...facts })], ...body },
      { channel: 'edi' },
    )
  t.deepEqual(kindsOf(world.decide(answer({}))), [])
  t.like(only(world.all('purchase_order')), { state: 'acknowledged', acknowledged: 'accepted' })
  const changed = known()
  for (const [facts, what] of [
    [{ unitPrice: '13' }, 'price 12 → 13'],
    [{ quantity: '8' }, 'quantity 10 → 8'],
    [{ item: 'GLUE-1' }, 'item SUT-1 → GLUE-1'],
    [{ status: 'backordered' }, 'status accepted → backordered'],
  ] as const) {
    const held = changed.decide(answer(facts))
    t.deepEqual(needsOf(held), ['ORDER_CHANGED order:PO-1'])
    t.true(held.kind === 'needs' && held.needs[0]!.text.includes(what))
    t.like(held.kind === 'needs' ? held.needs[0]! : {}, { owner: 'buyers' })
  }
  t.deepEqual(needsOf(changed.decide(answer({}, { documentKind: 'rejected' }))), ['ORDER_CHANGED order:PO-1'])
  changed.decide(answer({ unitPrice: '13', quantity: '8' }, { released: 'cy: agreed' }))
  t.like(only(changed.all('order_line')), { price: 13 * SCALE, quantity: 8 * SCALE })
  t.like(only(changed.all('purchase_order')), { state: 'acknowledged', acknowledged: 'changed' })
  t.is(changed.stock()!.on_order, 8 * SCALE)
})

test('a substitute that was accepted is on order instead of what was ordered', (t) => {
  const world = known()
  world.put('stock', newRow('stock', { location: 'OR-1', item: 'GLUE-1', max: 5 * SCALE }))
  const answer = line({ item: 'GLUE-1', status: 'substituted' })
  world.decide(about('PurchaseOrderAcknowledged', { order: 'PO-1', number: 'A-1', released: 'cy: as good', lines: [answer] }, { channel: 'edi' }))
  t.is(world.stock()!.on_order, 0)
  t.is(world.stock('OR-1', 'GLUE-1')!.on_order, 10 * SCALE)
  t.is(only(world.all('order_line')).item, 'GLUE-1')
})

test('an order line that is answered in parts counts as one', (t) => {
  const answer = (parts: readonly [string, string][], released?: string) =>
    about(
      'PurchaseOrderAcknowledged',
      { order: 'PO-1', number: 'A-1', released, lines: parts.map(([quantity, status], i) => line({ line: `1.${String(i + 1)}`, quantity, status })) },
      { channel: 'edi' },
    )
  t.deepEqual(
    kindsOf(
      known().decide(
        answer([
          ['6', 'accepted'],
          ['4', 'accepted'],
        ]),
      ),
    ),
    [],
  )
  const world = known()
  t.deepEqual(
    needsOf(
      world.decide(
        answer([
          ['6', 'accepted'],
          ['4', 'backordered'],
        ]),
      ),
    ),
    ['ORDER_CHANGED order:PO-1'],
  )
  world.decide(
    answer(
      [
        ['6', 'accepted'],
        ['4', 'rejected'],
      ],
      'cy: the rest elsewhere',
    ),
  )
  t.is(only(world.all('order_line')).quantity, 6 * SCALE)
})

test('a promised date after the wanted one is a difference', (t) => {
  const world = known({ lines: [line({ unitPrice: '12', location: 'OR-1', date: '2026-03-10' })] })
  const answer = (date: string) => about('PurchaseOrderAcknowledged', { order: 'PO-1', number: 'PO-1', lines: [line({ date })] }, { channel: 'edi' })
  t.deepEqual(needsOf(world.decide(answer('2026-03-11'))), ['ORDER_CHANGED order:PO-1'])
  t.deepEqual(kindsOf(world.decide(answer('2026-03-09'))), [])
})

test('an announced shipment books nothing and is kept with the order', (t) => {
  const world = known()
  world.decide(about('ShipmentAnnounced', { order: 'PO-1', number: 'ASN-1', lines: [line({ quantity: '4', lot: 'L-1' })] }, { channel: 'edi' }))
  t.is(only(world.all('purchase_order')).state, 'shipped')
  t.is(only(world.all('order_line')).received, 0)
  t.is(world.stock()!.on_hand, 100 * SCALE)
  t.true(only(world.all('process')).data.includes('"lot":"L-1"'))
})

test('R3: an order goes to a supplier that takes X12 once, where a route is set, and a bill-only order never', (t) => {
  const routed = { policies: { routes: { 'supplier-order': 'edi' } } }
  const world = createWorld()
  withX12(world)
  const decision = world.decide(ordered(), routed)
  t.notThrows(() => documentSchemas['supplier-order'].parse(bodyOf(decision, 'supplier-order')))
  t.is(decision.kind === 'applied' ? decision.documents[0]!.destination : '', 'edi')
  t.deepEqual(kindsOf(world.decide(ordered(), routed)), [], 'told again')
  const unrouted = createWorld()
  withX12(unrouted)
  t.deepEqual(kindsOf(unrouted.decide(ordered())), [])
  const billOnly = createWorld()
  withX12(billOnly)
  billOnly.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L-1' }))
  billOnly.settle('SENT', 'PO-9')
  t.deepEqual(kindsOf(billOnly.decide(ordered({ number: 'PO-9', lines: [line({ item: 'HIP-1', quantity: '1' })] }), routed)), [])
})

test('R30: a transmission is accepted or refused by its control number, and a refused one is the buyers’', (t) => {
  const world = createWorld()
  withX12(world)
  world.decide(ordered(), { policies: { routes: { 'supplier-order': 'edi' } } })
  world.settle('SENT', '000000042/0001')
  const answer = (status: string, control = '000000042/0001') => about('TransmissionAcknowledged', { control, status, errors: ['AK304 8'] }, { channel: 'edi' })
  t.deepEqual(needsOf(world.decide(answer('rejected'))), ['ORDER_CHANGED order:PO-1'])
  t.deepEqual(kindsOf(world.decide(answer('accepted'))), [])
  t.like(only(world.all('transmission')), { control: '000000042/0001', purchase_order: 'PO-1', state: 'accepted' })
  t.deepEqual(kindsOf(world.decide(answer('accepted', '000000042'))), [], 'the group as a whole')
  t.is(world.all('transmission').length, 1)
  t.is(world.decide(answer('rejected', '000000777/0001')).kind, 'later', 'it may have overtaken the note that it was sent')
  t.deepEqual(kindsOf(world.decide(answer('rejected', '000000777/0001'), { now: LATE })), [], 'of nothing that was sent')
})

test('notices tell numbers and amounts, and nothing of a patient', (t) => {
  const world = createWorld()
  play(world, [ordered({ amount: '120.00' }), received('GR-1', [line()]), invoiced('INV-1', [line({ unitPrice: '12' })])])
  t.deepEqual(
    world.all('notice').map((notice) => notice.type),
    ['order.placed', 'receipt.booked', 'order.received', 'invoice.matched'],
  )
  t.like(JSON.parse(world.all('notice')[0]!.body), { number: 'PO-1', supplier: 'V-1', status: 'ordered', amount: '120' })
})

/** What the rows say in the end, without what is only when and by whom. */
function outcome(world: World): unknown {
  const strip = (rows: readonly object[], ...fields: string[]) =>
    rows
      .map((row) => Object.entries(row).filter(([name]) => !fields.includes(name)))
      .map((entries) => JSON.stringify(entries))
      .toSorted()
  return {
    orders: strip(world.all('purchase_order'), 'at'),
    lines: strip(world.all('order_line')),
    receipts: strip(world.all('receipt_line'), 'receipt'),
    invoices: strip(world.all('invoice'), 'at', 'document'),
    invoiceLines: strip(world.all('invoice_line')),
    stock: strip(world.all('stock')),
    processes: world
      .all('process')
      .map((row) => `${row.process} ${row.subject} ${row.state}`)
      .toSorted(),
    documents: world
      .all('document')
      .map((row) => `${row.kind} ${row.id}`)
      .toSorted(),
  }
}

test('any order of arrival of order, answer, receipts and invoices ends in the same state', (t) => {
  const lines = [line({ unitPrice: '12', location: 'OR-1' }), line({ line: '2', item: 'GLUE-1', quantity: '3', unit: 'ML', unitPrice: '1' })]
  const glue = (quantity: string, facts: Record<string, unknown> = {}) => line({ line: '2', orderLine: '2', item: 'GLUE-1', quantity, unit: 'ML', ...facts })
  const events: BridgeEvent[] = [
    ordered({ lines }),
    about('PurchaseOrderAcknowledged', { order: 'PO-1', number: 'PO-1', lines: [line({ unitPrice: '12' })] }, { channel: 'edi' }),
    received('GR-1', [line({ quantity: '4' }), glue('3')]),
    received('SLIP-2', [line({ quantity: '6' })], {}, AT_DOCK),
    invoiced('INV-1', [line({ quantity: '4', unitPrice: '12' })]),
    invoiced('INV-2', [line({ quantity: '6', unitPrice: '12.05' }), glue('3', { unitPrice: '1' })], { amount: '77.30', freight: '2.00' }),
    invoiced('CR-1', [line({ quantity: '1', unitPrice: '12' })], { documentKind: 'credit' }),
  ]
  const run = (arrivals: readonly BridgeEvent[]) => {
    const world = createWorld()
    const waiting = play(world, arrivals)
    world.settle('SENT')
    const looked = waiting.map(({ event: waits }) => waits)
    t.deepEqual(play(world, looked), [], 'the ERP has the receipt')
    return outcome(world)
  }
  const first = run(events)
  fc.assert(
    fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (arrivals) => {
      t.deepEqual(run(arrivals), first)
    }),
    { numRuns: 60 },
  )
})

test('R37: Σ lines + charges = total, to the smallest coin of any currency, whatever is invoiced inside the tolerance', (t) => {
  const currency = fc.constantFrom('USD', 'JPY', 'KWD', 'CLF')
  const price = fc.integer({ min: 1, max: 9_999_999 })
  const facts = fc.record({ currency, price, quantity: fc.integer({ min: 1, max: 500 }), off: fc.integer({ min: 0, max: 100 }), account: fc.boolean() })
  const decimal = (value: number, decimals: number): string => (value / 10 ** decimals).toFixed(decimals)
  fc.assert(
    fc.property(facts, ({ currency: of, price: cents, quantity, off, account }) => {
      const digits = minorUnits(of)!
      const world = createWorld()
      const each = decimal(cents, 4)
      const dearer = decimal(cents + off, 4)
      play(world, [
        ordered({ currency: of, lines: [line({ quantity: String(quantity), unitPrice: each })] }),
        received('GR-1', [line({ quantity: String(quantity) })], { currency: of }),
      ])
      const invoice = invoiced('INV-1', [line({ quantity: String(quantity), unitPrice: dearer })], { currency: of, released: 'ann: in a test' })
      const matching = account ? { policies: { matching: { ...MATCHING, varianceAccount: '5130' } } } : {}
      const body = bodyOf(world.decide(invoice, matching), 'supplier-invoice')
      t.notThrows(() => documentSchemas['supplier-invoice'].parse(body))
      const coins = (text: unknown): bigint => {
        const [whole = '', part = ''] = String(text).split('.')
        t.is(part.length, digits)
        return BigInt(whole + part)
      }
      const charges = (body['charges'] ?? []) as { amount: string }[]
      const sum = [...body.lines, ...charges].reduce((all, one) => all + coins(one['amount' as never]), 0n)
      t.is(sum, coins(body['total']))
    }),
    { numRuns: 60 },
  )
})
