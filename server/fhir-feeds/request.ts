/** The requests that a subscriber gets: notification bundles of the backport, or R4 core's own. */
import type { JsonObject } from '../../fhir/r4/index.ts'
import { writeFhirJson } from '../../fhir/r4/index.ts'
import { notificationBundle } from '../../fhir/subscriptions/index.ts'
import type { NotificationType, SubscriptionEvent, Terms, Told } from '../../fhir/subscriptions/index.ts'

export interface SubscriberRequest {
  readonly method: 'POST' | 'PUT'
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | string[]>>
}

/** Headers as the subscription gives them, several of one name as several lines. */
function headersOf({ headers }: Terms, hasBody: boolean): Record<string, string | string[]> {
  const lines = new Map<string, string[]>()
  for (const { name, value } of headers) {
    const known = [...lines.keys()].find((each) => each.toLowerCase() === name.toLowerCase()) ?? name
    lines.set(known, [...(lines.get(known) ?? []), value])
  }
  return {
    'user-agent': 'aqueduct',
    ...(hasBody ? { 'content-type': 'application/fhir+json; charset=utf-8; fhirVersion=4.0' } : {}),
    ...Object.fromEntries([...lines].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values])),
  }
}

/** One bundle for several events. */
export function topicRequest(
  terms: Terms,
  told: Told,
  type: NotificationType,
  events: readonly SubscriptionEvent[],
  { now, newId }: { readonly now: number; readonly newId: () => string },
): SubscriberRequest {
  const bundle: JsonObject = notificationBundle(told, type, events, now, newId)
  return { method: 'POST', url: terms.endpoint, body: writeFhirJson(bundle), headers: headersOf(terms, true) }
}

/** R4 core: without a payload an empty POST says that there is something; with one the resource is put below the endpoint. */
export function coreRequest(terms: Terms, event: SubscriptionEvent): SubscriberRequest {
  if (terms.content === 'empty' || event.resource === null) return { method: 'POST', url: terms.endpoint, body: '', headers: headersOf(terms, false) }
  const url = new URL(terms.endpoint)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${event.type}/${event.id}`
  return { method: 'PUT', url: url.href, body: writeFhirJson(event.resource), headers: headersOf(terms, true) }
}
