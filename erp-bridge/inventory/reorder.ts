/** Min/max replenishment (R10, R11). */
import { SCALE } from '../../channels/contract/index.ts'
import type { Stock } from './stock.ts'

/** What is or will be there and is not promised: on hand + on order − demand, scaled by 10⁶. */
export function available(stock: Stock): number {
  return stock.on_hand + stock.on_order - stock.demand
}

/** Is it time to order? A row without a maximum is not reordered. */
export function isLow(stock: Stock): boolean {
  return stock.max > 0 && available(stock) <= stock.min
}

/**
 * How much to order, scaled by 10⁶, or 0: from the available up to the maximum, rounded up to the order multiple, and to whole
 * units when the item is only counted whole. What is ordered counts as available, so a second look orders nothing (R11).
 */
export function reorderQuantity(stock: Stock, whole: boolean): number {
  if (!isLow(stock)) return 0
  const wanted = stock.max - available(stock)
  if (wanted <= 0) return 0
  const quantity = stock.multiple > 0 ? Math.ceil(wanted / stock.multiple) * stock.multiple : wanted
  return whole ? Math.ceil(quantity / SCALE) * SCALE : quantity
}
