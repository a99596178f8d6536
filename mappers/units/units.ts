/** Units of measure as exact rational factors to a base unit: a case of 6 is 6/1, a sixth of a case is 1/6. */

/** quantity in base units = quantity × numerator ÷ denominator. Both are positive integers. */
export interface Factor {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** The factor of `parts` units in one (PKG-4: a box holds 10). */
export function factorOf(numerator: bigint | number, denominator: bigint | number = 1): Factor | null {
  const [n, d] = [BigInt(numerator), BigInt(denominator)]
  return n > 0n && d > 0n ? reduce(n, d) : null
}

/** From case to each through box: case → box, then box → each. */
export function compose(first: Factor, second: Factor): Factor {
  return reduce(first.numerator * second.numerator, first.denominator * second.denominator)
}

/** The way back. */
export function invert(factor: Factor): Factor {
  return { numerator: factor.denominator, denominator: factor.numerator }
}

/**
 * A quantity in base units, exactly.
 *
 * @param quantity decimal string
 * @returns a decimal string, or null when the result has no end within `digits` decimals: never a rounded guess
 */
export function convertQuantity(quantity: string, factor: Factor, digits = 6): string | null {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(quantity)
  if (!found) return null
  const [, sign = '', whole = '', fraction = ''] = found
  const scaled = BigInt(whole + fraction) * factor.numerator * 10n ** BigInt(digits)
  const divisor = factor.denominator * 10n ** BigInt(fraction.length)
  if (scaled % divisor !== 0n) return null
  const result = (scaled / divisor).toString().padStart(digits + 1, '0')
  const decimals = result.slice(result.length - digits).replace(/0+$/, '')
  const number = result.slice(0, result.length - digits) + (decimals === '' ? '' : '.' + decimals)
  return number === '0' ? '0' : sign + number
}

function reduce(numerator: bigint, denominator: bigint): Factor {
  let [a, b] = [numerator, denominator]
  while (b !== 0n) [a, b] = [b, a % b]
  return { numerator: numerator / a, denominator: denominator / a }
}
