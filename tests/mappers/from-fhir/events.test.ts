import test from 'ava'
import { bundle, compile, channelOf, eventsOf, procedure, rule, run } from './samples.ts'

const DEVICE = {
  resourceType: 'Device',
  id: 'd1',
  udiCarrier: [
    { deviceIdentifier: '00812345001013', issuer: 'http://hl7.org/fhir/NamingSystem/gs1-di', carrierHRF: '(01)00812345001013(17)300200(10)MC48(21)000417' },
  ],
  serialNumber: '000417',
  expirationDate: '2030-02-28',
}

test('each item of for_each is an event with its place, its line and the subject it is told of', (t) => {
  const outcome = run(procedure({ focalDevice: [{ manipulated: { reference: 'Device/d1/_history/2' } }, { manipulated: { reference: 'Device/d2' } }] }), [
    rule({}),
  ])
  t.deepEqual(outcome.kind === 'mapped' && outcome.restates, [{ subject: 'channel:implants|Procedure/p1', at: 0 }])
  t.deepEqual(
    eventsOf(outcome).map(({ anchor, statement }) => [anchor, statement?.line, statement?.reversal]),
    [
      ['Procedure/p1.focalDevice[0]', 'usage|Device/d1', 'SupplyReversed'],
      ['Procedure/p1.focalDevice[1]', 'usage|Device/d2', 'SupplyReversed'],
    ],
  )
})

test('the same device referred to twice is told once, the same code twice is told twice', (t) => {
  const twice = procedure({
    focalDevice: [1, 2].map(() => ({ manipulated: { reference: 'Device/d1' } })),
    usedCode: [1, 2].map(() => ({ coding: [{ code: 'SUT' }] })),
  })
  const codes = rule({ id: 'code', forEach: 'Procedure.usedCode', set: { item: '$this' } })
  t.deepEqual(
    eventsOf(run(twice, [rule({}), codes])).map(({ statement }) => statement?.line),
    ['usage|Device/d1', 'code||SUT', 'code||SUT#2'],
  )
})

test('a line of the channel’s own tells items apart', (t) => {
  const body = procedure({ focalDevice: [{ id: 'a', action: { text: 'left' }, manipulated: { reference: 'Device/d1' } }] })
  t.is(eventsOf(run(body, [rule({ line: 'action.text' })]))[0]?.statement?.line, 'usage|left')
})

test('a quantity keeps the digits that were sent, an exponent is written out', (t) => {
  const map = [rule({ forEach: 'SupplyDelivery', set: { occurredAt: 'occurrence', quantity: { from: 'suppliedItem.quantity' }, item: 'suppliedItem.item' } })]
  const body = (value: string) =>
    `{"resourceType":"SupplyDelivery","id":"s1","occurrenceDateTime":"2026-03","suppliedItem":{"quantity":{"value":${value},"code":"EA"},"itemCodeableConcept":{"coding":[{"system":"urn:s","code":"X","display":"Thing"}]}}}`
  for (const [sent, kept] of [
    ['1.00', '1.00'],
    ['1.5e2', '150'],
    ['25E-1', '2.5'],
    ['0.10', '0.10'],
  ] as const) {
    const [event] = eventsOf(run(body(sent), map))
    t.like(event?.body, { quantity: { value: kept, unit: 'EA' }, item: { code: 'X', system: 'urn:s', text: 'Thing' }, occurredAt: '2026-03' }, sent)
    t.is(event?.origin['quantity']?.path, 'SupplyDelivery.suppliedItem.quantity')
  }
  for (const sent of ['0', '-1', '0.00'])
    t.like(run(body(sent), map), { kind: 'fault', fault: { code: 'BAD_VALUE', place: 'SupplyDelivery.suppliedItem.quantity' } }, sent)
})

test('a Device gives its carrier, and what the carrier does not say', (t) => {
  const map = [rule({ set: { udi: { from: 'manipulated.resolve()', as: 'udi' } } })]
  const read = (device: object) => eventsOf(run(bundle([procedure(), device]), map))[0]?.body
  t.like(read(DEVICE), { serial: '000417', lot: 'MC48', expiry: '2030-02-28', udi: { di: '00812345001013', issuer: 'GS1' } })
  const bare = { ...DEVICE, udiCarrier: [{ deviceIdentifier: '812345001013', issuer: 'http://hl7.org/fhir/NamingSystem/gs1' }], lotNumber: 'L0' }
  t.like(read(bare), { serial: '000417', lot: 'L0', expiry: '2030-02-28', udi: { di: '00812345001013', carrier: '812345001013' } })
  const scanned = { ...DEVICE, udiCarrier: [{ carrierAIDC: Buffer.from('01008123450010131730022810MC4\u001d2100041X').toString('base64') }] }
  t.like(read(scanned), { serial: '00041X', lot: 'MC4', udi: { problems: ['serialNumber of the Device is another than the carrier’s'] } })
})

test('a place in a resource that is referred to is written through the reference', (t) => {
  const [event] = eventsOf(run(bundle([procedure(), DEVICE]), [rule({ set: { serial: 'manipulated.resolve().serialNumber' } })]))
  t.is(event?.origin['serial']?.path, 'Procedure.focalDevice[0].manipulated.resolve().serialNumber')
})

test('a contained resource is found by its reference', (t) => {
  const body = procedure({ contained: [{ ...DEVICE, id: 'in' }], focalDevice: [{ manipulated: { reference: '#in' } }] })
  t.is(eventsOf(run(body, [rule({ set: { serial: 'manipulated.resolve().serialNumber' } })]))[0]?.body['serial'], '000417')
})

