import test from 'ava'
import fc from 'fast-check'
import { keysOf, matches, parseSearch, searchParamsOf, spanOf } from '../../../fhir/r4/index.ts'
import type { JsonObject, Search } from '../../../fhir/r4/index.ts'
import { PROCEDURE, read } from './sample.ts'

const BASE = 'http://fhir.example.org/r4'

function search(type: string, text: string, strict = false): Search {
  const params = text.split('&').map((part): [string, string] => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)])
  const parsed = parseSearch(type, params, { strict, base: BASE })
  if ('issue' in parsed) throw new Error(parsed.issue.diagnostics)
  return parsed
}
const refusal = (type: string, text: string, strict = false): string => {
  try {
    search(type, text, strict)
    return 'accepted'
  } catch (error) {
    return (error as Error).message
  }
}
const finds = (resource: JsonObject, text: string): boolean =>
  matches(search(String(resource['resourceType']), text).query, {
    type: String(resource['resourceType']),
    id: String(resource['id'] ?? 'x'),
    updated: Date.parse('2026-03-01T08:00:00Z'),
    keys: keysOf(resource, BASE),
  })

const cases = (title: string, resource: object, found: readonly string[], missed: readonly string[]): void => {
  test(title, (t) => {
    for (const text of found) t.true(finds(read(resource), text), text)
    for (const text of missed) t.false(finds(read(resource), text), text)
  })
}

cases(
  'tokens are found by system and code, code alone, without a system, or the system alone',
  PROCEDURE,
  [
    'identifier=http://example.org/case|C-1',
    'identifier=C-1',
    'identifier=http://example.org/case|',
    'identifier=X,C-1',
    'status=completed',
    'status=http://hl7.org/fhir/event-status|completed',
    'status:not=in-progress',
    'code=http://snomed.info/sct|52734007',
    'category:missing=true',
    'identifier:missing=false',
    'identifier=C-1&status=completed',
  ],
  [
    'identifier=|C-1',
    'identifier=c-1',
    'identifier=http://example.org/other|C-1',
    'status:not=completed',
    'status:not=x,completed',
    'identifier=C-1&status=x',
    'category:missing=false',
  ],
)

cases(
  'references are found by type and id, id alone, absolute URL of this server, type modifier and identifier',
  PROCEDURE,
  [
    'subject=Patient/1',
    'subject=1',
    'patient=1',
    'patient=Patient/1',
    `subject=${BASE}/Patient/1`,
    'subject:Patient=1',
    'subject:Patient=Patient/1',
    'subject:identifier=http://example.org/mrn|M1',
    'subject:identifier=M1',
    'location=Location/or-1',
    'encounter=Encounter/9',
  ],
  [
    'subject=Patient/2',
    'subject=Group/1',
    'subject:Group=1',
    'subject=http://elsewhere.example.org/Patient/1',
    'subject:identifier=M2',
    'encounter=Encounter/99',
  ],
)

cases(
  'dates are compared by what they span, in UTC when no zone is given',
  PROCEDURE,
  [
    'date=2026-03-01',
    'date=2026',
    'date=ge2026-03-01',
    'date=lt2026-03-02',
    'date=gt2026-03-01T07:00',
    'date=sa2026-02-28',
    'date=eb2026-03-02',
    'date=ap2026-03-02',
    'date=ne2026-03-02',
  ],
  [
    'date=2026-03-02',
    'date=lt2026-03-01T06:00:00Z',
    'date=gt2026-03-01',
    'date=sa2026-03-01',
    'date=ge2026-03-01&date=lt2026-03-01T06:00:00Z',
    'date=2026-03-01T06:00',
  ],
)

cases(
  '_id and _lastUpdated are looked at',
  PROCEDURE,
  [
    '_id=p1',
    '_id=a,p1',
    '_lastUpdated=2026-03-01',
    '_lastUpdated=gt2026-02&_lastUpdated=lt2026-04',
    '_profile=http://example.org/fhir/StructureDefinition/implant',
  ],
  ['_id=p2', '_id=p1&_id=p2', '_lastUpdated=lt2026-03-01', '_profile:below=http://example.org/fhir/Structure'],
)

