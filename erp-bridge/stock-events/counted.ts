/** StockCounted: what is there, against what the movements say; a PAR location is filled up instead (R9). */
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, Need, RowSet } from '../../channels/contract/index.ts'
import { show, stored, times } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { draft, filled, headerOf, lotOf, maybe } from '../documents/index.ts'
import { ownNeed } from '../facts.ts'
import { bookCost, postingDays, understandBooking } from '../finance/index.ts'
import type { CostBooking, PostingDays } from '../finance/index.ts'
import { move, parQuantity, readPieces } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { findCost, isWhole } from '../master-data/index.ts'
import { flowOf, ownerOf } from '../policies.ts'
import { ask, dropDemand, groupKey, groupOf, openLines, orderUp, readDemand, readOrderUp } from '../purchasing/index.ts'
import type { DemandLine, Group } from '../purchasing/index.ts'
import type { Understood } from '../understood.ts'
import { stockFacts } from './facts.ts'
import type { StockFacts } from './facts.ts'

/** A count that is older says nothing any more: too much has moved since. */
const OLDEST_DAYS = 31
const DAY_MS = 86_400_000

interface Counted extends StockFacts {
  readonly kind: 'counted'
  /** What the movements say for the day of the count, base units, scaled. */
  readonly expected: number
  readonly posted: PostingDays
  readonly reorders: boolean
  /** How the difference is booked; null where the bridge books nothing. */
  readonly value: Value | null
}
interface Value {
  readonly each: Fraction
  readonly currency: string
  readonly booking: CostBooking
  readonly place: { readonly location: string; readonly department: string; readonly costCentre: string; readonly serviceLine: string }
}
interface Filled extends StockFacts {
  readonly kind: 'par'
  readonly wanted: number
  readonly group: Group
  /** Lines of an earlier count that nobody has ordered yet: this count replaces them (R11). */
  readonly earlier: readonly DemandLine[]
}
export type CountPlan = Counted | Filled

/** The days after `day` up to today, oldest first; null when there are too many. */
function daysAfter(day: string, now: number): readonly string[] | null {
  const start = Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10)))
  // A day of grace on both sides covers every time zone.
  const count = Math.floor((now - start) / DAY_MS) + 1
  if (count > OLDEST_DAYS) return null
  return Array.from({ length: Math.max(0, count) }, (_, i) => new Date(start + (i + 1) * DAY_MS).toISOString().slice(0, 10))
}

