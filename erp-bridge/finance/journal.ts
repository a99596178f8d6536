/** Journals: balanced in one currency, rounded at the line, without zero lines (R27, R37); each line kept for totals (R43). */
import { minorUnits } from '../../canonical/index.ts'
import { AqueductError, newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, DocumentDraft, RowSet } from '../../channels/contract/index.ts'
import type { CanonicalDocument } from '../../canonical/schemas/index.ts'
import { fromMinor, parseDecimal, roundMoney, toMinor, toStored } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { draft, filled, headerOf, maybe } from '../documents/index.ts'
import { codeOf, textOf } from '../facts.ts'
import { split } from './allocation.ts'
import type { CostShare } from './allocation.ts'

type JournalBody = CanonicalDocument<'journal'>
export type JournalLine = JournalBody['lines'][number]
type DocumentRow = Readonly<BridgeTables['document']>

/** Who bears it: the debit side of an expense (R25). */
export interface Bearer {
  readonly department: string
  readonly costCentre: string
  readonly serviceLine: string
}

export interface Booking {
  readonly debit: string
  readonly credit: string
  /** Below zero, debit and credit change sides. */
  readonly amount: Fraction
  readonly currency: string
  readonly bearer: Bearer
  /** Where the bearer's costs go (R25); empty: it keeps them. */
  readonly shares?: readonly CostShare[]
  readonly item: string
}

/** The lines of a booking: the expense side by share, the other side in one. None when the amount rounds to zero. */
export function bookingLines(booking: Booking): readonly Omit<JournalLine, 'line'>[] {
  const rounded = roundMoney(booking.amount, booking.currency)
  if (!/[1-9]/.test(rounded)) return []
  const amount = rounded.replace('-', '')
  const [expense, other] = rounded.startsWith('-') ? (['credit', 'debit'] as const) : (['debit', 'credit'] as const)
  const item = maybe(booking.item)
  const { department, costCentre, serviceLine } = booking.bearer
  const shares = booking.shares ?? []
  const bearers =
    shares.length === 0
      ? [{ amount, costCentre, serviceLine }]
      : split(
          amount,
          booking.currency,
          shares.map(({ share }) => share),
        ).map((part, i) => ({ amount: part, costCentre: shares[i]?.costCentre ?? '', serviceLine: shares[i]?.serviceLine || serviceLine }))
  return [
    ...bearers
      .filter((bearer) => /[1-9]/.test(bearer.amount))
      .map((bearer) =>
        filled({
          account: booking.debit,
          side: expense,
          amount: bearer.amount,
          department: maybe(department),
          costCentre: maybe(bearer.costCentre),
          serviceLine: maybe(bearer.serviceLine),
          item,
        }),
      ),
    filled({ account: booking.credit, side: other, amount, item }),
  ]
}

/** Debit minus credit, in minor units of the currency. A journal's is 0n (R27). */
export function balanceOf(lines: readonly Pick<JournalLine, 'side' | 'amount'>[], currency: string): bigint {
  const decimals = minorUnits(currency) ?? 2
  return lines.reduce((sum, line) => sum + (line.side === 'debit' ? 1n : -1n) * toMinor(line.amount, decimals), 0n)
}

/** The lines with debit and credit exchanged. */
export function swapped<Line extends Pick<JournalLine, 'side'>>(line: Line): Line {
  return { ...line, side: line.side === 'debit' ? 'credit' : 'debit' }
}

/** One line for each account, bearer and side: several uses in one journal. Lines without items: they stand for many. */
export function summed(lines: readonly Omit<JournalLine, 'line'>[], currency: string): readonly Omit<JournalLine, 'line'>[] {
  const decimals = minorUnits(currency) ?? 2
  const sums = new Map<string, { readonly line: Omit<JournalLine, 'line'>; amount: bigint }>()
  for (const { item: _, ...line } of lines) {
    const key = JSON.stringify([line.side, line.account, line.department, line.costCentre, line.serviceLine])
    const amount = toMinor(line.amount, decimals)
    const found = sums.get(key)
    if (found) found.amount += amount
    else sums.set(key, { line, amount })
  }
  return [...sums.values()].map(({ line, amount }) => ({ ...line, amount: fromMinor(amount, decimals) }))
}

