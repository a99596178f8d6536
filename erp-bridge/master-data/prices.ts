/** What a used supply cost: the event's own cost, or the price that holds on the day (R40, R7). */
import type { BridgeEvent, BridgeTables, Need } from '../../channels/contract/index.ts'
import { divide, stored, times } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { moneyOf, ownNeed } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import type { Item } from './items.ts'
import { factorTo } from './units.ts'
import type { Measured } from './units.ts'

export interface Cost {
  /** Exact, for one base unit. */
  readonly each: Fraction
  /** Exact, for the whole quantity: rounded only where a line is made (R37). */
  readonly extended: Fraction
  readonly currency: string
}

/** The price row for the day: the supplier's own before a general one, the latest start wins. */
function priceOn(rows: readonly Readonly<BridgeTables['price']>[], supplier: string, day: string): Readonly<BridgeTables['price']> | undefined {
  return rows
    .filter((row) => (row.supplier === supplier || row.supplier === '') && row.valid_from <= day && (row.valid_to === '' || day <= row.valid_to))
    .toSorted(
      (a, b) =>
        Number(b.supplier !== '') - Number(a.supplier !== '') ||
        (a.valid_from < b.valid_from ? 1 : a.valid_from > b.valid_from ? -1 : a.unit < b.unit ? -1 : 1),
    )[0]
}

/** @param measured null when the quantity isn't known yet: the cost of one is looked up all the same, so that every need shows at once */
export function findCost(event: BridgeEvent, lookup: Lookup, item: Item, supplier: string, day: string, measured: Measured | null): Cost | Need {
  const stated = moneyOf(event.body, 'unitCost')
  if (stated.kind === 'bad') {
    const text =
      stated.why === 'BAD_VALUE'
        ? 'The unit cost is not an amount of zero or more. Correct it.'
        : 'The unit cost has no ISO 4217 currency. Say it in the rule, or give it.'
    return ownNeed(event, stated.why, stated.why === 'BAD_VALUE' ? 'unitCost' : 'unitCost.currency', text)
  }
  const quantity = measured?.sent ?? { over: 0n, under: 1n }
  const factor = measured?.factor ?? { over: 1n, under: 1n }
  if (stated.kind === 'money') return { each: divide(stated.amount, factor), extended: times(stated.amount, quantity), currency: stated.currency }

  const row = priceOn(lookup.find('price', 'byItem', item.item), supplier, day)
  const perUnit = row && factorTo(lookup, item, row.unit)
  if (row && perUnit === null) {
    const text = `The price of item ${item.item} is for ${row.unit}, and no factor leads from it to ${item.base_uom}. Load it with \`aqueduct load units\`.`
    return { kind: 'UNKNOWN_UNIT', subject: `unit:${item.item}:${row.unit}`, field: '', place: 'unitCost', text }
  }
  if (!row || !perUnit) {
    const text = `Item ${item.item} has no price${supplier === '' ? '' : ` of supplier ${supplier}`} on ${day}, and the event carries no cost. Load it with \`aqueduct load prices\`.`
    return { kind: 'UNKNOWN_PRICE', subject: `price:${item.item}`, field: '', place: 'unitCost', text }
  }
  const each = divide(stored(row.price), perUnit)
  return { each, extended: times(each, times(quantity, factor)), currency: row.currency }
}
