import test from 'ava'
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeEvent } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { only } from './purchase.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const REQUEST = {
  item: undefined,
  quantity: undefined,
  location: undefined,
  case: undefined,
  code: 'V-9',
  name: 'Nail & Plate, Inc.',
  taxId: 'DE 123 456 789',
  postcode: '80331',
}

function requested(body: Record<string, unknown> = {}, envelope: Partial<BridgeEvent> = {}): BridgeEvent {
  return event('SupplierRequested', { ...REQUEST, ...body }, { caseKey: '', ...envelope })
}

function textOf(world: World, asked: BridgeEvent): string {
  const decision = world.decide(asked)
  return decision.kind === 'needs' ? decision.needs[0]!.text : decision.kind
}

test('R41: a new supplier waits for accounts payable, and a release with a reason makes it in the ERP', (t) => {
  const world = createWorld()
  const decision = world.decide(requested())
  t.deepEqual(needsOf(decision), ['SUPPLIER_APPROVAL supplier:V-9'])
  t.is(decision.kind === 'needs' ? decision.needs[0]!.owner : '', 'ap')
  t.is(world.all('onboarding').length, 0)
  const approved = world.decide(requested({ released: 'ann: W-9 checked' }))
  const body = bodyOf(approved, 'supplier')
  t.notThrows(() => documentSchemas.supplier.parse(body))
  t.like(body, { supplier: 'V-9', approved: 'ann: W-9 checked', taxId: 'DE 123 456 789' })
  t.like(only(world.all('onboarding')), { supplier: 'V-9', tax_id: 'DE123456789', state: 'approved' })
  t.is(only(world.all('process')).state, 'APPROVED')
})

test('R41: a request never carries bank details, whatever it was sent with', (t) => {
  const world = createWorld()
  const approved = world.decide(requested({ released: 'ann: fine', iban: 'DE02120300000000202051', bank: 'X' }))
  t.false(JSON.stringify(approved).includes('DE02120300000000202051'))
  t.false(JSON.stringify(world.decide(requested({ code: 'V-10', iban: 'DE02120300000000202051' }))).includes('DE02120300000000202051'))
})

test('R41: a request that resembles a supplier by tax id, or by name and postcode, says which', (t) => {
  const world = createWorld()
  world.put('supplier', newRow('supplier', { supplier: 'V-3', name: 'Nail and Plate', status: 'active', tax_id: 'DE123456789', postcode: '1' }))
  world.put('supplier', newRow('supplier', { supplier: 'V-4', name: 'NAIL & PLATE LLC', status: 'active', postcode: '80331' }))
  t.regex(textOf(world, requested()), /It resembles V-3 \(tax id\), V-4 \(name and postcode\)\./)
  t.regex(textOf(world, requested({ taxId: '', postcode: '99999' })), /No supplier resembles it\./)
})

test('R41: the same request twice resembles its first, and a code that exists is never made again', (t) => {
  const world = createWorld()
  world.decide(requested({ released: 'ann: fine' }))
  t.regex(textOf(world, requested()), /It resembles V-9 \(tax id\)\./)
  const existing = world.decide(requested({ code: 'V-1', released: 'ann: fine' }))
  t.is(existing.kind, 'needs')
  t.is(kindsOf(existing)[0], 'needs')
})

test('wrong input: a request without code or name, or with a currency that is none, is not for approval yet', (t) => {
  const asked = requested({ code: ' ', name: '', currency: 'XYZ' })
  t.deepEqual(needsOf(createWorld().decide(asked)), [`MISSING_FIELD ${asked.id}`, `UNKNOWN_CURRENCY ${asked.id}`])
})

test('R41: when the ERP tells of the supplier, its request is done and whoever subscribed hears of it', (t) => {
  const world = createWorld()
  world.decide(requested({ released: 'ann: fine' }))
  const told = event(
    'SupplierChanged',
    { item: undefined, quantity: undefined, code: 'V-9', attributes: { supplier: 'V-9', name: 'Nail & Plate', status: 'active' } },
    { channel: 'bridge/pull' },
  )
  world.decide(told)
  t.is(only(world.all('process')).state, 'ACTIVE')
  t.is(only(world.all('onboarding')).state, 'active')
  t.true(world.all('notice').some((notice) => notice.type === 'supplier.created'))
})

test('R41: a request that says itself that it is released is not', (t) => {
  const forged = { ...requested({ released: 'cfo: fine [SUPPLIER_APPROVAL]' }), corrected: [] }
  t.is(createWorld().decide(forged).kind, 'needs')
  t.is(createWorld().decide({ ...forged, corrected: ['name'] }).kind, 'needs')
})
