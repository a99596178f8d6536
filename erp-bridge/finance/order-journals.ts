/**
 * Journals of receipts and invoices (R27), where the owners of these flows say that the bridge books them: an ERP books its own receipts and
 * invoices itself, so by default there are none (R28).
 */
import type { BridgeContext, BridgeEvent, BridgeTables, DocumentDraft, Need, Policies, PostingOccasion, RowSet } from '../../channels/contract/index.ts'
import type { Fraction } from '../amounts.ts'
import { routeOf } from '../documents/index.ts'
import type { Lookup } from '../lookup.ts'
import { ownerOf, settled } from '../policies.ts'
import { sharesOf } from './allocation.ts'
import type { CostShare } from './allocation.ts'
import { netted } from './case-journal.ts'
import { bookingLines, journal } from './journal.ts'
import type { Bearer } from './journal.ts'
import { noticeYearEnd, postingDays } from './periods.ts'
import type { PostingDays } from './periods.ts'
import { accountNeed, postings, requiredPosting } from './posting.ts'
import type { Posting, PostingFacts } from './posting.ts'

type Order = Readonly<BridgeTables['purchase_order']>
type OrderLine = Readonly<BridgeTables['order_line']>
type Charge = 'variance' | 'freight' | 'tax'

/** How one order line is booked. */
interface LineBooking {
  /** Of the receipt, or of the invoice. Null: nothing is booked. */
  readonly posting: Posting | null
  readonly charges: Readonly<Partial<Record<Charge, Posting>>>
  /** Of what is received; what is invoiced was borne when it came, or was used. */
  readonly bearer: Bearer
  /** Of variance, freight and tax. */
  readonly chargeBearer: Bearer
  readonly shares: readonly CostShare[]
}

/** Everything that was understood of how a receipt or an invoice is booked. */
export interface OrderBooking {
  readonly posted: PostingDays
  /** By order line. */
  readonly lines: ReadonlyMap<number, LineBooking>
}
interface Understanding {
  /** Null: the ERP books it. */
  readonly booking: OrderBooking | null
  readonly needs: readonly Need[]
}

const NOBODY: Bearer = { department: '', costCentre: '', serviceLine: '' }
const AFTER_USE: readonly string[] = ['bill-only', 'bill-and-replace', 'consigned']

function factsOf(lookup: Lookup, order: Order, line: OrderLine, company: string): PostingFacts {
  const item = line.item === '' ? undefined : lookup.get('item', line.item)
  // What was ordered and is no item of the master is nobody's stock.
  const ownership = AFTER_USE.includes(order.kind) ? order.kind : (item?.ownership ?? 'par')
  return { ownership, category: item?.category ?? '', company }
}

/** Who bears what is no stock: as the order's line says, else as its place does, else the suspense cost centre (R25). */
function bearerOf(lookup: Lookup, policies: Policies, line: OrderLine): Bearer {
  const department = (line.location === '' ? undefined : lookup.get('location', line.location))?.department ?? ''
  const unit = department === '' ? undefined : lookup.get('department', department)
  const costCentre = line.cost_centre || (unit?.cost_centre ?? '') || settled(policies).bearer.suspense
  return { department, costCentre, serviceLine: line.service_line || (unit?.service_line ?? '') }
}

function noBearer(order: Order, line: OrderLine): Need {
  const text = `Line ${String(line.line)} of order ${order.number} (${line.item}) is no stock and has no cost centre, nor has its place. Give its location a department, or name \`bearer.suspense\`.`
  return { kind: 'UNKNOWN_COST_CENTRE', subject: `order:${order.number}:${String(line.line)}`, field: '', place: 'costCentre', text, owner: 'finance' }
}

