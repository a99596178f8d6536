/** Amounts as decimal strings with an ISO 4217 currency. Never binary floating point. */
import { Decimal } from 'decimal.js'

const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -60, toExpPos: 60 })

/** Rounds half up (away from zero) to `digits` decimals, which are always written: `1.005` to 2 is `1.01`. */
export function roundAmount(amount: string, digits: number): string {
  return new Exact(amount).toFixed(digits, Decimal.ROUND_HALF_UP)
}

/** quantity × price, exact, in plain digits. */
export function extend(quantity: string, price: string): string {
  return new Exact(quantity).times(price).toFixed()
}

/**
 * Splits `total` by weights into amounts of `digits` decimals that add up to the rounded total: each but the last is rounded,
 * the last bears the remainder.
 *
 * @param weights decimal strings, not negative, with a positive sum
 */
export function allocate(total: string, weights: readonly string[], digits: number): string[] {
  const whole = new Exact(roundAmount(total, digits))
  const sum = weights.reduce((all, weight) => all.plus(weight), new Exact(0))
  if (sum.lte(0)) return weights.map(() => new Exact(0).toFixed(digits))
  let left = whole
  return weights.map((weight, i) => {
    const share = i === weights.length - 1 ? left : new Exact(whole.times(weight).div(sum).toFixed(digits, Decimal.ROUND_HALF_UP))
    left = left.minus(share)
    return share.toFixed(digits)
  })
}
