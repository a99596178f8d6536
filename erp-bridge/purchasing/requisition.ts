/** Requisitions that fill a location up (R10, R11). */
import type { BridgeContext, BridgeEvent, DocumentDraft, RowSet } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import { draft, filled, headerOf, maybe } from '../documents/index.ts'
import { available, reorderQuantity, stockAt } from '../inventory/index.ts'
import { isWhole } from '../master-data/index.ts'
import type { Item } from '../master-data/index.ts'

/**
 * Orders what the stock row says is missing and books it as on order. It travels in a chain of its own: an order for tomorrow's
 * stock must not hold up what today's use has to book.
 */
export function requisition(
  event: BridgeEvent,
  context: BridgeContext,
  rows: RowSet,
  item: Item,
  location: string,
  department: string,
  day: string,
): DocumentDraft | null {
  const stock = stockAt(rows, location, item.item)
  const quantity = reorderQuantity(stock, isWhole(item.base_uom))
  if (quantity === 0) return null
  rows.put('stock', { ...stock, on_order: stock.on_order + quantity })
  const line = filled({
    line: 1,
    item: item.item,
    description: maybe(item.description),
    quantity: show(quantity),
    unit: item.base_uom,
    vendorCatalog: maybe(item.vendor_catalog),
  })
  const { case: _, ...header } = headerOf(event, context, day)
  const body = filled({ ...header, location, department: maybe(department), supplier: maybe(item.supplier), reason: 'min-max' as const, lines: [line] })
  const because = `stock of ${item.item} at ${location} fell to ${show(available(stock))} available, min is ${show(stock.min)}: ${show(quantity)} ${item.base_uom} fill it to ${show(available(stock) + quantity)}`
  return draft(event, context, 'requisition', body, { because, chain: `${event.id}.requisition` })
}
