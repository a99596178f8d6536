/** Parts that resources of the bridge have in common. */
import type { CodeableConcept, Extension, Identifier, Money, Quantity } from '@medplum/fhirtypes'
import { SCALE } from '../../channels/contract/index.ts'

/** Systems of identifiers. Numbers of an ERP are told under the destination's name: two ERPs may use the same. */
export const DOCUMENT_SYSTEM = 'urn:aqueduct:document'
export const LINE_SYSTEM = 'urn:aqueduct:document-line'
export const MESSAGE_SYSTEM = 'urn:aqueduct:message'
export const WORKLIST_SYSTEM = 'urn:aqueduct:worklist'
const ITEM_SYSTEM = 'urn:aqueduct:item'

/** What R4 has no element for: which request an order, receipt line or invoice line came from. */
export const BASED_ON = 'urn:aqueduct:based-on'

/** How a supplier acknowledged an order; R4 has no status for it. */
export const ACKNOWLEDGED = 'urn:aqueduct:acknowledged'

export function numberSystem(destination: string): string {
  return `urn:aqueduct:erp:${encodeURIComponent(destination)}`
}

/** Those that say something. */
export function identifiers(...of: readonly (readonly [system: string, value: string])[]): Identifier[] {
  return of.filter(([, value]) => value !== '').map(([system, value]) => ({ system, value }))
}

/** Identifiers of a document: our key (never that of one made in the ERP) and the ERP's number. */
export function documentIdentifiers(key: string, number: string, destination: string): Identifier[] {
  return identifiers([DOCUMENT_SYSTEM, key.startsWith('erp:') ? '' : key], [numberSystem(destination), number])
}

/** A reference to something that is known by its code alone. */
export function named<Type extends 'Organization' | 'Location'>(type: Type, code: string): { type: Type; display: string } {
  return { type, display: code }
}

export function itemConcept(item: string, description: string): CodeableConcept {
  return { ...(item === '' ? {} : { coding: [{ system: ITEM_SYSTEM, code: item }] }), ...(description === '' ? {} : { text: description }) }
}

export function basedOn(reference: string): Extension {
  return { url: BASED_ON, valueReference: { reference } }
}

/** A scaled integer as FHIR's decimal: exact, because six decimals of a safe integer fit a double. */
export function scaled(value: number): number {
  return value / SCALE
}

export function quantityOf(value: number, unit: string): Quantity {
  return { value: scaled(value), ...(unit === '' ? {} : { unit }) }
}

export function moneyOf(value: number, currency: string): Money {
  return { value: scaled(value), ...(currency === '' ? {} : { currency: currency as NonNullable<Money['currency']> }) }
}

/** Milliseconds as an instant; undefined for none. */
export function instantOf(at: number): string | undefined {
  return at > 0 ? new Date(at).toISOString() : undefined
}
