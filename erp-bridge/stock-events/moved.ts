/** StockMoved: out of one location and into another, and the document that tells the ERP. */
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, Need, RowSet } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import { draft, filled, headerOf, lotOf, maybe } from '../documents/index.ts'
import { isReleased, ownNeed, textOf } from '../facts.ts'
import { postingDays } from '../finance/index.ts'
import type { PostingDays } from '../finance/index.ts'
import { move, readPieces } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { locationNeeds } from '../master-data/index.ts'
import { ownerOf } from '../policies.ts'
import { orderUp, readOrderUp } from '../purchasing/index.ts'
import type { Understood, Waits } from '../understood.ts'
import { stockFacts } from './facts.ts'
import type { StockFacts } from './facts.ts'

export interface MovePlan extends StockFacts {
  readonly to: string
  readonly posted: PostingDays
  /** The place that it leaves may be low now. */
  readonly reorders: boolean
}

export function understandMove(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<MovePlan> | Waits {
  const flow = textOf(event.body, 'owner') === '' ? 'owned' : 'consigned'
  // The ERP that keeps the stock has moved it itself; a movement of this event says that it is booked.
  if (ownerOf(context.policies, flow, 'stock') === 'erp' || lookup.get('movement', event.message, event.n, 1)) return { kind: 'nothing' }
  const { facts, needs: unknown } = stockFacts(event, lookup, context, 'the move')
  const needs: Need[] = [...unknown, ...locationNeeds(event, lookup, 'toLocation')]
  const to = textOf(event.body, 'toLocation')
  if (to !== '' && to === textOf(event.body, 'location'))
    needs.push(ownNeed(event, 'BAD_VALUE', 'toLocation', 'It leads back to the place that it leaves. Give the place where it went, or discard.'))
  if (facts === null || needs.length > 0) return { kind: 'needs', needs }
  const { posted, needs: closed } = postingDays(event, lookup, context.policies, facts.company, ['stock-transfer'], facts.day)
  if (closed.length > 0) return { kind: 'needs', needs: closed }
  readPieces(lookup, facts.pieces)
  readPieces(lookup, { ...facts.pieces, location: to })
  const reorders = flow === 'owned' && ownerOf(context.policies, 'owned', 'reorder') === 'bridge'
  if (reorders) readOrderUp(lookup, context, facts.item, facts.pieces.location, facts.company)
  const short = shortOf(event, lookup, facts)
  if (short !== null) return { kind: 'needs', needs: [short], until: context.now + RECHECK_SHORT_MS }
  return { kind: 'plan', plan: { ...facts, to, posted, reorders } }
}

/** What comes into the place, or a count of it, may let it go on. */
const RECHECK_SHORT_MS = 3_600_000

/** Nobody moves what is not there: more than is on hand is asked about. A use is a fact whatever the count says; a transfer may be mistyped. */
function shortOf(event: BridgeEvent, lookup: Lookup, { item, quantity, pieces }: StockFacts): Need | null {
  const { location, lot, serial, owner } = pieces
  const row = owner === '' ? lookup.get('stock', location, item.item) : lookup.get('balance', location, item.item, lot, serial, owner)
  const there = row?.on_hand ?? 0
  if (quantity <= there || isReleased(event, 'STOCK_SHORT')) return null
  const text = `${show(quantity)} ${item.base_uom} of ${item.item} are to leave ${location}, where ${show(there)} are on hand. Correct it, count the place and retry, or release it with a reason.`
  const story = { item: item.item, location, onHand: show(there), moved: show(quantity), owner }
  return { ...ownNeed(event, 'STOCK_SHORT', '', text), field: 'released', weight: { supply: 1 }, story }
}

export function applyMove(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: MovePlan): Decision {
  const { item, pieces, quantity, day, to, posted } = plan
  move(rows, event, { ...pieces, line: 1, quantity: -quantity, kind: 'transfer', day })
  move(rows, event, { ...pieces, location: to, line: 2, quantity, kind: 'transfer', day })
  const line = filled({ line: 1, item: item.item, description: maybe(item.description), quantity: show(quantity), unit: item.base_uom, ...lotOf(event) })
  const { case: _, ...header } = headerOf(event, context, day, posted, 'stock-transfer')
  const body = filled({ ...header, from: pieces.location, to, owner: maybe(pieces.owner), lines: [line] })
  const because = `${show(quantity)} ${item.base_uom} of ${item.item} moved from ${pieces.location} to ${to}`
  const documents: (DocumentDraft | null)[] = [draft(event, context, 'stock-transfer', body, { because })]
  if (plan.reorders) documents.push(orderUp(event, context, rows, item, { location: pieces.location, company: plan.company }, day))
  return { kind: 'applied', documents: documents.filter((document) => document !== null), cancel: [] }
}
