/** SupplyUsed and SupplyWasted: from a used supply to stock, orders and journals, by ownership (R1–R6, R25–R28). */
import { newRow } from '../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Decision, DocumentDraft, Need, RowSet } from '../channels/contract/index.ts'
import { OWNERSHIPS } from '../canonical/index.ts'
import type { Ownership } from '../canonical/index.ts'
import { show, toStored } from './amounts.ts'
import { lotOf, performerOf } from './documents/index.ts'
import { dayNeeds, dayOfEvent, ownNeed, textOf } from './facts.ts'
import { bookCost, understandBooking } from './finance/index.ts'
import type { CostBooking } from './finance/index.ts'
import { issueDocument, move, readPieces, scheduledLines, useScheduled } from './inventory/index.ts'
import type { Pieces, ScheduledLine } from './inventory/index.ts'
import type { Lookup } from './lookup.ts'
import { deviceNeeds, findCost, findItem, findPlace, itemNeeds, lotNeeds, measure, quantityNeeds, serialNeeds } from './master-data/index.ts'
import type { Cost, Item, Place } from './master-data/index.ts'
import { notices } from './notices.ts'
import { flowOf, ownerOf, settled } from './policies.ts'
import { ask, groupOf, orderUp, orderUsed, readDemand, readOrderUp, supplierNeeds, usedGroup } from './purchasing/index.ts'
import { applyAgain, tellerOf, toldBefore } from './told-again.ts'
import type { Understood, Waits } from './understood.ts'

export type { Understood } from './understood.ts'

/** Everything that is known about a use before anything is changed. */
export interface Use {
  readonly item: Item
  readonly ownership: Ownership
  readonly place: Place
  readonly supplier: string
  readonly quantity: number
  readonly cost: Cost | null
  readonly day: string
  readonly waste: boolean
  readonly booking: CostBooking
  /** What its case was expected to use of it. */
  readonly scheduled: readonly ScheduledLine[]
}

/** The use was told before by another. */
interface Again {
  readonly first: Readonly<BridgeTables['usage']>
}

/** `case|item`: what a reversal without a business key finds. '' without a case. */
export function caseItemOf(event: BridgeEvent, item: string): string {
  const key = event.caseKey || textOf(event.body, 'case')
  return key === '' ? '' : `${key}|${item}`
}

