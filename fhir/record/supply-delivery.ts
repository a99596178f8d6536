/** A SupplyUsed event as a FHIR R4 SupplyDelivery. */
import type { CodeableConcept, Device, Identifier, SupplyDelivery } from '@medplum/fhirtypes'
import { dateTimeOf } from '../r4/index.ts'
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

type Fields = Readonly<Record<string, unknown>>

/** Naming systems of UDI issuers (R4 Device.udiCarrier.issuer). */
const ISSUERS: Readonly<Record<string, string>> = {
  GS1: 'http://hl7.org/fhir/NamingSystem/gs1-di',
  HIBCC: 'http://hl7.org/fhir/NamingSystem/hibcc',
  ICCBBA: 'http://hl7.org/fhir/NamingSystem/iccbba-other-di',
}

/**
 * The resource, or null for events that are no supply used. What was discarded, or taken back in whole, is `entered-in-error`; what was
 * taken back in part is told with what remains. R4's item is either a concept or a reference: when the very device is known (UDI, lot,
 * serial), a contained Device carries the concept as its type.
 */
export function supplyDeliveryOf(event: FacadeEvent, { reversed, documents, orders }: Used = JUST_USED): SupplyDelivery | null {
  if (event.type !== 'SupplyUsed') return null
  const { body } = event
  const item = conceptOf(body['item'], text(body['description']))
  const device = deviceOf(body, item)
  const quantity = fields(body['quantity'])
  const stated = Number(quantity['value'])
  const isUndone = event.state === 'CANCELLED' || reversed >= 1
  const amount = isUndone ? stated : Number((stated * (1 - reversed)).toFixed(6))
  const unit = text(quantity['unit'])
  const occurred = dateTimeOf(text(body['occurredAt']) ?? '')
  const place = text(body['location']) ?? text(body['department'])
  const patient = identifierOf(body['patient'])
  const supplier = text(body['supplier'])
  return {
    resourceType: 'SupplyDelivery',
    id: resourceIdOf(event.id),
    ...(device === null ? {} : { contained: [device] }),
    identifier: [{ system: EVENT_SYSTEM, value: event.id }, ...documents],
    ...(orders.length === 0 ? {} : { basedOn: orders.map((reference) => ({ reference })) }),
    status: isUndone ? 'entered-in-error' : 'completed',
    ...(patient === null ? {} : { patient: { type: 'Patient', identifier: patient } }),
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/supply-item-type', code: 'device', display: 'Device' }] },
    suppliedItem: {
      ...(quantity['value'] === undefined || !Number.isFinite(amount) ? {} : { quantity: { value: amount, ...(unit === undefined ? {} : { unit }) } }),
      ...(device === null ? (item === null ? {} : { itemCodeableConcept: item }) : { itemReference: { reference: `#${DEVICE_ID}` } }),
    },
    ...(occurred === undefined ? {} : { occurrenceDateTime: occurred }),
    ...(supplier === undefined ? {} : { supplier: { type: 'Organization', display: supplier } }),
    ...(place === undefined ? {} : { destination: { type: 'Location', display: place } }),
  }
}

const DEVICE_ID = 'device'

/** The device itself, when something names this one and not its kind alone. */
function deviceOf(body: Fields, item: CodeableConcept | null): Device | null {
  const udi = fields(body['udi'])
  const lot = text(body['lot']) ?? text(udi['lot'])
  const serial = text(body['serial']) ?? text(udi['serial'])
  const carrier = text(udi['carrier'])
  const di = text(udi['di'])
  if (lot === undefined && serial === undefined && carrier === undefined && di === undefined) return null
  const expiry = dateTimeOf(text(body['expiry']) ?? text(udi['expiry']) ?? '')
  const made = dateTimeOf(text(udi['made']) ?? '')
  const issuer = ISSUERS[(text(udi['issuer']) ?? '').toUpperCase()]
  return {
    resourceType: 'Device',
    id: DEVICE_ID,
    ...(carrier === undefined && di === undefined
      ? {}
      : {
          udiCarrier: [
            {
              ...(di === undefined ? {} : { deviceIdentifier: di }),
              ...(issuer === undefined ? {} : { issuer }),
              ...(carrier === undefined ? {} : { carrierHRF: carrier }),
            },
          ],
        }),
    ...(made === undefined ? {} : { manufactureDate: made }),
    ...(expiry === undefined ? {} : { expirationDate: expiry }),
    ...(lot === undefined ? {} : { lotNumber: lot }),
    ...(serial === undefined ? {} : { serialNumber: serial }),
    ...(item === null ? {} : { type: item }),
  }
}

export function conceptOf(value: unknown, description: string | undefined): CodeableConcept | null {
  const code = text(fields(value)['code'])
  const shown = text(fields(value)['text']) ?? description
  const system = text(fields(value)['system'])
  if (code === undefined) return shown === undefined ? null : { text: shown }
  return { coding: [{ ...(system !== undefined && isUri(system) ? { system } : {}), code }], ...(shown === undefined ? {} : { text: shown }) }
}

export function identifierOf(value: unknown): Identifier | null {
  const { value: number, system, type } = fields(value)
  const id = text(number)
  if (id === undefined) return null
  const authority = text(system)
  const kind = text(type)
  return {
    ...(kind === undefined ? {} : { type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: kind }] } }),
    ...(authority === undefined ? {} : isUri(authority) ? { system: authority } : { assigner: { display: authority } }),
    value: id,
  }
}

const isUri = (value: string): boolean => /^(https?:|urn:)/.test(value)
export const text = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() !== '' ? value : undefined)
export const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
