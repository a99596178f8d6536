/** What a number or a date with a prefix asks for. */
import type { ResourceMatch } from '../../../channels/contract/index.ts'
import { spanOf } from './moments.ts'

export type SearchRange = NonNullable<ResourceMatch['range']>
type Prefix = SearchRange['prefix']

const PREFIXED = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(.*)$/s
const DAY = 86_400_000

function prefixOf(text: string): readonly [Prefix, string] {
  const match = PREFIXED.exec(text)
  return [(match?.[1] ?? 'eq') as Prefix, match?.[2] ?? '']
}

/** `ge2024-03`. `ap` is a day to each side: a tenth of the distance from now would make the same search find something else tomorrow. */
export function rangeOfDate(text: string): SearchRange | null {
  const [prefix, value] = prefixOf(text)
  const span = spanOf(value)
  if (span === null) return null
  return prefix === 'ap' ? { prefix, low: span.low - DAY, high: span.high + DAY } : { prefix, ...span }
}

/**
 * `lt5.40`. Without a prefix a number means what rounds to it, half a unit of its last digit to each side; with one that orders, the number
 * itself (R4 §3.1.1.4.6). `ap` is a tenth to each side.
 */
export function rangeOfNumber(text: string): SearchRange | null {
  const [prefix, value] = prefixOf(text)
  const match = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(value)
  if (match === null) return null
  const number = Number(value)
  if (!Number.isFinite(number)) return null
  if (prefix === 'ap') return { prefix, low: number - Math.abs(number) * 0.1, high: number + Math.abs(number) * 0.1 }
  if (prefix !== 'eq' && prefix !== 'ne') return { prefix, low: number, high: number }
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  // Half a unit of the last digit, as a digit more: 5.4 - 0.05 in binary is more than 5.35, which rounds to it.
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -10n : 10n)
  const scale = Number(exponent) - fraction.length - 1
  const at = (units: bigint) => Number(`${String(units)}e${String(scale)}`)
  // The upper end is not of it: 2 is not found by what is stored as 2.5.
  const [low, high] = [at(digits - 5n), at(digits + 5n)]
  return { prefix, low, high: high - Math.max(Math.abs(high), at(5n)) * Number.EPSILON }
}
