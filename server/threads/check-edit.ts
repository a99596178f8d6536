/** Does what a person gives for a field have the field's form? Without the zod schemas: the ledger thread does not load them. */
import { EVENT_FIELDS, OWNERSHIPS, minorUnits } from '../../canonical/index.ts'
import type { Field, FieldKind } from '../../canonical/index.ts'

const NOT_NEGATIVE = /^(0|[1-9]\d{0,14})(\.\d{1,6})?$/
const DECIMAL = /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/
const TIME = /^T([01]\d|2[0-3])(:[0-5]\d(:([0-5]\d|60)(\.\d{1,9})?)?)?(Z|[+-]\d{2}:\d{2})?$/

/**
 * Judges a field of an event's body as it would be after an edit. `field` is a name or a path with dots.
 * @returns the form that is expected, or null when it has it
 */
export function checkEdit(type: string, field: string, value: unknown): string | null {
  const [name = '', ...parts] = field.split('.')
  const fields: Readonly<Record<string, Field>> | undefined = (EVENT_FIELDS as Readonly<Record<string, Readonly<Record<string, Field>>>>)[type]
  const part = parts.at(-1)
  if (part !== undefined) return checkPart(part, value)
  if (name === 'ownership') return (OWNERSHIPS as readonly unknown[]).includes(value) ? null : `one of ${OWNERSHIPS.join(', ')} is expected`
  return CHECKS[fields?.[name]?.kind ?? 'text'](value, type === 'StockCounted')
}

const CHECKS: Readonly<Record<FieldKind, (value: unknown, zero: boolean) => string | null>> = {
  text: checkText,
  code: (value) => checkText(partOf(value, 'code')),
  identifier: (value) => checkText(partOf(value, 'value')),
  udi: (value) => checkText(partOf(value, 'carrier')),
  decimal: (value) => (isMatch(DECIMAL, value) ? null : 'a decimal number is expected, as 12.5'),
  date: (value) => (isDay(value) ? null : 'a calendar date is expected, as 2026-03-01'),
  moment: (value) => (isMoment(value) ? null : 'a day, or a day and time, is expected, as 2026-03-01 or 2026-03-01T10:22:33+01:00'),
  quantity(value, zero) {
    const { first, second } = pair(value, 'value', 'unit')
    const good = isMatch(NOT_NEGATIVE, first) && (zero || /[1-9]/.test(String(first))) && (second === undefined || typeof second === 'string')
    return good ? null : `a quantity ${zero ? 'of zero or more' : 'above zero'} is expected, alone or with its unit, as 2 or 2 EA`
  },
  money(value) {
    const { first, second } = pair(value, 'amount', 'currency')
    const good = isMatch(NOT_NEGATIVE, first) && typeof second === 'string' && minorUnits(second) !== undefined
    return good ? null : 'an amount with its ISO 4217 currency is expected, as 12.50 USD'
  },
  lines: () => 'lines of a document cannot be edited here: have it sent again',
  attributes: () => 'columns of master data cannot be edited here: load them',
  texts: (value) => (Array.isArray(value) && value.every((one) => checkText(one) === null) ? null : 'a list of texts is expected'),
}

/** One member of a field that has several. */
function checkPart(part: string, value: unknown): string | null {
  switch (part) {
    case 'currency':
      return typeof value === 'string' && minorUnits(value) !== undefined ? null : 'an ISO 4217 currency code is expected, as USD'
    case 'amount':
      return isMatch(NOT_NEGATIVE, value) ? null : 'an amount of zero or more is expected, as 12.50'
    case 'expiry':
    case 'made':
      return CHECKS.date(value, false)
    default:
      return checkText(value)
  }
}

function checkText(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' && !/[\u0000-\u001f]/.test(value) ? null : 'a text of one line is expected'
}

function partOf(value: unknown, part: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[part] : value
}

/** `2 EA` and {value, unit} are the same to the rules. */
function pair(value: unknown, first: string, second: string): { readonly first: unknown; readonly second: unknown } {
  if (typeof value !== 'string') return { first: partOf(value, first), second: partOf(value, second) }
  const words = value.trim().split(/\s+/)
  return words.length <= 2 ? { first: words[0], second: words[1] } : { first: undefined, second: undefined }
}

function isMatch(form: RegExp, value: unknown): boolean {
  return typeof value === 'string' && form.test(value)
}

function isMoment(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const time = value.slice(10)
  return isDay(value.slice(0, 10)) && (time === '' || TIME.test(time))
}

function isDay(value: unknown): boolean {
  const [, year, month, day] = typeof value === 'string' ? (DAY.exec(value) ?? []) : []
  if (year === undefined) return false
  const leap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0)
  const length = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 0
  return Number(day) >= 1 && Number(day) <= length
}