export function understandCount(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<CountPlan> {
  if (lookup.get('movement', event.message, event.n, 1) || lookup.find('demand_line', 'byEvent', event.message, event.n).length > 0) return { kind: 'nothing' }
  const { facts, needs } = stockFacts(event, lookup, context, 'the count', { zero: true })
  if (facts === null) return { kind: 'needs', needs }
  const { item, pieces, company, day } = facts
  const place = lookup.get('location', pieces.location)
  const stock = lookup.get('stock', pieces.location, item.item)
  if (pieces.owner === '' && (place?.kind === 'par' || item.ownership === 'par')) {
    if (ownerOf(context.policies, 'par', 'reorder') === 'erp' || stock === undefined) return { kind: 'nothing' }
    const group = groupOf(lookup, context, item, { location: pieces.location, company, kind: 'par' })
    readDemand(lookup, group, item)
    const earlier = openLines(lookup, groupKey(group)).filter((line) => line.item === item.item)
    const replaced = earlier.reduce((sum, line) => sum + line.quantity, 0)
    const wanted = parQuantity(stock, facts.quantity, Math.max(0, stock.on_order - replaced), isWhole(item.base_uom))
    return { kind: 'plan', plan: { kind: 'par', ...facts, wanted, group, earlier } }
  }
  const flow = pieces.owner === '' ? 'owned' : flowOf('consigned')
  if (ownerOf(context.policies, flow, 'stock') === 'erp') return { kind: 'nothing' }
  const later = daysAfter(day, context.now)
  if (later === null) {
    const text = `The count is more than ${String(OLDEST_DAYS)} days old, and too much has moved since. Count again, or discard it with a reason.`
    return { kind: 'needs', needs: [ownNeed(event, 'BAD_VALUE', 'occurredAt', text)] }
  }
  readPieces(lookup, pieces)
  const { posted, needs: closed } = postingDays(event, lookup, context.policies, company, ['stock-adjustment'], day)
  const unposted: readonly Need[] = closed
  if (unposted.length > 0) return { kind: 'needs', needs: unposted }
  const since = later.flatMap((one) => lookup.find('movement', 'byDay', pieces.location, item.item, one))
  const moved = since.filter((movement) => fits(facts, movement)).reduce((sum, movement) => sum + movement.quantity, 0)
  const reorders = flow === 'owned' && ownerOf(context.policies, 'owned', 'reorder') === 'bridge'
  if (reorders) readOrderUp(lookup, context, item, pieces.location, company)
  const expected = onHand(lookup, facts) - moved
  const { value, needs: unvalued } = facts.quantity === expected ? { value: null, needs: [] } : valueOf(event, lookup, context, facts)
  if (unvalued.length > 0) return { kind: 'needs', needs: unvalued }
  return { kind: 'plan', plan: { kind: 'counted', ...facts, expected, posted, reorders, value } }
}

/** What a piece of the hospital's own is worth, and where a difference is booked (R26, R27). */
function valueOf(
  event: BridgeEvent,
  lookup: Lookup,
  context: BridgeContext,
  facts: StockFacts,
): { readonly value: Value | null; readonly needs: readonly Need[] } {
  const { item, pieces, day } = facts
  if (pieces.owner !== '' || ownerOf(context.policies, 'owned', 'gl') === 'erp') return { value: null, needs: [] }
  const department = lookup.get('location', pieces.location)?.department ?? ''
  const unit = department === '' ? undefined : lookup.get('department', department)
  const place = { location: pieces.location, department, costCentre: unit?.cost_centre ?? '', serviceLine: unit?.service_line ?? '' }
  const cost = { occasion: 'count', ownership: 'owned', category: item.category, place, day, kinds: [] } as const
  const { booking, needs } = understandBooking(event, lookup, context.policies, cost)
  const found = findCost(event, lookup, item, { supplier: item.supplier, day, measured: null, byContract: true })
  if ('subject' in found) return { value: null, needs: [...needs, found] }
  return { value: { each: found.each, currency: found.currency, booking, place }, needs }
}

function isExact({ pieces }: StockFacts): boolean {
  return pieces.lot !== '' || pieces.serial !== ''
}

/** Is the row of what was counted? A count without lot and serial is of all of the owner's. */
function fits(facts: StockFacts, row: { readonly lot: string; readonly serial: string; readonly owner: string }): boolean {
  const { lot, serial, owner } = facts.pieces
  return row.owner === owner && (!isExact(facts) || (row.lot === lot && row.serial === serial))
}

function onHand(lookup: Lookup, facts: StockFacts): number {
  const { location, item, owner } = facts.pieces
  if (owner === '' && !isExact(facts)) return lookup.get('stock', location, item)?.on_hand ?? 0
  const balances = lookup.find('balance', 'byItem', location, item)
  return balances.filter((balance) => fits(facts, balance)).reduce((sum, balance) => sum + balance.on_hand, 0)
}

export function applyCount(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: CountPlan): Decision {
  const documents = plan.kind === 'par' ? fillUp(event, rows, context, plan) : adjust(event, rows, context, plan)
  return { kind: 'applied', documents: documents.filter((document) => document !== null), cancel: [] }
}

/** R9: nothing is booked; what is missing is ordered. */
function fillUp(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: Filled): readonly (DocumentDraft | null)[] {
  const { item, wanted, quantity, group, day } = plan
  for (const line of plan.earlier) dropDemand(rows, line)
  if (wanted === 0) return []
  const because = `${show(quantity)} ${item.base_uom} of ${item.item} counted at ${group.location}: ${show(wanted)} fill it to its PAR`
  return [ask(event, context, rows, { group, item: item.item, quantity: wanted, unit: item.base_uom, day, because })]
}

/** The difference is a movement, also when it is none: it says that this was counted. */
function adjust(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: Counted): readonly (DocumentDraft | null)[] {
  const { item, pieces, quantity, expected, day, posted } = plan
  const difference = quantity - expected
  move(rows, event, { ...pieces, line: 1, quantity: difference, kind: 'count', day })
  if (difference === 0) return []
  const size = show(Math.abs(difference))
  const direction = difference > 0 ? ('in' as const) : ('out' as const)
  const line = filled({ line: 1, item: item.item, description: maybe(item.description), quantity: size, unit: item.base_uom, ...lotOf(event), direction })
  const { case: _, ...header } = headerOf(event, context, day, posted, 'stock-adjustment')
  const department = rows.get('location', pieces.location)?.department ?? ''
  const body = filled({
    ...header,
    location: pieces.location,
    department: maybe(department),
    owner: maybe(pieces.owner),
    reason: 'count' as const,
    lines: [line],
  })
  const because = `${show(quantity)} ${item.base_uom} of ${item.item} counted at ${pieces.location}, ${show(expected)} expected`
  const document = draft(event, context, 'stock-adjustment', body, { because })
  const { value } = plan
  const booked =
    value &&
    bookCost(rows, event, context, value.booking, {
      // Less than the books say is a cost, more takes one back.
      amount: times(value.each, stored(-difference)),
      currency: value.currency,
      place: value.place,
      item: item.item,
      day,
      text: `Count ${item.item}`,
      because,
    })
  return [document, booked, plan.reorders ? orderUp(event, context, rows, item, { location: pieces.location, company: plan.company }, day) : null]
}
