/**
 * `journal_per: case`: the lines of a case wait together and become one journal per company and currency when its timer is due. A reversal
 * adds its own lines to the case, so that what is taken back before it was sent leaves nothing.
 */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Decision, DocumentDraft, Policies, RowSet } from '../../channels/contract/index.ts'
import { minorUnits } from '../../canonical/index.ts'
import { fromMinor, parseDecimal, roundMoney, stored, toMinor, toStored } from '../amounts.ts'
import { codeOf, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { settled } from '../policies.ts'
import { journal } from './journal.ts'
import type { JournalLine } from './journal.ts'

/** Name of the timer, and of the process whose data holds what waits. */
const TIMER = 'journal'
const PROCESS = 'case-journal'
const DEFAULT_GATHER_MS = 300_000

type Line = Omit<JournalLine, 'line'>
type Usage = Readonly<BridgeTables['usage']>

/** A line with the event that it is of. */
interface Entry {
  readonly message: number
  readonly n: number
  readonly company: string
  readonly currency: string
  readonly day: string
  readonly postingDay: string
  readonly location: string
  readonly procedure: string
  readonly line: Line
}

/** The case that an event's journal waits in; '' : it has its own at once. */
export function caseOf(event: BridgeEvent, policies: Policies): string {
  return settled(policies).journalPer === 'case' ? event.caseKey || textOf(event.body, 'case') : ''
}

/** Loads what {@link gatherJournal} changes. */
export function readCase(lookup: Lookup, subject: string): void {
  if (subject === '') return
  lookup.get('process', PROCESS, subject)
  lookup.get('timer', TIMER, subject)
}

function pending(row: Readonly<BridgeTables['process']> | undefined): readonly Entry[] {
  return row === undefined || row.data === '' ? [] : (JSON.parse(row.data) as readonly Entry[])
}

/** Adds lines to the case and starts its timer when it does not run. */
export function gatherJournal(
  rows: RowSet,
  event: BridgeEvent,
  context: BridgeContext,
  subject: string,
  lines: readonly Line[],
  common: Pick<Entry, 'company' | 'currency' | 'day' | 'postingDay' | 'location'>,
): void {
  const { code: procedure } = codeOf(event.body, 'procedure')
  const added = lines.map((line): Entry => ({ message: event.message, n: event.n, ...common, procedure, line }))
  if (added.length === 0) return
  const before = rows.get('process', PROCESS, subject)
  const data = JSON.stringify([...pending(before), ...added])
  rows.put(
    'process',
    newRow('process', { process: PROCESS, subject, version: 1, state: 'GATHERING', since: context.now, message: event.message, n: event.n, data }),
  )
  const timer = rows.get('timer', TIMER, subject)
  if (timer !== undefined && timer.due !== 0) return
  const due = context.now + (settled(context.policies).requisitions.gatherCaseMs || DEFAULT_GATHER_MS)
  rows.put('timer', newRow('timer', { name: TIMER, subject, due, destination: event.destination }))
}

export interface CasePlan {
  readonly subject: string
  readonly entries: readonly Entry[]
}

/** TimerFired of a case. A timer that was set anew since says nothing. */
export function understandCaseJournal(event: BridgeEvent, lookup: Lookup): { readonly kind: 'plan'; readonly plan: CasePlan } | { readonly kind: 'nothing' } {
  const subject = textOf(event.body, 'subject')
  const timer = lookup.get('timer', TIMER, subject)
  const entries = pending(lookup.get('process', PROCESS, subject))
  if (timer === undefined || timer.due === 0 || String(timer.due) !== textOf(event.body, 'due')) return { kind: 'nothing' }
  return { kind: 'plan', plan: { subject, entries } }
}

/** One line for each account and bearer: what was booked and taken back is not there. */
export function netted(entries: readonly Pick<Entry, 'line'>[], currency: string): readonly Line[] {
  const decimals = minorUnits(currency) ?? 2
  const sums = new Map<string, { readonly line: Line; amount: bigint }>()
  for (const { line } of entries) {
    const { item: _, ...plain } = line
    const key = JSON.stringify([line.account, line.department, line.costCentre, line.serviceLine])
    const sum = sums.get(key) ?? { line: plain, amount: 0n }
    sum.amount += (line.side === 'debit' ? 1n : -1n) * toMinor(line.amount, decimals)
    sums.set(key, sum)
  }
  return [...sums.values()].map(({ line, amount }) => ({
    ...line,
    side: amount < 0n ? 'credit' : 'debit',
    amount: fromMinor(amount < 0n ? -amount : amount, decimals),
  }))
}

/** One journal per company, currency and posting day of what waited; each line is kept under the event that it is of. */
export function applyCaseJournal(event: BridgeEvent, rows: RowSet, context: BridgeContext, { subject, entries }: CasePlan): Decision {
  const documents: DocumentDraft[] = []
  const groupOf = (entry: Entry) => JSON.stringify([entry.company, entry.currency, entry.postingDay])
  for (const group of [...new Set(entries.map(groupOf))].toSorted()) {
    const of = entries.filter((entry) => groupOf(entry) === group)
    const [first] = of
    if (first === undefined) continue
    const { company, currency, postingDay } = first
    const day = of.reduce((latest, entry) => (entry.day > latest ? entry.day : latest), '')
    const text = `Case ${subject}`.slice(0, 100)
    const because = `${String(of.length)} lines of the case together`
    const options = { company, currency, day, postingDay, lines: netted(of, currency), text, because, chain: `case:${subject}`, nth: documents.length + 1 }
    const made = journal({ ...event, caseKey: subject }, context, rows, { ...options, isKept: false })
    const document = made === null ? `case:${event.id}:${String(documents.length)}` : context.keyOf(made.id)
    if (made !== null) documents.push(made)
    of.forEach((entry, i) => keep(rows, document, i + 1, entry))
  }
  rows.put('process', newRow('process', { process: PROCESS, subject, version: 1, state: 'POSTED', since: context.now, message: event.message, n: event.n }))
  rows.put('timer', newRow('timer', { name: TIMER, subject, destination: event.destination }))
  return { kind: 'applied', documents, cancel: [] }
}

function keep(rows: RowSet, document: string, n: number, entry: Entry): void {
  const { line } = entry
  const amount = toStored(parseDecimal(line.amount) ?? { over: 0n, under: 1n }) ?? 0
  rows.put(
    'journal_line',
    newRow('journal_line', {
      document,
      line: n,
      message: entry.message,
      n: entry.n,
      company: entry.company,
      day: entry.day,
      posting_day: entry.postingDay,
      account: line.account,
      cost_centre: line.costCentre ?? '',
      service_line: line.serviceLine ?? '',
      department: line.department ?? '',
      location: entry.location,
      procedure: entry.procedure,
      amount: line.side === 'debit' ? amount : -amount,
      currency: entry.currency,
    }),
  )
}

/** The case of a use, as its row remembers it. */
function caseOfUsage(usage: Usage): string {
  return usage.case_item === '' ? '' : usage.case_item.slice(0, -(usage.item.length + 1))
}

/** Loads what {@link caseLines} looks at. */
export function readCaseLines(lookup: Lookup, policies: Policies, usage: Usage): void {
  if (settled(policies).journalPer !== 'case') return
  readCase(lookup, caseOfUsage(usage))
  lookup.find('journal_line', 'byEvent', usage.message, usage.n)
}

/** What a use has booked in its case, sent or still waiting, for its reversal. Null when it has a journal of its own, or none. */
export function caseLines(rows: RowSet, policies: Policies, usage: Usage, own: ReadonlySet<string>) {
  const subject = caseOfUsage(usage)
  if (settled(policies).journalPer !== 'case' || subject === '') return null
  const waiting = pending(rows.get('process', PROCESS, subject)).filter((entry) => entry.message === usage.message && entry.n === usage.n)
  const sent = rows.find('journal_line', 'byEvent', usage.message, usage.n).filter((row) => row.amount !== 0 && !own.has(row.document))
  const lines = [...waiting.map((entry) => entry.line), ...sent.map(lineOf)].map((line, i): JournalLine => ({ ...line, line: i + 1 }))
  const company = waiting[0]?.company ?? sent[0]?.company
  // What still waits is taken back where it stands: nothing of it is sent.
  return company === undefined ? null : { subject, company, currency: usage.currency, lines, postingDay: waiting[0]?.postingDay }
}

function lineOf(row: Readonly<BridgeTables['journal_line']>): Line {
  const { department, cost_centre: costCentre, service_line: serviceLine } = row
  return {
    account: row.account,
    side: row.amount < 0 ? 'credit' : 'debit',
    amount: roundMoney(stored(Math.abs(row.amount)), row.currency),
    ...(department === '' ? {} : { department }),
    ...(costCentre === '' ? {} : { costCentre }),
    ...(serviceLine === '' ? {} : { serviceLine }),
  }
}
