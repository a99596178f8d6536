/** HL7 v2 texts to canonical values: numbers, times, dates. Exact grammars: what does not fit is refused, never guessed at. */
import type { FailureCode } from '../../channels/contract/index.ts'
import { calendarDate } from '../udi/index.ts'

/** A value that could not be made. `text` says what was expected, never what was there. */
export class Refusal {
  readonly code: FailureCode
  readonly text: string
  constructor(code: FailureCode, text: string) {
    this.code = code
    this.text = text
  }
}

const NOT_A_NUMBER = new Refusal(
  'BAD_VALUE',
  'Expected a number as HL7 writes it: digits, perhaps a sign and a decimal point; no thousands separator, no exponent.',
)
const NOT_A_TIME = new Refusal('BAD_VALUE', 'Expected a time that exists, as YYYY[MM[DD[HH[MM[SS[.S]]]]]][+ZZZZ].')
const NOT_A_DAY = new Refusal('BAD_VALUE', 'Expected a day that exists, as YYYYMMDD.')

const NUMBER = /^([+-]?)(\d{1,30})(?:\.(\d{0,30}))?$/

/**
 * NM (v2.9.1 §2A.3.45): a plain decimal string. Trailing zeros are kept (`1.00`); a plus sign, leading zeros and a bare point are
 * not, and no zero is negative.
 */
export function readDecimal(text: string): string | Refusal {
  const found = NUMBER.exec(text)
  if (!found) return NOT_A_NUMBER
  const [, sign, whole = '', fraction = ''] = found
  const digits = whole.replace(/^0+(?=\d)/, '') + (fraction === '' ? '' : '.' + fraction)
  return sign === '-' && /[1-9]/.test(digits) ? '-' + digits : digits
}

const MOST_DIGITS = 12
const TOO_LARGE = new Refusal('BAD_VALUE', `The number is too large: at most ${MOST_DIGITS} digits may stand before the decimal point.`)

/** A decimal that counts or costs something: one with more digits than any stock or ledger holds is a mistake of the sender. */
export function readFigure(text: string): string | Refusal {
  const read = readDecimal(text)
  return typeof read === 'string' && wholeDigits(read) > MOST_DIGITS ? TOO_LARGE : read
}

function wholeDigits(decimal: string): number {
  return decimal.replace('-', '').split('.')[0]?.length ?? 0
}

const TIME = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\.\d{1,9})?)?)?)?)?)?([+-]\d{4})?$/

/**
 * DTM to ISO 8601 with the precision that was sent. A zone offset is kept and nothing is moved between zones; on a value
 * without a time of day it means nothing and is left out.
 */
export function readMoment(text: string): string | Refusal {
  const found = TIME.exec(text)
  if (!found) return NOT_A_TIME
  const [, year = '', month, day, hour, minute, second, fraction = '', zone] = found
  if (calendarDate(Number(year), Number(month ?? 1), Number(day ?? 1)) === null || year === '0000') return NOT_A_TIME
  if (Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return NOT_A_TIME
  if (zone !== undefined && (Number(zone.slice(1, 3)) > 14 || Number(zone.slice(3)) > 59)) return NOT_A_TIME
  if (month === undefined) return year
  if (day === undefined) return `${year}-${month}`
  if (hour === undefined) return `${year}-${month}-${day}`
  const clock = hour + (minute === undefined ? '' : ':' + minute) + (second === undefined ? '' : ':' + second + fraction)
  return `${year}-${month}-${day}T${clock}${zone === undefined ? '' : `${zone.slice(0, 3)}:${zone.slice(3)}`}`
}

/** The calendar day of a DT or DTM, as written: never through another zone. */
export function readDate(text: string): string | Refusal {
  const moment = readMoment(text)
  return typeof moment === 'string' && moment.length >= 10 ? moment.slice(0, 10) : NOT_A_DAY
}

const HYPHENS = /[\u2010\u2011\u2012\u2013\u2212]/g

/** A code as systems compare it: every kind of hyphen is the plain one (v2.9.1 prints cost centres with U+2011). */
export function plainHyphens(text: string): string {
  return text.replace(HYPHENS, '-')
}

const AMBIGUOUS_NDC = new Refusal('BAD_VALUE', 'Expected an NDC of 11 digits or with its hyphens (4-4-2, 5-3-2, 5-4-1, 5-4-2): 10 digits alone are ambiguous.')

/** An NDC as 11 digits (5-4-2 without hyphens), padded by its hyphen pattern. */
export function readNdc(text: string): string | Refusal {
  const plain = plainHyphens(text)
  if (/^\d{11}$/.test(plain)) return plain
  const [labeler = '', product = '', pack = '', ...rest] = plain.split('-')
  const pattern = `${labeler.length}-${product.length}-${pack.length}`
  if (rest.length > 0 || !/^[\d-]+$/.test(plain) || !['4-4-2', '5-3-2', '5-4-1', '5-4-2'].includes(pattern)) return AMBIGUOUS_NDC
  return labeler.padStart(5, '0') + product.padStart(4, '0') + pack.padStart(2, '0')
}
