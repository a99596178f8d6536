import test from 'ava'
import fc from 'fast-check'
import { parseFhirJson, resourceTypes, validateResource } from '../../../fhir/r4/index.ts'
import type { JsonObject, ValidateOptions } from '../../../fhir/r4/index.ts'
import { DELIVERY, PROCEDURE, read } from './sample.ts'

const found = (resource: object | string, options?: ValidateOptions): readonly string[] =>
  validateResource(read(resource), options).map(({ code, expression, diagnostics }) => `${code} ${expression ?? ''}: ${diagnostics}`)

const procedure = (changes: object): JsonObject => read({ ...PROCEDURE, ...changes })

test('sound resources have no issue', (t) => {
  t.deepEqual(found(PROCEDURE), [])
  t.deepEqual(found(DELIVERY), [])
  t.is(resourceTypes().length, 146)
})

test('an unknown element is refused where it stands, also deep inside', (t) => {
  t.deepEqual(found({ ...DELIVERY, colour: 'blue' }), ['structure SupplyDelivery: SupplyDelivery has no element colour in FHIR R4.'])
  t.regex(
    found({ ...DELIVERY, suppliedItem: { quantity: { amount: 2 } } })[0]!,
    /^structure SupplyDelivery.suppliedItem.quantity: Quantity has no element amount/,
  )
  t.regex(found({ ...DELIVERY, suppliedItem: { price: 1 } })[0]!, /SupplyDelivery.suppliedItem has no element price/)
  t.deepEqual(found({ ...DELIVERY, 'name of Jane Doe 1970-01-01': 1 }), ['structure SupplyDelivery: SupplyDelivery has no element of such a name in FHIR R4.'])
})

test('required elements, repetition and choices are checked with FHIRPath places and indexes', (t) => {
  const { status: _status, subject: _subject, ...bare } = PROCEDURE
  t.deepEqual(found(bare), ['required Procedure.status: status is required.', 'required Procedure.subject: subject is required.'])
  t.deepEqual(found(procedure({ focalDevice: [{ action: { text: 'implanted' } }, ...PROCEDURE.focalDevice] })), [
    'required Procedure.focalDevice[0].manipulated: manipulated is required.',
  ])
  t.regex(found(procedure({ status: ['completed'] }))[0]!, /^structure Procedure.status: status does not repeat/)
  t.regex(found(procedure({ identifier: PROCEDURE.identifier[0] }))[0]!, /^structure Procedure.identifier: identifier repeats: an array/)
  t.regex(found(procedure({ performedDateTime: '2026' }))[0]!, /^structure Procedure.performed: performed\[x\] may be of one type only/)
})

test('null, empty arrays, empty objects and empty texts are refused', (t) => {
  t.regex(found(procedure({ bodySite: [] }))[0]!, /^structure Procedure.bodySite: An array must not be empty/)
  t.regex(found(procedure({ encounter: null }))[0]!, /^structure Procedure.encounter: null is no value/)
  t.regex(found(procedure({ encounter: {} }))[0]!, /^structure Procedure.encounter: An object must not be empty/)
  t.regex(found(procedure({ code: { text: '' } }))[0]!, /^value Procedure.code.text: Expected a text/)
  t.regex(found(procedure({ note: [null] }))[0]!, /^structure Procedure.note\[0\]: null stands only/)
})

test('extensions of primitives are read beside their values, with null where a value is missing', (t) => {
  const extension = [{ url: 'http://example.org/x', valueString: 'y' }]
  const name = (given: unknown, companion: unknown): object => ({ resourceType: 'Patient', name: [{ given, _given: companion }] })
  t.deepEqual(found(name([null, 'B'], [{ extension }, null])), [])
  t.deepEqual(found(procedure({ status: undefined, _status: { extension } })), [])
  t.regex(found(name([null, 'B'], [null, { extension }]))[0]!, /Patient.name\[0\].given\[0\]: null stands only/)
  t.regex(found(procedure({ _status: { extension, value: 'x' } }))[0]!, /Element has no element value/)
  t.regex(found(procedure({ _code: { extension } }))[0]!, /no element _code/)
  t.regex(found({ resourceType: 'Patient', _birthDate: { extension: [{ url: 'http://example.org/x' }] } })[0]!, /ext-1/)
})

