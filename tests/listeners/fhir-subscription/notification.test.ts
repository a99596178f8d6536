import fc from 'fast-check'
import test from 'ava'
import type { FhirSubscriptionListen } from '../../../channels/contract/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'
import { toldBundle } from '../../../fhir/r4/index.ts'
import { readNotification } from '../../../listeners/fhir-subscription/notification.ts'
import { allReferences, referencesAt, relativeOf } from '../../../listeners/fhir-subscription/references.ts'
import { ailing, isOurs, renewed, wantedOf } from '../../../listeners/fhir-subscription/subscription.ts'
import { keptOf } from '../../../listeners/fhir-subscription/teller.ts'

const notification = (events: readonly object[], type = 'event-notification'): JsonObject =>
  ({
    resourceType: 'Bundle',
    type: 'history',
    entry: [
      {
        resource: {
          resourceType: 'Parameters',
          parameter: [
            { name: 'subscription', valueReference: { reference: 'https://ehr.example/fhir/Subscription/5' } },
            { name: 'status', valueCode: 'active' },
            { name: 'type', valueCode: type },
            { name: 'events-since-subscription-start', valueString: '7' },
            ...events.map((part) => ({ name: 'notification-event', part })),
          ],
        },
        request: { method: 'GET', url: 'https://ehr.example/fhir/Subscription/5/$status' },
        response: { status: '200' },
      },
      { fullUrl: 'https://ehr.example/fhir/Procedure/1', resource: { resourceType: 'Procedure', id: '1' }, request: { method: 'PUT', url: 'Procedure/1' } },
      { fullUrl: 'https://ehr.example/fhir/Procedure/2', request: { method: 'DELETE', url: 'Procedure/2' } },
    ],
  }) as unknown as JsonObject
const event = (number: number, focus: string) => [
  { name: 'event-number', valueString: String(number) },
  { name: 'timestamp', valueInstant: '2026-03-01T10:00:00.123+01:00' },
  { name: 'focus', valueReference: { reference: focus } },
]

test('a notification is read: whose it is, how many there were, what happened in order, and what it carries', (t) => {
  const read = readNotification(notification([event(7, 'https://ehr.example/fhir/Procedure/2'), event(6, 'https://ehr.example/fhir/Procedure/1')]))
  if (!read.ok) return t.fail(read.text)
  t.like(read, { subscription: '5', type: 'event-notification', status: 'active', total: 7 })
  t.deepEqual(
    read.events.map(({ number, focus }) => [number, focus]),
    [
      [6, 'https://ehr.example/fhir/Procedure/1'],
      [7, 'https://ehr.example/fhir/Procedure/2'],
    ],
  )
  t.true(read.entries.get('https://ehr.example/fhir/Procedure/2')?.deleted)
  t.is(read.entries.get('Procedure/1')?.resource?.['id'], '1')
})

test('a notification is never half understood: whatever is broken in it, it is read whole or refused with a place', (t) => {
  const good = notification([event(1, 'Procedure/1')])
  const paths: (readonly (string | number)[])[] = []
  const walk = (value: unknown, path: readonly (string | number)[]) => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key
      paths.push([...path, step])
      walk(inner, [...path, step])
    }
  }
  walk(good, [])
  const broken = (value: unknown, [step, ...rest]: readonly (string | number)[], by: unknown): unknown => {
    if (step === undefined) return by
    const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string | number, unknown>
    copy[step] = broken(copy[step], rest, by)
    return copy
  }
  const junk = fc.oneof(fc.constant(null), fc.string(), fc.integer(), fc.constant([]), fc.constant({}), fc.constant([{}]), fc.boolean(), fc.constant([null]))
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.constantFrom(...paths), junk, (path, by) => {
        const read = readNotification(broken(good, path, by) as JsonObject)
        if (!read.ok) return read.text.length > 0 && read.at.length > 0
        return read.events.every(({ number }) => Number.isSafeInteger(number) && number > 0) && Number.isSafeInteger(read.total)
      }),
      { numRuns: 2_000 },
    ),
  )
})

