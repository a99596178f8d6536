/** Min/max replenishment (R10, R11) and PAR (R9). */
import { SCALE } from '../../channels/contract/index.ts'
import type { Stock } from './stock.ts'

/** When it is time to order: at the minimum or below it, or only below it. */
export type ReorderWhen = 'at-or-below' | 'below'

/** What is or will be there and is not promised: on hand + on order − demand, scaled by 10⁶. */
export function available(stock: Stock): number {
  return stock.on_hand + stock.on_order - stock.demand
}

/** Is it time to order? A row without a maximum is not reordered. */
export function isLow(stock: Stock, when: ReorderWhen = 'at-or-below'): boolean {
  return stock.max > 0 && (when === 'below' ? available(stock) < stock.min : available(stock) <= stock.min)
}

/**
 * How much to order, scaled by 10⁶, or 0: from the available up to the maximum, at least the minimum order, rounded up to the
 * order multiple, and to whole units when the item is only counted whole. What is ordered counts as available, so a second look
 * orders nothing (R11).
 */
export function reorderQuantity(stock: Stock, whole: boolean, when: ReorderWhen = 'at-or-below'): number {
  if (!isLow(stock, when)) return 0
  const wanted = stock.max - available(stock)
  return wanted <= 0 ? 0 : upTo(Math.max(wanted, stock.min_order), stock.multiple, whole)
}

/** R9: PAR − counted − what is on order and has not come (R11), rounded up to the unit of issue (the order multiple). 0 when enough is there or comes. */
export function parQuantity(stock: Stock, counted: number, onOrder: number, whole: boolean): number {
  const wanted = stock.par - counted - onOrder
  return wanted <= 0 ? 0 : upTo(wanted, stock.multiple, whole)
}

function upTo(wanted: number, multiple: number, whole: boolean): number {
  const quantity = multiple > 0 ? Math.ceil(wanted / multiple) * multiple : wanted
  return whole ? Math.ceil(quantity / SCALE) * SCALE : quantity
}