/** Which rows and which answers this use needs; all needs at once, so that a person sees everything in one go. */
export function understandUse(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<Use | Again> | Waits {
  if (lookup.get('usage', event.message, event.n)) return { kind: 'nothing' }
  const stated = textOf(event.body, 'ownership')
  if (stated === 'charge-only') return { kind: 'nothing' }
  const { item, needs: identity } = findItem(event, lookup)
  const first = item === undefined ? null : toldBefore(event, lookup, item.item, caseItemOf(event, item.item))
  if (first !== null) return { kind: 'plan', plan: { first } }
  const day = dayOfEvent(event)
  const needs: Need[] = [...identity, ...dayNeeds(event, context, day, 'use'), ...quantityNeeds(event)]
  const ownership = OWNERSHIPS.find((one) => one === (stated || item?.ownership || 'owned'))
  if (ownership === undefined) needs.push(ownNeed(event, 'BAD_VALUE', 'ownership', `Ownership must be one of ${OWNERSHIPS.join(', ')}. Correct it.`))
  const booked = ownership !== 'par' && ownership !== 'charge-only'
  const placing = { policies: context.policies, day: day ?? '', category: item?.category ?? '' }
  const place = findPlace(event, lookup, booked && ownership === 'owned', booked, placing)
  if (booked) needs.push(...place.needs)
  if (item === undefined) return { kind: 'needs', needs }

  needs.push(...itemNeeds(item))
  if (ownership !== 'charge-only') needs.push(...lotNeeds(event, lookup, item, day), ...deviceNeeds(event, lookup, item, ownership ?? item.ownership))
  const measured = measure(event, lookup, item)
  if ('subject' in measured) needs.push(measured)
  needs.push(...serialNeeds(event, lookup, item, 'subject' in measured ? null : measured.base))
  if (ownership === 'bill-only') needs.push(...billOnlyNeeds(event, context))
  const supplier = textOf(event.body, 'supplier') || item.supplier
  let cost: Cost | null = null
  if (booked) {
    if (ownership !== 'owned') needs.push(...supplierNeeds(lookup, item, supplier))
    const found = findCost(event, lookup, item, {
      supplier,
      day: day ?? '',
      measured: 'subject' in measured ? null : measured,
      byContract: ownership !== 'owned',
    })
    // Owned stock that the ERP values itself needs no price of ours.
    const needed = ownership !== 'owned' || ownerOf(context.policies, flowOf(ownership), 'gl') === 'bridge'
    if (!('subject' in found)) cost = found
    else if (needed && day !== null) needs.push(found)
  }
  const waste = event.type === 'SupplyWasted'
  const kinds = issues(ownership) ? ['goods-issue'] : []
  const { booking, needs: unbooked } = understandBooking(event, lookup, context.policies, {
    occasion: booked ? (waste ? 'waste' : 'usage') : null,
    ownership: ownership ?? '',
    category: item.category,
    place,
    day,
    kinds,
  })
  needs.push(...unbooked)
  const scheduled = ownership === undefined ? [] : readUse(event, lookup, context, { item, ownership, place, supplier, currency: cost?.currency ?? '' })
  if (needs.length > 0 && needs.every((need) => need.kind === 'SERIAL_CONFLICT')) return { kind: 'needs', needs, until: context.now + RECHECK_CONFLICT_MS }
  if (needs.length > 0 || ownership === undefined || day === null || 'subject' in measured) return { kind: 'needs', needs }
  return { kind: 'plan', plan: { item, ownership, place, supplier, quantity: measured.base, cost, day, waste, booking, scheduled } }
}

/** What a bill-only order has to say of its use (R4): its day is always asked for. */
function billOnlyNeeds(event: BridgeEvent, context: BridgeContext): readonly Need[] {
  const said = { case: event.caseKey || textOf(event.body, 'case'), performer: performerOf(event) ?? '' }
  const words = { case: 'the case that it was used in', performer: 'who used it' }
  return settled(context.policies)
    .billOnly.require.filter((field) => said[field] === '')
    .map((field) => {
      const text = `A bill-only use is not ordered without ${words[field]} (R4). Give it.`
      return { ...ownNeed(event, 'MISSING_FIELD', field, text), subject: `${event.id}.${field}` }
    })
}

/** A conflict may end by itself: the use that stands may be taken back. */
const RECHECK_CONFLICT_MS = 3_600_000

function issues(ownership: Ownership | undefined): boolean {
  return ownership === 'owned' || ownership === 'consigned'
}

function owns(context: BridgeContext, ownership: Ownership, what: 'stock' | 'reorder'): boolean {
  return ownerOf(context.policies, flowOf(ownership), what) === 'bridge'
}

/** Pieces that a use takes: owned stock, or the stock of the supplier that consigned it. Null where the bridge keeps none. */
function piecesOf(event: BridgeEvent, context: BridgeContext, use: Pick<Use, 'item' | 'ownership' | 'place' | 'supplier'>): Pieces | null {
  if (!issues(use.ownership) || use.place.location === '' || !owns(context, use.ownership, 'stock')) return null
  const { lot = '', serial = '' } = lotOf(event)
  return { item: use.item.item, location: use.place.location, lot, serial, owner: use.ownership === 'consigned' ? use.supplier : '' }
}

function replenishes(context: BridgeContext, ownership: Ownership): boolean {
  return ownership === 'consigned' && settled(context.policies).requisitions.replenishConsigned && owns(context, ownership, 'reorder')
}

/** Loads what booking the use looks at; says what of it was expected. */
function readUse(
  event: BridgeEvent,
  lookup: Lookup,
  context: BridgeContext,
  use: Pick<Use, 'item' | 'ownership' | 'place' | 'supplier'> & { readonly currency: string },
): readonly ScheduledLine[] {
  const { item, ownership, place, supplier } = use
  const pieces = piecesOf(event, context, use)
  if (pieces) readPieces(lookup, pieces)
  if (ownership === 'bill-only' || ownership === 'bill-and-replace') readDemand(lookup, usedGroup(event, { ...use, orderType: ownership }), item)
  if (replenishes(context, ownership)) readDemand(lookup, groupOf(lookup, context, item, { ...place, kind: 'consignment', supplier }), item)
  if (ownership !== 'owned' || pieces === null) return []
  if (owns(context, ownership, 'reorder')) readOrderUp(lookup, context, item, place.location, place.company)
  return scheduledLines(lookup, event.caseKey || textOf(event.body, 'case'), { item: item.item, location: place.location })
}

/** Books the use. Everything it needs was understood; it can't fail. */
export function applyUse(event: BridgeEvent, rows: RowSet, context: BridgeContext, use: Use | Again): Decision {
  if ('first' in use) return applyAgain(event, rows, use.first)
  const { item, place, quantity, cost, day, waste, ownership } = use
  const documents: (DocumentDraft | null)[] = []
  if (issues(ownership)) documents.push(issueDocument(event, context, { ...use, consigned: ownership === 'consigned', posted: use.booking.posted }))
  const pieces = piecesOf(event, context, use)
  if (pieces) move(rows, event, { ...pieces, line: 1, quantity: -quantity, kind: waste ? 'waste' : 'usage', day })
  if (pieces && ownership === 'owned') {
    useScheduled(rows, event, use.scheduled, quantity)
    if (owns(context, ownership, 'reorder')) documents.push(orderUp(event, context, rows, item, place, day))
  }
  if (replenishes(context, ownership)) {
    const group = groupOf(rows, context, item, { ...place, kind: 'consignment', supplier: use.supplier })
    const because = `${show(quantity)} ${item.base_uom} of ${item.item} used from the stock of supplier ${use.supplier}: filled up at no price`
    documents.push(ask(event, context, rows, { group, item: item.item, quantity, unit: item.base_uom, day, because }))
  }
  if ((ownership === 'bill-only' || ownership === 'bill-and-replace') && cost)
    documents.push(orderUsed(event, context, rows, { ...use, cost, orderType: ownership }))
  if (cost) {
    const because = `${show(quantity)} ${item.base_uom} of ${item.item} ${waste ? 'wasted' : 'used'} (${ownership}): cost to ${place.costCentre}, ${ownership === 'owned' ? 'out of inventory' : 'accrued until the invoice'}`
    const { extended: amount, currency } = cost
    documents.push(
      bookCost(rows, event, context, use.booking, {
        amount,
        currency,
        place,
        item: item.item,
        day,
        text: `${waste ? 'Waste' : 'Usage'} ${item.item}`,
        because,
      }),
    )
  }
  const row = {
    message: event.message,
    n: event.n,
    item: item.item,
    location: place.location,
    quantity,
    unit_cost: (cost && toStored(cost.each)) ?? 0,
    currency: cost?.currency ?? '',
    business_key: event.businessKey,
    case_item: caseItemOf(event, item.item),
    ownership,
    day,
    ...tellerOf(event),
  }
  rows.put('usage', newRow('usage', row))
  notices(rows, event, context)('usage.applied', event.id, { item: item.item, location: place.location, ownership, status: waste ? 'wasted' : 'used' })
  return { kind: 'applied', documents: documents.filter((document) => document !== null), cancel: [] }
}
