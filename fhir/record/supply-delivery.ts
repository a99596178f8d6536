/** A SupplyUsed event as a FHIR R4 SupplyDelivery: what any server is told of it, with what became of it here. */
import type { Identifier, SupplyDelivery } from '@medplum/fhirtypes'
import { eventResource, fields } from '../r4/index.ts'
import type { JsonObject } from '../r4/index.ts'
import { resourceIdOf } from './resource-id.ts'

/** System of event ids. */
export const EVENT_SYSTEM = 'urn:aqueduct:event'

export interface FacadeEvent {
  readonly id: string
  readonly type: string
  readonly state: string
  /** Canonical body (canonical/fields). */
  readonly body: Readonly<Record<string, unknown>>
}

/** What is known of a use besides its event. */
export interface Used {
  /** Of what was stated, how much was taken back: 0 to 1. */
  readonly reversed: number
  /** The ERP's documents of it: system and value. */
  readonly documents: readonly Identifier[]
  /** Orders that were made for it. */
  readonly orders: readonly string[]
}

const JUST_USED: Used = { reversed: 0, documents: [], orders: [] }

/**
 * The resource, or null for events that are no supply used. What was discarded, or taken back in whole, is `entered-in-error`; what was
 * taken back in part is told with what remains. R4's item is either a concept or a reference: when the very device is known (UDI, lot,
 * serial), a contained Device carries the concept as its type.
 */
export function supplyDeliveryOf(event: FacadeEvent, { reversed, documents, orders }: Used = JUST_USED): SupplyDelivery | null {
  if (event.type !== 'SupplyUsed') return null
  const isUndone = event.state === 'CANCELLED' || reversed >= 1
  const body = isUndone || reversed === 0 ? event.body : { ...event.body, quantity: remaining(event.body['quantity'], 1 - reversed) }
  const identifier = [{ system: EVENT_SYSTEM, value: event.id }, ...documents] as unknown as readonly JsonObject[]
  const made = eventResource(event.type, body, 'SupplyDelivery', identifier, '#device')
  if (!made.ok) return null
  return {
    ...(made.resource as unknown as SupplyDelivery),
    id: resourceIdOf(event.id),
    ...(orders.length === 0 ? {} : { basedOn: orders.map((reference) => ({ reference })) }),
    status: isUndone ? 'entered-in-error' : 'completed',
  }
}

function remaining(quantity: unknown, share: number): unknown {
  const { value } = fields(quantity)
  return { ...fields(quantity), value: String(Number((Number(value) * share).toFixed(6))) }
}
