/** Into which day something is posted: the clinical date stays, the posting date follows the open periods (R35, R36). */
import type { BridgeEvent, BridgeTables, Need, Policies, RowSet } from '../../channels/contract/index.ts'
import { newRow } from '../../channels/contract/index.ts'
import { isReleased } from '../facts.ts'
import type { Lookup } from '../lookup.ts'

type Period = Readonly<BridgeTables['period']>

const LEDGERS: Readonly<Record<string, 'GL' | 'AP' | 'INV'>> = {
  journal: 'GL',
  'supplier-invoice': 'AP',
  'goods-issue': 'INV',
  'goods-return': 'INV',
  'goods-receipt': 'INV',
  'supplier-return': 'INV',
  'stock-transfer': 'INV',
  'stock-adjustment': 'INV',
}

/** The ledger that a document is posted in, or null: requisitions and orders are not posted. */
export function ledgerOf(kind: string): 'GL' | 'AP' | 'INV' | null {
  return LEDGERS[kind] ?? null
}

export interface PostingDay {
  readonly day: string
  /** It is not the clinical day. */
  readonly moved: boolean
  /** A year's end lies between the clinical day and it (R36). */
  readonly crossesYear: boolean
}

function covers(period: Period, day: string): boolean {
  return period.valid_from <= day && day <= period.valid_to
}

/** The day itself when its period is open, or nothing is known of periods; else what the policy of the company and document kind says. */
export function postingDay(event: BridgeEvent, lookup: Lookup, policies: Policies, company: string, kind: string, day: string): PostingDay | Need {
  const ledger = ledgerOf(kind)
  const same: PostingDay = { day, moved: false, crossesYear: false }
  if (ledger === null) return same
  const own = lookup.find('period', 'byLedger', company, ledger)
  const periods = own.length > 0 ? own : lookup.find('period', 'byLedger', '', ledger)
  if (periods.length === 0) return same
  // An adjustment period is never chosen, and one that is open opens no day of its own (R36).
  const standard = periods.filter((period) => period.kind !== 'adjustment')
  const open = standard.filter((period) => period.status === 'open')
  if (open.some((period) => covers(period, day))) return same
  const held = standard.find((period) => covers(period, day))
  const policy = !isReleased(event, 'PERIOD_CLOSED') ? (policies.periods?.[kind] ?? policies.periods?.['*'] ?? 'hold') : 'adjust'
  const name = held?.period ?? day.slice(0, 'YYYY-MM'.length)
  if (policy !== 'adjust') return closed(company, ledger, name, day, policy)
  const next = nearest(
    open.filter((period) => period.valid_from > day).map((period) => period.valid_from),
    1,
  )
  const chosen =
    next.length > 0
      ? next
      : nearest(
          open.filter((period) => period.valid_to < day).map((period) => period.valid_to),
          -1,
        )
  const [only] = chosen
  if (chosen.length !== 1 || only === undefined) return noneOpen(company, ledger, name, day, chosen.length > 1)
  return { day: only, moved: true, crossesYear: crossesYear(periods, day, only) }
}

const DAY_MS = 86_400_000

/** A calendar day so many days later. Both are taken as days of no place: no time zone has a part in it. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length)
}

/** The smallest day (largest with direction −1), as often as it is there. */
function nearest(days: readonly string[], direction: 1 | -1): readonly string[] {
  const sorted = days.toSorted((a, b) => (a < b ? -direction : a > b ? direction : 0))
  return sorted.filter((day) => day === sorted[0])
}

/** A calendar year ends between the two, or a fiscal year: its adjustment period lies between them. */
function crossesYear(periods: readonly Period[], a: string, b: string): boolean {
  const [from, to] = a < b ? [a, b] : [b, a]
  if (from.slice(0, 4) !== to.slice(0, 4)) return true
  return periods.some((period) => period.kind === 'adjustment' && from <= period.valid_to && period.valid_to < to)
}

function closed(company: string, ledger: string, period: string, day: string, policy: 'reject' | 'hold'): Need {
  const what = `${day} is in no open period of ${ledger} of company ${company} (R35).`
  const cure =
    policy === 'hold'
      ? 'It goes on by itself when the period opens and is pulled or loaded; release it with a reason to post on the first open day.'
      : 'The policy refuses it: release it with a reason to post on the first open day, or discard it.'
  return { kind: 'PERIOD_CLOSED', subject: `period:${company}:${ledger}:${period}`, field: '', place: 'occurredAt', text: `${what} ${cure}`, owner: 'finance' }
}

function noneOpen(company: string, ledger: string, period: string, day: string, several: boolean): Need {
  const why = several ? 'more than one open period begins on the next open day' : 'no period is open'
  const text = `${day} is in no open period of ${ledger} of company ${company}, and ${why}: it cannot be moved (R35). Mend the periods in the ERP and pull or load them.`
  return { kind: 'PERIOD_CLOSED', subject: `period:${company}:${ledger}:${period}`, field: '', place: 'occurredAt', text, owner: 'finance' }
}

/** Posting days of the documents of one event, by kind. */
export interface PostingDays {
  readonly company: string
  readonly days: Readonly<Record<string, PostingDay>>
}

/** {@link postingDay} for several kinds of document at once. */
export function postingDays(
  event: BridgeEvent,
  lookup: Lookup,
  policies: Policies,
  company: string,
  kinds: readonly string[],
  day: string,
): { readonly posted: PostingDays; readonly needs: readonly Need[] } {
  const needs: Need[] = []
  const days: Record<string, PostingDay> = {}
  for (const kind of kinds) {
    const found = postingDay(event, lookup, policies, company, kind, day)
    if ('subject' in found) needs.push(found)
    else days[kind] = found
  }
  return { posted: { company, days }, needs }
}

/** Line of the notice in its event: the other notices of an event are few and count from 1. */
const NOTICE_LINE = 900

/** Tells subscribers that something of one year is posted in another (R36). */
export function noticeYearEnd(rows: RowSet, event: BridgeEvent, now: number, posted: PostingDays, day: string): void {
  Object.entries(posted.days).forEach(([kind, { day: to, crossesYear: crosses }], i) => {
    if (!crosses) return
    const body = JSON.stringify({ event: event.id, company: posted.company, kind, documentDate: day, postingDate: to })
    rows.put(
      'notice',
      newRow('notice', { message: event.message, n: event.n, line: NOTICE_LINE + i, at: now, type: 'posting.year-end', subject: event.id, body }),
    )
  })
}