test('a reference that names nothing here makes the event wait for the resource, once, and a default does not stand in for it', (t) => {
  const set = { serial: { from: 'manipulated.resolve().serialNumber', default: 'none' }, lot: 'manipulated.resolve().lotNumber' }
  const [event] = eventsOf(run(procedure(), [rule({ set })]))
  t.like(event?.needs, [{ kind: 'UNRESOLVED_REFERENCE', subject: 'reference:-|Device/d1', field: '', place: 'Device/d1' }])
  t.is(event?.needs.length, 1)
  t.is(event?.body['serial'], undefined)
})

test('a condition that cannot be decided without a missing resource waits for it too', (t) => {
  const when = 'exists("manipulated.resolve().serialNumber")'
  t.is(eventsOf(run(procedure(), [rule({ when })]))[0]?.needs.length, 1)
  t.is(eventsOf(run(bundle([procedure(), { ...DEVICE, serialNumber: undefined }]), [rule({ when })])).length, 0)
})

test('a code is the coding of the system that is wanted; without it there is none', (t) => {
  const usedCode = [
    {
      coding: [
        { system: 'urn:a', code: 'A' },
        { system: 'urn:b', code: 'B', display: 'Bee' },
      ],
    },
  ]
  const read = (how: object) => run(procedure({ usedCode }), [rule({ forEach: 'Procedure.usedCode', set: { item: { from: '$this', ...how } } })])
  t.deepEqual(eventsOf(read({ system: '=urn:b' }))[0]?.body['item'], { code: 'B', system: 'urn:b', text: 'Bee' })
  t.deepEqual(eventsOf(read({}))[0]?.body['item'], { code: 'A', system: 'urn:a' })
  t.like(read({ system: '=urn:c' }), { kind: 'fault', fault: { code: 'MISSING_FIELD' } })
})

test('a patient is the identifier that the reference states, else the one of the Patient, else the reference; never a name', (t) => {
  const map = [rule({ set: { patient: 'Procedure.subject' } })]
  const patient = {
    resourceType: 'Patient',
    id: 'zz1',
    name: [{ family: 'Testperson' }],
    identifier: [
      { use: 'old', value: 'OLD' },
      { use: 'official', system: 'urn:mrn', value: 'ZZ1' },
    ],
  }
  const stated = { reference: 'Patient/zz1', display: 'Testperson', identifier: { system: 'urn:x', value: 'S' } }
  t.deepEqual(eventsOf(run(procedure({ subject: stated }), map))[0]?.body['patient'], { value: 'S', system: 'urn:x' })
  t.deepEqual(eventsOf(run(bundle([procedure(), patient]), map))[0]?.body['patient'], { value: 'ZZ1', system: 'urn:mrn' })
  const [unknown] = eventsOf(run(procedure(), map))
  t.deepEqual(unknown?.body['patient'], { value: 'Patient/zz1' })
  t.deepEqual(unknown?.needs, [])
})

test('a union gives the value of its first alternative that has one; a table’s value keeps its place and table', (t) => {
  const set = { department: { from: 'Procedure.location.identifier.value | Procedure.note.text', table: 'departments' } }
  const [event] = eventsOf(run(procedure({ note: [{ text: '7020' }] }), [rule({ set })]))
  t.is(event?.body['department'], 'OR-ORTHO')
  t.like(event?.origin['department'], { path: 'Procedure.note[0].text', table: 'departments' })
  t.like(eventsOf(run(procedure({ note: [{ text: '1' }] }), [rule({ set })]))[0]?.needs, [{ kind: 'UNMAPPED_CODE', subject: 'departments:1' }])
})

test('what is not accepted, not done or deleted is restated with no events', (t) => {
  const restated = [{ subject: 'channel:implants|Procedure/p1', at: 0 }]
  const none = { kind: 'mapped', lane: '', events: [], restates: restated }
  t.deepEqual(run(procedure({ status: 'not-done' }), [rule({ when: 'v("Procedure.status") == "completed"' })]), none)
  t.deepEqual(run(procedure(), [rule({})], { accept: 'v("status") != "completed"' }), none)
  const deleted = {
    resourceType: 'Bundle',
    type: 'history',
    entry: [{ fullUrl: 'https://ehr.example/fhir/Procedure/p1', request: { method: 'DELETE', url: 'Procedure/p1' } }],
  }
  t.like(run(deleted, [rule({})]), { kind: 'mapped', events: [], restates: [{ subject: 'https://ehr.example/fhir|Procedure/p1' }] })
})

test('of several versions in one history the last one counts', (t) => {
  const version = (at: string, reference: string) => ({ ...procedure({ focalDevice: [{ manipulated: { reference } }] }), meta: { lastUpdated: at } })
  const outcome = run(bundle([version('2026-03-03T10:00:00Z', 'Device/new'), version('2026-03-03T09:00:00Z', 'Device/old')], 'history'), [rule({})])
  t.deepEqual(
    eventsOf(outcome).map(({ statement }) => statement?.line),
    ['usage|Device/new'],
  )
})

test('a message of another format, and one about other resources, make no event', (t) => {
  t.deepEqual(run(DEVICE, [rule({})]), { kind: 'filtered', by: 'for_each' })
  const channel = compile(channelOf([rule({})])).channel
  const outcome = channel?.run(
    { raw: new Uint8Array(), controlId: '', sender: '', type: '', fault: null, content: 'MSH', acknowledge: () => new Uint8Array() },
    { message: 1, recordedAt: 0 },
  )
  t.like(outcome, { kind: 'fault', fault: { code: 'MAPPING_FAILED' } })
})