const PATIENT = {
  resourceType: 'Patient',
  name: [{ family: 'Müller-Ångström', given: ['Zoë'] }],
  telecom: [{ system: 'email', value: 'z@example.org' }],
  deceasedBoolean: false,
}
cases(
  'texts are found by their beginning without case and accents, exactly, or by a part',
  PATIENT,
  [
    'name=muller',
    'family=MÜLLER',
    'given=zoe',
    'family:contains=angstrom',
    'family:exact=Müller-Ångström',
    'name=x,zo',
    'email=z@example.org',
    'deceased=false',
  ],
  ['family=angstrom', 'family:exact=Muller-Angstrom', 'family:exact=Müller', 'name=oe', 'phone=z@example.org', 'deceased=true'],
)

const CHARGE = {
  resourceType: 'ChargeItem',
  status: 'billable',
  code: { text: 'x' },
  subject: { reference: 'Patient/1' },
  quantity: { value: 2.5, unit: 'box', system: 'http://unitsofmeasure.org', code: '{box}' },
  factorOverride: 0.8,
  priceOverride: { value: 10, currency: 'EUR' },
}
cases(
  'numbers and quantities are found by the precision that was asked, with prefixes and units',
  CHARGE,
  [
    'quantity=2.5',
    'quantity=3',
    'quantity=2.5|http://unitsofmeasure.org|{box}',
    'quantity=2.5||box',
    'quantity=gt2.4',
    'quantity=le2.5',
    'quantity=ap2.6',
    'factor-override=0.8',
    'factor-override=8e-1',
    'price-override=10||EUR',
    'code:missing=false',
  ],
  [
    'quantity=2.50|http://example.org|{box}',
    'quantity=2',
    'quantity=2.6',
    'quantity=gt2.5',
    'quantity=lt2.5',
    'factor-override=0.80001',
    'price-override=10||USD',
    'quantity:missing=true',
  ],
)

cases(
  'an escaped comma or bar belongs to the value',
  { resourceType: 'Device', identifier: [{ system: 'http://a|b', value: '1,2\\3' }] },
  ['identifier=http://a\\|b|1\\,2\\\\3', 'identifier=1\\,2\\\\3'],
  ['identifier=1,2'],
)
cases(
  'a canonical is found with and without its version, below a path',
  { resourceType: 'Procedure', instantiatesCanonical: ['http://example.org/p/a|2'] },
  ['instantiates-canonical=http://example.org/p/a', 'instantiates-canonical=http://example.org/p/a|2'],
  ['instantiates-canonical=http://example.org/p'],
)
cases(
  'a uri is found below a path, not below a part of a name',
  { resourceType: 'Procedure', instantiatesUri: ['http://example.org/p/a/1'] },
  ['instantiates-uri:below=http://example.org/p', 'instantiates-uri:below=http://example.org/p/a/'],
  ['instantiates-uri:below=http://example.org/p/a/1/2', 'instantiates-uri:below=http://example.org/p/b', 'instantiates-uri=http://example.org/p'],
)
cases(
  'a participant is found by its type in the reference',
  { resourceType: 'Appointment', participant: [{ actor: { reference: 'Location/1' } }, { actor: { reference: 'Patient/2' } }] },
  ['location=1', 'patient=2', 'actor=Location/1', 'patient=Patient/2'],
  ['location=2', 'patient=1', 'practitioner=1'],
)

test('keys of a resource are few, named, and never twice', (t) => {
  const keys = keysOf(read(PROCEDURE), BASE)
  t.is(new Set(keys.map((key) => JSON.stringify(key))).size, keys.length)
  t.deepEqual(
    keys.filter(({ param }) => param === 'date'),
    [{ param: 'date', system: '', value: '', low: Date.UTC(2026, 2, 1, 6), high: Date.UTC(2026, 2, 1, 8, 30, 0, 999) }],
  )
})

