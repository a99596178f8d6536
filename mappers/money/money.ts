/** Amounts as decimal strings with an ISO 4217 currency. Never binary floating point. */
import { Decimal } from 'decimal.js'

const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -60, toExpPos: 60 })

/** Currencies whose minor unit is not a hundredth (ISO 4217 list one). */
const DIGITS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLF: 4,
}

/** Currencies of ISO 4217 list one that circulate; funds, metals and test codes are left out. */
const HUNDREDTHS =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG'

const KNOWN: ReadonlyMap<string, number> = new Map([...HUNDREDTHS.split(' ').map((code) => [code, 2] as const), ...Object.entries(DIGITS)])

/** Digits of the minor unit (JPY 0, USD 2, KWD 3), or undefined when the code is not an ISO 4217 currency. */
export function currencyDigits(code: string): number | undefined {
  return KNOWN.get(code)
}

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