test('each primitive type has its form, and dates must exist', (t) => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ resourceType: 'Patient', birthDate: '2023-02-29' }, 'Patient.birthDate'],
    [{ resourceType: 'Patient', birthDate: '2023-02-28T10:00:00Z' }, 'Patient.birthDate'],
    [{ resourceType: 'Patient', active: 'true' }, 'Patient.active'],
    [{ resourceType: 'Patient', multipleBirthInteger: 1.5 }, 'Patient.multipleBirth'],
    [{ resourceType: 'Patient', id: 'a b' }, 'Patient.id'],
    [{ resourceType: 'Patient', meta: { lastUpdated: '2026-01-01T10:00:00' } }, 'Patient.meta.lastUpdated'],
    [{ resourceType: 'Patient', telecom: [{ system: 'phone', value: '1', rank: 0 }] }, 'Patient.telecom[0].rank'],
    [{ resourceType: 'Patient', photo: [{ contentType: 'image/png', data: 'a' }] }, 'Patient.photo[0].data'],
    [{ resourceType: 'Patient', identifier: [{ system: 'http://a b' }] }, 'Patient.identifier[0].system'],
    [{ resourceType: 'Patient', gender: ' male' }, 'Patient.gender'],
    [{ resourceType: 'Patient', deceasedDateTime: '2026-01-01T24:00:00Z' }, 'Patient.deceased'],
    [{ resourceType: 'Patient', deceasedDateTime: '2026-01-01T10:00Z' }, 'Patient.deceased'],
    [{ ...DELIVERY, suppliedItem: { quantity: { value: '2' } } }, 'SupplyDelivery.suppliedItem.quantity.value'],
  ]
  for (const [resource, place] of wrong) {
    t.deepEqual(
      validateResource(read(resource)).map(({ code, expression }) => `${code} ${expression}`),
      [`value ${place}`],
      place,
    )
  }
  t.regex(found('{"resourceType":"Patient","multipleBirthInteger":1.0}')[0]!, /whole number/)
  t.deepEqual(found({ resourceType: 'Patient', deceasedDateTime: '2026-01-01T10:00:00.5+14:00' }), [])
})

