/** Requisitions: what a location lacks, or what was asked for, in one document by group (R10, R11, R13). */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, DocumentDraft, RowSet } from '../../channels/contract/index.ts'
import { show, showFraction } from '../amounts.ts'
import { draft, filled, headerOf, maybe } from '../documents/index.ts'
import { available, reorderQuantity, stockAt } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { agreedPrice, isWhole, packOf } from '../master-data/index.ts'
import type { Item } from '../master-data/index.ts'
import { NOTICE_AFTER, notices } from '../notices.ts'
import { settled } from '../policies.ts'
import { advance, REPLENISHMENT } from '../processes/index.ts'
import { addDemand, demandBody, gather, groupKey, isActive, readDemand, takeDemand } from './demand.ts'
import type { DemandKind, DemandLine, Group, Priority, Wanted } from './demand.ts'

type RequisitionReason = 'min-max' | 'par' | 'requested' | 'consignment'

/** Quantities of one item on one line, with every event that asked for it (R13). */
function linesOf(rows: RowSet, demand: readonly DemandLine[], day: string) {
  const items = new Map<string, { readonly first: DemandLine; quantity: number; readonly origins: Set<string> }>()
  for (const line of demand) {
    const name = `${line.item}\u0001${line.unit}`
    const known = items.get(name) ?? { first: line, quantity: 0, origins: new Set<string>() }
    known.quantity += line.quantity
    known.origins.add(demandBody(line).eventId)
    items.set(name, known)
  }
  return [...items.values()].map(({ first, quantity, origins }, i) => {
    const item = rows.get('item', first.item)
    const body = demandBody(first)
    // Consigned stock is filled up at no price (R8).
    const price = item === undefined || first.kind === 'consignment' ? null : agreedPrice(rows, item, { supplier: body.supplier, day, currency: body.currency })
    return filled({
      line: i + 1,
      item: first.item,
      description: maybe(item?.description ?? ''),
      quantity: show(quantity),
      unit: first.unit,
      vendorCatalog: maybe(item?.vendor_catalog ?? ''),
      unitPrice: price === null ? undefined : showFraction(price),
      needed: maybe(first.needed),
      costCentre: maybe(body.costCentre),
      serviceLine: maybe(body.serviceLine),
      origins: [...origins],
    })
  })
}

/**
 * One requisition of all these lines, which are of one group. It travels in a chain of its own: an order for tomorrow's stock must
 * not hold up what today's use has to book.
 */
export function requisitionOf(event: BridgeEvent, context: BridgeContext, rows: RowSet, demand: readonly DemandLine[], nth = 1): DocumentDraft | null {
  const [first] = demand
  if (first === undefined) return null
  const group = demandBody(first)
  const day = demand.reduce((last, line) => (demandBody(line).day > last ? demandBody(line).day : last), '')
  const { case: _, ...header } = headerOf(event, context, day, { company: group.company, days: {} })
  const body = filled({
    ...header,
    location: group.location,
    department: maybe(group.department),
    costCentre: maybe(group.costCentre),
    serviceLine: maybe(group.serviceLine),
    supplier: maybe(group.supplier),
    currency: maybe(group.currency),
    needed: maybe(group.needed),
    priority: group.priority === 'stat' ? ('stat' as const) : undefined,
    reason: group.kind as RequisitionReason,
    lines: linesOf(rows, demand, day),
  })
  const because =
    demand.length === 1
      ? group.because
      : `${String(demand.length)} needs of ${group.location}${group.supplier === '' ? '' : ` from supplier ${group.supplier}`} gathered`
  const chain = `${event.id}.requisition${nth > 1 ? `.${String(nth)}` : ''}`
  const made = draft(event, context, 'requisition', body, { because, chain, nth })
  const key = context.keyOf(made.id)
  takeDemand(rows, demand, key)
  rows.put('requisition', newRow('requisition', { requisition: key, destination: made.destination, supplier: group.supplier, state: 'made', at: context.now }))
  // Its approval is awaited from now on, whether or not the ERP ever tells of it.
  advance(rows, event, context, { definition: REPLENISHMENT, subject: key, on: [] })
  const fact = { key, supplier: group.supplier, location: group.location, status: 'made' }
  notices(rows, event, context, NOTICE_AFTER.requisition + nth)('requisition.placed', key, fact)
  return made
}