export interface JournalOptions {
  readonly company: string
  readonly currency: string
  /** Clinical day. */
  readonly day: string
  readonly postingDay: string
  readonly lines: readonly Omit<JournalLine, 'line'>[]
  readonly text: string
  readonly because: string
  /** For totals by place and procedure. */
  readonly location?: string
  readonly nth?: number
  readonly chain?: string
  readonly destination?: string
  readonly mirrorOf?: string
  readonly originalReference?: string
  readonly reverseOn?: string
  /** False: the caller keeps the lines itself. */
  readonly isKept?: boolean
}

/**
 * A journal and its rows. Null when no line is left.
 * @throws AqueductError BRIDGE_FAILED when it does not balance: a defect
 */
export function journal(event: BridgeEvent, context: BridgeContext, rows: RowSet, options: JournalOptions): DocumentDraft | null {
  const lines = options.lines.filter((line) => /[1-9]/.test(line.amount)).map((line, i) => ({ ...line, line: i + 1 }))
  if (lines.length === 0) return null
  if (balanceOf(lines, options.currency) !== 0n)
    throw new AqueductError('BRIDGE_FAILED', `the journal of ${event.type} does not balance in ${options.currency}`)
  const body = filled({
    ...headerOf(event, context, options.day),
    company: options.company,
    postingDate: options.postingDay,
    currency: options.currency,
    text: options.text.slice(0, 100),
    reverseOn: maybe(options.reverseOn ?? ''),
    mirrorOf: maybe(options.mirrorOf ?? ''),
    originalReference: maybe(options.originalReference ?? ''),
    lines,
  })
  const made = draft(event, context, 'journal', body as JournalBody, {
    because: options.because,
    ...(options.nth === undefined ? {} : { nth: options.nth }),
    ...(options.chain === undefined ? {} : { chain: options.chain }),
    ...(options.destination === undefined ? {} : { destination: options.destination }),
    ...(options.mirrorOf === undefined ? {} : { mirrorOf: options.mirrorOf }),
  })
  if (options.isKept !== false) keepJournal(rows, event, context, made, options.location)
  return made
}

/** Writes the lines of a journal, also of a mirror, where totals are made from (R43). */
export function keepJournal(rows: RowSet, event: BridgeEvent, context: BridgeContext, made: DocumentDraft, location?: string): void {
  const body = made.body as unknown as JournalBody
  const { code } = codeOf(event.body, 'procedure')
  const common = {
    document: context.keyOf(made.id),
    message: event.message,
    n: event.n,
    company: body.company,
    day: body.documentDate,
    posting_day: body.postingDate,
    location: location ?? textOf(event.body, 'location'),
    procedure: code,
    currency: body.currency,
  }
  for (const line of body.lines) rows.put('journal_line', journalRow(common, line, 1))
}

/** What a journal that was cancelled before it was sent has booked: nothing. Its lines stay, at zero. */
export function voidJournal(rows: RowSet, document: DocumentRow): void {
  const body = JSON.parse(document.body) as JournalBody
  const common = {
    document: document.key,
    message: document.message,
    n: document.n,
    company: body.company,
    day: body.documentDate,
    posting_day: body.postingDate,
    currency: body.currency,
  }
  for (const line of body.lines) rows.put('journal_line', journalRow(common, line, 0))
}

function journalRow(common: Partial<BridgeTables['journal_line']>, line: JournalLine, factor: 0 | 1): BridgeTables['journal_line'] {
  const amount = factor * (toStored(parseDecimal(line.amount) ?? { over: 0n, under: 1n }) ?? 0)
  return newRow('journal_line', {
    ...common,
    line: line.line,
    account: line.account,
    cost_centre: line.costCentre ?? '',
    service_line: line.serviceLine ?? '',
    department: line.department ?? '',
    amount: line.side === 'debit' ? amount : -amount,
  })
}
