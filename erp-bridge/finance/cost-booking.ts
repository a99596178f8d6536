/** What has to be known before a cost is booked, and its journal: for usage, waste and charges (R25–R28, R35). */
import type { BridgeContext, BridgeEvent, DocumentDraft, Need, Policies, PostingOccasion, RowSet } from '../../channels/contract/index.ts'
import type { Fraction } from '../amounts.ts'
import type { Lookup } from '../lookup.ts'
import { flowOf, ownerOf } from '../policies.ts'
import { sharesOf } from './allocation.ts'
import type { CostShare } from './allocation.ts'
import { caseOf, gatherJournal, readCase } from './case-journal.ts'
import { bookingLines, journal } from './journal.ts'
import type { Bearer } from './journal.ts'
import { noticeYearEnd, postingDays } from './periods.ts'
import type { PostingDays } from './periods.ts'
import { postings } from './posting.ts'
import type { Posting } from './posting.ts'

/** Everything that was understood of how a cost is booked. */
export interface CostBooking {
  /** Null where the bridge books nothing: the ERP owns the ledger of the flow, or nothing is due. */
  readonly posting: Posting | null
  readonly shares: readonly CostShare[]
  readonly posted: PostingDays
}

interface Place extends Bearer {
  readonly location: string
}

/** The company of a place: that of the location, then of the department, then the policies' (R27: journals balance per company). */
export function companyOf(lookup: Lookup, policies: Policies, place: { readonly location: string; readonly department: string }): string {
  const located = place.location === '' ? '' : lookup.get('location', place.location)?.company
  const organised = place.department === '' ? '' : lookup.get('department', place.department)?.company
  return located || organised || policies.company
}

/** @param kinds the documents that the event makes besides the journal: each has its own ledger's period. Day null: it is not known yet */
export function understandBooking(
  event: BridgeEvent,
  lookup: Lookup,
  policies: Policies,
  cost: {
    /** Null: nothing is booked, documents are posted all the same. */
    readonly occasion: PostingOccasion | null
    readonly ownership: string
    readonly category: string
    readonly place: Place
    readonly day: string | null
    readonly kinds: readonly string[]
  },
): { readonly booking: CostBooking; readonly needs: readonly Need[] } {
  const needs: Need[] = []
  const company = companyOf(lookup, policies, cost.place)
  const books = ownerOf(policies, flowOf(cost.ownership), 'gl') === 'bridge'
  const found =
    books && cost.occasion !== null ? postings(cost.occasion, { ownership: cost.ownership, category: cost.category, company }, policies, lookup) : null
  if (found !== null && 'subject' in found) needs.push(found)
  const posting = found === null || 'subject' in found ? null : found
  const { shares, needs: unshared } = posting === null || cost.day === null ? { shares: [], needs: [] } : sharesOf(lookup, cost.place.costCentre, cost.day)
  needs.push(...unshared)
  if (posting !== null) readCase(lookup, caseOf(event, policies))
  if (cost.day === null) return { booking: { posting, shares, posted: { company, days: {} } }, needs }
  const { posted, needs: closed } = postingDays(event, lookup, policies, company, posting === null ? cost.kinds : [...cost.kinds, 'journal'], cost.day)
  return { booking: { posting, shares, posted }, needs: [...needs, ...closed] }
}

/** The journal of a cost, and the notice when it is posted in another year. Null when the bridge books nothing, or the amount rounds to zero. */
export function bookCost(
  rows: RowSet,
  event: BridgeEvent,
  context: BridgeContext,
  booking: CostBooking,
  cost: {
    readonly amount: Fraction
    readonly currency: string
    readonly place: Place
    readonly item: string
    readonly day: string
    readonly text: string
    readonly because: string
  },
): DocumentDraft | null {
  noticeYearEnd(rows, event, context.now, booking.posted, cost.day)
  if (booking.posting === null) return null
  const { amount, currency, place, item, day } = cost
  const { location } = place
  const lines = bookingLines({ ...booking.posting, amount, currency, bearer: place, shares: booking.shares, item })
  const common = { company: booking.posted.company, currency, day, postingDay: booking.posted.days['journal']?.day ?? day, location }
  const subject = caseOf(event, context.policies)
  if (subject === '') return journal(event, context, rows, { ...common, lines, text: cost.text, because: cost.because })
  gatherJournal(rows, event, context, subject, lines, common)
  return null
}
