/** Canonical events as FHIR R4 resources, for servers that are told what was used. Pure; decimals keep their digits. */
import { createHash } from 'node:crypto'
import type { Json, JsonObject } from './content.ts'
import { dateTimeOf } from './date-time.ts'
import { withLexeme } from './json.ts'

type Fields = Readonly<Record<string, unknown>>
/** Members that are undefined are left out. */
type Draft = Readonly<Record<string, Json | undefined>>

/** What each event may become, the usual first. */
export const EVENT_RESOURCES: Readonly<Record<string, readonly string[]>> = {
  SupplyUsed: ['SupplyDelivery', 'ChargeItem'],
  SupplyReceived: ['SupplyDelivery'],
  StockMoved: ['SupplyDelivery'],
  SupplyRequested: ['SupplyRequest'],
  CostIncurred: ['ChargeItem'],
  ProcedurePerformed: ['Procedure'],
}

/** Events that take another back: by the type of what they take back. */
export const TAKEN_BACK: Readonly<Record<string, string>> = { SupplyReversed: 'SupplyUsed', CostReversed: 'CostIncurred' }

export type EventResource =
  | {
      readonly ok: true
      readonly resource: JsonObject
      /** The device itself, when the event names one; the resource refers to it. */ readonly device: JsonObject | null
    }
  /** What the resource needs and the event does not have. */
  | { readonly ok: false; readonly text: string }

/** @param device the reference by which the resource names its device: `#device` when it is to be contained */
export function eventResource(type: string, body: Fields, as: string, identifier: readonly JsonObject[], device: string): EventResource {
  switch (as) {
    case 'SupplyDelivery':
      return supplyDelivery(type, body, identifier, device)
    case 'ChargeItem':
      return chargeItem(body, identifier)
    case 'SupplyRequest':
      return supplyRequest(body, identifier)
    case 'Procedure':
      return procedure(body, identifier)
    default:
      return { ok: false, text: `There is no translation of ${type} to ${as}.` }
  }
}

function supplyDelivery(type: string, body: Fields, identifier: readonly JsonObject[], reference: string): EventResource {
  const item = conceptOf(body['item'], text(body['description']))
  const device = type === 'SupplyUsed' ? deviceOf(body, item) : null
  const place = text(body['toLocation']) ?? text(body['location']) ?? text(body['department'])
  const contained = device !== null && reference.startsWith('#')
  const resource = made({
    resourceType: 'SupplyDelivery',
    contained: contained ? [made({ resourceType: 'Device', id: reference.slice(1), ...bare(device) })] : undefined,
    identifier,
    status: 'completed',
    patient: subjectOf(body),
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/supply-item-type', code: 'device', display: 'Device' }] },
    suppliedItem: made({
      quantity: quantityOf(body['quantity']),
      itemCodeableConcept: device === null ? item : undefined,
      itemReference: device === null ? undefined : { reference },
    }),
    occurrenceDateTime: dateTimeOf(text(body['occurredAt']) ?? ''),
    supplier: namedOf('Organization', text(body['supplier'])),
    destination: namedOf('Location', place),
  })
  return { ok: true, resource, device: contained ? null : device }
}

function chargeItem(body: Fields, identifier: readonly JsonObject[]): EventResource {
  const code = conceptOf(body['charge'] ?? body['item'], text(body['description']))
  const subject = subjectOf(body)
  if (code === undefined || subject === undefined) return { ok: false, text: 'A ChargeItem needs a code and a patient, and the event has not both.' }
  const resource = made({
    resourceType: 'ChargeItem',
    identifier,
    status: 'billable',
    code,
    subject,
    occurrenceDateTime: dateTimeOf(text(body['occurredAt']) ?? ''),
    quantity: quantityOf(body['quantity']),
    costCenter: namedOf('Organization', text(body['costCentre']) ?? text(body['department'])),
    // R4 has no extended amount: what is overridden is the price of all of it, as the event states it.
    priceOverride: moneyOf(body['amount']),
  })
  return { ok: true, resource, device: null }
}

function supplyRequest(body: Fields, identifier: readonly JsonObject[]): EventResource {
  const item = conceptOf(body['item'], text(body['description']))
  const quantity = quantityOf(body['quantity'])
  if (item === undefined || quantity === undefined) return { ok: false, text: 'A SupplyRequest needs an item and a quantity, and the event has not both.' }
  const resource = made({
    resourceType: 'SupplyRequest',
    identifier,
    status: 'active',
    priority: text(body['priority']) === 'stat' ? 'stat' : 'routine',
    itemCodeableConcept: item,
    quantity,
    occurrenceDateTime: text(body['neededAt']) ?? dateTimeOf(text(body['occurredAt']) ?? ''),
    supplier: text(body['supplier']) === undefined ? undefined : [namedOf('Organization', text(body['supplier'])) ?? {}],
    deliverTo: namedOf('Location', text(body['location']) ?? text(body['department'])),
  })
  return { ok: true, resource, device: null }
}

