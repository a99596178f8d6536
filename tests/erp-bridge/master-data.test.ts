import test from 'ava'
import fc from 'fast-check'
import { SCALE } from '../../channels/contract/index.ts'
import type { Decision, Policies } from '../../channels/contract/index.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

interface Told {
  readonly type?: string
  readonly table?: string
  readonly channel?: string
  readonly body?: Record<string, unknown>
  readonly policies?: Partial<Policies>
  readonly now?: number
}
const BARE = { item: undefined, quantity: undefined, location: undefined, case: undefined }
let at = Date.UTC(2026, 2, 6)

function change(world: World, code: string, attributes: Record<string, string>, told: Told = {}): Decision {
  const { type = 'MasterDataChanged', table, channel = 'bridge/pull', body = {}, policies = {} } = told
  const fields = { ...BARE, code, table, attributes, ...body }
  at += 1000
  return world.decide(event(type, fields, { caseKey: '', channel, destination: 'cloud' }), { policies, now: told.now ?? at })
}
const item = (world: World, code: string, attributes: Record<string, string>, told: Told = {}) =>
  change(world, code, attributes, { type: 'ItemChanged', ...told })
const historyOf = (world: World) =>
  world
    .all('change')
    .map((row) => [row.table_name, row.row_key, row.field, row.before, row.after, row.source])
    .toSorted()
const textOf = (decision: Decision): string => (decision.kind === 'needs' ? decision.needs.map((need) => need.text).join('\n') : '')

test('R40: what the ERP says of an item is taken field by field, each with its history; what it does not say stays', (t) => {
  const world = createWorld()
  t.deepEqual(kindsOf(item(world, 'SUT-1', { description: 'Suture 3-0', category: 'suture' })), [])
  t.like(world.tables.item.get('SUT-1'), { description: 'Suture 3-0', category: 'suture', vendor_catalog: 'MS-3000', base_uom: 'EA' })
  t.deepEqual(historyOf(world), [
    ['item', 'SUT-1', 'category', 'supply', 'suture', 'erp:cloud'],
    ['item', 'SUT-1', 'description', '', 'Suture 3-0', 'erp:cloud'],
  ])
  t.deepEqual(
    world.all('notice').map((notice) => [notice.type, notice.subject, (JSON.parse(notice.body) as { fields: string }).fields]),
    [['item.changed', 'SUT-1', 'description category']],
  )
})

test('a change that changes nothing leaves no history and no notice', (t) => {
  const world = createWorld()
  item(world, 'SUT-1', { vendor_catalog: 'MS-3000', status: 'ACTIVE', base_uom: 'EA', supplier: 'V-1' })
  t.is(world.all('change').length + world.all('notice').length, 0)
})

test('a new item is one line of history and can be used; one without a unit waits', (t) => {
  const world = createWorld()
  item(world, 'NEW-1', { base_uom: 'EA', supplier: 'V-1', vendor_catalog: 'N/001-A', gtin: '00812345001013', lot_required: 'yes' })
  t.deepEqual(historyOf(world), [['item', 'NEW-1', '', '', 'new', 'erp:cloud']])
  const use = event('SupplyUsed', { item: { code: '812345001013' }, lot: 'L1', unitCost: { amount: '1', currency: 'USD' } })
  t.is(bodyOf(world.decide(use), 'goods-issue').lines[0]?.['item'], 'NEW-1')
  t.regex(textOf(item(world, 'NEW-2', { description: 'x' })), /base_uom/)
})

test('a value that its column does not take is said with its column, all of them at once', (t) => {
  const world = createWorld()
  const decision = item(world, 'SUT-1', { status: 'gone', ownership: 'borrowed', gtin: '123', lot_required: 'maybe', description: 'kept out' })
  t.is(decision.kind === 'needs' && decision.needs.length, 4)
  t.is(new Set(needsOf(decision)).size, 4)
  t.is(world.tables.item.get('SUT-1')?.description, '')
})

const STEWARDS: Partial<Policies> = { stewards: { 'item.description': 'erp', 'item.*': 'materials', 'supplier.*': 'erp:cloud' } }

test('one steward for each field: another’s change is listed and not taken, and the rest goes on when it is released', (t) => {
  const world = createWorld()
  const told = { policies: STEWARDS, channel: 'clinical' }
  const decision = item(world, 'SUT-1', { description: 'mine now' }, told)
  t.regex(needsOf(decision)[0] ?? '', /^STEWARD_CONFLICT m\d+/)
  t.like(decision.kind === 'needs' && decision.needs[0]?.story, {
    source: 'clinical',
    fields: [{ field: 'item.description', steward: 'erp', is: '', stated: 'mine now' }],
  })
  const body = { released: 'ann: only the category [STEWARD_CONFLICT]' }
  const pulled = { policies: STEWARDS, body }
  t.is(item(world, 'SUT-1', { description: 'Suture', category: 'x' }, pulled).kind, 'applied')
  t.like(world.tables.item.get('SUT-1'), { description: 'Suture', category: 'supply' })
  t.is(change(world, 'V-1', { supplier: 'V-1', name: 'S' }, { type: 'SupplierChanged', policies: STEWARDS }).kind, 'applied')
})

