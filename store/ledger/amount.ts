/** Decimal texts as integers, exactly: no floating point touches money or quantities. */
import { SCALE } from '../../channels/contract/index.ts'

const DIGITS = String(SCALE).length - 1

/** `12.5` → 12500000. Null when it is no decimal, has more than six decimals, or is too large to be exact. */
export function scaled(text: string): number | null {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (!match) return null
  const fraction = (match[3] ?? '').replace(/0+$/, '')
  if (fraction.length > DIGITS) return null
  const value = Number(`${match[2] ?? '0'}${fraction.padEnd(DIGITS, '0')}`)
  if (!Number.isSafeInteger(value)) return null
  return match[1] === '-' && value !== 0 ? -value : value
}

/** 12500000 → `12.5`. */
export function unscaled(value: number): string {
  const digits = String(Math.abs(value)).padStart(DIGITS + 1, '0')
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '')
  return `${value < 0 ? '-' : ''}${digits.slice(0, -DIGITS)}${fraction === '' ? '' : `.${fraction}`}`
}

/** `12`, `0.5` or `1/12` as a reduced fraction; null when it is none or not positive. */
export function fraction(text: string): { readonly numerator: number; readonly denominator: number } | null {
  const parts = text.split('/')
  if (parts.length > 2) return null
  const above = decimalFraction(parts[0] ?? '')
  const below = parts.length === 2 ? decimalFraction(parts[1] ?? '') : ([1n, 1n] as const)
  if (!above || !below || above[0] <= 0n || below[0] <= 0n) return null
  const numerator = above[0] * below[1]
  const denominator = above[1] * below[0]
  const common = divisor(numerator, denominator)
  const result = { numerator: Number(numerator / common), denominator: Number(denominator / common) }
  return Number.isSafeInteger(result.numerator) && Number.isSafeInteger(result.denominator) ? result : null
}

/** The factor of a unit as a person would write it. */
export function factorText(numerator: number, denominator: number): string {
  return denominator === 1 ? String(numerator) : `${String(numerator)}/${String(denominator)}`
}

function decimalFraction(text: string): readonly [bigint, bigint] | null {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text.trim())
  if (!match) return null
  const decimals = match[2] ?? ''
  return [BigInt(`${match[1] ?? '0'}${decimals}`), 10n ** BigInt(decimals.length)]
}

function divisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : divisor(b, a % b)
}
