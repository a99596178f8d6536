/** Composite values of canonical fields, made from their parts. */
import { minorUnits } from '../../canonical/index.ts'
import { plainHyphens, readFigure, Refusal } from './values.ts'

export interface Code {
  readonly code: string
  readonly system?: string
  readonly text?: string
}
export interface Identifier {
  readonly value: string
  readonly system?: string
  readonly type?: string
}
export interface Quantity {
  readonly value: string
  /** '' is the item's base unit, as the item master says. */
  readonly unit: string
}
export interface Money {
  readonly amount: string
  readonly currency: string
}

export function codeOf(code: string, system: string, text: string): Code {
  return { code: plainHyphens(code), ...(system === '' ? {} : { system }), ...(text === '' ? {} : { text }) }
}

const NO_CURRENCY = new Refusal('UNKNOWN_CURRENCY', 'The amount has no currency: have the sender state it, or name it in the rule (`currency: …`).')
const BAD_CURRENCY = new Refusal('UNKNOWN_CURRENCY', 'The currency stated is not an ISO 4217 code.')

/**
 * @param extended an amount that is booked as it stands: it may have no more decimals than its currency, where a price of one
 *   may (R37)
 */
export function moneyOf(text: string, stated: string, fallback: string, extended: boolean): Money | Refusal {
  const amount = readFigure(text)
  if (amount instanceof Refusal) return amount
  const currency = (stated === '' ? fallback : stated).toUpperCase()
  if (currency === '') return NO_CURRENCY
  const decimals = minorUnits(currency)
  if (decimals === undefined) return BAD_CURRENCY
  if (extended && decimalsOf(amount) > decimals)
    return new Refusal('BAD_VALUE', `The amount has more decimals than ${currency}, which has ${decimals}: it is not rounded here. Have the sender round it.`)
  return { amount, currency }
}

/** How many decimals count: zeros at the end do not. */
function decimalsOf(amount: string): number {
  return /\.(\d*?)0*$/.exec(amount)?.[1]?.length ?? 0
}

export function quantityOf(text: string, unit: string): Quantity | Refusal {
  const value = readFigure(text)
  return value instanceof Refusal ? value : { value, unit }
}