test('what a pull brings against the steward gathers in one item for each table and source', (t) => {
  const world = createWorld()
  const needs = ['SUT-1', 'HIP-1'].flatMap((code) => needsOf(item(world, code, { category: 'other' }, { policies: STEWARDS })))
  t.deepEqual([...new Set(needs)], ['STEWARD_CONFLICT item:erp:cloud'])
  t.is(item(world, 'SUT-1', { category: 'supply' }, { policies: STEWARDS }).kind, 'applied', 'an identical value is no conflict')
})

test('R40: identifiers are never taken away: a GTIN of two items waits, a catalogue number of two names none', (t) => {
  const world = createWorld()
  t.regex(textOf(item(world, 'GLUE-1', { gtin: '00012345678905' })), /SUT-1/)
  t.is(world.tables.identifier.get('gtin|00012345678905')?.item, 'SUT-1')
  item(world, 'GLUE-1', { vendor_catalog: 'MS-3000' })
  const decision = world.decide(event('SupplyUsed', { item: { code: 'MS-3000' } }))
  t.deepEqual(needsOf(decision), ['UNKNOWN_ITEM item:MS-3000'])
  t.regex(textOf(decision), /several items/)
  item(world, 'SUT-1', { vendor_catalog: 'MS-3001' })
  item(world, 'HIP-1', { charge_code: 'CH-77' })
  item(world, 'HIP-1', { charge_code: 'CH-78' })
  t.is(world.tables.identifier.get('charge|CH-77')?.item, 'HIP-1', 'the old code still names it')
})

test('R40: an unknown code gathers under itself with a proposal that nobody takes by himself', (t) => {
  const world = createWorld()
  item(world, 'SUT-1', { vendor_catalog: '00-MS.3000/7' })
  const use = () => event('SupplyUsed', { item: { code: 'ms30007' }, description: 'suture' })
  const decision = world.decide(use())
  t.deepEqual(needsOf(decision), ['UNKNOWN_ITEM item:ms30007'])
  t.deepEqual(needsOf(world.decide(use())), ['UNKNOWN_ITEM item:ms30007'])
  t.like(decision.kind === 'needs' && decision.needs[0]?.story, { code: 'ms30007', description: 'suture', proposals: ['SUT-1'] })
  t.regex(textOf(decision), /Perhaps it is SUT-1\./)
  t.notRegex(textOf(createWorld().decide(event('SupplyUsed', { item: { code: 'ZZ' } }))), /Perhaps/)
})

test('an inactive item proposes its substitute', (t) => {
  const world = createWorld()
  item(world, 'OLD-1', { substitute: 'SUT-1' })
  const decision = world.decide(event('SupplyUsed', { item: { code: 'OLD-1' }, unitCost: { amount: '1', currency: 'USD' } }))
  t.deepEqual(needsOf(decision), ['ITEM_NOT_ACTIVE item:OLD-1'])
  t.regex(textOf(decision), /substitute SUT-1/)
  t.like(decision.kind === 'needs' && decision.needs[0]?.story, { proposals: ['SUT-1'] })
})

test('R40: a blocked supplier takes back what is queued for it, and its demand waits until it is released', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } }))
  world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, serial: 'S1', quantity: { value: '1', unit: 'EA' } }))
  const block = { type: 'SupplierChanged' }
  const decision = change(world, 'V-1', { status: 'blocked' }, block)
  t.is(decision.kind === 'applied' && decision.cancel.length, 2)
  t.deepEqual(
    world
      .all('document')
      .filter((document) => document.state === 'CANCELLED')
      .map((document) => document.kind)
      .toSorted(),
    ['purchase-order', 'requisition'],
  )
  t.is(world.stock()?.on_order, 60 * SCALE, 'it is still wanted')
  const timers = world.all('timer').filter((timer) => timer.due > 0)
  t.is(timers.length, 2)
  const fired = timers.map((timer) => event('TimerFired', { ...BARE, name: timer.name, subject: timer.subject, due: String(timer.due) }, { caseKey: '' }))
  for (const one of fired) t.deepEqual(needsOf(world.decide(one, { now: at })), ['UNKNOWN_SUPPLIER supplier:V-1'])
  change(world, 'V-1', { status: 'active' }, block)
  t.deepEqual(fired.flatMap((one) => kindsOf(world.decide(one, { now: at }))).toSorted(), ['purchase-order', 'requisition'])
  t.is(world.stock()?.on_order, 60 * SCALE)
  t.deepEqual(
    world
      .all('purchase_order')
      .map((order) => order.state)
      .toSorted(),
    ['cancelled', 'made'],
  )
})

