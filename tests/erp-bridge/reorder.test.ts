import test from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import type { BridgeEvent, Decision, Policies } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const GATHER: Partial<Policies> = { requisitions: { gatherMs: 3_600_000, gatherCaseMs: 3_600_000, replenishConsigned: false, when: 'at-or-below' } }

/** Fires the timers that are on, in the order in which they were set, as the engine does. */
function fire(world: World, policies: Partial<Policies> = GATHER): Decision[] {
  return world
    .all('timer')
    .filter((timer) => timer.due > 0 && timer.name === 'requisition')
    .map((timer) => world.decide(fired(timer), { policies }))
}
function fired(timer: { readonly name: string; readonly subject: string; readonly due: number }): BridgeEvent {
  const body = { name: timer.name, subject: timer.subject, due: String(timer.due), item: undefined, quantity: undefined, location: undefined, case: undefined }
  return event('TimerFired', body, { caseKey: '', channel: 'bridge/timer', receivedAt: timer.due })
}
function low(world: World, item: string, location = 'OR-1'): void {
  world.put('stock', { location, item, on_hand: 41 * SCALE, min: 40 * SCALE, max: 100 * SCALE })
}
const canonical = (decision: Decision): void => {
  if (decision.kind === 'applied') for (const document of decision.documents) documentSchemas[document.kind].parse(document.body)
}

test('R13: what is low at one place from one supplier gathers into one requisition with its origins', (t) => {
  const world = createWorld()
  world.put('item', { ...world.tables.item.get('SUT-1')!, item: 'SUT-2' })
  world.put('price', { item: 'SUT-2', supplier: '', unit: 'EA', valid_from: '2026-01-01', price: SCALE, currency: 'USD' })
  low(world, 'SUT-1')
  low(world, 'SUT-2')
  const uses = ['SUT-1', 'SUT-2'].map((code) => event('SupplyUsed', { item: { code } }))
  for (const use of uses) t.deepEqual(kindsOf(world.decide(use, { policies: GATHER })), ['goods-issue', 'journal'])
  t.is(world.stock()?.on_order, 61 * SCALE)
  const [built] = fire(world)
  t.deepEqual(kindsOf(built!), ['requisition'])
  canonical(built!)
  const body = bodyOf(built!, 'requisition')
  t.like(body, { supplier: 'V-1', location: 'OR-1', reason: 'min-max', documentDate: '2026-03-01' })
  t.deepEqual(
    body.lines.map((line) => [line['item'], line['quantity'], line['origins']]),
    uses.map((use, i) => [`SUT-${String(i + 1)}`, '61', [use.id]]),
  )
  const [requisition] = world.all('requisition')
  t.like(requisition, { state: 'made', supplier: 'V-1' })
  t.true(world.all('demand_line').every((line) => line.open === 0 && line.document === requisition?.requisition))
})

test('R11: a second look, a second use and a timer that fires twice order nothing twice', (t) => {
  const world = createWorld()
  low(world, 'SUT-1')
  world.decide(event('SupplyUsed'), { policies: GATHER })
  const again = fired(world.all('timer')[0]!)
  world.decide(event('SupplyUsed'), { policies: GATHER })
  t.is(world.all('demand_line').length, 1)
  fire(world)
  t.deepEqual(kindsOf(world.decide({ ...again, message: 9_000_001, id: 'm9' }, { policies: GATHER })), [])
  t.is(world.all('document').filter((document) => document.kind === 'requisition').length, 1)
})

