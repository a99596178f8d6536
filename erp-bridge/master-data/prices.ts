/** What a used supply cost: the event's own cost, or the price that holds on the day (R40, R7). */
import type { BridgeEvent, BridgeTables, Need } from '../../channels/contract/index.ts'
import { minorUnits } from '../../canonical/index.ts'
import { divide, fraction, roundTo, showFraction, stored, times, toStored } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { moneyOf, ownNeed } from '../facts.ts'
import type { Lookup, Rows } from '../lookup.ts'
import type { Item } from './items.ts'
import { holdsOn } from './places.ts'
import { factorTo } from './units.ts'
import type { Measured } from './units.ts'

export interface Cost {
  /** Exact, for one base unit. */
  readonly each: Fraction
  /** Exact, for the whole quantity: rounded only where a line is made (R37). */
  readonly extended: Fraction
  readonly currency: string
  /** Contract that the price is of; '' when it is of none, or stated. */
  readonly contract: string
}

/** The price row for the day: the supplier's own before a general one, the latest start wins. A contract that does not hold has no prices. */
function priceOn(lookup: Rows, rows: readonly Readonly<BridgeTables['price']>[], supplier: string, day: string): Readonly<BridgeTables['price']> | undefined {
  const inContract = (row: Readonly<BridgeTables['price']>): boolean => {
    const contract = row.contract === '' ? undefined : lookup.get('contract', row.contract)
    return contract === undefined || ((contract.status === '' || contract.status === 'active') && holdsOn(contract, day))
  }
  return rows
    .filter((row) => (row.supplier === supplier || row.supplier === '') && row.valid_from <= day && (row.valid_to === '' || day <= row.valid_to))
    .filter(inContract)
    .toSorted(
      (a, b) =>
        Number(b.supplier !== '') - Number(a.supplier !== '') ||
        (a.valid_from < b.valid_from ? 1 : a.valid_from > b.valid_from ? -1 : a.unit < b.unit ? -1 : 1),
    )[0]
}

/** What a cost depends on besides the item. */
export interface Priced {
  readonly supplier: string
  readonly day: string
  /** Null when the quantity isn't known yet: the cost of one is looked up all the same, so that every need shows at once. */
  readonly measured: Measured | null
  /** What is ordered or settled goes at the contract price, and a stated cost is only evidence (R3). Owned stock goes at the stated cost. */
  readonly byContract: boolean
}

export function findCost(event: BridgeEvent, lookup: Lookup, item: Item, priced: Priced): Cost | Need {
  const stated = moneyOf(event.body, 'unitCost')
  if (stated.kind === 'bad') {
    const text =
      stated.why === 'BAD_VALUE'
        ? 'The unit cost is not an amount of zero or more. Correct it.'
        : 'The unit cost has no ISO 4217 currency. Say it in the rule, or give it.'
    return ownNeed(event, stated.why, stated.why === 'BAD_VALUE' ? 'unitCost' : 'unitCost.currency', text)
  }
  const quantity = priced.measured?.sent ?? fraction(0)
  const factor = priced.measured?.factor ?? fraction(1)
  const own =
    stated.kind === 'money' ? { each: divide(stated.amount, factor), extended: times(stated.amount, quantity), currency: stated.currency, contract: '' } : null
  if (own && !priced.byContract) return kept(event, own)
  const contract = contractCost(lookup, item, priced, times(quantity, factor))
  if (own && contract === null) return kept(event, own)
  if (contract === null) {
    const of = priced.supplier === '' ? '' : ` of supplier ${priced.supplier}`
    const text = `Item ${item.item} has no price${of} on ${priced.day}, and the event carries no cost. Load it with \`aqueduct load prices\`.`
    return { kind: 'UNKNOWN_PRICE', subject: `price:${item.item}`, field: '', place: 'unitCost', text }
  }
  if ('subject' in contract) return contract
  if (stated.kind === 'money' && priced.measured !== null) {
    const agreed = times(contract.each, factor)
    if (stated.currency !== contract.currency || !agrees(stated.amount, agreed, stated.currency)) {
      const price = `${showFraction(agreed)} ${contract.currency}`
      const text = `The stated unit cost of item ${item.item} is ${showFraction(stated.amount)} ${stated.currency}, the contract price on ${priced.day} is ${price} (R3). Give ${price} to order at it, or load the right price with \`aqueduct load prices\` and retry.`
      return ownNeed(event, 'BAD_VALUE', 'unitCost', text)
    }
  }
  return kept(event, contract)
}

