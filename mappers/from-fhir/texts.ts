/** FHIR primitives to canonical values: exact grammars, what does not fit is refused. */
import { Refusal } from '../fields/index.ts'
import { calendarDate } from '../udi/index.ts'

const DECIMAL = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/
const NOT_A_NUMBER = new Refusal('BAD_VALUE', 'Expected a decimal as FHIR writes it.')
const TOO_LARGE = new Refusal('BAD_VALUE', 'The number is too large: at most 12 digits may stand before the decimal point, and 30 after it.')

/** A decimal with the digits that were sent; only an exponent is written out. */
export function decimalOf(text: string): string | Refusal {
  const found = DECIMAL.exec(text.trim())
  if (!found) return NOT_A_NUMBER
  const [, sign = '', whole = '', fraction = '', exponent] = found
  const [digits, point] = exponent === undefined ? [whole + fraction, whole.length] : shifted(whole, fraction, Number(exponent))
  const before = digits.slice(0, point).replace(/^0+(?=\d)/, '') || '0'
  const after = digits.slice(point)
  if (before.length > 12 || after.length > 30) return TOO_LARGE
  const plain = after === '' ? before : `${before}.${after}`
  return sign === '-' && /[1-9]/.test(plain) ? `-${plain}` : plain
}

function shifted(whole: string, fraction: string, exponent: number): readonly [digits: string, point: number] {
  const point = whole.length + exponent
  const digits = whole + fraction
  if (point <= 0) return ['0'.repeat(1 - point) + digits, 1]
  return [digits.padEnd(point, '0'), point]
}

const MOMENT = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?\d*)?(Z|[+-]\d\d:\d\d)?)?)?)?$/
const NOT_A_TIME = new Refusal('BAD_VALUE', 'Expected a date or dateTime that exists, as FHIR writes it.')
const NOT_A_DAY = new Refusal('BAD_VALUE', 'Expected a day that exists, as YYYY-MM-DD.')

/** A date, dateTime or instant with the precision and in the zone in which it was sent. */
export function momentOf(text: string): string | Refusal {
  const found = MOMENT.exec(text.trim())
  if (!found) return NOT_A_TIME
  const [, year = '', month, day, hour, minute, second, fraction = '', zone = ''] = found
  if (year === '0000' || calendarDate(Number(year), Number(month ?? 1), Number(day ?? 1)) === null) return NOT_A_TIME
  if (hour === undefined) return [year, month, day].filter((part) => part !== undefined).join('-')
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 60) return NOT_A_TIME
  if (zone !== '' && zone !== 'Z' && (Number(zone.slice(1, 3)) > 14 || Number(zone.slice(4)) > 59)) return NOT_A_TIME
  return `${year}-${month ?? ''}-${day ?? ''}T${hour}:${minute ?? ''}${second === undefined ? '' : `:${second}${fraction}`}${zone}`
}

/** The calendar day as written: never through another zone. */
export function dayOf(text: string): string | Refusal {
  const moment = momentOf(text)
  return typeof moment === 'string' && moment.length >= 10 ? moment.slice(0, 10) : NOT_A_DAY
}
