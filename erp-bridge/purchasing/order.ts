/** Bill-only and bill-and-replace orders: one for each use, made after it (R3, R4). */
import type { BridgeContext, BridgeEvent, DocumentDraft, Need } from '../../channels/contract/index.ts'
import { roundMoney, show, showFraction } from '../amounts.ts'
import { bearerOf, draft, filled, headerOf, lotOf, maybe, performerOf } from '../documents/index.ts'
import type { Lookup } from '../lookup.ts'
import type { Cost, Item, Place } from '../master-data/index.ts'

/** An order or a settlement needs a supplier that may be ordered from. */
export function supplierNeeds(lookup: Lookup, item: Item, supplier: string): readonly Need[] {
  if (supplier === '') {
    return [
      {
        kind: 'UNKNOWN_SUPPLIER',
        subject: `item:${item.item}`,
        field: 'supplier',
        place: 'supplier',
        text: `Item ${item.item} has no supplier and the event says none. Load the item with one, or give it.`,
      },
    ]
  }
  const row = lookup.get('supplier', supplier)
  if (row && (row.status === '' || row.status === 'active')) return []
  const text = row
    ? `Supplier ${supplier} is ${row.status}. Release it, or give another.`
    : `${supplier} is not in the supplier master. Load it with \`aqueduct load suppliers\`.`
  return [{ kind: 'UNKNOWN_SUPPLIER', subject: `supplier:${supplier}`, field: 'supplier', place: 'supplier', text }]
}

export interface Ordered {
  readonly item: Item
  readonly place: Place
  readonly supplier: string
  /** Base units, scaled by 10⁶. */
  readonly quantity: number
  readonly cost: Cost
  readonly day: string
  readonly orderType: 'bill-only' | 'bill-and-replace'
}

/** Bill-only expects no receipt, bill-and-replace does. The order stops at the policy's state: the bridge never approves (R42). */
export function orderDocument(event: BridgeEvent, context: BridgeContext, ordered: Ordered): DocumentDraft {
  const { item, place, cost, orderType } = ordered
  const quantity = show(ordered.quantity)
  const line = filled({
    line: 1,
    item: item.item,
    description: maybe(item.description),
    quantity,
    unit: item.base_uom,
    vendorCatalog: maybe(item.vendor_catalog),
    ...lotOf(event),
    unitPrice: showFraction(cost.each),
    currency: cost.currency,
    amount: roundMoney(cost.extended, cost.currency),
  })
  const body = filled({
    ...headerOf(event, context, ordered.day),
    orderType,
    state: context.policies.orderState,
    receiptExpected: orderType === 'bill-and-replace',
    supplier: ordered.supplier,
    currency: cost.currency,
    performer: performerOf(event),
    ...bearerOf(place),
    location: maybe(place.location),
    lines: [line],
  })
  return draft(event, context, 'purchase-order', body, {
    because: `${quantity} ${item.base_uom} of ${item.item} used, ${orderType} from supplier ${ordered.supplier}`,
  })
}