test('R40: a blocked item takes back what is queued of it alone; what was sent stays', (t) => {
  const world = createWorld()
  for (const serial of ['S1', 'S2']) {
    world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, serial, quantity: { value: '1', unit: 'EA' } }, { businessKey: serial }))
    if (serial === 'S1') world.settle('SENT')
  }
  world.decide(event('SupplyUsed', { item: { code: 'REP-1' }, quantity: { value: '1', unit: 'EA' } }))
  const decision = item(world, 'HIP-1', { status: 'blocked' })
  t.is(decision.kind === 'applied' && decision.cancel.length, 1)
})

test('R40: a use of a blocked supplier’s implant waits until the supplier is released', (t) => {
  const world = createWorld()
  change(world, 'V-1', { status: 'blocked' }, { type: 'SupplierChanged' })
  const use = event('SupplyUsed', { item: { code: 'REP-1' } })
  t.deepEqual(needsOf(world.decide(use)), ['UNKNOWN_SUPPLIER supplier:V-1'])
  change(world, 'V-1', { status: 'active' }, { type: 'SupplierChanged' })
  t.is(world.decide(use).kind, 'applied')
})

test('every table of a load can be changed by event', (t) => {
  const world = createWorld()
  const rows: [string, string, Record<string, string>][] = [
    ['locations', 'OR-9', { location: 'OR-9', department: '7010', kind: 'storage', company: 'H2' }],
    ['departments', '7020', { department: '7020', cost_centre: 'CC-7010' }],
    ['cost-centres', 'CC-N', { cost_centre: 'CC-N', valid_from: '2026-01-01', status: 'active' }],
    ['units', 'SUT-1 CS', { item: 'SUT-1', unit: 'CS', factor: '100' }],
    ['units', 'DZ', { item: '', unit: 'THIRD', factor: '1/3' }],
    ['prices', 'SUT-1', { item: 'SUT-1', supplier: 'V-1', unit: 'BX', price: '9.99', currency: 'usd', valid_from: '2026-02-01' }],
    ['contracts', 'C-1', { contract: 'C-1', supplier: 'V-1', valid_to: '2026-12-31' }],
    ['service-lines', 'CARD', { service_line: 'CARD', name: 'Cardiology' }],
    ['accounts', '6000', { account: '6000', name: 'Supplies', kind: 'expense' }],
    ['cost-rules', 'x', { basis: 'performer', value: 'DR-7', cost_centre: 'CC-N' }],
    ['cost-splits', 'x', { cost_centre: 'CC-N', line: '1', target: 'CC-7010', share: '60', valid_from: '2026-01-01' }],
    ['lots', 'x', { item: 'HIP-1', lot: 'L1', expiry: '2027-01-01', status: 'recalled' }],
    ['periods', 'x', { company: 'H1', ledger: 'gl', period: '2026-03', valid_from: '2026-03-01', valid_to: '2026-03-31', status: 'open' }],
    ['stock', 'x', { location: 'OR-1', item: 'SUT-1', max: '120', on_hand: '5' }],
  ]
  for (const [table, code, attributes] of rows) t.is(change(world, code, attributes, { table }).kind, 'applied', table)
  t.like(world.tables.unit.get('SUT-1|CS'), { numerator: 100, denominator: 1 })
  t.like(world.tables.unit.get('|THIRD'), { numerator: 1, denominator: 3 })
  t.like(world.tables.price.get('SUT-1|V-1|BX|2026-02-01'), { price: 9.99 * SCALE, valid_to: '9999-12-31', currency: 'USD' })
  t.like(world.all('cost_split')[0], { share: 600_000 })
  t.like(world.all('lot')[0], { status: 'recalled' })
  t.like(world.stock(), { max: 120 * SCALE, on_hand: 100 * SCALE }, 'what is on hand is counted, not stated')
  t.is(world.all('change').filter((row) => row.field === '').length, rows.length - 1)
  t.deepEqual(needsOf(change(world, 'x', {}, { table: 'passwords' })).length, 1)
})

test('R14: a factor in any form is exact', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (over, under) => {
      const world = createWorld()
      change(world, 'u', { item: 'SUT-1', unit: 'ZZ', factor: `${String(over)}/${String(under)}` }, { table: 'units' })
      const row = world.tables.unit.get('SUT-1|ZZ')!
      t.is(BigInt(row.numerator) * BigInt(under), BigInt(row.denominator) * BigInt(over))
    }),
    { numRuns: 50 },
  )
})