test('R13: other suppliers, places, currencies, days and urgent requests never share a requisition', (t) => {
  const world = createWorld()
  world.put('location', { location: 'OR-2', department: '7010', status: 'active' })
  world.put('supplier', { supplier: 'V-2', status: 'active', currency: 'EUR' })
  world.put('item', { ...world.tables.item.get('SUT-1')!, item: 'EUR-1', supplier: 'V-2' })
  const requests: Record<string, unknown>[] = [{}, { location: 'OR-2' }, { item: { code: 'EUR-1' } }, { neededAt: '2026-04-01' }, { costCentre: 'CC-Y' }]
  world.put('cost_centre', { cost_centre: 'CC-Y', status: 'active' })
  for (const body of requests) t.deepEqual(kindsOf(world.decide(event('SupplyRequested', body), { policies: GATHER })), [])
  const stat = world.decide(event('SupplyRequested', { priority: 'STAT' }), { policies: GATHER })
  t.is(bodyOf(stat, 'requisition')['priority'], 'stat', 'urgent demand is not gathered')
  canonical(stat)
  const built = fire(world)
  t.is(built.length, requests.length)
  for (const decision of built) t.is(bodyOf(decision, 'requisition').lines.length, 1)
  t.is(new Set(world.all('demand_line').map((line) => line.group_key)).size, requests.length + 1)
})

test('R14, R15: what is ordered is whole packs of the unit that the price holds for', (t) => {
  const world = createWorld()
  world.tables.price.clear()
  world.put('unit', { item: 'SUT-1', unit: 'BX', numerator: 36, denominator: 1 })
  world.put('price', { item: 'SUT-1', supplier: 'V-1', unit: 'BX', price: 158.4 * SCALE, currency: 'USD', valid_from: '0001-01-01', valid_to: '9999-12-31' })
  world.put('stock', { location: 'OR-1', item: 'SUT-1', on_hand: 40 * SCALE, min: 40 * SCALE, max: 120 * SCALE })
  const decision = world.decide(event('SupplyUsed'))
  const [line] = bodyOf(decision, 'requisition').lines
  t.like(line, { quantity: '108', unit: 'EA', unitPrice: '4.4' })
  t.regex(decision.kind === 'applied' ? (decision.documents.find(({ kind }) => kind === 'requisition')?.because ?? '') : '', /108 EA \(3 whole BX\)/)
})

test('R10: order to max, at least the minimum order, in multiples; below the minimum only where the policy says so', (t) => {
  const world = createWorld()
  world.put('stock', { location: 'OR-1', item: 'SUT-1', on_hand: 42 * SCALE, min: 40 * SCALE, max: 45 * SCALE, min_order: 12 * SCALE, multiple: 5 * SCALE })
  const below = { requisitions: { gatherMs: 0, gatherCaseMs: 0, replenishConsigned: false, when: 'below' } } as const
  t.deepEqual(kindsOf(world.decide(event('SupplyUsed'), { policies: below })), ['goods-issue', 'journal'], '40 is not below 40')
  const decision = world.decide(event('SupplyUsed', { quantity: { value: '1', unit: 'EA' } }), { policies: below })
  t.is(bodyOf(decision, 'requisition').lines[0]?.['quantity'], '15')
})

test('R12: a reversal raises what is available first and drops a line that nobody needs any more', (t) => {
  const world = createWorld()
  low(world, 'SUT-1')
  world.decide(event('SupplyUsed', {}, { businessKey: 'K' }), { policies: GATHER })
  t.is(world.stock()?.on_order, 61 * SCALE)
  world.decide(event('SupplyReversed', {}, { businessKey: 'K' }), { policies: GATHER })
  t.like(world.stock(), { on_hand: 41 * SCALE, on_order: 0 })
  t.deepEqual(fire(world).map(kindsOf), [[]])
})

test('R12: a line that is still needed without the use stays', (t) => {
  const world = createWorld()
  low(world, 'SUT-1')
  world.decide(event('SupplyUsed', {}, { businessKey: 'K' }), { policies: GATHER })
  world.decide(event('SupplyUsed', { quantity: { value: '30', unit: 'EA' } }), { policies: GATHER })
  world.decide(event('SupplyReversed', {}, { businessKey: 'K' }), { policies: GATHER })
  t.like(world.stock(), { on_hand: 11 * SCALE, on_order: 61 * SCALE })
})

const HIP = { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, performer: { value: 'DR-7' } }

