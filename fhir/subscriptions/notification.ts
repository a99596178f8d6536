/** Notification bundles of the R4 backport, and the Parameters that $status answers with. Pure. */
import type { JsonObject } from '../r4/index.ts'
import { BACKPORT } from './canonical.ts'
import type { PayloadContent } from './terms.ts'

export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event'

/** One event: the version that it is of. */
export interface SubscriptionEvent {
  readonly number: number
  /** Milliseconds. */
  readonly at: number
  readonly type: string
  readonly id: string
  readonly version: number
  readonly method: 'create' | 'update' | 'delete'
  /** Null when it is not sent. */
  readonly resource: JsonObject | null
}

export interface Told {
  /** Absolute base URL of the face, without a final slash. */
  readonly base: string
  readonly id: string
  readonly status: string
  /** '' for R4 core. */
  readonly topic: string
  readonly content: PayloadContent
  /** Events since the subscription started, those that are told included. */
  readonly events: number
  /** Why it is in error, or ''. */
  readonly error: string
}

/** A Bundle of type history whose first entry says of the subscription what $status would: every entry has request and response (bdl-3, bdl-4). */
export function notificationBundle(told: Told, type: NotificationType, events: readonly SubscriptionEvent[], now: number, newId: () => string): JsonObject {
  const statusId = newId()
  return {
    resourceType: 'Bundle',
    id: newId(),
    meta: { profile: [BACKPORT.notification] },
    type: 'history',
    timestamp: new Date(now).toISOString(),
    entry: [
      {
        fullUrl: `urn:uuid:${statusId}`,
        resource: { ...statusParameters(told, type, events), id: statusId },
        request: { method: 'GET', url: `${told.base}/Subscription/${told.id}/$status` },
        response: { status: '200' },
      },
      ...(told.content === 'empty' ? [] : events.map((event) => eventEntry(told, event))),
    ],
  }
}

function eventEntry({ base, content }: Told, event: SubscriptionEvent): JsonObject {
  const url = `${event.type}/${event.id}`
  return {
    fullUrl: `${base}/${url}`,
    ...(content === 'full-resource' && event.resource !== null ? { resource: event.resource } : {}),
    request: { method: event.method === 'delete' ? 'DELETE' : event.method === 'create' ? 'POST' : 'PUT', url: event.method === 'create' ? event.type : url },
    response: { status: event.method === 'create' ? '201' : '200', etag: `W/"${String(event.version)}"`, lastModified: new Date(event.at).toISOString() },
  }
}

/** The Parameters of profile backport-subscription-status-r4. With empty content nothing tells what it is about. */
function statusParameters(told: Told, type: NotificationType, events: readonly SubscriptionEvent[]): JsonObject {
  const { base, topic, content } = told
  const isBare = content === 'empty' && type !== 'query-status'
  return {
    resourceType: 'Parameters',
    meta: { profile: [BACKPORT.status] },
    parameter: [
      { name: 'subscription', valueReference: { reference: `${base}/Subscription/${told.id}` } },
      ...(topic === '' || isBare ? [] : [{ name: 'topic', valueCanonical: topic }]),
      { name: 'status', valueCode: told.status },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(told.events) },
      ...events.map((event) => ({
        name: 'notification-event',
        part: [
          { name: 'event-number', valueString: String(event.number) },
          { name: 'timestamp', valueInstant: new Date(event.at).toISOString() },
          ...(content === 'empty' ? [] : [{ name: 'focus', valueReference: { reference: `${base}/${event.type}/${event.id}` } }]),
        ],
      })),
      ...(told.error === '' ? [] : [{ name: 'error', valueCodeableConcept: { text: told.error } }]),
    ],
  }
}

/** The searchset that $status answers with. */
export function statusBundle(subscriptions: readonly Told[], self: string, now: number): JsonObject {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    timestamp: new Date(now).toISOString(),
    total: subscriptions.length,
    link: [{ relation: 'self', url: self }],
    entry: subscriptions.map((told) => ({
      fullUrl: `${told.base}/Subscription/${told.id}/$status`,
      resource: statusParameters(told, 'query-status', []),
      search: { mode: 'match' },
    })),
  }
}
