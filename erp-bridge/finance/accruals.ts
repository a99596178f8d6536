/**
 * The end of a period (R36): what was used and is not billed, and what was received and is not invoiced, is accrued in one journal per
 * company and currency, and taken back on day 1 of the next period. What has a journal already is in the ledger and is not accrued; a
 * flow that the ERP books (R28) only by a posting rule of its own. A second run posts what is new, and nothing twice.
 */
import type { BridgeContext, BridgeEvent, BridgeTables, Decision, DocumentDraft, Need, PostingOccasion, RowSet } from '../../channels/contract/index.ts'
import { newRow } from '../../channels/contract/index.ts'
import { roundMoney, stored, times, toStored } from '../amounts.ts'
import { ownNeed, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { flowOf, ownerOf } from '../policies.ts'
import { companyOf } from './cost-booking.ts'
import { journal, summed, swapped } from './journal.ts'
import type { Bearer, JournalLine } from './journal.ts'
import { addDays } from './periods.ts'
import { postings } from './posting.ts'
import type { PostingFacts } from './posting.ts'

type Kind = 'used-not-billed' | 'received-not-invoiced'

/** One thing that is accrued. */
interface Accrued {
  readonly kind: Kind
  /** `MESSAGE.N` of a usage, `ORDER/LINE` of an order line. */
  readonly subject: string
  readonly amount: string
  readonly currency: string
  readonly debit: string
  readonly credit: string
  readonly bearer: Bearer
}

export interface PeriodEnd {
  readonly company: string
  readonly period: string
  /** Last day of the period; what is accrued is posted on it. */
  readonly last: string
  readonly accrued: readonly Accrued[]
}

/** How far back of the period's first day a use is looked for that came late. */
const LATE_DAYS = 31
const LATER_BILLED: readonly string[] = ['bill-only', 'bill-and-replace', 'consigned']
const ORDERED_AFTER_USE: readonly string[] = ['bill-only', 'bill-and-replace', 'consigned']

/** `COMPANY/PERIOD`; the first and the last day as the period's row says, or as its name `YYYY-MM` does. */
function rangeOf(event: BridgeEvent, lookup: Lookup) {
  const subject = textOf(event.body, 'subject')
  const cut = subject.lastIndexOf('/')
  const [company, period] = [subject.slice(0, cut), subject.slice(cut + 1)]
  const row = lookup.get('period', company, 'GL', period) ?? lookup.get('period', '', 'GL', period)
  if (row) return { company, period, first: row.valid_from, last: row.valid_to, open: row.status === 'open' && row.kind !== 'adjustment' }
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(period) ?? []
  if (cut <= 0 || year === undefined || month === undefined) return null
  const next = month === '12' ? `${String(Number(year) + 1)}-01-01` : `${year}-${String(Number(month) + 1).padStart(2, '0')}-01`
  return { company, period, first: `${period}-01`, last: addDays(next, -1), open: true }
}

export function understandPeriodEnd(
  event: BridgeEvent,
  lookup: Lookup,
  context: BridgeContext,
): { readonly kind: 'plan'; readonly plan: PeriodEnd } | { readonly kind: 'needs'; readonly needs: readonly Need[] } {
  const range = rangeOf(event, lookup)
  if (range === null)
    return {
      kind: 'needs',
      needs: [
        ownNeed(
          event,
          'BAD_VALUE',
          'subject',
          'The period is none that is known, nor a month as YYYY-MM. Load it with `aqueduct load periods`, or close another one.',
        ),
      ],
    }
  const { company, period, first, last, open } = range
  if (!open) {
    const text = `Period ${period} of company ${company} is not open in GL: its accruals cannot be posted (R36). Open it in the ERP, pull or load it; the run goes on by itself.`
    return { kind: 'needs', needs: [{ kind: 'PERIOD_CLOSED', subject: `period:${company}:GL:${period}`, field: '', place: 'subject', text, owner: 'finance' }] }
  }
  const done = new Set(lookup.find('accrual', 'byPeriod', company, period).map((row) => `${row.kind} ${row.subject}`))
  const found = [...usedNotBilled(lookup, context, company, first, last), ...receivedNotInvoiced(lookup, context, company, last)]
  const fresh = found.filter((one): one is Accrued => !isNeed(one) && !done.has(`${one.kind} ${one.subject}`))
  const needs = found.filter(isNeed)
  return needs.length > 0 ? { kind: 'needs', needs } : { kind: 'plan', plan: { company, period, last, accrued: fresh } }
}

function isNeed(one: Accrued | Need): one is Need {
  return 'text' in one
}

/** The accounts, or null when the flow is the ERP's and no rule says otherwise, or nothing is booked. */
function accountsOf(lookup: Lookup, { policies }: BridgeContext, occasion: Kind & PostingOccasion, facts: PostingFacts) {
  const ruled = policies.posting?.some((rule) => rule.when === occasion && (rule.ownership === '' || rule.ownership === facts.ownership)) ?? false
  // An ERP books its receipts: only a rule says that this one does not.
  if (!ruled && (occasion === 'received-not-invoiced' || ownerOf(policies, flowOf(facts.ownership), 'gl') === 'erp')) return null
  return postings(occasion, facts, policies, lookup)
}

function usedNotBilled(lookup: Lookup, context: BridgeContext, company: string, first: string, last: string): readonly (Accrued | Need)[] {
  const days: string[] = []
  for (let day = addDays(first, -LATE_DAYS); day <= last; day = addDays(day, 1)) days.push(day)
  // What was accrued before and is not billed yet is carried on, however old it is.
  const before = addDays(first, -1)
  const earlier =
    lookup.find('period', 'byLedger', company, 'GL').find((row) => row.kind !== 'adjustment' && row.valid_to === before)?.period ?? before.slice(0, 7)
  const carried = lookup
    .find('accrual', 'byPeriod', company, earlier)
    .filter((row) => row.kind === 'used-not-billed')
    .flatMap((row) => {
      const [message = 0, n = 0] = row.subject.split('.').map(Number)
      return lookup.get('usage', message, n) ?? []
    })
  const usages = new Map(
    [...carried, ...days.flatMap((day) => lookup.find('usage', 'byDay', day))].map((usage) => [`${String(usage.message)}.${String(usage.n)}`, usage]),
  )
  return [...usages].flatMap(([subject, usage]): readonly (Accrued | Need)[] => {
    const open = usage.quantity - usage.reversed - usage.billed
    if (!LATER_BILLED.includes(usage.ownership) || open <= 0 || usage.currency === '') return []
    if (lookup.find('journal_line', 'byEvent', usage.message, usage.n).length > 0) return []
    const { bearer, company: own } = bearerOfUsage(lookup, context, usage)
    const category = lookup.get('item', usage.item)?.category ?? ''
    if (own !== company) return []
    const accounts = accountsOf(lookup, context, 'used-not-billed', { ownership: usage.ownership, category, company })
    if (accounts === null) return []
    if ('subject' in accounts) return [accounts]
    const amount = roundMoney(times(stored(open), stored(usage.unit_cost)), usage.currency)
    return [{ kind: 'used-not-billed', subject, amount, currency: usage.currency, ...accounts, bearer }]
  })
}

/** Who bore a use: as its documents say, else as its location does. */
function bearerOfUsage(lookup: Lookup, context: BridgeContext, usage: Readonly<BridgeTables['usage']>): { readonly bearer: Bearer; readonly company: string } {
  for (const document of lookup.find('document', 'byEvent', usage.message, usage.n)) {
    const { department = '', costCentre = '', serviceLine = '', company = '' } = JSON.parse(document.body) as Partial<Bearer & { readonly company: string }>
    if (costCentre !== '') return { bearer: { department, costCentre, serviceLine }, company: company || context.policies.company }
  }
  const department = (usage.location === '' ? undefined : lookup.get('location', usage.location))?.department ?? ''
  const unit = department === '' ? undefined : lookup.get('department', department)
  const bearer = { department, costCentre: unit?.cost_centre ?? '', serviceLine: unit?.service_line ?? '' }
  return { bearer, company: companyOf(lookup, context.policies, { location: usage.location, department }) }
}

function receivedNotInvoiced(lookup: Lookup, context: BridgeContext, company: string, last: string): readonly (Accrued | Need)[] {
  return lookup.find('order_line', 'byOpen', 1).flatMap((line): readonly (Accrued | Need)[] => {
    const order = lookup.get('purchase_order', line.purchase_order)
    if (order === undefined || ORDERED_AFTER_USE.includes(order.kind) || (order.company || context.policies.company) !== company) return []
    const receipts = lookup.find('receipt_line', 'byOrder', line.purchase_order).filter((receipt) => receipt.order_line === line.line)
    const received = line.received - sum(receipts.filter((receipt) => receipt.day > last).map((receipt) => receipt.quantity))
    const invoices = lookup.find('invoice_line', 'byOrder', line.purchase_order).filter((invoice) => invoice.order_line === line.line)
    const later = invoices.filter((invoice) => (lookup.get('invoice', invoice.invoice)?.day ?? '') > last)
    const open = received - (line.invoiced - sum(later.map((invoice) => invoice.quantity)))
    if (open <= 0) return []
    if (receipts.some((receipt) => lookup.find('journal_line', 'byEvent', receipt.message, receipt.n).length > 0)) return []
    const item = line.item === '' ? undefined : lookup.get('item', line.item)
    const accounts = accountsOf(lookup, context, 'received-not-invoiced', { ownership: item?.ownership ?? 'par', category: item?.category ?? '', company })
    if (accounts === null) return []
    if ('subject' in accounts) return [accounts]
    const currency = line.currency || order.currency
    const amount = roundMoney(times(stored(open), stored(line.price)), currency)
    const bearer = { department: '', costCentre: line.cost_centre, serviceLine: line.service_line }
    const subject = `${line.purchase_order}/${String(line.line)}`
    return [{ kind: 'received-not-invoiced', subject, amount, currency, debit: line.account || accounts.debit, credit: accounts.credit, bearer }]
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export function applyPeriodEnd(event: BridgeEvent, rows: RowSet, context: BridgeContext, end: PeriodEnd): Decision {
  const documents: DocumentDraft[] = []
  const { company, period, last } = end
  const reverseOn = addDays(last, 1)
  for (const currency of [...new Set(end.accrued.map((one) => one.currency))].toSorted()) {
    const accrued = end.accrued.filter((one) => one.currency === currency)
    const lines = summed(accrued.flatMap(linesOf), currency)
    const because = `${String(accrued.length)} uses and receipts of ${period} that are not invoiced`
    const common = { company, currency, chain: `${event.id}.${currency}`, location: '' }
    const made = journal(event, context, rows, {
      ...common,
      day: last,
      postingDay: last,
      lines,
      text: `Accrual ${period}`,
      because,
      nth: documents.length + 1,
      reverseOn,
    })
    if (made === null) continue
    documents.push(made)
    const document = context.keyOf(made.id)
    const mirror = journal(event, context, rows, {
      ...common,
      day: reverseOn,
      postingDay: reverseOn,
      lines: lines.map(swapped),
      text: `Reversal accrual ${period}`,
      because: `takes the accrual ${document} back on the first day of the next period`,
      nth: documents.length + 1,
      destination: made.destination,
      mirrorOf: document,
    })
    if (mirror !== null) documents.push(mirror)
    for (const { kind, subject, amount } of accrued) {
      const size = toStored({ over: BigInt(amount.replace('.', '')), under: 10n ** BigInt(amount.split('.')[1]?.length ?? 0) }) ?? 0
      rows.put('accrual', newRow('accrual', { company, period, kind, subject, amount: size, currency, document, state: 'posted' }))
    }
  }
  return { kind: 'applied', documents, cancel: [] }
}

function linesOf({ amount, debit, credit, bearer }: Accrued): readonly Omit<JournalLine, 'line'>[] {
  const { department, costCentre, serviceLine } = bearer
  const borne = {
    ...(department === '' ? {} : { department }),
    ...(costCentre === '' ? {} : { costCentre }),
    ...(serviceLine === '' ? {} : { serviceLine }),
  }
  return [
    { account: debit, side: 'debit', amount, ...borne },
    { account: credit, side: 'credit', amount },
  ]
}
