/** What the R4 backport asks of notifications, as the public test kit for servers judges them; written anew from the guide's words. */
import type { ExecutionContext } from 'ava'
import { parameter, typeOf } from './house.ts'
import type { Json } from './house.ts'

/** Of every notification: a history Bundle whose entries all have request and response, and whose first is the subscription's status. */
export function conforms(t: ExecutionContext, bundle: Json, expected: { readonly type: string; readonly id: string; readonly status: string }): void {
  t.is(bundle.resourceType, 'Bundle')
  t.is(bundle.type, 'history')
  t.true(bundle.entry.length > 0)
  for (const entry of bundle.entry) {
    t.truthy(entry.request?.method, 'bdl-3: every entry of a history has a request')
    t.truthy(entry.request?.url)
    t.truthy(entry.response?.status, 'bdl-4: and a response')
  }
  const [first] = bundle.entry
  t.true(String(first.request.url).endsWith(`Subscription/${expected.id}/$status`))
  t.is(first.resource.resourceType, 'Parameters')
  t.true(String(parameter(bundle, 'subscription').valueReference.reference).endsWith(`Subscription/${expected.id}`))
  t.is(typeOf(bundle), expected.type)
  t.is(parameter(bundle, 'status').valueCode, expected.status)
  t.regex(parameter(bundle, 'events-since-subscription-start').valueString, /^\d+$/)
}

const eventsIn = (bundle: Json): Json[] => bundle.entry[0].resource.parameter.filter((each: Json) => each.name === 'notification-event')
const partsOf = (event: Json, name: string): Json[] => event.part.filter((each: Json) => each.name === name)

export function conformsEmpty(t: ExecutionContext, bundle: Json): void {
  t.is(bundle.entry.length, 1, 'nothing but the status')
  t.is(parameter(bundle, 'topic'), undefined, 'an empty notification does not say what it is about')
  t.true(eventsIn(bundle).length > 0)
  for (const event of eventsIn(bundle)) t.deepEqual([...partsOf(event, 'focus'), ...partsOf(event, 'additional-context')], [])
}

export function conformsIdOnly(t: ExecutionContext, bundle: Json, type: string): void {
  t.true(eventsIn(bundle).length > 0)
  for (const event of eventsIn(bundle)) t.true(String(partsOf(event, 'focus')[0]?.valueReference.reference).includes(`${type}/`))
  for (const entry of bundle.entry.slice(1)) {
    t.is(entry.resource, undefined)
    t.truthy(entry.fullUrl)
  }
}

export function conformsFull(t: ExecutionContext, bundle: Json, type: string): void {
  t.truthy(parameter(bundle, 'topic').valueCanonical)
  t.true(eventsIn(bundle).length > 0)
  const entries: Json[] = bundle.entry.slice(1)
  t.true(entries.some((entry) => entry.resource?.resourceType === type))
  for (const event of eventsIn(bundle)) {
    const focus = String(partsOf(event, 'focus')[0]?.valueReference.reference)
    t.true(entries.some((entry) => focus.includes(`${String(entry.resource.resourceType)}/${String(entry.resource.id)}`)))
  }
}