test('R3, R4: the implants of one case and vendor gather into one order, never across cases', (t) => {
  const world = createWorld()
  for (const [serial, caseKey] of [
    ['S1', 'CASE-1'],
    ['S2', 'CASE-1'],
    ['S3', 'CASE-2'],
  ] as const) {
    const use = event('SupplyUsed', { ...HIP, serial, expiry: '2027-01-01', case: caseKey }, { caseKey })
    t.deepEqual(kindsOf(world.decide(use, { policies: GATHER })), ['journal'])
  }
  const built = fire(world)
  t.deepEqual(
    built.map((decision) => [bodyOf(decision, 'purchase-order')['case'], bodyOf(decision, 'purchase-order').lines.map((line) => line['serial'])]),
    [
      ['CASE-1', ['S1', 'S2']],
      ['CASE-2', ['S3']],
    ],
  )
  for (const decision of built) canonical(decision)
  const order = bodyOf(built[0]!, 'purchase-order')
  t.like(order, { performer: 'DR-7', documentDate: '2026-03-01', receiptExpected: false, orderType: 'bill-only', supplier: 'V-1', costCentre: 'CC-7010' })
  t.like(order.lines[0], { expiry: '2027-01-01', quantity: '1', unitPrice: '12.345', amount: '12.35' })
  const first = world.all('purchase_order').find((row) => row.case_id === 'CASE-1')!
  t.like(first, { state: 'made', kind: 'bill-only', receipt_expected: 0, currency: 'USD' })
  const lines = world.all('order_line').filter((line) => line.purchase_order === first.purchase_order)
  t.deepEqual(
    lines.map((line) => [line.line, line.quantity, line.open]),
    [
      [1, SCALE, 1],
      [2, SCALE, 1],
    ],
  )
})

test('R4: the order says the contract of its price, and a contract that ended has no price', (t) => {
  const world = createWorld()
  world.put('contract', { contract: 'C-9', supplier: 'V-1', status: 'active', valid_from: '2026-01-01', valid_to: '2026-12-31' })
  world.tables.price.clear()
  world.put('price', { item: 'HIP-1', supplier: 'V-1', unit: 'EA', valid_from: '2026-01-01', price: 900 * SCALE, currency: 'USD', contract: 'C-9' })
  const order = bodyOf(world.decide(event('SupplyUsed', { ...HIP, serial: 'S1' })), 'purchase-order')
  t.is(order['contract'], 'C-9')
  world.put('contract', { ...world.tables.contract.get('C-9')!, valid_to: '2026-02-01' })
  t.deepEqual(needsOf(world.decide(event('SupplyUsed', { ...HIP, serial: 'S2' }))), ['UNKNOWN_PRICE price:HIP-1'])
})

test('R33: one line of a gathered order that was sent is taken back alone; one that waits is dropped', (t) => {
  const world = createWorld()
  for (const serial of ['S1', 'S2']) world.decide(event('SupplyUsed', { ...HIP, serial }, { businessKey: serial }), { policies: GATHER })
  fire(world)
  world.settle('SENT')
  const decision = world.decide(event('SupplyReversed', { ...HIP, serial: 'S2' }, { businessKey: 'S2' }), { policies: GATHER })
  t.deepEqual(kindsOf(decision).toSorted(), ['journal', 'order-cancellation'])
  t.deepEqual(
    bodyOf(decision, 'order-cancellation').lines.map((line) => [line['line'], line['serial']]),
    [[2, 'S2']],
  )
  canonical(decision)
  t.deepEqual(
    world.all('order_line').map((line) => line.quantity),
    [SCALE, 0],
  )
  world.decide(event('SupplyUsed', { ...HIP, serial: 'S3' }, { businessKey: 'S3' }), { policies: GATHER })
  t.deepEqual(kindsOf(world.decide(event('SupplyReversed', { ...HIP, serial: 'S3' }, { businessKey: 'S3' }), { policies: GATHER })), [])
  t.is(world.all('demand_line').filter((line) => line.open === 1).length, 0)
})

