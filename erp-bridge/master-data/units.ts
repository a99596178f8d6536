/** Units by exact rational factors (R14, R15, R17). Never 1:1 by guess. */
import { SCALE } from '../../channels/contract/index.ts'
import type { BridgeEvent, Need } from '../../channels/contract/index.ts'
import { fraction, isExact, times, toStored } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { isHuge, ownNeed, quantityOf } from '../facts.ts'
import type { Lookup, Rows } from '../lookup.ts'
import type { Item } from './items.ts'

/** Units that only come whole. */
const WHOLE: ReadonlySet<string> = new Set(['EA', 'PC', 'BX', 'CS', 'CA', 'PK', 'CT', 'DZ', 'KT', 'ST', 'PR', 'RL', 'BG', 'VL', 'TB', 'SET'])

/** Is the unit only counted whole (R17)? */
export function isWhole(unit: string): boolean {
  return WHOLE.has(unit)
}

/** The most that a quantity may be, scaled by 10⁶: a thousand million, so that sums of quantities stay exact too. */
const MOST = 1_000_000_000 * SCALE

/** What is missing when the quantity is none. */
export function quantityNeeds(event: BridgeEvent): readonly Need[] {
  if (quantityOf(event.body) !== null) return []
  return [isHuge(event.body) ? tooLarge(event) : ownNeed(event, 'BAD_VALUE', 'quantity', 'The quantity is not a number above zero. Correct it.')]
}

function tooLarge(event: BridgeEvent): Need {
  return ownNeed(event, 'BAD_VALUE', 'quantity', 'The quantity is too large: more than a thousand million is not kept. Correct it.')
}

/** Factor from `unit` to the item's base unit, or null when none is on file. An item's own factor wins over a general one. */
export function factorTo(lookup: Rows, item: Item, unit: string): Fraction | null {
  if (unit === '' || unit === item.base_uom) return fraction(1)
  const own = lookup.get('unit', item.item, unit)
  const general = lookup.get('unit', '', unit)
  const row = own ?? general
  return row && row.numerator > 0 && row.denominator > 0 ? fraction(row.numerator, row.denominator) : null
}

export interface Measured {
  /** In base units, scaled by 10⁶; positive. */
  readonly base: number
  /** As sent. */
  readonly sent: Fraction
  /** Sent unit × factor = base units. */
  readonly factor: Fraction
}

/** The event's quantity in the item's base unit, or what is needed to know it. @param zero a count may find nothing */
export function measure(event: BridgeEvent, lookup: Lookup, item: Item, zero = false): Measured | Need {
  const quantity = quantityOf(event.body, zero)
  if (quantity === null) return quantityNeeds(event)[0] ?? tooLarge(event)
  const factor = factorTo(lookup, item, quantity.unit)
  if (factor === null) {
    const text = `No factor leads from ${quantity.unit} to ${item.base_uom} for item ${item.item}. Load it with \`aqueduct load units\`.`
    return { kind: 'UNKNOWN_UNIT', subject: `unit:${item.item}:${quantity.unit}`, field: '', place: 'quantity', text }
  }
  const exact = times(quantity.value, factor)
  const base = toStored(exact)
  if (base === null || base > MOST) return tooLarge(event)
  if (!isExact(exact)) return ownNeed(event, 'BAD_VALUE', 'quantity', `The quantity has more decimals in ${item.base_uom} than can be kept. Correct it.`)
  if (isWhole(item.base_uom) && exact.over % exact.under !== 0n) {
    return ownNeed(event, 'BAD_VALUE', 'quantity', `The quantity is not whole in ${item.base_uom}, which is only counted whole (R17). Correct it.`)
  }
  return { base, sent: quantity.value, factor }
}
