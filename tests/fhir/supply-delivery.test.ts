import test from 'ava'
import fc from 'fast-check'
import type { Device, OperationOutcome, SupplyDelivery } from '@medplum/fhirtypes'
import { formatEventId } from '../../channels/contract/index.ts'
import { messageOfResourceId, resourceIdOf, supplyDeliveryOf } from '../../fhir/record/index.ts'
import { dateTimeOf } from '../../fhir/r4/index.ts'
import { EVENT, house, view } from '../server/api/house.ts'

const event = { id: EVENT, type: 'SupplyUsed', state: 'APPLIED', body: view.events[0]?.body ?? {} }
const FHIR_ID = resourceIdOf(EVENT)
/** A store of resources with nothing in it. */
const EMPTY = { resource: () => Promise.resolve(null), resources: () => Promise.resolve({ items: [], total: 0 }) }

test('a supply used on a patient is a completed delivery of the very device that its UDI names', (t) => {
  const resource = supplyDeliveryOf(event)
  t.deepEqual(resource, {
    resourceType: 'SupplyDelivery',
    id: FHIR_ID,
    contained: [
      {
        resourceType: 'Device',
        id: 'device',
        udiCarrier: [
          { deviceIdentifier: '00844588003288', issuer: 'http://hl7.org/fhir/NamingSystem/gs1-di', carrierHRF: '(01)00844588003288(17)261231(10)LOT-7' },
        ],
        expirationDate: '2026-12-31',
        lotNumber: 'LOT-7',
        type: { coding: [{ code: 'IMP-1' }] },
      } satisfies Device,
    ],
    identifier: [{ system: 'urn:aqueduct:event', value: EVENT }],
    status: 'completed',
    patient: {
      type: 'Patient',
      identifier: { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] }, assigner: { display: 'HOSP' }, value: 'P-77' },
    },
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/supply-item-type', code: 'device', display: 'Device' }] },
    suppliedItem: { quantity: { value: 2, unit: 'EA' }, itemReference: { reference: '#device' } },
    occurrenceDateTime: '2026-03-01T10:22:33+01:00',
    destination: { type: 'Location', display: '7010' },
  } satisfies SupplyDelivery)
})

test('without lot, serial and UDI the item is a concept and there is no device', (t) => {
  const { udi: _udi, ...body } = event.body
  const resource = supplyDeliveryOf({ ...event, body })
  t.is(resource?.contained, undefined)
  t.deepEqual(resource?.suppliedItem?.itemCodeableConcept, { coding: [{ code: 'IMP-1' }] })
  t.is(resource?.suppliedItem?.itemReference, undefined)
})

test('a discarded event is entered in error, and other events are no delivery', (t) => {
  t.is(supplyDeliveryOf({ ...event, state: 'CANCELLED' })?.status, 'entered-in-error')
  t.is(supplyDeliveryOf({ ...event, type: 'SupplyReversed' }), null)
  t.is(supplyDeliveryOf({ ...event, type: 'CostIncurred' }), null)
})

test('a body with nothing of what it should have makes a resource without empty members', (t) => {
  const resource = supplyDeliveryOf({ ...event, body: { quantity: { value: 'two' }, patient: {}, item: null, udi: 'x', occurredAt: 7 } })
  t.deepEqual(resource?.suppliedItem, {})
  t.is(resource?.patient, undefined)
  t.false(JSON.stringify(resource).includes('null'))
})

test('moments keep the precision that FHIR can say, and no zone is made up', (t) => {
  const cases = {
    '2026': '2026',
    '2026-03': '2026-03',
    '2026-03-01': '2026-03-01',
    '2026-03-01T10:22:33Z': '2026-03-01T10:22:33Z',
    '2026-03-01T10:22-06:00': '2026-03-01T10:22:00-06:00',
    '2026-03-01T10:22:33': '2026-03-01',
  }
  for (const [from, to] of Object.entries(cases)) t.is(dateTimeOf(from), to)
  t.is(dateTimeOf('yesterday'), undefined)
  t.is(dateTimeOf(''), undefined)
})

test('every event id has its own FHIR-legal id, which leads back to its message', (t) => {
  const part = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !text.includes('.'))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), part, part, part, (message, rule, anchor, other) => {
      const id = resourceIdOf(formatEventId(message, rule, anchor))
      t.regex(id, /^[A-Za-z0-9.-]{1,64}$/)
      t.is(messageOfResourceId(id), message)
      if (anchor !== other) t.not(id, resourceIdOf(formatEventId(message, rule, other)))
    }),
  )
})

test('text that is no resource id belongs to no message', (t) => {
  fc.assert(fc.property(fc.string(), (text) => t.is(messageOfResourceId(`!${text}`), null)))
  t.is(messageOfResourceId(''), null)
  t.is(messageOfResourceId(EVENT), null)
})

test('a SupplyDelivery is read over HTTP as it was recorded, and the look is audited', async (t) => {
  const body = JSON.stringify(supplyDeliveryOf(event))
  const stored = { type: 'SupplyDelivery', id: FHIR_ID, version: 1, method: 'create' as const, updated: 1, body, message: 0 }
  const { get, calls } = await house(t, { reader: { ...EMPTY, resource: () => Promise.resolve(stored) } })
  const read = await get(`/fhir/SupplyDelivery/${FHIR_ID}`)
  t.is(read.status, 200)
  t.regex(read.headers.get('content-type') ?? '', /^application\/fhir\+json/)
  t.is(((await read.json()) as SupplyDelivery).identifier?.[0]?.value, EVENT)
  t.is(calls.filter(([name]) => name === 'control.audit').length, 1)
})

test('FHIR errors are OperationOutcomes', async (t) => {
  const { get, url } = await house(t, { reader: EMPTY })
  const answers = {
    '/fhir/SupplyDelivery/unknown': 404,
    '/fhir/SupplyDelivery/m00000000001.usage': 404,
    '/fhir/SupplyDelivery?_count=x': 400,
    '/fhir/Nonsense': 404,
    '/fhir/Patient/1': 404,
  }
  for (const [path, status] of Object.entries(answers)) {
    const answer = await get(path)
    t.is(answer.status, status, path)
    const outcome = (await answer.json()) as OperationOutcome
    t.is(outcome.resourceType, 'OperationOutcome', path)
    t.truthy(outcome.issue[0]?.diagnostics)
  }
  const closed = await fetch(`${url}/fhir/SupplyDelivery`)
  t.is(closed.status, 401)
  t.is(((await closed.json()) as OperationOutcome).issue[0]?.code, 'login')
})