const RULE = { valid_from: '2026-01-01', valid_to: '2026-12-31' }
function ruled(): World {
  const world = createWorld()
  for (const cost_centre of ['CC-S', 'CC-P', 'CC-C', 'CC-SUSP']) world.put('cost_centre', { cost_centre, status: 'active' })
  world.put('department', { department: 'BARE', name: 'No centre', service_line: 'CARD' })
  world.put('location', { location: 'HALL', status: 'active' })
  world.put('cost_rule', { basis: 'service', value: 'CARD', cost_centre: 'CC-S', ...RULE })
  world.put('cost_rule', { basis: 'performer', value: 'DR-7', cost_centre: 'CC-P', service_line: 'TRAUMA', ...RULE })
  world.put('cost_rule', { basis: 'category', value: 'supply', cost_centre: 'CC-C', ...RULE })
  return world
}
const centreOf = (decision: Decision) => bodyOf(decision, 'journal').lines[0]?.['costCentre']

test('R25: line, place, service, performer and category are asked in the order of the policies', (t) => {
  const hall = { location: 'HALL' }
  const all = { performer: { value: 'DR-7' }, department: 'BARE' }
  t.is(centreOf(ruled().decide(event('SupplyUsed', { ...hall, ...all, costCentre: 'CC-7010' }))), 'CC-7010')
  t.is(centreOf(ruled().decide(event('SupplyUsed', { ...all }))), 'CC-S', 'a department without a centre is asked for its service')
  t.is(centreOf(ruled().decide(event('SupplyUsed', { ...hall, performer: { value: 'DR-7' } }))), 'CC-P')
  t.is(bodyOf(ruled().decide(event('SupplyUsed', { ...hall, performer: { value: 'DR-7' } })), 'journal').lines[0]?.['serviceLine'], 'TRAUMA')
  t.is(centreOf(ruled().decide(event('SupplyUsed', hall))), 'CC-C')
  const bearer = { order: ['category', 'place'], suspense: '' } as const
  t.is(centreOf(ruled().decide(event('SupplyUsed'), { policies: { bearer } })), 'CC-C', 'another order')
})

test('R25: where nobody says, the suspense cost centre bears it, or a person is asked; a rule holds on its days', (t) => {
  const glue = { location: 'HALL', item: { code: 'HIP-1' }, serial: 'S', quantity: { value: '1', unit: 'EA' } }
  const use = event('SupplyUsed', glue)
  t.deepEqual(needsOf(ruled().decide(use)), [`UNKNOWN_DEPARTMENT ${use.id}`])
  const bearer = { order: ['line', 'place', 'service', 'performer', 'category'], suspense: 'CC-SUSP' } as const
  t.is(centreOf(ruled().decide(use, { policies: { bearer } })), 'CC-SUSP')
  const world = ruled()
  world.put('cost_rule', { basis: 'category', value: 'supply', cost_centre: 'CC-S', valid_from: '2026-01-01', valid_to: '2026-02-01' })
  const late = event('SupplyUsed', { location: 'HALL' })
  t.deepEqual(needsOf(world.decide(late)), [`UNKNOWN_DEPARTMENT ${late.id}`])
  t.deepEqual(needsOf(ruled().decide(event('SupplyUsed', { department: 'NOPE' }), { policies: { bearer } })), ['UNKNOWN_DEPARTMENT department:NOPE'])
})

test('R25: a cost centre that is inactive, or not in its days, is work for a person', (t) => {
  const world = ruled()
  world.put('cost_centre', { cost_centre: 'CC-7010', status: 'active', valid_to: '2026-02-28' })
  const decision = world.decide(event('SupplyUsed'))
  t.deepEqual(needsOf(decision), ['UNKNOWN_COST_CENTRE cost-centre:CC-7010'])
  t.regex(textOf(decision), /2026-03-01/)
  t.is(world.decide(event('SupplyUsed', { occurredAt: '2026-02-28' })).kind, 'applied')
})

test('R26: documents go by company and kind, then kind, then company, then the rest', (t) => {
  const routes = { 'H2/journal': 'ledger-2', journal: 'ledger', 'H2/*': 'two', '*': 'one' }
  const destinations = (decision: Decision) => decision.kind === 'applied' && decision.documents.map((document) => document.destination)
  t.deepEqual(destinations(createWorld().decide(event('SupplyUsed'), { policies: { routes } })), ['one', 'ledger'])
  const world = createWorld()
  world.put('location', { location: 'OR-1', department: '7010', status: 'active', company: 'H2' })
  const decision = world.decide(event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } }), { policies: { routes } })
  t.deepEqual(destinations(decision), ['two', 'two', 'ledger-2'])
  t.is(bodyOf(decision, 'requisition')['company'], 'H2')
})
