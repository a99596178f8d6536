/**
 * A notification of the subscriptions backport for R4: a Bundle of type history whose first entry is a Parameters that says how the
 * subscription stands, and whose other entries are what happened. Pure.
 */
import type { Json, JsonObject } from '../../fhir/r4/index.ts'
import { instantOf, objectOf, objectsOf, textOf } from './json.ts'

export const NOTIFICATION_TYPES = ['handshake', 'heartbeat', 'event-notification', 'query-status', 'query-event'] as const
export type NotificationType = (typeof NOTIFICATION_TYPES)[number]

export interface NotificationEvent {
  readonly number: number
  /** As sent, or null. */
  readonly timestamp: string | null
  /** Reference of the resource that it is about; null in an empty notification. */
  readonly focus: string | null
  readonly context: readonly string[]
}

export interface NotificationEntry {
  /** Null in an id-only notification, and when it was deleted. */
  readonly resource: JsonObject | null
  readonly deleted: boolean
}

export interface SubscriptionStatus {
  /** Id of the subscription. */
  readonly subscription: string
  readonly type: NotificationType
  /** `active`, `requested`, `error`, `off`. */
  readonly status: string
  /** Number of the last event of it, at the time of sending. */
  readonly total: number
  readonly events: readonly NotificationEvent[]
}

export interface Notification extends SubscriptionStatus {
  readonly ok: true
  /** By fullUrl, and by `Type/id`. */
  readonly entries: ReadonlyMap<string, NotificationEntry>
}

export interface Invalid {
  readonly ok: false
  readonly text: string
  /** FHIRPath of the place. */
  readonly at: string
}

const invalid = (at: string, text: string): Invalid => ({ ok: false, at, text })

export function readNotification(bundle: JsonObject): Notification | Invalid {
  if (bundle['resourceType'] !== 'Bundle') return invalid('Bundle', 'A notification is a Bundle.')
  if (bundle['type'] === 'subscription-notification') return invalid('Bundle.type', 'This is a notification of R5; the R4 one is a Bundle of type history.')
  if (bundle['type'] !== 'history') return invalid('Bundle.type', 'A notification is a Bundle of type history.')
  const list = objectsOf(bundle['entry'])
  if (list.length === 0) return invalid('Bundle.entry', 'The first entry is the status of the subscription.')
  for (const [n, entry] of list.entries()) {
    const request = objectOf(entry['request'])
    const at = `Bundle.entry[${String(n)}].request`
    // bdl-3: mandatory in a history; what has none does not say whether it was made, changed or deleted.
    if (request === null) return invalid(at, 'Every entry of a history has a request.')
    if (textOf(request['method']) === null || textOf(request['url']) === null) return invalid(at, 'A request has a method and a url.')
  }
  const [head, ...rest] = list
  const status = readStatus(objectOf(head?.['resource']) ?? {}, 'Bundle.entry[0].resource')
  if ('ok' in status) return status
  if (!/\/\$status(\?|$)/.test(textOf(objectOf(head?.['request'])?.['url']) ?? '')) {
    return invalid('Bundle.entry[0].request.url', 'The request of the first entry is the $status of the subscription.')
  }
  if (status.type === 'event-notification' && status.events.length === 0) {
    return invalid('Bundle.entry[0].resource.parameter', 'An event-notification has a notification-event.')
  }
  const entries = new Map<string, NotificationEntry>()
  for (const entry of rest) {
    const resource = objectOf(entry['resource'])
    const request = objectOf(entry['request'])
    const told = { resource, deleted: request?.['method'] === 'DELETE' }
    const names = [textOf(entry['fullUrl']), typeAndId(resource), told.deleted ? textOf(request?.['url']) : null]
    for (const name of names) if (name !== null && !entries.has(name)) entries.set(name, told)
  }
  return { ok: true, ...status, entries }
}

/** The Parameters of a notification, or of the answer to `$status`. */
export function readStatus(parameters: JsonObject, at: string): SubscriptionStatus | Invalid {
  if (parameters['resourceType'] === 'SubscriptionStatus') return invalid(at, 'This is the status of R4B; in R4 it is a Parameters.')
  if (parameters['resourceType'] !== 'Parameters') return invalid(at, 'The status of the subscription is a Parameters.')
  const list = objectsOf(parameters['parameter'])
  const named = (name: string) => list.find((one) => one['name'] === name)
  const reference = textOf(objectOf(named('subscription')?.['valueReference'])?.['reference'])
  const subscription = /(?:^|\/)Subscription\/([A-Za-z0-9.-]{1,64})(?:\/_history\/.*)?$/.exec(reference ?? '')?.[1]
  if (subscription === undefined) return invalid(`${at}.parameter`, 'The parameter subscription is a reference to a Subscription.')
  const type = NOTIFICATION_TYPES.find((one) => one === named('type')?.['valueCode'])
  if (type === undefined) return invalid(`${at}.parameter`, `The parameter type is one of ${NOTIFICATION_TYPES.join(', ')}.`)
  const status = textOf(named('status')?.['valueCode'])
  if (status === null) return invalid(`${at}.parameter`, 'The parameter status is missing.')
  const said = named('events-since-subscription-start')
  const total = said === undefined ? null : numberOf(said)
  if (said !== undefined && total === null) return invalid(`${at}.parameter`, 'The parameter events-since-subscription-start is a whole number.')
  const events: NotificationEvent[] = []
  for (const event of list.filter((one) => one['name'] === 'notification-event')) {
    const parts = objectsOf(event['part'])
    const part = (name: string) => parts.find((one) => one['name'] === name)
    const number = numberOf(part('event-number') ?? {})
    if (number === null || number < 1) return invalid(`${at}.parameter`, 'A notification-event has an event-number of 1 or more.')
    const timestamp = part('timestamp')?.['valueInstant']
    const references = (name: string) =>
      parts.filter((one) => one['name'] === name).flatMap((one) => textOf(objectOf(one['valueReference'])?.['reference']) ?? [])
    events.push({
      number,
      timestamp: instantOf(timestamp) === null ? null : textOf(timestamp),
      focus: references('focus')[0] ?? null,
      context: references('additional-context'),
    })
  }
  events.sort((a, b) => a.number - b.number)
  return { subscription, type, status, total: total ?? events.at(-1)?.number ?? 0, events }
}

/** R4 has no integer64: numbers of events travel as text. Servers are seen to send integers, too. */
function numberOf(parameter: JsonObject): number | null {
  const value: Json | undefined = parameter['valueString'] ?? parameter['valueUnsignedInt'] ?? parameter['valueInteger'] ?? parameter['valueDecimal']
  const number = typeof value === 'number' ? value : typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  return Number.isSafeInteger(number) && number >= 0 ? number : null
}

function typeAndId(resource: JsonObject | null): string | null {
  const type = textOf(resource?.['resourceType'])
  const id = textOf(resource?.['id'])
  return type === null || id === null ? null : `${type}/${id}`
}
