/** Usages as SupplyDelivery, read from events: until what the bridge did stands in the store of resources. */
import type { Bundle, Resource } from '@medplum/fhirtypes'
import { parseId } from '../../channels/contract/index.ts'
import { operationOutcome } from '../r4/index.ts'
import { EVENT_SYSTEM, messageOfResourceId, resourceIdOf, supplyDeliveryOf } from '../record/index.ts'
import type { FacadeEvent } from '../record/index.ts'

export interface FhirAnswer {
  readonly status: number
  readonly body: Resource
  /** Event whose content is in the answer: to be audited before it is sent. */
  readonly shows: string | null
}

/** Events of a message, or null when there is no such message. */
export type EventsOf = (message: number) => Promise<readonly FacadeEvent[] | null>

export interface FacadeOptions {
  /** Absolute base URL without a final slash. */
  readonly base: string
  readonly eventsOf: EventsOf
}

/** `GET /fhir/SupplyDelivery/{id}` */
export async function readSupplyDelivery(id: string, { eventsOf }: FacadeOptions): Promise<FhirAnswer> {
  const message = messageOfResourceId(id)
  const events = message === null ? null : await eventsOf(message)
  const event = events?.find((each) => resourceIdOf(each.id) === id)
  const resource = event === undefined ? null : supplyDeliveryOf(event)
  if (event === undefined || resource === null)
    return { status: 404, body: operationOutcome('not-found', 'There is no SupplyDelivery with this id.', 'SupplyDelivery.id'), shows: null }
  return { status: 200, body: resource, shows: event.id }
}

/** `GET /fhir/SupplyDelivery?identifier=[system|]value` */
export async function searchSupplyDelivery(
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
  { base, eventsOf }: FacadeOptions,
): Promise<FhirAnswer> {
  const foreign = Object.keys(query).filter((name) => name !== 'identifier')
  if (foreign.length > 0)
    return { status: 400, body: operationOutcome('not-supported', 'This server searches SupplyDelivery by identifier only.', 'identifier'), shows: null }
  const { identifier } = query
  if (typeof identifier !== 'string' || identifier === '') {
    return { status: 400, body: operationOutcome('required', `Search with identifier=${EVENT_SYSTEM}|EVENT-ID, once.`, 'identifier'), shows: null }
  }
  const bar = identifier.indexOf('|')
  const system = bar < 0 ? null : identifier.slice(0, bar)
  const value = identifier.slice(bar + 1)
  const named = system === null || system === EVENT_SYSTEM ? parseId(value) : null
  const events = named?.kind === 'event' ? await eventsOf(named.message) : null
  const event = events?.find((each) => each.id === value)
  const resource = event === undefined ? null : supplyDeliveryOf(event)
  const self = `${base}/SupplyDelivery?identifier=${encodeURIComponent(identifier)}`
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    total: resource === null ? 0 : 1,
    link: [{ relation: 'self', url: self }],
    ...(resource === null ? {} : { entry: [{ fullUrl: `${base}/SupplyDelivery/${resource.id ?? ''}`, resource, search: { mode: 'match' } }] }),
  }
  return { status: 200, body: bundle, shows: resource === null ? null : value }
}