test('control parameters become count, offset, order and includes', (t) => {
  const { query, include, revinclude, countOnly, self, ignored } = search(
    'Procedure',
    '_count=5&_offset=10&_sort=-_lastUpdated,date&_include=Procedure:subject:Patient&_include:iterate=Encounter:location&_revinclude=Provenance:target&_total=accurate&_format=json&foo=1&_elements=id',
  )
  t.is(query.limit, 5)
  t.is(query.offset, 10)
  t.deepEqual(query.sort, [
    { param: '_lastUpdated', descending: true },
    { param: 'date', descending: false },
  ])
  t.deepEqual(include, [
    { type: 'Procedure', param: 'subject', target: 'Patient', iterate: false },
    { type: 'Encounter', param: 'location', target: null, iterate: true },
  ])
  t.deepEqual(revinclude, [{ type: 'Provenance', param: 'target', target: null, iterate: false }])
  t.false(countOnly)
  t.deepEqual(ignored, ['foo', '_elements'])
  t.false(self.some((each) => each.startsWith('foo') || each.startsWith('_format')))
  t.is(search('Procedure', '_summary=count').query.limit, 0)
  t.true(search('Procedure', '_count=0').countOnly)
  t.is(search('Procedure', '_count=99999').query.limit, 1000)
  t.deepEqual(search('Procedure', 'identifier=a|b,c&x=1').self, ['identifier=a%7Cb%2Cc'])
})

test('an unknown parameter is ignored and named, or refused when handling is strict', (t) => {
  t.deepEqual(search('Procedure', 'colour=blue').ignored, ['colour'])
  t.regex(refusal('Procedure', 'colour=blue', true), /not supported/)
  t.is(refusal('Procedure', 'status=completed', true), 'accepted')
})

test('what would find something else when ignored is always refused', (t) => {
  for (const text of [
    'patient.name=x',
    'subject:Patient.name=x',
    '_has:Observation:patient:code=1',
    'status:text=x',
    'status:above=x',
    'date:exact=2026',
    '_filter=x',
    'subject:Glove=1',
    '_id:not=1',
  ])
    t.not(refusal('Procedure', text), 'accepted', text)
  for (const text of [
    'date=2026-13',
    'date=2026-02-30',
    'date=soon',
    '_lastUpdated=x',
    '_count=-1',
    '_count=x',
    'status:missing=maybe',
    'identifier=|',
    'identifier=a|b|c',
    '_include=Procedure:colour',
  ])
    t.not(refusal('Procedure', text), 'accepted', text)
  t.not(refusal('ChargeItem', 'quantity=x'), 'accepted')
  t.not(refusal('Glove', 'x=1'), 'accepted')
})

test('the parameters of a type are listed with their types', (t) => {
  const params = searchParamsOf('SupplyDelivery')
  t.deepEqual(
    params.filter(({ name }) => !name.startsWith('_')),
    [
      { name: 'identifier', type: 'token' },
      { name: 'patient', type: 'reference' },
      { name: 'receiver', type: 'reference' },
      { name: 'status', type: 'token' },
      { name: 'supplier', type: 'reference' },
    ],
  )
})

test('what a date spans follows its precision, and a date that does not exist has none', (t) => {
  t.deepEqual(spanOf('2024-02'), { low: Date.UTC(2024, 1, 1), high: Date.UTC(2024, 2, 1) - 1 })
  t.deepEqual(spanOf('2026-03-01T10:00:00.25Z'), { low: Date.UTC(2026, 2, 1, 10, 0, 0, 250), high: Date.UTC(2026, 2, 1, 10, 0, 0, 259) })
  t.deepEqual(spanOf('0099')?.low, Date.parse('0099-01-01T00:00:00Z'))
  for (const bad of ['2023-02-29', '2023-13', '2023-00-01', '2023-1-1', '2023-01-01T25:00:00Z', '2023-01-01T10:00:00+15:00', '0000', ''])
    t.is(spanOf(bad), null, bad)
})