/** Accounts, bearers and posting days of a receipt's order lines. Stock goes into inventory; the rest is an expense of its cost centre. */
export function understandReceiptBooking(
  event: BridgeEvent,
  lookup: Lookup,
  context: BridgeContext,
  order: Order,
  lines: readonly OrderLine[],
  day: string,
): Understanding {
  const { policies } = context
  if (ownerOf(policies, 'receipt', 'gl') === 'erp') return { booking: null, needs: [] }
  const company = order.company || policies.company
  const needs: Need[] = []
  const booked = lines.map((line): readonly [number, LineBooking] => {
    const facts = factsOf(lookup, order, line, company)
    const found = postings('receipt', facts, policies, lookup)
    if (found !== null && 'subject' in found) needs.push(found)
    const posting = found === null || 'subject' in found ? null : found
    if (posting === null || facts.ownership === 'owned') return [line.line, { posting, charges: {}, bearer: NOBODY, chargeBearer: NOBODY, shares: [] }]
    const bearer = bearerOf(lookup, policies, line)
    if (bearer.costCentre === '') needs.push(noBearer(order, line))
    const closed = line.account === '' ? null : accountNeed(lookup, line.account, company)
    if (closed !== null) needs.push(closed)
    const { shares, needs: unshared } = sharesOf(lookup, bearer.costCentre, day)
    needs.push(...unshared)
    return [line.line, { posting: { debit: line.account || posting.debit, credit: posting.credit }, charges: {}, bearer, chargeBearer: NOBODY, shares }]
  })
  const { posted, needs: closed } = postingDays(event, lookup, policies, company, ['journal'], day)
  return { booking: { posted, lines: new Map(booked) }, needs: [...needs, ...closed] }
}

/** The same of an invoice: only a posting rule names accounts payable. `charges`: those that it has, on whichever line. */
export function understandInvoiceBooking(
  event: BridgeEvent,
  lookup: Lookup,
  context: BridgeContext,
  order: Order,
  lines: readonly OrderLine[],
  day: string,
  charges: readonly Charge[],
): Understanding {
  const { policies } = context
  if (ownerOf(policies, 'invoice', 'gl') === 'erp') return { booking: null, needs: [] }
  const company = order.company || policies.company
  const needs: Need[] = []
  const booked = lines.map((line): readonly [number, LineBooking] => {
    const facts = factsOf(lookup, order, line, company)
    const of = (occasion: PostingOccasion): Posting | undefined => {
      const found = requiredPosting(occasion, facts, policies, lookup)
      if (!('subject' in found)) return found
      needs.push(found)
      return undefined
    }
    const posting = of('invoice') ?? null
    const extra = posting === null ? [] : charges.map((charge) => [charge, of(charge)] as const)
    return [line.line, { posting, charges: Object.fromEntries(extra), bearer: NOBODY, chargeBearer: bearerOf(lookup, policies, line), shares: [] }]
  })
  const { posted, needs: closed } = postingDays(event, lookup, policies, company, ['journal'], day)
  return { booking: { posted, lines: new Map(booked) }, needs: [...needs, ...closed] }
}

/** One amount of an order line, below zero for what goes back. */
export interface BookedAmount {
  readonly line: number
  readonly item: string
  readonly what: 'goods' | Charge
  readonly amount: Fraction
}

/** The journal of a receipt or an invoice in its order's currency: one line for each account and bearer. Null when nothing is left. */
export function bookOrder(
  event: BridgeEvent,
  rows: RowSet,
  context: BridgeContext,
  booking: OrderBooking,
  of: {
    readonly order: Order
    readonly currency: string
    readonly day: string
    readonly amounts: readonly BookedAmount[]
    readonly text: string
    readonly because: string
    readonly nth: number
  },
): DocumentDraft | null {
  const { order, currency, day } = of
  const entries = of.amounts.flatMap(({ line, item, what, amount }) => {
    const how = booking.lines.get(line)
    const posting = what === 'goods' ? how?.posting : how?.charges[what]
    if (how === undefined || posting === undefined || posting === null) return []
    const bearer = what === 'goods' ? how.bearer : how.chargeBearer
    return bookingLines({ ...posting, amount, currency, bearer, shares: how.shares, item }).map((one) => ({ line: one }))
  })
  noticeYearEnd(rows, event, context.now, booking.posted, day)
  const destination = routeOf(context.policies, 'journal', { ...event, destination: order.destination || event.destination }, booking.posted.company)
  return journal(event, context, rows, {
    company: booking.posted.company,
    currency,
    day,
    postingDay: booking.posted.days['journal']?.day ?? day,
    lines: netted(entries, currency),
    text: of.text,
    because: of.because,
    location: '',
    destination,
    ...(of.nth > 1 ? { nth: of.nth } : {}),
  })
}
