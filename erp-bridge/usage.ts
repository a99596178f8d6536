/** SupplyUsed and SupplyWasted: from a used supply to stock, orders and journals, by ownership (R1–R6, R25–R28). */
import { newRow } from '../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, Need, RowSet } from '../channels/contract/index.ts'
import { OWNERSHIPS } from '../canonical/index.ts'
import type { Ownership } from '../canonical/index.ts'
import { show, toStored } from './amounts.ts'
import { lotOf } from './documents/index.ts'
import { dayNeeds, dayOfEvent, isDay, ownNeed, textOf, udiOf } from './facts.ts'
import { bookCost, understandBooking } from './finance/index.ts'
import type { CostBooking } from './finance/index.ts'
import { issueDocument, move } from './inventory/index.ts'
import type { Lookup } from './lookup.ts'
import { deviceNeeds, findCost, findItem, findPlace, itemNeeds, measure, quantityNeeds } from './master-data/index.ts'
import type { Cost, Item, Place } from './master-data/index.ts'
import { flowOf, ownerOf } from './policies.ts'
import { orderDocument, requisition, supplierNeeds } from './purchasing/index.ts'

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
}

export type Understood<Plan> =
  { readonly kind: 'plan'; readonly plan: Plan } | { readonly kind: 'needs'; readonly needs: readonly Need[] } | { readonly kind: 'nothing' }

/** `case|item`: what a reversal without a business key finds. '' without a case. */
export function caseItemOf(event: BridgeEvent, item: string): string {
  const key = event.caseKey || textOf(event.body, 'case')
  return key === '' ? '' : `${key}|${item}`
}

/** What a lot or serial number can look like. */
const NUMBER = /^(?=.*\S)[^\p{Cc}]{1,40}$/u

function lotNeeds(event: BridgeEvent, item: Item, day: string | null): readonly Need[] {
  const { lot, serial, expiry } = lotOf(event)
  const needs: Need[] = []
  if (item.lot_required !== 0 && lot === undefined && serial === undefined) {
    needs.push(ownNeed(event, 'MISSING_LOT', 'lot', `Item ${item.item} needs a lot or serial number. Find it on the label or in the case record and give it.`))
  }
  for (const field of ['lot', 'serial'] as const) {
    const stated = textOf(event.body, field)
    const scanned = udiOf(event.body, field)
    if (stated !== '' && !NUMBER.test(stated)) needs.push(ownNeed(event, 'BAD_VALUE', field, `The ${field} is no text of at most 40 characters. Correct it.`))
    else if (stated !== '' && scanned !== '' && stated !== scanned) {
      const text = `The ${field} that was stated and the one in the UDI of item ${item.item} differ. If the label agrees with the UDI, give its ${field}; else discard and have it sent again with the right UDI.`
      needs.push(ownNeed(event, 'BAD_VALUE', field, text))
    }
  }
  if (expiry !== undefined && !isDay(expiry)) needs.push(ownNeed(event, 'BAD_VALUE', 'expiry', 'The expiry is no day that exists. Give it as YYYY-MM-DD.'))
  // Dates compare as text: nothing passes through a time zone.
  else if (expiry !== undefined && day !== null && expiry < day) {
    needs.push(
      ownNeed(
        event,
        'EXPIRED_LOT',
        'expiry',
        `The lot of item ${item.item} expired on ${expiry} and was used on ${day}. Tell the risk officer; correct the date or discard.`,
      ),
    )
  }
  return needs
}

/** Which rows and which answers this use needs; all needs at once, so that a person sees everything in one go. */
export function understandUse(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<Use> {
  if (lookup.get('usage', event.message, event.n)) return { kind: 'nothing' }
  const stated = textOf(event.body, 'ownership')
  if (stated === 'charge-only') return { kind: 'nothing' }
  const { item, needs: identity } = findItem(event, lookup)
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
  if (ownership !== 'charge-only') needs.push(...lotNeeds(event, item, day), ...deviceNeeds(event, lookup, item, ownership ?? item.ownership))
  const measured = measure(event, lookup, item)
  if ('subject' in measured) needs.push(measured)
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
  if (ownership === 'owned' && keepsStock(context)) lookup.get('stock', place.location, item.item)
  if (needs.length > 0 || ownership === undefined || day === null || 'subject' in measured) return { kind: 'needs', needs }
  return { kind: 'plan', plan: { item, ownership, place, supplier, quantity: measured.base, cost, day, waste, booking } }
}

function issues(ownership: Ownership | undefined): boolean {
  return ownership === 'owned' || ownership === 'consigned'
}

function keepsStock(context: BridgeContext): boolean {
  return context.policies.stockOwner === 'bridge'
}

/** Books the use. Everything it needs was understood; it can't fail. */
export function applyUse(event: BridgeEvent, rows: RowSet, context: BridgeContext, use: Use): Decision {
  const { item, place, quantity, cost, day, waste, ownership } = use
  const { policies } = context
  const documents: (DocumentDraft | null)[] = []
  const { lot = '', serial = '' } = lotOf(event)
  if (issues(ownership)) documents.push(issueDocument(event, context, { ...use, consigned: ownership === 'consigned', posted: use.booking.posted }))
  if (ownership === 'owned' && keepsStock(context)) {
    move(rows, event, { line: 1, location: place.location, item: item.item, lot, serial, quantity: -quantity, kind: waste ? 'waste' : 'usage', day })
    if (policies.reorderOwner === 'bridge') documents.push(requisition(event, context, rows, item, place.location, place.department, day))
  }
  if ((ownership === 'bill-only' || ownership === 'bill-and-replace') && cost)
    documents.push(orderDocument(event, context, { ...use, cost, orderType: ownership }))
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
  }
  rows.put('usage', newRow('usage', row))
  return { kind: 'applied', documents: documents.filter((document) => document !== null), cancel: [] }
}
