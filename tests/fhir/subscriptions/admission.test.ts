import test from 'ava'
import { admitSubscription, TOPICS } from '../../../fhir/subscriptions/index.ts'
import { termRules } from '../../../server/fhir-feeds/index.ts'
import { coreSubscription, topicSubscription } from './house.ts'
import type { Json, Wanted } from './house.ts'

const NOW = Date.UTC(2026, 2, 1)
const HOOK = 'https://receiver.example/hook'
const admit = (subscription: Json, mayRead: (type: string) => boolean = () => true) => admitSubscription(subscription, termRules(NOW), mayRead)
const placesOf = (subscription: Json): readonly (string | undefined)[] => {
  const admitted = admit(subscription)
  return admitted.ok ? [] : admitted.issues.map(({ expression }) => expression)
}
const wanted = (more: Wanted) => placesOf(topicSubscription(HOOK, more))
const changed = (change: (subscription: Json) => void) => {
  const subscription = topicSubscription(HOOK)
  change(subscription)
  return placesOf(subscription)
}

test('what this server can do is taken: every topic with every filter of it, every content', (t) => {
  for (const topic of TOPICS) {
    const filters = Object.keys(topic.filters).map((name) => `${topic.resource}?${name}=x`)
    for (const content of ['empty', 'id-only', 'full-resource']) t.deepEqual(wanted({ criteria: topic.url, filters, content }), [])
  }
  t.deepEqual(wanted({ heartbeat: 60, timeout: 10, maxCount: 5, header: ['Authorization: Bearer x'], end: '2026-03-02T00:00:00Z' }), [])
  t.deepEqual(placesOf(coreSubscription(HOOK, 'SupplyDelivery?status=completed&identifier=urn:x|1', 'application/fhir+json')), [])
})

test('cross-version extensions are refused', (t) => {
  const url = 'http://hl7.org/fhir/5.0/subscriptions-backport/StructureDefinition/backport-filter-criteria'
  t.deepEqual(
    changed((each) => void (each._criteria = { extension: [{ url, valueString: 'SupplyDelivery?item=x' }] })),
    ['Subscription'],
  )
})

test('a topic that is not offered is refused', (t) => {
  t.deepEqual(wanted({ criteria: 'https://other.example/SubscriptionTopic/encounter-start' }), ['Subscription.criteria'])
})

test('a filter that the topic does not define is refused', (t) => {
  for (const filter of ['SupplyDelivery?shoe=9', 'Encounter?patient=P-1', 'patient', 'patient=', 'patient=%zz'])
    t.deepEqual(wanted({ filters: [filter] }), ['Subscription.criteria'], filter)
})

test('a channel type that is not offered is refused', (t) => {
  for (const type of ['websocket', 'email', 'sms', 'message'])
    t.deepEqual(
      changed((each) => void (each.channel.type = type)),
      ['Subscription.channel.type'],
    )
  const url = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-channel-type'
  const zulip = { extension: [{ url, valueCoding: { code: 'zulip' } }] }
  t.deepEqual(
    changed((each) => void (each.channel._type = zulip)),
    ['Subscription.channel.type'],
  )
})

test('an endpoint that nothing may be sent to is refused', (t) => {
  for (const endpoint of [
    'ftp://receiver.example/',
    'mailto:a@b.example',
    'nowhere',
    'http://receiver.example/hook',
    'https://169.254.169.254/',
    'https://a:b@receiver.example/',
  ])
    t.deepEqual(placesOf(topicSubscription(endpoint)), ['Subscription.channel.endpoint'], endpoint)
})

test('a payload that is not offered is refused', (t) => {
  for (const payload of ['application/fhir+xml', 'text/plain', 'application/fhir+json; fhirVersion=5.0'])
    t.deepEqual(wanted({ payload }), ['Subscription.channel.payload'])
})

test('a content that is not offered, or that does not go with the payload, is refused', (t) => {
  t.deepEqual(wanted({ content: 'everything' }), ['Subscription.channel.payload'])
  t.deepEqual(
    changed((each) => void delete each.channel.payload),
    ['Subscription.channel.payload'],
  )
  t.deepEqual(
    changed((each) => void delete each.channel._payload),
    ['Subscription.channel.payload'],
  )
})

test('an end in the past is refused, and so are headers that are no lines or say how the body travels', (t) => {
  t.deepEqual(wanted({ end: '2020-12-31T12:00:00Z' }), ['Subscription.end'])
  for (const line of ['no colon', 'Content-Length: 5', 'X: a\r\nY: b', 'Host: other.example'])
    t.deepEqual(wanted({ header: [line] }), ['Subscription.channel.header'], line)
  for (const more of [{ heartbeat: 0 }, { timeout: 9_999 }, { maxCount: 0 }]) t.deepEqual(wanted(more), ['Subscription.channel'])
})

test('a search is a criterion only when one resource by itself meets it or does not', (t) => {
  for (const criteria of [
    'SupplyDelivery?shoe=9',
    'Nothing?status=x',
    'SupplyDelivery?_sort=status',
    'SupplyDelivery?_has:Provenance:target:agent=1',
    'Subscription?status=active',
    'SupplyDelivery?patient.name=x',
  ])
    t.deepEqual(placesOf(coreSubscription(HOOK, criteria)), ['Subscription.criteria'], criteria)
})

test('only the server says active and error, and what is off is not judged any more', (t) => {
  for (const status of ['active', 'error', undefined])
    t.deepEqual(
      changed((each) => void (each.status = status)),
      ['Subscription.status'],
    )
  const off = admit({ ...topicSubscription('nowhere', { criteria: 'urn:gone' }), status: 'off' })
  t.true(off.ok)
  const again = admit({ ...topicSubscription(HOOK), error: 'it answered 500' })
  t.true(again.ok && !('error' in again.resource))
})

test('nobody subscribes to what they may not read', (t) => {
  const refused = admit(topicSubscription(HOOK), (type) => type !== 'SupplyDelivery')
  t.true(!refused.ok && refused.issues[0]?.code === 'forbidden')
  t.true(admit(topicSubscription(HOOK), (type) => type === 'SupplyDelivery').ok)
})