test('codes of required bindings are checked, of code and of CodeableConcept', (t) => {
  t.deepEqual(found(procedure({ status: 'done' })), ['code-invalid Procedure.status: The code is not of the value set that is required here.'])
  const type = (code: string): object => ({ ...DELIVERY, type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/supply-item-type', code }] } })
  t.deepEqual(found(type('device')), [])
  t.regex(found(type('glove'))[0]!, /^code-invalid SupplyDelivery.type: None of its codings/)
  t.regex(
    found({
      resourceType: 'ChargeItem',
      status: 'billable',
      code: { text: 'x' },
      subject: { reference: 'Patient/1' },
      priceOverride: { value: 1, currency: 'usd' },
    })[0]!,
    /ISO 4217/,
  )
})

test('a reference has the shape of one and points to a type that the element allows', (t) => {
  const subject = (reference: string): readonly string[] => found(procedure({ subject: { reference } }))
  for (const good of [
    'Patient/1',
    'Group/1/_history/2',
    'https://ehr.example.org/fhir/Patient/1',
    'urn:uuid:0f8a5a5e-5b0d-4b7e-9d39-0a1c5d6f7a8b',
    'https://example.org/other?x=1',
  ])
    t.deepEqual(subject(good), [], good)
  t.regex(subject('Device/1')[0]!, /^value Procedure.subject: Expected a reference to Patient, Group/)
  t.regex(subject('https://ehr.example.org/fhir/Device/1')[0]!, /Expected a reference to Patient, Group/)
  t.regex(subject('1')[0]!, /^value Procedure.subject: A reference is Type\/id/)
  t.regex(subject('Patients/1')[0]!, /no resource type of the name/)
  t.regex(subject('#nobody')[0]!, /ref-1/)
  t.regex(found(procedure({ subject: { display: 'x', type: 'Device' } }))[0]!, /Expected a reference to Patient/)
})

test('contained resources are checked as their own type, and must be pointed at', (t) => {
  const contained = (changes: object): readonly string[] => found(procedure({ contained: [{ ...PROCEDURE.contained[0], ...changes }] }))
  t.regex(contained({ status: 'new' })[0]!, /^code-invalid Procedure.contained\[0\].status/)
  t.regex(contained({ meta: { versionId: '1' } })[0]!, /dom-4/)
  t.regex(contained({ contained: [{ resourceType: 'Device', id: 'x' }] })[0]!, /dom-2/)
  t.regex(
    found(procedure({ contained: [...PROCEDURE.contained, { resourceType: 'Device', id: 'idle' }] }))[0]!,
    /^invariant Procedure.contained\[1\]: Nothing refers .*dom-3/,
  )
  t.regex(
    found(procedure({ contained: [{ resourceType: 'Patient', id: 'd' }] }))[0]!,
    /^value Procedure.focalDevice\[0\].manipulated: Expected a reference to Device/,
  )
})

test('invariants of the definitions are evaluated, one that cannot be is no refusal', (t) => {
  t.regex(found({ resourceType: 'Patient', telecom: [{ value: '1' }] })[0]!, /^invariant Patient.telecom\[0\]: .*cpt-2/)
  t.regex(found({ ...DELIVERY, suppliedItem: { quantity: { value: 1, code: 'EA' } } })[0]!, /qty-3/)
  t.regex(found(procedure({ performedPeriod: { start: '2026-03-02', end: '2026-03-01' } }))[0]!, /per-1/)
  t.regex(found({ resourceType: 'Organization', active: true })[0]!, /^invariant Organization: .*org-1/)
  t.regex(found({ resourceType: 'Organization', name: 'x', address: [{ use: 'home' }] })[0]!, /^invariant Organization.address\[0\]: .*org-2/)
  t.regex(
    found({ resourceType: 'Bundle', type: 'transaction', entry: [{ fullUrl: 'urn:oid:1.2', resource: { resourceType: 'Basic', code: { text: 'x' } } }] })[0]!,
    /bdl-3/,
  )
})

test('an unknown modifierExtension is refused anywhere, a known one is not', (t) => {
  const modifierExtension = [{ url: 'http://example.org/negated', valueBoolean: true }]
  t.regex(found({ ...DELIVERY, modifierExtension })[0]!, /^extension SupplyDelivery.modifierExtension\[0\]: .*cannot be understood safely/)
  t.regex(
    found(procedure({ focalDevice: [{ ...PROCEDURE.focalDevice[0], modifierExtension }] }))[0]!,
    /^extension Procedure.focalDevice\[0\].modifierExtension\[0\]/,
  )
  t.regex(found(procedure({ contained: [{ ...PROCEDURE.contained[0], modifierExtension }] }))[0]!, /^extension Procedure.contained\[0\].modifierExtension\[0\]/)
  t.deepEqual(found({ ...DELIVERY, modifierExtension }, { modifierExtensions: new Set(['http://example.org/negated']) }), [])
})

test('implicitRules that nobody follows are refused', (t) => {
  const implicitRules = 'http://example.org/rules'
  t.regex(found({ ...DELIVERY, implicitRules })[0]!, /^not-supported SupplyDelivery.implicitRules/)
  t.deepEqual(found({ ...DELIVERY, implicitRules }, { implicitRules: new Set([implicitRules]) }), [])
})

test('an R5 body is refused and told to be one', (t) => {
  const reasons = (resource: object): string => validateResource(read(resource))[0]?.diagnostics ?? 'accepted'
  const { performedPeriod: _performed, usedReference: _used, ...rest } = PROCEDURE
  t.regex(reasons({ ...DELIVERY, suppliedItem: [DELIVERY.suppliedItem] }), /^This is FHIR R5: SupplyDelivery.suppliedItem repeats in R5/)
  t.regex(reasons({ ...rest, occurrenceDateTime: '2026-03-01' }), /R5: Procedure.occurrenceDateTime/)
  t.regex(reasons({ ...rest, used: [{ concept: { text: 'glove' } }] }), /R5: Procedure.used/)
  t.regex(reasons({ resourceType: 'DeviceUsage', status: 'active' }), /R5: DeviceUsage exists from/)
  t.regex(reasons({ resourceType: 'Encounter', status: 'completed', class: [{ coding: [{ code: 'IMP' }] }] }), /R5: Encounter.class repeats/)
  t.regex(reasons({ resourceType: 'SupplyRequest', item: { concept: { text: 'x' } }, quantity: { value: 1 } }), /CodeableReference of R5/)
  t.regex(reasons({ resourceType: 'Subscription', status: 'requested', topic: 'http://example.org/t' }), /R5: Subscription.topic/)
  t.regex(
    reasons({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: { ...DELIVERY, suppliedItem: [DELIVERY.suppliedItem] } }] }),
    /R5: SupplyDelivery/,
  )
})

