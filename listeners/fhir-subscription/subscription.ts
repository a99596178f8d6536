/** The Subscription that is kept at the other server. Pure. */
import { createHash } from 'node:crypto'
import type { FhirSubscriptionListen } from '../../channels/contract/index.ts'
import { withMembers } from '../../fhir/r4/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { instantOf, objectOf, textOf } from './json.ts'

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'
const FHIR_JSON = 'application/fhir+json'
/** A subscription that ends within so many checks is renewed, */
const CHECKS_BEFORE_END = 3
/** and for so long. */
const RENEWED_MS = 30 * 86_400_000

/** A Subscription as it should be. */
export interface Wanted {
  /** What it is of, as a part of a path; the same for the same criterion. '' in topic mode: there is one. */
  readonly part: string
  readonly resource: JsonObject
  readonly endpoint: string
  readonly criteria: string
  /** Changes when anything that was asked for does, the secret too. */
  readonly mark: string
}

/** The part of the path by which notifications of a criterion are told from those of another. */
export const partOf = (criterion: string): string => createHash('sha256').update(criterion).digest('hex').slice(0, 8)

/** One for the topic, or one for each criterion. */
export function wantedOf(listen: FhirSubscriptionListen & { readonly channel: string }): readonly Wanted[] {
  if (listen.mode === 'poll') return []
  if (listen.mode === 'topic') return [wanted('', topicSubscription(listen))]
  return listen.criteria.map((criterion) => wanted(partOf(criterion), hookSubscription(listen, criterion)))
}

function wanted(part: string, resource: JsonObject): Wanted {
  const mark = createHash('sha256').update(JSON.stringify(resource)).digest('hex').slice(0, 16)
  return { part, resource, endpoint: textOf(objectOf(resource['channel'])?.['endpoint']) ?? '', criteria: textOf(resource['criteria']) ?? '', mark }
}

function topicSubscription(listen: FhirSubscriptionListen & { readonly channel: string }): JsonObject {
  const filters = listen.criteria.map((filter) => ({ url: `${BACKPORT}/backport-filter-criteria`, valueString: filter }))
  return {
    resourceType: 'Subscription',
    meta: { profile: [`${BACKPORT}/backport-subscription`] },
    status: 'requested',
    reason: reasonOf(listen.channel),
    criteria: listen.topic ?? '',
    ...(filters.length === 0 ? {} : { _criteria: { extension: filters } }),
    channel: {
      ...(listen.heartbeatMs === null
        ? {}
        : { extension: [{ url: `${BACKPORT}/backport-heartbeat-period`, valueUnsignedInt: Math.max(1, Math.round(listen.heartbeatMs / 1000)) }] }),
      type: 'rest-hook',
      endpoint: listen.endpoint,
      payload: FHIR_JSON,
      _payload: { extension: [{ url: `${BACKPORT}/backport-payload-content`, valueCode: listen.content }] },
      ...headerOf(listen.secret),
    },
  }
}

function hookSubscription(listen: FhirSubscriptionListen & { readonly channel: string }, criterion: string): JsonObject {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: reasonOf(listen.channel),
    criteria: criterion,
    channel: {
      type: 'rest-hook',
      endpoint: `${listen.endpoint.replace(/\/$/, '')}/${partOf(criterion)}`,
      ...(listen.content === 'empty' ? {} : { payload: FHIR_JSON }),
      ...headerOf(listen.secret),
    },
  }
}

const reasonOf = (channel: string): string => `Aqueduct channel ${channel}`
const headerOf = (secret: string | null): { readonly header?: readonly string[] } => (secret === null ? {} : { header: [`Authorization: Bearer ${secret}`] })

/** Is it ours: the same place told of the same? */
export function isOurs(found: JsonObject, { endpoint, criteria }: Wanted): boolean {
  const channel = objectOf(found['channel'])
  return found['criteria'] === criteria && channel?.['type'] === 'rest-hook' && channel['endpoint'] === endpoint && textOf(found['id']) !== null
}

/** Why it is to be written again, or null when it is as it should be. */
export function ailing(found: JsonObject, now: number, checkMs: number): 'status' | 'end' | null {
  if (found['status'] !== 'active') return 'status'
  const end = instantOf(found['end'])
  return end !== null && end - now < CHECKS_BEFORE_END * checkMs ? 'end' : null
}

/** The one found, asked for again. What else the server keeps in it stays; an end that it set is moved. */
export function renewed(found: JsonObject, { resource }: Wanted, now: number): JsonObject {
  const meta = objectOf(found['meta'])
  const end = instantOf(found['end'])
  return withMembers(found, {
    ...resource,
    _criteria: resource['_criteria'],
    error: undefined,
    ...(meta === null ? {} : { meta: { ...meta, ...objectOf(resource['meta']) } }),
    ...(end === null ? {} : { end: new Date(Math.max(end, now + RENEWED_MS)).toISOString() }),
  })
}
