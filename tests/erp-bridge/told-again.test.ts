import test from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import type { BridgeEvent } from '../../channels/contract/index.ts'
import { eventSchemas } from '../../canonical/schemas/index.ts'
import { createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const PIECE = { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, serial: 'S1' }
const DFT = { channel: 'or-supply-usage' }
const ORU = { channel: 'or-device-log' }
const PROCEDURE = { channel: 'or-implants-fhir', teller: 'https://ehr.example/fhir|Procedure/7' }

const used = (envelope: Partial<BridgeEvent>, body: Record<string, unknown> = PIECE) => event('SupplyUsed', body, envelope)
/** Takes back the very event. */
const takenBack = (original: BridgeEvent, envelope: Partial<BridgeEvent> = {}) =>
  event(
    original.type === 'CostIncurred' ? 'CostReversed' : 'SupplyReversed',
    { ...original.body, reverses: [{ by: 'event', value: original.id }] },
    { businessKey: original.businessKey, original: { message: original.message, n: original.n, state: 'APPLIED' }, ...envelope },
  )
const uses = (world: World) => world.all('usage').filter((usage) => usage.quantity > 0)

test('trap 62: the same implant told by DFT, ORU and Procedure is one use: of the others nothing is booked, and they name the first', (t) => {
  const world = createWorld()
  const first = used(DFT)
  t.deepEqual(kindsOf(world.decide(first)), ['purchase-order', 'journal'])
  for (const other of [used(ORU), used(PROCEDURE)]) {
    t.deepEqual(world.decide(other), { kind: 'applied', documents: [], cancel: [] })
    t.like(world.tables.usage.get(`${String(other.message)}|1`), { same_message: first.message, same_n: 1, ownership: 'told-again', quantity: 0 })
  }
  t.is(uses(world).length, 1)
})

test('trap 62: a serial number in the UDI is the serial number', (t) => {
  const world = createWorld()
  world.decide(used(DFT))
  const udi = { carrier: '(21)S1', serial: 'S1', lot: 'L1' }
  t.deepEqual(kindsOf(world.decide(used(PROCEDURE, { ...PIECE, serial: undefined, udi }))), [])
})

test('trap 62: two resources of one channel that tell the same piece are one use; two messages of an HL7 channel are for a person', (t) => {
  const world = createWorld()
  world.decide(used(PROCEDURE))
  t.deepEqual(kindsOf(world.decide(used({ ...PROCEDURE, teller: 'https://ehr.example/fhir|DeviceUseStatement/9' }))), [])
  const other = createWorld()
  other.decide(used(DFT))
  t.regex(needsOf(other.decide(used(DFT)))[0] ?? '', /^SERIAL_CONFLICT /)
  t.is(uses(other).length, 1)
})

test('it is never a guess: another item or serial number, or none, is another use; the same device in another case is for a person', (t) => {
  const world = createWorld()
  world.decide(used(DFT))
  world.decide(used(PROCEDURE, { ...PIECE, serial: 'S2' }))
  world.decide(used(PROCEDURE, { ...PIECE, item: { code: 'REP-1' } }))
  t.regex(needsOf(world.decide(used({ ...PROCEDURE, caseKey: 'CASE-2' }, { ...PIECE, case: 'CASE-2' })))[0] ?? '', /^SERIAL_CONFLICT /)
  world.decide(used(PROCEDURE, { ...PIECE, serial: undefined, lot: 'L1' }))
  world.decide(used(ORU, { ...PIECE, serial: undefined, lot: 'L1' }))
  t.is(uses(world).length, 5)
})

test('without a serial number the same business key from another channel is the same use; from the same channel it stays two', (t) => {
  const world = createWorld()
  const body = { item: { code: 'SUT-1' } }
  world.decide(used({ ...DFT, businessKey: 'V1|L1' }, body))
  t.deepEqual(kindsOf(world.decide(used({ ...PROCEDURE, businessKey: 'V1|L1' }, body))), [])
  world.decide(used({ ...DFT, businessKey: 'V1|L1' }, body))
  world.decide(used({ ...PROCEDURE, businessKey: 'V1|L2' }, body))
  t.is(uses(world).length, 3)
  t.is(world.stock()?.on_hand, 94 * SCALE)
  world.decide(used({ ...DFT, businessKey: 'P' }))
  world.decide(used({ ...PROCEDURE, businessKey: 'P' }, { ...PIECE, serial: 'S9' }))
  t.is(uses(world).length, 5, 'serial numbers that differ are two pieces, whatever the key')
})

test('a waste told again is the same too, and a use that was taken back is told anew', (t) => {
  const world = createWorld()
  const first = event('SupplyWasted', PIECE, DFT)
  world.decide(first)
  t.deepEqual(kindsOf(world.decide(event('SupplyWasted', PIECE, PROCEDURE))), [])
  world.decide(takenBack(first))
  t.deepEqual(kindsOf(world.decide(used(PROCEDURE))), ['purchase-order', 'journal'])
})

test('what takes back a second telling removes that telling; what takes back the first takes the use back, once', (t) => {
  const world = createWorld()
  const first = used(DFT)
  const second = used({ ...PROCEDURE, businessKey: 'P7' })
  for (const each of [first, second]) world.decide(each)
  t.deepEqual(world.decide(takenBack(second)), { kind: 'applied', documents: [], cancel: [] })
  t.deepEqual(world.decide(event('SupplyReversed', PIECE, { businessKey: 'P7' })), { kind: 'applied', documents: [], cancel: [] })
  t.is(uses(world)[0]?.reversed, 0)
  const decision = world.decide(takenBack(first))
  t.is(decision.kind === 'applied' && decision.cancel.length, 2)
  t.is(uses(world)[0]?.reversed, SCALE)
  t.deepEqual(world.decide(takenBack(first)), { kind: 'applied', documents: [], cancel: [] })
})

test('R34: a reversal that names its event finds exactly that one, and never another when it is gone', (t) => {
  const world = createWorld()
  const KEY = { businessKey: 'K' }
  const [first, second] = [event('SupplyUsed', {}, KEY), event('SupplyUsed', {}, KEY)]
  for (const each of [first, second]) world.decide(each)
  world.decide(takenBack(first))
  world.decide(takenBack(first))
  t.deepEqual(
    uses(world).map((usage) => [usage.message, usage.reversed]),
    [
      [first.message, 2 * SCALE],
      [second.message, 0],
    ],
  )
  t.is(world.stock()?.on_hand, 98 * SCALE)
})

test('R34: what a credit took before is not taken again; more than there was is too much', (t) => {
  const world = createWorld()
  const first = event('SupplyUsed', {}, { businessKey: 'K' })
  world.decide(first)
  world.decide(event('SupplyReversed', { quantity: { value: '1', unit: 'EA' } }, { businessKey: 'K' }))
  const large = takenBack(first)
  t.deepEqual(needsOf(world.decide({ ...large, body: { ...large.body, quantity: { value: '3', unit: 'EA' } } })), [`REVERSAL_TOO_LARGE ${large.id}`])
  t.is(world.decide(takenBack(first)).kind, 'applied')
  t.is(uses(world)[0]?.reversed, 2 * SCALE)
})

test('a reversal of an event that waits waits; of one that booked nothing it does nothing; of none a person is asked', (t) => {
  const world = createWorld()
  const charge = event('SupplyUsed', { ownership: 'charge-only' })
  world.decide(charge)
  t.deepEqual(world.decide(takenBack(charge)), { kind: 'applied', documents: [], cancel: [] })
  const waiting = event('SupplyUsed')
  const early = takenBack(waiting, { original: { message: waiting.message, n: 1, state: 'WAITING' } })
  t.is(world.decide(early).kind, 'later')
  world.decide(waiting)
  t.is(world.decide(early).kind, 'applied')
  t.is(world.stock()?.on_hand, 100 * SCALE)
  t.deepEqual(world.decide(takenBack(waiting, { original: { message: waiting.message, n: 1, state: 'CANCELLED' } })).kind, 'applied')
  const unknown = takenBack(waiting, { original: null })
  t.deepEqual(needsOf(world.decide(unknown)), [`NO_ORIGINAL ${unknown.id}`])
})

test('a charge is taken back by its event, and a use is none', (t) => {
  const world = createWorld()
  const body = { charge: { code: 'C1' }, amount: { amount: '10.00', currency: 'USD' }, department: '7010' }
  const [charge, other] = [event('CostIncurred', body), event('CostIncurred', body)]
  for (const each of [charge, other]) world.decide(each)
  t.is(world.decide(takenBack(other)).kind, 'applied')
  t.deepEqual(
    uses(world).map((usage) => usage.reversed > 0),
    [false, true],
  )
  const wrong = event('SupplyReversed', {}, { original: { message: charge.message, n: 1, state: 'APPLIED' } })
  t.deepEqual(needsOf(world.decide(wrong)), [`NO_ORIGINAL ${wrong.id}`])
})

test('R10: scheduled demand is called off by its event: what replaced it stays expected', (t) => {
  const world = createWorld()
  const schedule = (value: string) => event('DemandScheduled', { quantity: { value, unit: 'EA' } })
  const cancel = (original: BridgeEvent) =>
    event('DemandCancelled', { reverses: [{ by: 'event', value: original.id }] }, { original: { message: original.message, n: 1, state: 'APPLIED' } })
  const [first, second] = [schedule('3'), schedule('5')]
  world.decide(first)
  t.is(world.stock()?.demand, 3 * SCALE)
  world.decide(second)
  world.decide(cancel(first))
  t.is(world.stock()?.demand, 5 * SCALE)
  world.decide(cancel(second))
  world.decide(cancel(second))
  t.is(world.stock()?.demand, 0)
})

test('the schemas know a matcher by event', (t) => {
  const reverses = [{ by: 'event', value: 'm0000000000a.usage.FT1' }]
  const envelope = {
    id: 'e',
    version: 1,
    recordedAt: '2026-03-01T00:00:00Z',
    source: { channel: 'c', system: '', controlId: '', position: '' },
    businessKey: '',
  }
  const supply = { occurredAt: '2026-03-01', item: { code: 'A' }, quantity: { value: '1', unit: 'EA' } }
  t.true(eventSchemas.SupplyReversed.safeParse({ ...envelope, ...supply, type: 'SupplyReversed', reverses }).success)
  t.true(eventSchemas.DemandCancelled.safeParse({ ...envelope, ...supply, type: 'DemandCancelled', reverses }).success)
  t.true(eventSchemas.DemandCancelled.safeParse({ ...envelope, ...supply, type: 'DemandCancelled' }).success)
})

test('R11: a request that is told otherwise is called off by itself while it waits, by the buyers once a requisition asks for it', (t) => {
  const cancel = (original: BridgeEvent) =>
    event('DemandCancelled', { reverses: [{ by: 'event', value: original.id }] }, { original: { message: original.message, n: 1, state: 'APPLIED' } })
  const asked = () => event('SupplyRequested', { quantity: { value: '5', unit: 'EA' } })

  const gathering = createWorld()
  const policies = { requisitions: { gatherMs: 60_000, gatherCaseMs: 0, replenishConsigned: false, when: 'at-or-below' } } as const
  const waiting = asked()
  gathering.decide(waiting, { policies })
  t.is(gathering.stock()?.on_order, 5 * SCALE)
  t.is(gathering.decide(cancel(waiting), { policies }).kind, 'applied')
  t.is(gathering.stock()?.on_order, 0)

  const world = createWorld()
  const sent = asked()
  t.deepEqual(kindsOf(world.decide(sent)), ['requisition'])
  const off = cancel(sent)
  t.deepEqual(needsOf(world.decide(off)), [`ORDER_CHANGED ${off.id}`])
  t.is(world.stock()?.on_order, 5 * SCALE)
  const released = { ...off, corrected: ['released'], body: { ...off.body, released: 'ann: cancelled REQ-1 [ORDER_CHANGED]' } }
  t.is(world.decide(released).kind, 'applied')
  t.is(world.stock()?.on_order, 0)
})
