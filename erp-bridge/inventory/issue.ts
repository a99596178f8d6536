/** Goods issues (owned stock) and consumption of consigned stock (R2, R7). */
import type { BridgeContext, BridgeEvent, DocumentDraft } from '../../channels/contract/index.ts'
import { show, showFraction } from '../amounts.ts'
import { bearerOf, draft, filled, headerOf, lotOf, maybe } from '../documents/index.ts'
import type { Posted } from '../documents/index.ts'
import type { Cost, Item, Place } from '../master-data/index.ts'

export interface Issued {
  readonly item: Item
  readonly place: Place
  readonly supplier: string
  /** Base units, scaled by 10⁶. */
  readonly quantity: number
  readonly cost: Cost | null
  readonly day: string
  readonly waste: boolean
  readonly consigned: boolean
  /** Company and posting day (R35). */
  readonly posted?: Posted
}

export function issueDocument(event: BridgeEvent, context: BridgeContext, issued: Issued): DocumentDraft {
  const { item, place, cost } = issued
  const quantity = show(issued.quantity)
  const line = filled({
    line: 1,
    item: item.item,
    description: maybe(item.description),
    quantity,
    unit: item.base_uom,
    ...lotOf(event),
    unitCost: cost === null ? undefined : showFraction(cost.each),
    currency: cost?.currency,
  })
  const body = filled({
    ...headerOf(event, context, issued.day, issued.posted, 'goods-issue'),
    location: maybe(place.location),
    ...bearerOf(place),
    reason: issued.waste ? ('waste' as const) : ('usage' as const),
    consigned: issued.consigned,
    supplier: issued.consigned ? maybe(issued.supplier) : undefined,
    lines: [line],
  })
  const what = `${quantity} ${item.base_uom} of ${item.item}`
  const where = place.location === '' ? '' : ` at ${place.location}`
  const verb = issued.waste ? 'wasted' : 'used'
  const because = issued.consigned ? `${what} on consignment ${verb}${where}: ownership passes on use` : `${what} ${verb}${where} from owned stock`
  return draft(event, context, 'goods-issue', body, { because })
}