function procedure(body: Fields, identifier: readonly JsonObject[]): EventResource {
  const subject = subjectOf(body)
  if (subject === undefined) return { ok: false, text: 'A Procedure needs a patient, and the event has none.' }
  const resource = made({
    resourceType: 'Procedure',
    identifier,
    status: 'completed',
    code: conceptOf(body['procedure'], undefined),
    subject,
    performedDateTime: dateTimeOf(text(body['occurredAt']) ?? ''),
    location: namedOf('Location', text(body['location']) ?? text(body['department'])),
  })
  return { ok: true, resource, device: null }
}

/** Naming systems of UDI issuers (R4 Device.udiCarrier.issuer). */
const ISSUERS: Readonly<Record<string, string>> = {
  GS1: 'http://hl7.org/fhir/NamingSystem/gs1-di',
  HIBCC: 'http://hl7.org/fhir/NamingSystem/hibcc',
  ICCBBA: 'http://hl7.org/fhir/NamingSystem/iccbba-other-di',
}

/** The device itself, when something names this one and not its kind alone. */
function deviceOf(body: Fields, item: JsonObject | undefined): JsonObject | null {
  const udi = fields(body['udi'])
  const lot = text(body['lot']) ?? text(udi['lot'])
  const serial = text(body['serial']) ?? text(udi['serial'])
  const carrier = text(udi['carrier'])
  const di = text(udi['di'])
  if (lot === undefined && serial === undefined && carrier === undefined && di === undefined) return null
  const udiCarrier = made({ deviceIdentifier: di, issuer: ISSUERS[(text(udi['issuer']) ?? '').toUpperCase()], carrierHRF: carrier })
  return made({
    resourceType: 'Device',
    udiCarrier: carrier === undefined && di === undefined ? undefined : [udiCarrier],
    manufactureDate: dateTimeOf(text(udi['made']) ?? ''),
    expirationDate: dateTimeOf(text(body['expiry']) ?? text(udi['expiry']) ?? ''),
    lotNumber: lot,
    serialNumber: serial,
    type: item,
  })
}

/** A name for the very piece: null when only its kind or lot is known, of which there are many. */
export function pieceOf(device: JsonObject): string | null {
  const { serialNumber, udiCarrier, type } = device
  if (typeof serialNumber !== 'string') return null
  return createHash('sha256')
    .update(JSON.stringify([fields((udiCarrier as readonly unknown[] | undefined)?.[0])['deviceIdentifier'] ?? type ?? null, serialNumber]))
    .digest('hex')
    .slice(0, 40)
}

export function conceptOf(value: unknown, description: string | undefined): JsonObject | undefined {
  const { code, system, text: own } = fields(value)
  const shown = text(own) ?? description
  const known = text(code)
  if (known === undefined) return shown === undefined ? undefined : { text: shown }
  const authority = text(system)
  return made({ coding: [made({ system: authority !== undefined && isUri(authority) ? authority : undefined, code: known })], text: shown })
}

function quantityOf(value: unknown): JsonObject | undefined {
  const { value: amount, unit } = fields(value)
  return decimalIn(made({ value: 0, unit: text(unit) }), text(amount))
}

function moneyOf(value: unknown): JsonObject | undefined {
  const { amount, currency } = fields(value)
  return decimalIn(made({ value: 0, currency: text(currency) }), text(amount))
}

/** Puts the decimal into `value` with the digits that it has; undefined when it is no number. */
function decimalIn(container: JsonObject, decimal: string | undefined): JsonObject | undefined {
  if (decimal === undefined || !/^-?(0|[1-9]\d*)(\.\d+)?$/.test(decimal)) return undefined
  const filled = { ...container, value: Number(decimal) }
  withLexeme(filled, 'value', decimal)
  return filled
}

/** The patient by identifier: nothing else of the patient is known here. */
export function subjectOf(body: Fields): JsonObject | undefined {
  const { value, system, type } = fields(body['patient'])
  const id = text(value)
  if (id === undefined) return undefined
  const authority = text(system)
  const kind = text(type)
  const uri = authority !== undefined && isUri(authority)
  const identifier = made({
    type: kind === undefined ? undefined : { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: kind }] },
    system: uri ? authority : undefined,
    value: id,
    assigner: authority === undefined || uri ? undefined : { display: authority },
  })
  return { type: 'Patient', identifier }
}

const namedOf = (type: string, display: string | undefined): JsonObject | undefined => (display === undefined ? undefined : { type, display })

/** Without its resourceType, to be put under another id. */
function bare(device: JsonObject | null): Draft {
  const { resourceType: _type, ...rest } = device ?? {}
  return rest
}

function made(draft: Draft): JsonObject {
  return Object.fromEntries(Object.entries(draft).filter((entry): entry is [string, Json] => entry[1] !== undefined))
}

const isUri = (value: string): boolean => /^(https?:|urn:)/.test(value)
export const text = (value: unknown): string | undefined => (typeof value === 'string' && value.trim() !== '' ? value : undefined)
export const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