test('only references to the other server are its own', (t) => {
  const base = 'https://ehr.example/fhir'
  t.is(relativeOf('Device/1', base), 'Device/1')
  t.is(relativeOf(`${base}/Device/1/_history/3`, base), 'Device/1')
  for (const one of ['https://other.example/fhir/Device/1', '#d', 'urn:uuid:1', 'Device', 'Device/1/x', '../Device/1', 'Device/1?x=y'])
    t.is(relativeOf(one, base), null, one)
})

test('references are found by path, through lists and choices, and only of the path’s type', (t) => {
  const delivery = {
    resourceType: 'SupplyDelivery',
    suppliedItem: { itemReference: { reference: 'Device/1' } },
    receiver: [{ reference: 'Practitioner/1' }, { display: 'x' }],
  }
  t.deepEqual(referencesAt(delivery, 'SupplyDelivery.suppliedItem.item'), ['Device/1'])
  t.deepEqual(referencesAt(delivery, 'SupplyDelivery.receiver'), ['Practitioner/1'])
  t.deepEqual(referencesAt(delivery, 'Procedure.receiver'), [])
  t.deepEqual(allReferences(delivery), ['Device/1', 'Practitioner/1'])
})

test('the same facts are the same bytes, whatever order they came in', (t) => {
  const of = (names: readonly string[]) =>
    JSON.stringify(
      toldBundle({
        server: 's',
        controlId: 'c',
        told: [{ reference: 'Procedure/1', resource: { a: 1 } }],
        referred: new Map(names.map((name) => [name, { id: name }])),
      }),
    )
  t.is(of(['Device/2', 'Device/1']), of(['Device/1', 'Device/2']))
})

test('an acknowledgement says whether it is stored; what is not understood says nothing of it', (t) => {
  const of = (severity: string, code: string) => keptOf(Buffer.from(JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity, code }] })))
  t.is(keptOf(new Uint8Array(0)), 'kept')
  t.is(of('information', 'informational'), 'kept')
  t.is(of('error', 'business-rule'), 'kept', 'refused and kept: sending it again would not help')
  t.is(of('error', 'transient'), 'later')
  t.is(keptOf(Buffer.from('OK')), 'later')
})

const LISTEN: FhirSubscriptionListen & { readonly channel: string } = {
  channel: 'or',
  type: 'fhir-subscription',
  server: 'https://ehr.example/fhir',
  auth: null,
  headers: {},
  mode: 'topic',
  topic: 'https://ehr.example/topics/a',
  criteria: [],
  content: 'id-only',
  host: '127.0.0.1',
  port: 1,
  path: '/notify',
  endpoint: 'https://us.example/notify',
  secret: 's',
  heartbeatMs: null,
  pollMs: 60_000,
  include: [],
  messages: ['Procedure'],
  acknowledge: 'when-stored',
  ackTimeoutMs: 1,
  timeoutMs: 1,
  charset: 'utf-8',
  maxMessageBytes: 1,
}

test('a subscription is ours by criteria and endpoint; renewed it keeps what the server keeps in it, and loses its error', (t) => {
  const [wanted] = wantedOf(LISTEN)
  if (!wanted) return t.fail()
  const kept: JsonObject = {
    ...wanted.resource,
    id: '5',
    meta: { versionId: '3', tag: [{ code: 'x' }] },
    status: 'error',
    error: 'no route',
    end: '2026-01-01T00:00:00Z',
    contact: [{ system: 'phone', value: '1' }],
  }
  t.true(isOurs(kept, wanted))
  t.false(isOurs({ ...kept, criteria: 'https://ehr.example/topics/b' }, wanted))
  t.false(isOurs({ ...kept, channel: { type: 'rest-hook', endpoint: 'https://other.example' } }, wanted))
  const again = renewed(kept, wanted, Date.UTC(2026, 0, 1))
  t.like(again, { id: '5', status: 'requested', meta: { versionId: '3', tag: [{ code: 'x' }] }, contact: [{ value: '1' }], end: '2026-01-31T00:00:00.000Z' })
  t.false('error' in again)
  t.is(ailing({ ...kept, status: 'active', end: '2026-02-01T00:00:00Z' }, Date.UTC(2026, 0, 1), 60_000), null)
  t.is(ailing({ ...kept, status: 'active' }, Date.UTC(2026, 0, 1), 60_000), 'end')
  t.not(wantedOf({ ...LISTEN, secret: 'other' })[0]?.mark, wanted.mark, 'a new secret is written there')
})
