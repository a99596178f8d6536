import test from 'ava'
import { EVENT_FIELDS, minorUnits } from '../../canonical/index.ts'
import { LOAD_COLUMNS } from '../../server/master-data.ts'
import { eventSchemas, jsonSchemas, masterDataSchemas } from '../../canonical/schemas/index.ts'

const envelope = {
  id: 'm00000000001.usage.FT1',
  version: 1,
  recordedAt: '2026-03-01T09:22:33.000Z',
  source: { channel: 'or', system: 'EHR|H', controlId: 'C1', position: 'FT1' },
  businessKey: '',
}
const used = { ...envelope, type: 'SupplyUsed', occurredAt: '2026-03-01T10:22:33+01:00', item: { code: 'SUT-1' }, quantity: { value: '2.00', unit: 'EA' } }

test('every event type has a schema', (t) => {
  t.deepEqual(Object.keys(eventSchemas).toSorted(), Object.keys(EVENT_FIELDS).toSorted())
})

test('an event passes as it is: trailing zeros, precision and zone are kept', (t) => {
  t.deepEqual(eventSchemas.SupplyUsed.parse(used), used as never)
})

for (const [what, change] of Object.entries({
  'an unknown field': { colour: 'red' },
  'a quantity of zero': { quantity: { value: '0.00', unit: 'EA' } },
  'a quantity with grouping': { quantity: { value: '1,000', unit: 'EA' } },
  'a quantity that is a number': { quantity: { value: 2, unit: 'EA' } },
  'a day that does not exist': { occurredAt: '2026-02-29' },
  'a currency that does not exist': { unitCost: { amount: '1', currency: 'XXX' } },
  'an expiry with a time': { expiry: '2026-03-01T00:00:00Z' },
  'another version': { version: 2 },
  'another type': { type: 'SupplyWasted' },
})) {
  test(`an event with ${what} is refused`, (t) => {
    t.false(eventSchemas.SupplyUsed.safeParse({ ...used, ...change }).success)
  })
}

for (const moment of [
  '2026',
  '2026-03',
  '2026-03-01',
  '2024-02-29',
  '2026-03-01T10',
  '2026-03-01T10:22',
  '2026-03-01T10:22:33.1234-05:00',
  '2026-03-01T10:22Z',
]) {
  test(`${moment} is a moment with its own precision`, (t) => {
    t.true(eventSchemas.SupplyUsed.safeParse({ ...used, occurredAt: moment }).success)
  })
}

test('a reversal says by what it can be matched, in order', (t) => {
  const reverses = [
    { by: 'businessKey', value: 'V1|1' },
    { by: 'case-item', case: 'C', item: 'SUT-1' },
  ]
  t.true(eventSchemas.SupplyReversed.safeParse({ ...used, type: 'SupplyReversed', reverses }).success)
  t.false(eventSchemas.SupplyReversed.safeParse({ ...used, type: 'SupplyReversed' }).success)
})

test('a master data row is strict and gets its defaults', (t) => {
  const row = masterDataSchemas.items.parse({ item: 'SUT-1', base_uom: 'EA' })
  t.like(row, { ownership: 'owned', status: 'active', gtin: '' })
  t.false(masterDataSchemas.items.safeParse({ item: 'SUT-1', base_uom: 'EA', colour: 'red' }).success)
  t.false(masterDataSchemas.items.safeParse({ item: 'SUT-1', base_uom: 'EA', ownership: 'rented' }).success)
})

test('a count may find nothing, a use may not', (t) => {
  const found = { quantity: { value: '0', unit: 'EA' }, location: 'OR-CORE' }
  const counted = { ...envelope, type: 'StockCounted', occurredAt: '2026-03-01', item: { code: 'SUT-1' }, ...found }
  t.true(eventSchemas.StockCounted.safeParse(counted).success)
  t.false(eventSchemas.StockCounted.safeParse({ ...counted, quantity: { value: '-1', unit: 'EA' } }).success)
  t.false(eventSchemas.SupplyUsed.safeParse({ ...used, quantity: found.quantity }).success)
})

test('the published columns of master data are those that `load` takes', (t) => {
  const published = Object.fromEntries(Object.entries(masterDataSchemas).map(([table, schema]) => [table, Object.keys(schema.shape).toSorted()]))
  t.deepEqual(published, Object.fromEntries(Object.entries(LOAD_COLUMNS).map(([table, columns]) => [table, [...columns].toSorted()])))
})

for (const factor of ['12', '0.5', '1/12', '10/0.5']) {
  test(`${factor} is a factor to the base unit`, (t) => t.true(masterDataSchemas.units.safeParse({ item: '', unit: 'BX', factor }).success))
}
for (const factor of ['', '0', '1/0', '-1', '1,5', '1/2/3']) {
  test(`“${factor}” is no factor to the base unit`, (t) => t.false(masterDataSchemas.units.safeParse({ item: '', unit: 'BX', factor }).success))
}

test('currencies know their minor units', (t) => {
  t.deepEqual(['USD', 'JPY', 'KWD', 'CLF', 'usd', 'XXX'].map(minorUnits), [2, 0, 3, 4, undefined, undefined])
})

test('every schema is published as JSON Schema 2020-12 with closed objects, the same each time', (t) => {
  const files = jsonSchemas()
  t.true('events/SupplyUsed.v1.json' in files && 'documents/journal.json' in files && 'master-data/items.json' in files)
  for (const [name, schema] of Object.entries(files)) {
    t.like(schema, { $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false }, name)
  }
  t.deepEqual(jsonSchemas(), files)
})
