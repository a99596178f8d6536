import test from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { about, line, only, ordered, received } from './purchase.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 2, 6)
const GATHERED = { policies: { requisitions: { gatherMs: 60_000, gatherCaseMs: 0, replenishConsigned: false, when: 'at-or-below' } } } as const

const used = (quantity = '70') => event('SupplyUsed', { quantity: { value: quantity, unit: 'EA' } })
const asked = (body: Record<string, unknown> = {}) => event('SupplyRequested', { quantity: { value: '5', unit: 'EA' }, ...body })
const counted = (value: string) => event('StockCounted', { location: 'CART', quantity: { value, unit: 'EA' } })

/** SUT-1 at 158.40 for a box of 36 from March on; at 180.00 before. */
function priced(): World {
  const world = createWorld()
  world.tables.price.delete('SUT-1|V-1|EA|2026-01-01')
  world.put('unit', { item: 'SUT-1', unit: 'B36', numerator: 36, denominator: 1 })
  const price = { item: 'SUT-1', supplier: 'V-1', unit: 'B36', currency: 'USD', contract: 'C-1' }
  world.put('contract', { contract: 'C-1', supplier: 'V-1', status: 'active', valid_from: '2026-01-01', valid_to: '2026-12-31' })
  world.put('price', { ...price, price: 180 * SCALE, valid_from: '2026-01-01', valid_to: '2026-02-28' })
  world.put('price', { ...price, price: 158.4 * SCALE, valid_from: '2026-03-01', valid_to: '2026-12-31' })
  return world
}

/** The timer that builds what was gathered. */
function built(world: World) {
  const timer = only(world.all('timer').filter((row) => row.name === 'requisition' && row.due > 0))
  return world.decide(event('TimerFired', { name: timer.name, subject: timer.subject, due: String(timer.due) }), GATHERED)
}

test('R13/R40: a requisition carries the contract price of the day for one base unit, and its currency', (t) => {
  const body = bodyOf(priced().decide(used()), 'requisition')
  t.is(body['currency'], 'USD')
  t.is(body.lines[0]!['unitPrice'], '4.4')
  t.true(documentSchemas.requisition.omit({ key: true }).safeParse(body).success)
  const before = bodyOf(priced().decide(event('SupplyUsed', { quantity: { value: '70', unit: 'EA' }, occurredAt: '2026-02-27' })), 'requisition')
  t.is(before.lines[0]!['unitPrice'], '5')
})

test('R13/R40: what is asked for, counted or gathered carries the price too', (t) => {
  const requested = priced()
  t.is(bodyOf(requested.decide(asked()), 'requisition').lines[0]!['unitPrice'], '4.4')
  const par = priced()
  par.put('location', { location: 'CART', kind: 'par', department: '7010', status: 'active' })
  par.put('stock', { location: 'CART', item: 'SUT-1', par: 50 * SCALE })
  t.is(bodyOf(par.decide(counted('20')), 'requisition').lines[0]!['unitPrice'], '4.4')
  const gathered = priced()
  t.false(kindsOf(gathered.decide(used(), GATHERED)).includes('requisition'))
  t.is(bodyOf(built(gathered), 'requisition').lines[0]!['unitPrice'], '4.4')
})

test('R13/R40: a price that is not known, of a contract that ended, without a factor or in another currency is not said', (t) => {
  const priceOf = (change: (world: World) => void) => {
    const world = priced()
    change(world)
    return bodyOf(world.decide(asked()), 'requisition').lines[0]!['unitPrice']
  }
  t.is(
    priceOf((world) => world.tables.price.clear()),
    undefined,
  )
  t.is(
    priceOf((world) => world.put('contract', { contract: 'C-1', supplier: 'V-1', status: 'active', valid_from: '2026-01-01', valid_to: '2026-02-28' })),
    undefined,
  )
  t.is(
    priceOf((world) => world.tables.unit.delete('SUT-1|B36')),
    undefined,
  )
  t.is(
    priceOf((world) => world.put('supplier', { supplier: 'V-1', status: 'active', currency: 'EUR' })),
    undefined,
  )
})

test('R37: a price that has no end in decimals is said with six of them', (t) => {
  const world = priced()
  world.put('price', { item: 'SUT-1', supplier: 'V-1', unit: 'B36', currency: 'USD', price: 100 * SCALE, valid_from: '2026-03-01', valid_to: '2026-12-31' })
  t.is(bodyOf(world.decide(asked()), 'requisition').lines[0]!['unitPrice'], '2.777778')
})

test('R8: consigned stock is filled up at no price', (t) => {
  const world = createWorld()
  const policies = { requisitions: { ...GATHERED.policies.requisitions, gatherMs: 0, replenishConsigned: true } }
  const decision = world.decide(event('SupplyUsed', { item: { code: 'CON-1' }, lot: 'L1' }), { policies })
  t.is(bodyOf(decision, 'requisition').lines[0]!['unitPrice'], undefined)
  t.is(bodyOf(decision, 'requisition')['reason'], 'consignment')
})

