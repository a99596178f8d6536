/** Exact decimals as bigints scaled by 10⁶ ({@link SCALE}). No float touches a quantity or an amount (R37). */
import { SCALE } from '../channels/contract/index.ts'
import { minorUnits } from '../canonical/index.ts'

const ONE = BigInt(SCALE)
const DIGITS = 6

/** An exact fraction with a positive denominator. */
export interface Fraction {
  readonly over: bigint
  readonly under: bigint
}

/** `12.5` as a fraction of any number of decimals, or null when the text is no plain decimal of at most 15 digits each side. */
export function parseDecimal(text: string): Fraction | null {
  const match = /^(-?)(\d{1,15})(?:\.(\d{1,15}))?$/.exec(text)
  if (!match) return null
  const [, sign = '', whole = '', part = ''] = match
  const value = BigInt(whole + part)
  return { over: sign === '-' ? -value : value, under: 10n ** BigInt(part.length) }
}

export function fraction(over: number | bigint, under: number | bigint = 1n): Fraction {
  return { over: BigInt(over), under: BigInt(under) }
}
/** A stored integer (scaled by 10⁶) as a fraction. */
export function stored(value: number): Fraction {
  return { over: BigInt(value), under: ONE }
}
export function times(a: Fraction, b: Fraction): Fraction {
  return { over: a.over * b.over, under: a.under * b.under }
}
export function divide(a: Fraction, b: Fraction): Fraction {
  return { over: a.over * b.under, under: a.under * b.over }
}

/** Half-up away from zero (commercial rounding) to an integer. */
function halfUp(value: Fraction): bigint {
  const negative = value.over < 0n
  const over = negative ? -value.over : value.over
  const rounded = (2n * over + value.under) / (2n * value.under)
  return negative ? -rounded : rounded
}

/** Rounded half-up to `decimals`, as text with exactly that many. */
export function roundTo(value: Fraction, decimals: number): string {
  const scaled = halfUp({ over: value.over * 10n ** BigInt(decimals), under: value.under })
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(decimals + 1, '0')
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
  return scaled < 0n ? `-${text}` : text
}

/** An amount at line level: rounded to the currency's minor unit (R37). */
export function roundMoney(value: Fraction, currency: string): string {
  return roundTo(value, minorUnits(currency) ?? 2)
}

/** An amount's text in minor units: `12.35` with two decimals is 1235. Further decimals are cut off. */
export function toMinor(amount: string, decimals: number): bigint {
  const [whole = '0', part = ''] = amount.replace('-', '').split('.')
  const value = BigInt(whole + part.padEnd(decimals, '0').slice(0, decimals))
  return amount.startsWith('-') ? -value : value
}
/** The text of minor units: 1235 with two decimals is `12.35`. */
export function fromMinor(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
  return value < 0n ? `-${text}` : text
}

/** The stored integer (scaled by 10⁶), rounded half-up; null when it does not fit a safe integer. */
export function toStored(value: Fraction): number | null {
  const scaled = Number(halfUp({ over: value.over * ONE, under: value.under }))
  return Number.isSafeInteger(scaled) ? scaled : null
}

/** Has it no more than six decimals? */
export function isExact(value: Fraction): boolean {
  return (value.over * ONE) % value.under === 0n
}

/** A stored integer as plain text without trailing zeros: 38000000 → `38`. */
export function show(value: number): string {
  return trim(roundTo(stored(value), DIGITS))
}
/** A fraction as plain text, at most six decimals. */
export function showFraction(value: Fraction): string {
  return trim(roundTo(value, DIGITS))
}
function trim(text: string): string {
  return text.replace(/\.?0+$/, '') || '0'
}
