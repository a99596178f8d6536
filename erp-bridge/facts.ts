/**
 * Reads fields of an event's body. A correction from the worklist may have put plain text where the event has a structure
 * (`IMP-1` for an item, `2 EA` for a quantity, `12.50 USD` for money), so both are taken.
 */
import type { BridgeEvent, Need } from '../channels/contract/index.ts'
import { minorUnits } from '../canonical/index.ts'
import { parseDecimal } from './amounts.ts'
import type { Fraction } from './amounts.ts'

type Body = Readonly<Record<string, unknown>>

export function textOf(body: Body, field: string): string {
  const value = body[field]
  if (typeof value === 'string') return value
  return ''
}

function part(value: unknown, name: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? (value as Body)[name] : undefined
  return typeof found === 'string' ? found : ''
}

export function codeOf(body: Body, field: string): { readonly code: string; readonly system: string } {
  const value = body[field]
  return typeof value === 'string' ? { code: value, system: '' } : { code: part(value, 'code'), system: part(value, 'system') }
}

export function identifierOf(body: Body, field: string): string {
  const value = body[field]
  return typeof value === 'string' ? value : part(value, 'value')
}

/** A field of the parsed UDI. */
export function udiOf(body: Body, name: 'carrier' | 'issuer' | 'di' | 'lot' | 'serial' | 'expiry'): string {
  return part(body['udi'], name)
}

/** Positive quantity and its unit ('' is the item's base unit), or null. */
export function quantityOf(body: Body): { readonly value: Fraction; readonly unit: string } | null {
  const raw = body['quantity']
  const [plain = '', unit = ''] = typeof raw === 'string' ? raw.trim().split(/\s+/) : [part(raw, 'value'), part(raw, 'unit')]
  const value = parseDecimal(plain)
  return value !== null && value.over > 0n ? { value, unit } : null
}

export type MoneyRead =
  | { readonly kind: 'none' }
  | { readonly kind: 'bad'; readonly why: 'BAD_VALUE' | 'UNKNOWN_CURRENCY' }
  | { readonly kind: 'money'; readonly amount: Fraction; readonly currency: string }

/** Money that is not negative. Plain text without a currency has none: it is not guessed (promise 6). */
export function moneyOf(body: Body, field: string): MoneyRead {
  const raw = body[field]
  if (raw === undefined || raw === null || raw === '') return { kind: 'none' }
  const [plain = '', currency = ''] = typeof raw === 'string' ? raw.trim().split(/\s+/) : [part(raw, 'amount'), part(raw, 'currency')]
  const amount = parseDecimal(plain)
  if (amount === null || amount.over < 0n) return { kind: 'bad', why: 'BAD_VALUE' }
  if (minorUnits(currency) === undefined) return { kind: 'bad', why: 'UNKNOWN_CURRENCY' }
  return { kind: 'money', amount, currency }
}

/** Calendar day of occurredAt as it was sent, or null when it was sent with less than a day. */
export function dayOfEvent(event: BridgeEvent): string | null {
  return /^\d{4}-\d{2}-\d{2}/.exec(textOf(event.body, 'occurredAt'))?.[0] ?? null
}

/** A need of this event alone. */
export function ownNeed(event: BridgeEvent, kind: Need['kind'], field: string, text: string): Need {
  return { kind, subject: event.id, field, place: field, text }
}
