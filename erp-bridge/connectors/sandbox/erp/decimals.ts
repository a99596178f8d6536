/** Decimal texts as integers of millionths, so that sums are exact. */
const SIX = 6

/** `-12.5` → -12500000n. More than six decimals are cut. */
export function millionths(text: string): bigint {
  const negative = text.startsWith('-')
  const [whole = '0', part = ''] = text.replace('-', '').split('.')
  const value = BigInt(whole + part.slice(0, SIX).padEnd(SIX, '0'))
  return negative ? -value : value
}

/** -12500000n → `-12.5`. */
export function shownDecimal(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(SIX + 1, '0')
  const part = digits.slice(-SIX).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SIX)}${part === '' ? '' : `.${part}`}`
}
