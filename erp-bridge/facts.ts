/**
 * Reads fields of an event's body. A correction from the worklist may have put plain text where the event has a structure
 * (`IMP-1` for an item, `2 EA` for a quantity, `12.50 USD` for money), so both are taken.
 */
import type { BridgeContext, BridgeEvent, Need } from '../channels/contract/index.ts'
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

/** Is the quantity a number of more digits than any quantity here can have? */
export function isHuge(body: Body): boolean {
  const raw = body['quantity']
  const plain = typeof raw === 'string' ? raw.trim().split(/\s+/)[0] : part(raw, 'value')
  return /^\d{16,}(\.\d+)?$/.test(plain ?? '')
}

/** Positive quantity (with `zero` also none at all) and its unit ('' is the item's base unit), or null. */
export function quantityOf(body: Body, zero = false): { readonly value: Fraction; readonly unit: string } | null {
  const raw = body['quantity']
  const [plain = '', unit = '', ...more] = typeof raw === 'string' ? raw.trim().split(/\s+/) : [part(raw, 'value'), part(raw, 'unit')]
  const value = more.length > 0 ? null : parseDecimal(plain)
  return value !== null && (value.over > 0n || (zero && value.over === 0n)) ? { value, unit } : null
}

export type MoneyRead =
  | { readonly kind: 'none' }
  | { readonly kind: 'bad'; readonly why: 'BAD_VALUE' | 'UNKNOWN_CURRENCY' }
  | { readonly kind: 'money'; readonly amount: Fraction; readonly currency: string }

/** Money that is not negative. Plain text without a currency has none: it is not guessed (promise 6). */
export function moneyOf(body: Body, field: string): MoneyRead {
  const raw = body[field]
  if (raw === undefined || raw === null || raw === '') return { kind: 'none' }
  const [plain = '', currency = '', ...more] = typeof raw === 'string' ? raw.trim().split(/\s+/) : [part(raw, 'amount'), part(raw, 'currency')]
  const amount = more.length > 0 ? null : parseDecimal(plain)
  if (amount === null || amount.over < 0n) return { kind: 'bad', why: 'BAD_VALUE' }
  if (minorUnits(currency) === undefined) return { kind: 'bad', why: 'UNKNOWN_CURRENCY' }
  return { kind: 'money', amount, currency }
}

const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const MOMENT = /^(\d{4}-\d{2}-\d{2})(T([01]\d|2[0-3])(:[0-5]\d(:([0-5]\d|60)(\.\d{1,9})?)?)?(Z|[+-]\d{2}:\d{2})?)?$/
const DAY_MS = 86_400_000

/** Is the text a calendar day, `YYYY-MM-DD`, that exists? */
export function isDay(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  const leap = month === '02' && Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0)
  const length = (MONTHS[Number(month) - 1] ?? 0) + Number(leap)
  return Number(day) >= 1 && Number(day) <= length
}

/** Calendar day of occurredAt as it was sent, or null when it was sent with less than a day or says no day that exists. */
export function dayOfEvent(event: BridgeEvent): string | null {
  const day = MOMENT.exec(textOf(event.body, 'occurredAt'))?.[1] ?? ''
  return isDay(day) ? day : null
}

/** What is missing when the day is unknown or has not come yet. One day of grace covers every time zone. */
export function dayNeeds(event: BridgeEvent, context: BridgeContext, day: string | null, what: string): readonly Need[] {
  if (day === null) {
    return [
      ownNeed(
        event,
        'BAD_VALUE',
        'occurredAt',
        `The day of ${what} is not known to the day, or no such day exists, and documents need one. Give it as YYYY-MM-DD.`,
      ),
    ]
  }
  if (day <= new Date(context.now + DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length)) return []
  return [ownNeed(event, 'BAD_VALUE', 'occurredAt', `The day of ${what} is in the future. Correct it.`)]
}

/** A need of this event alone. Each bad value is an item of its own, so that all of them show at once. */
export function ownNeed(event: BridgeEvent, kind: Need['kind'], field: string, text: string): Need {
  return { kind, subject: kind === 'BAD_VALUE' && field !== '' ? `${event.id}.${field}` : event.id, field, place: field, text }
}

/** What a release on the worklist put: `WHO: REASON [KIND…]`, or ''. What a sender writes there is nobody's word. */
export function releasedText(event: BridgeEvent): string {
  return event.corrected?.includes('released') === true ? textOf(event.body, 'released') : ''
}

/** Did a person let the event go on in spite of this? `ann: checked with the surgeon [EXPIRED_LOT]`. */
export function isReleased(event: BridgeEvent, kind: Need['kind']): boolean {
  const [, kinds = ''] = / \[([A-Z_ ]*)\]$/.exec(releasedText(event)) ?? []
  return kinds.split(' ').includes(kind)
}