test('a queued order of two uses is not dropped when one is taken back', (t) => {
  const world = createWorld()
  for (const serial of ['S1', 'S2']) world.decide(event('SupplyUsed', { ...HIP, serial }, { businessKey: serial }), { policies: GATHER })
  fire(world)
  const decision = world.decide(event('SupplyReversed', { ...HIP, serial: 'S1' }, { businessKey: 'S1' }), { policies: GATHER })
  t.deepEqual(kindsOf(decision), ['order-cancellation'])
  t.is(decision.kind === 'applied' && decision.cancel.length, 1, 'its journal alone')
})

test('R40: demand for a blocked item waits with a person, the rest of its group goes on, and released it is ordered', (t) => {
  const world = createWorld()
  world.put('item', { ...world.tables.item.get('SUT-1')!, item: 'SUT-2' })
  for (const code of ['SUT-1', 'SUT-2']) world.decide(event('SupplyRequested', { item: { code } }), { policies: GATHER })
  world.put('item', { ...world.tables.item.get('SUT-2')!, status: 'blocked', substitute: 'SUT-1' })
  const [first] = fire(world)
  t.deepEqual(
    bodyOf(first!, 'requisition').lines.map((line) => line['item']),
    ['SUT-1'],
  )
  const held = fired(world.all('timer').find((timer) => timer.due > 0)!)
  const waits = world.decide(held, { policies: GATHER })
  t.deepEqual(needsOf(waits), ['ITEM_NOT_ACTIVE item:SUT-2'])
  t.true(waits.kind === 'needs' && waits.until !== undefined && waits.needs[0]!.text.includes('SUT-1'))
  world.put('item', { ...world.tables.item.get('SUT-2')!, status: 'active' })
  t.is(bodyOf(world.decide(held, { policies: GATHER }), 'requisition').lines[0]?.['item'], 'SUT-2')
})

test('R8: one use of consigned stock is one settlement; its replenishment is separate and has no price', (t) => {
  const policies = { requisitions: { gatherMs: 0, gatherCaseMs: 0, replenishConsigned: true, when: 'at-or-below' } } as const
  const decision = createWorld().decide(event('SupplyUsed', { item: { code: 'CON-1' } }), { policies })
  t.deepEqual(kindsOf(decision), ['goods-issue', 'requisition', 'journal'])
  canonical(decision)
  const requisition = bodyOf(decision, 'requisition')
  t.like(requisition, { reason: 'consignment', supplier: 'V-1' })
  t.is(requisition.lines[0]?.['unitPrice'], undefined)
  t.is(bodyOf(decision, 'goods-issue').lines.length, 1)
})

test('R10: demand of a scheduled case counts until it is used, called off or scheduled anew', (t) => {
  const world = createWorld()
  world.decide(event('DemandScheduled', { quantity: { value: '10', unit: 'EA' } }))
  t.is(world.stock()?.demand, 10 * SCALE)
  world.decide(event('DemandScheduled', { quantity: { value: '6', unit: 'EA' } }))
  t.is(world.stock()?.demand, 6 * SCALE, 'the second schedule of a case replaces the first')
  world.decide(event('SupplyUsed', {}, { businessKey: 'U' }))
  t.like(world.stock(), { on_hand: 98 * SCALE, demand: 4 * SCALE })
  world.decide(event('SupplyReversed', {}, { businessKey: 'U' }))
  t.like(world.stock(), { on_hand: 100 * SCALE, demand: 6 * SCALE })
  world.decide(event('DemandCancelled', { item: undefined, quantity: undefined }))
  t.is(world.stock()?.demand, 0)
})

test('R10: a schedule that makes stock low orders at once', (t) => {
  const decision = createWorld().decide(event('DemandScheduled', { quantity: { value: '70', unit: 'EA' } }))
  t.deepEqual(kindsOf(decision), ['requisition'])
  canonical(decision)
})

test('R28: where the ERP reorders a flow, nothing is asked for there', (t) => {
  const owners = { owners: { owned: { reorder: 'erp' } } } as const
  t.deepEqual(kindsOf(createWorld().decide(event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } }), { policies: owners })), ['goods-issue', 'journal'])
  t.deepEqual(kindsOf(createWorld().decide(event('SupplyRequested'), { policies: owners })), [])
})