/** Does a stated cost say the contract price, as exactly as it was stated? */
function agrees(stated: Fraction, agreed: Fraction, currency: string): boolean {
  const decimals = Math.max(minorUnits(currency) ?? 0, String(stated.under).length - 1)
  return roundTo(stated, decimals) === roundTo(agreed, decimals)
}

/** The price on the day for a quantity in base units; null when there is none. */
function contractCost(lookup: Lookup, item: Item, { supplier, day }: Priced, quantity: Fraction): Cost | Need | null {
  const row = priceOn(lookup, lookup.find('price', 'byItem', item.item), supplier, day)
  if (!row) return null
  const perUnit = factorTo(lookup, item, row.unit)
  if (perUnit === null) {
    const text = `The price of item ${item.item} is for ${row.unit}, and no factor leads from it to ${item.base_uom}. Load it with \`aqueduct load units\`.`
    return { kind: 'UNKNOWN_UNIT', subject: `unit:${item.item}:${row.unit}`, field: '', place: 'unitCost', text }
  }
  if (minorUnits(row.currency) === undefined) {
    const text = `The price of item ${item.item} on ${day} has no ISO 4217 currency. Load it with one by \`aqueduct load prices\`, and retry.`
    return { kind: 'UNKNOWN_CURRENCY', subject: `price:${item.item}`, field: '', place: 'unitCost', text }
  }
  const each = divide(stored(row.price), perUnit)
  return { each, extended: times(each, quantity), currency: row.currency, contract: row.contract }
}

/** Loads what {@link agreedPrice} looks at, whatever the day and the supplier. */
export function readPrices(lookup: Lookup, item: Item): void {
  for (const row of lookup.find('price', 'byItem', item.item)) {
    if (row.contract !== '') lookup.get('contract', row.contract)
    factorTo(lookup, item, row.unit)
  }
}

/** The contract price of one base unit on a day, exact (R13, R40). Null when none is on file, no factor leads to it, or it is in another currency. */
export function agreedPrice(rows: Rows, item: Item, agreed: { readonly supplier: string; readonly day: string; readonly currency: string }): Fraction | null {
  const row = priceOn(rows, rows.find('price', 'byItem', item.item), agreed.supplier, agreed.day)
  const perUnit = row === undefined ? null : factorTo(rows, item, row.unit)
  return row === undefined || perUnit === null || row.currency !== agreed.currency ? null : divide(stored(row.price), perUnit)
}

/** The pack in which the contract price holds, in base units scaled by 10⁶ (R14, R15). Null when it holds for base units, or for no whole number of them. */
export function packOf(
  rows: Rows,
  item: Item,
  agreed: { readonly supplier: string; readonly day: string; readonly currency: string },
): { readonly size: number; readonly unit: string } | null {
  const row = priceOn(rows, rows.find('price', 'byItem', item.item), agreed.supplier, agreed.day)
  const factor = row === undefined ? null : factorTo(rows, item, row.unit)
  if (row === undefined || factor === null || row.currency !== agreed.currency || factor.over % factor.under !== 0n) return null
  const size = toStored(factor)
  return size === null || factor.over === factor.under ? null : { size, unit: row.unit }
}

/** The cost, when it is small enough to be kept. */
function kept(event: BridgeEvent, cost: Cost): Cost | Need {
  if (toStored(cost.each) !== null && toStored(cost.extended) !== null) return cost
  return ownNeed(
    event,
    'BAD_VALUE',
    'unitCost',
    'The cost of the quantity is larger than can be kept. Correct the unit cost, or discard and have it sent again.',
  )
}