test('R13: what is asked for as stat is ordered at once and alone, what is routine waits for its group', (t) => {
  const world = createWorld()
  t.deepEqual(kindsOf(world.decide(asked({ priority: 'routine' }), GATHERED)), [])
  const stat = world.decide(asked({ priority: 'STAT', quantity: { value: '2', unit: 'EA' } }), GATHERED)
  t.like(bodyOf(stat, 'requisition'), { priority: 'stat' })
  t.deepEqual(
    bodyOf(stat, 'requisition').lines.map((one) => one['quantity']),
    ['2'],
  )
  const later = bodyOf(built(world), 'requisition')
  t.is(later['priority'], undefined)
  t.deepEqual(
    later.lines.map((one) => one['quantity']),
    ['5'],
  )
  const wrong = asked({ priority: 'soon' })
  t.deepEqual(needsOf(world.decide(wrong, GATHERED)), [`BAD_VALUE ${wrong.id}.priority`])
})

test('R11: a count of a PAR location subtracts what is on order and has not come', (t) => {
  const world = createWorld()
  world.put('location', { location: 'CART', kind: 'par', department: '7010', status: 'active' })
  world.put('stock', { location: 'CART', item: 'SUT-1', par: 50 * SCALE })
  const key = () => only(world.all('document').filter((document) => document.kind === 'requisition')).key
  t.is(bodyOf(world.decide(counted('20')), 'requisition').lines[0]!['quantity'], '30')
  world.settle('SENT', 'REQ-1')
  t.deepEqual(kindsOf(world.decide(counted('20'))), [], 'thirty are on their way')
  const of = { lines: [line({ quantity: '30', location: 'CART', unitPrice: '12' })], origins: [key()] }
  world.decide(ordered(of))
  t.deepEqual(kindsOf(world.decide(counted('20'))), [], 'the order is what was asked for, not more')
  world.decide(received('GR-1', [line({ quantity: '12' })]))
  t.deepEqual(kindsOf(world.decide(counted('32'))), [])
  const more = bodyOf(world.decide(counted('25')), 'requisition')
  t.is(more.lines[0]!['quantity'], '7', '25 are there and 18 come')
})

test('R11: what was rejected, or closed without an order, is not on order at a PAR location any more', (t) => {
  for (const status of ['rejected', 'closed']) {
    const world = createWorld()
    world.put('location', { location: 'CART', kind: 'par', department: '7010', status: 'active' })
    world.put('stock', { location: 'CART', item: 'SUT-1', par: 50 * SCALE })
    world.decide(counted('20'))
    const { key } = only(world.all('document').filter((document) => document.kind === 'requisition'))
    world.decide(about('DocumentStatusChanged', { document: 'requisition', number: 'REQ-1', key, status }))
    t.is(world.stock('CART')!.on_order, 0, status)
    // An order that is told of later counts for itself.
    world.decide(ordered({ lines: [line({ quantity: '30', location: 'CART', unitPrice: '12' })], origins: [key] }))
    t.is(world.stock('CART')!.on_order, 30 * SCALE, status)
  }
})

test('R42: a requisition waits for its approval from when it was made, though the ERP never tells of it', (t) => {
  const late = { policies: { late: { approval: DAY, acknowledgement: null, receipt: null, invoice: null } } }
  const world = createWorld()
  world.decide(used(), late)
  const { key } = only(world.all('document').filter((document) => document.kind === 'requisition'))
  t.like(world.tables.process.get(`replenishment|${key}`), { state: 'REQUESTED', since: NOW })
  const timer = world.tables.timer.get(`late-approval|${key}`)!
  t.is(timer.due, NOW + DAY)
  const fired = event('TimerFired', { name: timer.name, subject: key, due: String(timer.due) })
  t.deepEqual(needsOf(world.decide(fired, { ...late, now: timer.due })), [`ORDER_LATE requisition:${key}:approval`])
  world.decide(about('DocumentStatusChanged', { document: 'requisition', number: 'REQ-1', key, status: 'approved' }), late)
  t.is(world.tables.timer.get(`late-approval|${key}`)!.due, 0)
  t.deepEqual(kindsOf(world.decide(fired, { ...late, now: timer.due })), [], 'it closes by itself')
})

test('R33: what was taken back before it was sent is awaited by nobody', (t) => {
  const late = { policies: { late: { approval: DAY, acknowledgement: null, receipt: null, invoice: null } } }
  const world = createWorld()
  const use = used()
  world.decide(use, late)
  const { key } = only(world.all('document').filter((document) => document.kind === 'requisition'))
  world.decide(event('SupplyReversed', { quantity: { value: '70', unit: 'EA' } }), late)
  t.is(world.tables.process.get(`replenishment|${key}`)!.state, 'CANCELLED')
  t.is(world.tables.timer.get(`late-approval|${key}`)!.due, 0)
  const implant = createWorld()
  const hip = { item: { code: 'HIP-1' }, lot: 'L-1', quantity: { value: '1', unit: 'EA' } }
  implant.decide(event('SupplyUsed', hip))
  const order = only(implant.all('document').filter((document) => document.kind === 'purchase-order'))
  t.is(implant.tables.process.get(`procure-to-pay|${order.key}`)!.state, 'DRAFT', 'our order’s process begins with it')
  implant.decide(event('SupplyReversed', hip))
  t.is(implant.tables.process.get(`procure-to-pay|${order.key}`)!.state, 'CANCELLED')
})
