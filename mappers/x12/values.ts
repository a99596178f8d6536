/** Values of X12 data types, exactly: decimal text in, decimal text out; dates that exist. */

/** R: a decimal with an explicit point, `.5`, `12.`, `-3`. Exponents are refused. Null when it is none. */
export function readReal(text: string): string | null {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text) ?? []
  if (whole === '' && fraction === '') return null
  return signed(sign, `${whole.replace(/^0+(?=\d)/, '') || '0'}${fraction === '' ? '' : `.${fraction}`}`)
}

/** Nn: digits with `places` of them behind a point that is not written: `12345` with two is `123.45`. */
export function readImplied(text: string, places: number): string | null {
  const [, sign = '', digits] = /^(-?)(\d+)$/.exec(text) ?? []
  if (digits === undefined) return null
  const padded = digits.padStart(places + 1, '0')
  const whole = padded.slice(0, padded.length - places).replace(/^0+(?=\d)/, '')
  return signed(sign, places === 0 ? whole : `${whole}.${padded.slice(-places)}`)
}

function signed(sign: string, value: string): string {
  return sign === '-' && /[1-9]/.test(value) ? `-${value}` : value
}

/** The digits of Nn, or null when the decimal has more places than that. */
export function writeImplied(decimal: string, places: number): string | null {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? []
  const kept = fraction.replace(/0+$/, '')
  if (whole === '' || kept.length > places) return null
  return sign + (whole + kept.padEnd(places, '0')).replace(/^0+(?=\d)/, '')
}

/** DT: `20260301` or `260301` (of this century) as `2026-03-01`; null when there is no such day. */
export function readDate(text: string): string | null {
  const full = /^\d{6}$/.test(text) ? `20${text}` : text
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(full) ?? []
  if (year === undefined || month === undefined || day === undefined) return null
  const leap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0)
  const length = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 0
  return Number(day) >= 1 && Number(day) <= length ? `${year}-${month}-${day}` : null
}

export function isTime(text: string): boolean {
  return /^([01]\d|2[0-3])[0-5]\d([0-5]\d(\d{1,2})?)?$/.test(text)
}

/** Sum of decimals, exact; as many places as the longest has. */
export function sumDecimals(values: readonly string[]): string {
  const places = Math.max(0, ...values.map((value) => value.split('.')[1]?.length ?? 0))
  const sum = values.reduce((total, value) => total + BigInt(unscaled(value, places)), 0n)
  return readImplied(String(sum), places) ?? '0'
}

export function negate(value: string): string {
  return value.startsWith('-') ? value.slice(1) : signed('-', value)
}

function unscaled(value: string, places: number): string {
  const [whole = '0', fraction = ''] = value.split('.')
  return whole + fraction.padEnd(places, '0')
}