test('prefixes keep their algebra for any stored date and any asked one', (t) => {
  const moment = fc
    .date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2040-01-01T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString())
  const partial = fc.tuple(moment, fc.constantFrom(4, 7, 10)).map(([text, length]) => text.slice(0, length))
  fc.assert(
    fc.property(fc.oneof(moment, partial), fc.oneof(moment, partial), (stored, asked) => {
      const patient = read({ resourceType: 'Patient', id: 'x', birthDate: stored })
      const has = (prefix: string): boolean => finds(patient, `birthdate=${prefix}${asked}`)
      t.not(has('eq'), has('ne'))
      t.is(has('ge'), has('gt') || has('eq'))
      t.is(has('le'), has('lt') || has('eq'))
      if (has('sa')) t.true(has('gt') && !has('lt') && !has('eq') && !has('eb'))
      if (has('eb')) t.true(has('lt') && !has('gt') && !has('eq') && !has('sa'))
      if (has('eq')) t.true(has('ap') && !has('sa') && !has('eb'))
      t.true(has('eq') || has('gt') || has('lt'))
      t.is(finds(patient, `birthdate=${asked}`), has('eq'))
    }),
    { numRuns: 500 },
  )
})

test('any search text is parsed or refused, never a crash', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom('identifier', 'date', 'subject', 'status:not', '_sort', '_include', 'subject:identifier', '_count'),
      fc.string(),
      (name, value) => {
        const parsed = parseSearch('Procedure', [[name, value]], { base: BASE })
        t.true('issue' in parsed || parsed.query.types[0] === 'Procedure')
      },
    ),
    { numRuns: 500 },
  )
})

test('a number without a prefix takes in what rounds to it, to the last digit', (t) => {
  const found = (asked: string, ...values: readonly string[]) => {
    const { query } = search('Observation', `value-quantity=${asked}`)
    return values.filter((value) => {
      const keys = keysOf({ resourceType: 'Observation', valueQuantity: { value: Number(value) } } as never)
      return matches(query, { type: 'Observation', id: '1', updated: 0, keys })
    })
  }
  t.deepEqual(found('5.4', '5.34', '5.35', '5.4', '5.44', '5.45'), ['5.35', '5.4', '5.44'])
  t.deepEqual(found('0.3', '0.24', '0.25', '0.34', '0.35'), ['0.25', '0.34'])
  t.deepEqual(found('-0.3', '-0.36', '-0.35', '-0.26', '-0.25'), ['-0.35', '-0.26'])
  t.deepEqual(found('0', '-0.6', '-0.5', '0', '0.4', '0.5'), ['-0.5', '0', '0.4'])
  for (let hundredths = 1; hundredths < 1000; hundredths++) {
    const [asked, low, high] = [hundredths / 100, (hundredths * 10 - 5) / 1000, (hundredths * 10 + 5) / 1000]
    t.deepEqual(found(asked.toFixed(2), low.toFixed(3), high.toFixed(3)), [low.toFixed(3)])
  }
})

test('a search for more values than can be looked up at once is refused, not failed', (t) => {
  const asked = (name: string, values: number, one: (n: number) => string) =>
    parseSearch('Procedure', [[name, Array.from({ length: values }, (_, n) => one(n)).join(',')]], { base: BASE })
  t.true('query' in asked('identifier', 5000, (n) => `urn:mrn|${String(n)}`))
  t.true('query' in asked('date', 200, () => 'gt2024'))
  for (const refused of [
    asked('identifier', 5001, (n) => `urn:mrn|${String(n)}`),
    asked('_id', 5001, String),
    asked('date', 201, () => 'gt2024'),
    asked('identifier', 201, (n) => `urn:${String(n)}|1`),
  ])
    t.is('issue' in refused ? refused.issue.code : '', 'too-costly')
})
