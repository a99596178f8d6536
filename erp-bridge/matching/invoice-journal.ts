/** The journal of an invoice, where the bridge books it: what was accrued is owed now, and what differs goes to its own account (R22, R27). */
import type { BridgeContext, BridgeEvent, BridgeTables, DocumentDraft, Need, RowSet } from '../../channels/contract/index.ts'
import { parseDecimal, roundMoney, stored, times } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { mirrorOf } from '../documents/index.ts'
import { bookOrder, keepJournal, postingDays, understandInvoiceBooking, voidJournal } from '../finance/index.ts'
import type { BookedAmount, PostingDays } from '../finance/index.ts'
import type { Lookup } from '../lookup.ts'
import { dayOf } from '../purchasing/index.ts'
import type { KnownOrder } from '../purchasing/index.ts'
import type { InvoicePlan } from './invoice.ts'
import type { Match } from './match.ts'
import { add, minus, ZERO } from './tolerance.ts'

type Document = Readonly<BridgeTables['document']>

function rounded(value: Fraction, currency: string): Fraction {
  return parseDecimal(roundMoney(value, currency)) ?? ZERO
}

function differs(match: Match, rest: Fraction, currency: string): boolean {
  return rest.over !== 0n || match.lines.some((line) => minus(rounded(line.amount, currency), rounded(line.expected, currency)).over !== 0n)
}

/** What of the total is neither a line's nor freight nor tax. */
function restOf(match: Match, freight: Fraction, tax: Fraction, total: Fraction, currency: string): Fraction {
  const said = match.lines.reduce((all, line) => add(all, rounded(line.amount, currency)), add(rounded(freight, currency), rounded(tax, currency)))
  return minus(rounded(total, currency), said)
}

/** Accounts of everything that the invoice has, or what is needed to know them. */
export function understandInvoiceJournal(
  event: BridgeEvent,
  lookup: Lookup,
  context: BridgeContext,
  of: { readonly known: KnownOrder; readonly match: Match; readonly freight: Fraction; readonly tax: Fraction; readonly day: string },
): ReturnType<typeof understandInvoiceBooking> {
  const { known, match, freight, tax } = of
  const { order } = known
  const lines = known.lines.filter((line) => match.lines.some((one) => one.order.line === line.line))
  const rest = restOf(match, freight, tax, match.total, order.currency)
  const charges = [
    ...(differs(match, rest, order.currency) ? (['variance'] as const) : []),
    ...(freight.over === 0n ? [] : (['freight'] as const)),
    ...(tax.over === 0n ? [] : (['tax'] as const)),
  ]
  return understandInvoiceBooking(event, lookup, context, order, lines, of.day, charges)
}

function textFor(number: string, credit: boolean): string {
  return `${credit ? 'Credit' : 'Invoice'} ${number}`.slice(0, 100)
}

/** The lines at the order's price out of what was accrued, the rest to its own accounts, and the whole total owed. A credit turns all of it. */
export function bookInvoice(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: InvoicePlan, nth: number): DocumentDraft | null {
  if (plan.booking === null) return null
  const { match, currency, credit } = plan
  const { order } = plan.file.known
  const [first] = match.lines
  if (first === undefined) return null
  const one = { line: first.order.line, item: first.order.item }
  const rest = restOf(match, plan.freight, plan.tax, stored(plan.total), currency)
  const amounts: readonly BookedAmount[] = [
    ...match.lines.flatMap((line): readonly BookedAmount[] => {
      const of = { line: line.order.line, item: line.order.item }
      const expected = rounded(line.expected, currency)
      const variance = minus(rounded(line.amount, currency), expected)
      return [
        { ...of, what: 'goods', amount: expected },
        { ...of, what: 'variance', amount: variance },
      ]
    }),
    { ...one, what: 'freight', amount: plan.freight },
    { ...one, what: 'tax', amount: plan.tax },
    { ...one, what: 'variance', amount: rest },
  ]
  const turned = credit ? amounts.map((amount) => ({ ...amount, amount: times(amount.amount, { over: -1n, under: 1n }) })) : amounts
  const because = `${credit ? 'credit' : 'invoice'} ${plan.number} of order ${order.number}: what was accrued is owed`
  return bookOrder(event, rows, context, plan.booking, { order, currency, day: plan.day, amounts: turned, text: textFor(plan.number, credit), because, nth })
}

/** The journal of an invoice that the ERP cancelled. */
export interface Unbooking {
  readonly document: Document
  readonly posted: PostingDays
  readonly day: string
}

/** Finds the journal and the day on which it is taken back. */
export function understandUnbooking(
  event: BridgeEvent,
  lookup: Lookup,
  context: BridgeContext,
  invoice: Readonly<BridgeTables['invoice']>,
): { readonly unbooking: Unbooking | null; readonly needs: readonly Need[] } {
  const text = textFor(invoice.number, invoice.kind === 'credit')
  const made = lookup.find('document', 'byEvent', invoice.message, invoice.n).filter((one) => one.kind === 'journal' && one.state !== 'CANCELLED')
  lookup.find('journal_line', 'byEvent', invoice.message, invoice.n)
  const document = made.find((one) => one.mirror_of === '' && (JSON.parse(one.body) as { readonly text?: string }).text === text)
  if (document === undefined) return { unbooking: null, needs: [] }
  const day = dayOf(event)
  const { posted, needs } = postingDays(event, lookup, context.policies, invoice.company || context.policies.company, ['journal'], day)
  return { unbooking: { document, posted, day }, needs }
}

/** A journal that was not sent is cancelled; one that was gets its mirror (R33). */
export function unbookInvoice(
  event: BridgeEvent,
  rows: RowSet,
  context: BridgeContext,
  { document, posted, day }: Unbooking,
): { readonly documents: readonly DocumentDraft[]; readonly cancel: readonly string[] } {
  if (document.state === 'QUEUED') {
    voidJournal(rows, document)
    return { documents: [], cancel: [document.key] }
  }
  const mirror = mirrorOf(event, context, document, { before: 0, after: 1, whole: 1 }, day, 1, posted)
  if (mirror === null) return { documents: [], cancel: [] }
  keepJournal(rows, event, context, mirror, '')
  return { documents: [mirror], cancel: [] }
}
