import test from 'ava'
import { newRow, SCALE } from '../../channels/contract/index.ts'
import { createWorld, event, kindsOf, needsOf } from './world.ts'

const DEVICE = { item: { code: 'CON-1' }, quantity: { value: '1', unit: 'EA' }, serial: 'SN-1' }
const again = (body = {}, envelope = {}) => event('SupplyUsed', { ...DEVICE, case: 'CASE-2', ...body }, { caseKey: 'CASE-2', ...envelope })

test('one device is used once: with the same serial number in another case a person is asked, and may say that both are right', (t) => {
  const world = createWorld()
  t.is(world.decide(event('SupplyUsed', DEVICE)).kind, 'applied')
  const decision = world.decide(again())
  t.regex(needsOf(decision)[0] ?? '', /^SERIAL_CONFLICT /)
  t.like(decision.kind === 'needs' ? decision.needs[0]!.story : {}, { item: 'CON-1', serial: 'SN-1', before: { case: 'CASE-1', day: '2026-03-01' } })
  t.is(world.decide(again({ item: { code: 'REP-1' } })).kind, 'applied', 'another item numbers its own devices')
  t.is(world.decide(again({ released: 'ann: put in again [SERIAL_CONFLICT]' })).kind, 'applied')
})

test('a device whose use was taken back may be used', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', DEVICE, { businessKey: 'K' }))
  const waits = world.decide(again())
  t.true(waits.kind === 'needs' && waits.until !== undefined, 'it goes on by itself')
  world.decide(event('SupplyReversed', DEVICE, { businessKey: 'K' }))
  t.is(world.decide(again()).kind, 'applied')
})

test('one serial number is one piece', (t) => {
  const two = { ...DEVICE, quantity: { value: '2', unit: 'EA' } }
  t.regex(needsOf(createWorld().decide(event('SupplyUsed', two)))[0] ?? '', /^SERIAL_CONFLICT /)
  t.is(createWorld().decide(event('SupplyUsed', { ...two, released: 'ann: a pair [SERIAL_CONFLICT]' })).kind, 'applied')
})

test('R4: a bill-only order is not made without its case, nor without who used it where the policies ask for it', (t) => {
  const use = (body = {}, caseKey = 'CASE-1') =>
    event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L', ...body }, { caseKey })
  const bare = use({ case: undefined }, '')
  t.deepEqual(needsOf(createWorld().decide(bare)), [`MISSING_FIELD ${bare.id}.case`])
  t.is(createWorld().decide(use()).kind, 'applied')
  const policies = { billOnly: { require: ['case', 'performer'] } } as const
  const nobody = use({ case: undefined }, '')
  t.deepEqual(needsOf(createWorld().decide(nobody, { policies })), [`MISSING_FIELD ${nobody.id}.case`, `MISSING_FIELD ${nobody.id}.performer`])
  t.is(createWorld().decide(use({ performer: 'DR-7' }), { policies }).kind, 'applied')
  t.is(createWorld().decide(event('SupplyUsed', { case: undefined }, { caseKey: '' })).kind, 'applied', 'what is no bill-only needs none')
})

test('more than is on hand is not moved until a person says so, or it came', (t) => {
  const world = createWorld()
  world.put('location', { location: 'STORE', name: 'Store', department: '7010', status: 'active' })
  const move = (released?: string) => event('StockMoved', { toLocation: 'STORE', quantity: { value: '101', unit: 'EA' }, released })
  const decision = world.decide(move())
  t.regex(needsOf(decision)[0] ?? '', /^STOCK_SHORT /)
  t.like(decision.kind === 'needs' ? decision.needs[0]!.story : {}, { item: 'SUT-1', location: 'OR-1', onHand: '100', moved: '101' })
  t.is(world.stock()?.on_hand, 100 * SCALE)
  t.true(kindsOf(world.decide(move('ann: it was there [STOCK_SHORT]'))).includes('stock-transfer'))
  t.is(world.stock()?.on_hand, -1 * SCALE)
  const consigned = event('StockMoved', { item: { code: 'CON-1' }, owner: 'V-1', toLocation: 'STORE', quantity: { value: '1', unit: 'EA' } })
  t.regex(needsOf(world.decide(consigned))[0] ?? '', /^STOCK_SHORT /)
  world.put('balance', newRow('balance', { location: 'OR-1', item: 'CON-1', owner: 'V-1', on_hand: SCALE }))
  t.is(world.decide(consigned).kind, 'applied')
})

test('R40: a code without its punctuation is proposed as the item whose number or charge code it is', (t) => {
  const world = createWorld()
  const attributes = { description: 'Suture', base_uom: 'EA', ownership: 'owned', charge_code: 'CH-77.1', status: 'active' }
  const changed = event('ItemChanged', { table: 'item', item: { code: 'SUT-VIC-30' }, code: 'SUT-VIC-30', key: 'SUT-VIC-30', attributes })
  t.is(world.decide(changed).kind, 'applied')
  for (const code of ['SUT-VIC30', 'sut vic 30', 'CH771']) {
    const decision = world.decide(event('SupplyUsed', { item: { code } }))
    t.deepEqual(decision.kind === 'needs' ? decision.needs[0]!.story?.['proposals'] : decision, ['SUT-VIC-30'], code)
  }
})