/** The group of what a location needs of an item. */
export function groupOf(
  lookup: Pick<Lookup, 'get'>,
  context: BridgeContext,
  item: Item,
  wanted: {
    readonly location: string
    readonly company: string
    readonly kind: DemandKind
    readonly supplier?: string
    readonly needed?: string
    readonly priority?: Priority
    readonly bearer?: { readonly department: string; readonly costCentre: string; readonly serviceLine: string }
  },
): Group {
  const supplier = wanted.supplier ?? item.supplier
  const row = supplier === '' ? undefined : lookup.get('supplier', supplier)
  return {
    company: wanted.company,
    supplier,
    location: wanted.location,
    currency: row?.currency || context.policies.currency,
    kind: wanted.kind,
    needed: wanted.needed ?? '',
    priority: wanted.priority ?? 'routine',
    caseKey: '',
    // Stock is nobody's cost yet: its group does not depend on who used it up.
    department: wanted.bearer?.department ?? lookup.get('location', wanted.location)?.department ?? '',
    costCentre: wanted.bearer?.costCentre ?? '',
    serviceLine: wanted.bearer?.serviceLine ?? '',
  }
}

/** Loads what {@link orderUp} looks at. */
export function readOrderUp(lookup: Lookup, context: BridgeContext, item: Item, location: string, company: string): void {
  lookup.get('stock', location, item.item)
  lookup.get('location', location)
  readDemand(lookup, groupOf(lookup, context, item, { location, company, kind: 'min-max' }), item)
}

/** When the stock of an item is low at a location: a line that fills it up, and the requisition when nothing is gathered. */
export function orderUp(
  event: BridgeEvent,
  context: BridgeContext,
  rows: RowSet,
  item: Item,
  place: { readonly location: string; readonly company: string },
  day: string,
): DocumentDraft | null {
  const { when } = settled(context.policies).requisitions
  const stock = stockAt(rows, place.location, item.item)
  const wanted = reorderQuantity(stock, isWhole(item.base_uom), when)
  if (wanted === 0) return null
  const group = groupOf(rows, context, item, { ...place, kind: 'min-max' })
  // The supplier sells whole packs of the unit that the price holds for (R14, R15).
  const pack = packOf(rows, item, { supplier: group.supplier, day, currency: group.currency })
  const packs = pack === null ? 0 : Math.ceil(wanted / pack.size)
  const quantity = pack === null ? wanted : packs * pack.size
  const whole = pack === null ? '' : ` (${String(packs)} whole ${pack.unit})`
  const because = `stock of ${item.item} at ${place.location} fell to ${show(available(stock))} available, min is ${show(stock.min)}: ${show(quantity)} ${item.base_uom}${whole} fill it to ${show(available(stock) + quantity)}`
  return ask(event, context, rows, { group, item: item.item, quantity, unit: item.base_uom, day, because })
}

/**
 * Puts demand and makes the requisition of it, or leaves it to the group's timer: while others may still join, and when item or
 * supplier may not be ordered, so that a person sees it there and what happened goes on.
 */
export function ask(event: BridgeEvent, context: BridgeContext, rows: RowSet, wanted: Wanted): DocumentDraft | null {
  const line = addDemand(rows, event, wanted)
  const { gatherMs } = settled(context.policies).requisitions
  const { supplier, priority } = wanted.group
  const blocked = [rows.get('item', wanted.item)?.status, supplier === '' ? '' : rows.get('supplier', supplier)?.status].some(
    (status) => !isActive(status ?? ''),
  )
  if (!blocked && (gatherMs === 0 || priority === 'stat')) return requisitionOf(event, context, rows, [line], wanted.nth ?? 1)
  gather(rows, context, groupKey(wanted.group), blocked ? 0 : gatherMs, event.destination)
  return null
}