test('a wrong R4 body is not called R5', (t) => {
  for (const resource of [
    { ...DELIVERY, colour: 1 },
    procedure({ status: 'done' }),
    { resourceType: 'Glove' },
    { resourceType: 'Organization', contact: [{ x: 1 }] },
  ])
    t.false(
      found(resource).some((each) => each.includes('R5')),
      JSON.stringify(resource),
    )
})

test('a narrative is one XHTML div without anything that runs', (t) => {
  const text = (div: string): readonly string[] => found({ ...DELIVERY, text: { status: 'generated', div } })
  const xmlns = 'xmlns="http://www.w3.org/1999/xhtml"'
  t.deepEqual(text(`<div ${xmlns}><p class='a'>x &amp; y<br/></p><!-- n --><img src="#i" alt="i"/></div>`), [])
  for (const bad of [
    'plain',
    `<p ${xmlns}>x</p>`,
    `<div ${xmlns}> </div>`,
    `<div ${xmlns}>x</div><div>y</div>`,
    `<div ${xmlns}><script>x</script></div>`,
    `<div ${xmlns} onclick="x">x</div>`,
    `<div ${xmlns}><p>x</div>`,
    `<div ${xmlns}><a href="javascript:x">x</a></div>`,
    `<div ${xmlns}>x < y</div>`,
  ])
    t.regex(text(bad)[0] ?? 'accepted', /^invariant SupplyDelivery.text.div: .*txt-1/, bad)
})

test('diagnostics name elements and never values', (t) => {
  const secret = 'Zebra-1970'
  const resource = {
    ...PROCEDURE,
    status: secret,
    subject: { reference: secret },
    performedPeriod: { start: secret },
    bodySite: secret,
    code: { text: 7, [secret]: 1 },
  }
  const issues = validateResource(read(resource))
  t.true(issues.length >= 5)
  t.false(JSON.stringify(issues).includes(secret))
})

test('whatever is changed in a resource, validation answers and does not throw', (t) => {
  const text = JSON.stringify(PROCEDURE)
  const odd = fc.constantFrom('null', '[]', '{}', '""', '1.5', '[null]', '[[1]]', '{"resourceType":"Bundle"}', '{"reference":{}}', '"#"', 'true')
  const values = [...text.matchAll(/:("[^"]*"|\{|\[)/g)].map(({ index }) => index + 1)
  fc.assert(
    fc.property(fc.constantFrom(...values), odd, fc.boolean(), (at, value, whole) => {
      const changed = whole
        ? `{"resourceType":"Procedure","contained":[${value}],"x":${value}}`
        : `${text.slice(0, at)}${value}${text.slice(at).replace(/^"[^"]*"/, '')}`
      const parsed = parseFhirJson(changed)
      if (parsed.ok) t.true(Array.isArray(validateResource(parsed.value)))
    }),
    { numRuns: 1000 },
  )
})

test('a resource full of mistakes has at most a hundred issues told', (t) => {
  const identifier = Array.from({ length: 500 }, () => ({ colour: 1 }))
  t.true(validateResource(procedure({ identifier })).length <= 101)
})

test('a body made of invariants is judged in bounded time', (t) => {
  const item = Array.from({ length: 4000 }, (_, index) => ({ linkId: String(index), type: 'string' }))
  const before = process.hrtime.bigint()
  t.deepEqual(found({ resourceType: 'Questionnaire', status: 'active', item }), [])
  t.true(process.hrtime.bigint() - before < 10_000_000_000n)
})
