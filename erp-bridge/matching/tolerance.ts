/** Tolerances: ±amount and ±% with a cap, the stricter of the two holds (R19, R20). */
import type { MatchingPolicy, Tolerance } from '../../channels/contract/index.ts'
import { fraction, parseDecimal, times } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'

export type Tolerances = MatchingPolicy['tolerances'][number]

export const ZERO = fraction(0)
export function add(a: Fraction, b: Fraction): Fraction {
  return { over: a.over * b.under + b.over * a.under, under: a.under * b.under }
}
export function minus(a: Fraction, b: Fraction): Fraction {
  return add(a, { over: -b.over, under: b.under })
}
export function compare(a: Fraction, b: Fraction): number {
  const difference = a.over * b.under - b.over * a.under
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}
export function size(a: Fraction): Fraction {
  return a.over < 0n ? { over: -a.over, under: a.under } : a
}

/** The tolerances that hold: the first of the policy that fits supplier (or its parent) and category; '' fits all. */
export function tolerancesFor(policy: MatchingPolicy, suppliers: readonly string[], category: string): Tolerances | undefined {
  return policy.tolerances.find((one) => (one.supplier === '' || suppliers.includes(one.supplier)) && (one.category === '' || one.category === category))
}

/** How far it may be off: the stricter of the amount and the capped percentage of `expected`. Null: no bound. */
export function boundOf(tolerance: Tolerance, expected: Fraction): Fraction | null {
  const amount = tolerance.amount === null ? null : parseDecimal(tolerance.amount)
  const percent = tolerance.percent === null ? null : parseDecimal(tolerance.percent)
  const cap = tolerance.cap === null ? null : parseDecimal(tolerance.cap)
  let share = percent === null ? null : times(size(expected), { over: percent.over, under: percent.under * 100n })
  if (share !== null && cap !== null && compare(share, cap) > 0) share = cap
  if (amount === null || share === null) return amount ?? share
  return compare(amount, share) < 0 ? amount : share
}

/** Is the difference outside? With direction `above` only too much counts. */
export function isOutside(tolerance: Tolerance, difference: Fraction, expected: Fraction): boolean {
  if (tolerance.direction === 'above' && difference.over <= 0n) return false
  const bound = boundOf(tolerance, expected)
  return bound !== null && compare(size(difference), bound) > 0
}
