import test from 'ava'
import fc from 'fast-check'
import { invariantsOf, isTrue } from '../../../fhir/r4/validate/invariants.ts'
import { NATIVE } from '../../../fhir/r4/validate/native.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'

const PLACES = ['Quantity', 'ContactPoint', 'Attachment', 'Organization', 'Bundle', 'Bundle#entry']

const text = fc.constantFrom('x', 'http://example.org/Patient/1/_history/2', 'http://example.org/Patient/1')
const entry = fc.record(
  {
    fullUrl: text,
    resource: fc.constant({ resourceType: 'Patient' }),
    request: fc.constant({ method: 'GET' }),
    response: fc.constant({ status: '200' }),
    search: fc.constant({ mode: 'match' }),
  },
  { requiredKeys: [] },
)
const value: fc.Arbitrary<JsonObject> = fc.oneof(
  entry,
  fc.record(
    { code: text, system: text, value: text, data: text, contentType: text, name: text, identifier: fc.constant([{ value: 'x' }]), total: fc.constant(1) },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      type: fc.constantFrom('searchset', 'history', 'batch', 'transaction', 'transaction-response', 'collection'),
      total: fc.constant(1),
      entry: fc.array(entry, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['type'] },
  ),
)

test('an invariant that is said in TypeScript says what its FHIRPath says', (t) => {
  const said = PLACES.flatMap((place) =>
    invariantsOf(place)
      .filter(({ key }) => Object.hasOwn(NATIVE, key))
      .map((each) => ({ ...each, place })),
  )
  t.deepEqual([...new Set(said.map(({ key }) => key))].sort(), Object.keys(NATIVE).sort())
  fc.assert(
    fc.property(fc.constantFrom(...said), value, ({ key, expression, place }, sample) => {
      if (place === 'Bundle' && sample['type'] === undefined) return
      t.is(NATIVE[key]!(sample, sample), isTrue(expression, sample, place.replace('#', '.'), sample), `${key} ${JSON.stringify(sample)}`)
    }),
    { numRuns: 2000 },
  )
})

test('an expression that cannot be read or evaluated is no refusal', (t) => {
  for (const expression of ['(((', 'nothing.knows()', "matches('(')", '1 / 0', 'htmlChecks()']) t.true(isTrue(expression, { a: 1 }, 'X', { a: 1 }), expression)
})
