/** Writes a matched invoice: its rows, what its order has invoiced, the usage that it bills, the document for the ERP. */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, Need, Policies, RowSet } from '../../channels/contract/index.ts'
import { parseDecimal, roundMoney, show, showFraction, stored, toStored } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { draft, filled, maybe } from '../documents/index.ts'
import { accountNeed } from '../finance/index.ts'
import type { Lookup } from '../lookup.ts'
import { settled } from '../policies.ts'
import { notices } from '../notices.ts'
import { advance, INVOICE } from '../processes/index.ts'
import { destinationOf, foldOrder, orderHeader } from '../purchasing/index.ts'
import type { KnownOrder, OrderLine } from '../purchasing/index.ts'
import type { InvoicePlan } from './invoice.ts'
import { bookInvoice } from './invoice-journal.ts'
import type { Match, MatchedLine } from './match.ts'
import { add, minus, ZERO } from './tolerance.ts'

function scaled(value: Fraction): number {
  return toStored(value) ?? 0
}

/** What happened to it, as its process is told. */
function stepsOf(plan: InvoicePlan): readonly string[] {
  if (plan.held.length > 0) return ['held', 'released']
  return [plan.match.kind === 'variance' ? 'variance' : 'matched']
}

/** @param nth number of its journal among those of the event */
export function applyInvoice(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: InvoicePlan, nth = 1): Decision {
  const { file, match, key } = plan
  const { order } = file.known
  const document = invoiceDocument(event, context, plan)
  const made = context.keyOf(document.id)
  const { row: process } = advance(rows, event, context, { definition: INVOICE, subject: key, on: stepsOf(plan), anew: true })
  rows.put(
    'invoice',
    newRow('invoice', {
      invoice: key,
      number: plan.number,
      supplier: order.supplier,
      company: order.company,
      currency: plan.currency,
      day: plan.day,
      purchase_order: order.purchase_order,
      order_number: order.number,
      kind: plan.credit ? 'credit' : 'invoice',
      total: plan.total,
      variance: scaled(match.variance),
      state: process.state.toLowerCase(),
      reason: plan.held.join(' '),
      document: made,
      released_by: plan.released,
      message: event.message,
      n: event.n,
      at: context.now,
    }),
  )
  for (const line of match.lines) {
    rows.put(
      'invoice_line',
      newRow('invoice_line', {
        invoice: key,
        line: line.line,
        purchase_order: order.purchase_order,
        order_line: line.order.line,
        item: line.order.item,
        quantity: scaled(line.quantity),
        unit: line.order.unit,
        price: scaled(line.price),
        amount: scaled(line.amount),
        variance: scaled(minus(line.amount, line.expected)),
      }),
    )
  }
  const lines = file.known.lines.map((line) => invoicedLine(rows, file.base, line, match.lines, plan.credit))
  foldOrder(rows, event, context, file, { order, lines })
  tell(event, rows, context, plan, made)
  const booked = bookInvoice(event, rows, context, plan, nth)
  return { kind: 'applied', documents: booked === null ? [document] : [document, booked], cancel: [] }
}

/** The order's line with what is invoiced now; the use that a bill-only line is for is billed with it (R3). */
function invoicedLine(
  rows: RowSet,
  base: (line: OrderLine, quantity: number) => number,
  line: OrderLine,
  matched: readonly MatchedLine[],
  credit: boolean,
): OrderLine {
  const of = matched.filter((one) => one.order.line === line.line)
  if (of.length === 0) return line
  const sign = credit ? -1 : 1
  const quantity = sign * scaled(of.reduce((sum, one) => add(sum, one.quantity), ZERO))
  const amount = sign * scaled(of.reduce((sum, one) => add(sum, one.amount), ZERO))
  const usage = line.message === 0 ? undefined : rows.get('usage', line.message, line.n)
  if (usage && usage.item === line.item) rows.put('usage', { ...usage, billed: usage.billed + base(line, quantity) })
  return { ...line, invoiced: line.invoiced + quantity, invoiced_amount: line.invoiced_amount + amount }
}

function tell(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: InvoicePlan, document: string): void {
  const { order } = plan.file.known
  const fact = {
    number: plan.number,
    order: order.number,
    key: document,
    supplier: order.supplier,
    amount: roundMoney(stored(plan.total), plan.currency),
    currency: plan.currency,
    case: order.case_id,
  }
  const notify = notices(rows, event, context)
  // That it was held was told when it was.
  if (plan.held.length > 0) notify('invoice.released', plan.key, { ...fact, status: 'released', variance: showFraction(plan.match.variance) })
  notify('invoice.matched', plan.key, { ...fact, status: plan.match.kind === 'matched' ? 'matched' : 'variance', variance: showFraction(plan.match.variance) })
}

interface Owed {
  readonly match: Match
  readonly freight: Fraction
  readonly tax: Fraction
  readonly total: Fraction
}

/** A line's amount in the document: with an account for variances it goes at the order's price (R22). */
function lineAmount(policies: Policies, line: MatchedLine): Fraction {
  return settled(policies).matching.varianceAccount === '' ? line.amount : line.expected
}

/** What the document has beside its lines: Σ lines + charges = total. */
function chargesOf(policies: Policies, { match, freight, tax, total }: Owed, currency: string) {
  const { matching } = settled(policies)
  const lines = match.lines.map((line) => parseDecimal(roundMoney(lineAmount(policies, line), currency)) ?? ZERO)
  const rest = minus(total, [...lines, freight, tax].reduce(add, ZERO))
  return [
    { kind: 'freight' as const, amount: freight, account: matching.freightAccount },
    { kind: 'tax' as const, amount: tax, account: matching.taxAccount },
    { kind: 'variance' as const, amount: rest, account: matching.varianceAccount },
  ].filter((charge) => charge.amount.over !== 0n)
}

/** Accounts that the document names and that may not be posted to (R26). */
export function accountNeeds(lookup: Lookup, { policies }: BridgeContext, { order, lines }: KnownOrder, owed: Owed): readonly Need[] {
  const of = lines.filter((line) => owed.match.lines.some((one) => one.order.line === line.line)).map((line) => line.account)
  const accounts = [...of, ...chargesOf(policies, owed, order.currency).map((charge) => charge.account)].filter((account) => account !== '')
  return [...new Set(accounts)].flatMap((account) => accountNeed(lookup, account, order.company || policies.company) ?? [])
}

/**
 * The invoice as the ERP gets it. With an account for variances its lines go at the order's price and the difference is a charge of
 * its own (R22); without one they go as invoiced. Σ lines + charges = total, to the cent. It goes in the chain of its order (R32).
 */
function invoiceDocument(event: BridgeEvent, context: BridgeContext, plan: InvoicePlan): DocumentDraft {
  const { order, chain } = plan.file.known
  const currency = plan.currency
  const apart = settled(context.policies).matching.varianceAccount !== ''
  const lines = plan.match.lines.map((line) => {
    const of = plan.file.known.lines.find((one) => one.line === line.order.line)
    return filled({
      line: line.line,
      orderLine: line.order.line,
      item: line.order.item,
      description: maybe(of?.description ?? ''),
      quantity: showFraction(line.quantity),
      unit: line.order.unit,
      unitPrice: showFraction(apart ? line.order.price : line.price),
      amount: roundMoney(lineAmount(context.policies, line), currency),
      account: maybe(of?.account ?? ''),
      costCentre: maybe(of?.cost_centre ?? ''),
      serviceLine: maybe(of?.service_line ?? ''),
    })
  })
  const bearer = filled({ costCentre: lines[0]?.costCentre, serviceLine: lines[0]?.serviceLine })
  const charges = chargesOf(context.policies, { ...plan, total: stored(plan.total) }, currency).map((charge) =>
    filled({ kind: charge.kind, amount: roundMoney(charge.amount, currency), account: maybe(charge.account), ...bearer }),
  )
  const body = filled({
    ...orderHeader(event, context, plan.file.known, plan),
    number: plan.number,
    invoiceDate: plan.day,
    credit: plan.credit,
    currency,
    lines,
    charges: charges.length === 0 ? undefined : charges,
    total: roundMoney(stored(plan.total), currency),
    released: maybe(plan.released),
  })
  const variance = plan.match.variance.over === 0n ? 'without a difference' : `with ${showFraction(plan.match.variance)} ${currency} of variance`
  const how = plan.held.length > 0 ? `released by a person ${variance}` : `matched ${variance}`
  const what = plan.evaluated ? `receipt settles order ${order.number}` : `${plan.credit ? 'credit' : 'invoice'} ${plan.number} of order ${order.number} ${how}`
  return draft(event, context, 'supplier-invoice', body, {
    because: `${what}: ${show(plan.total)} ${currency}`,
    chain,
    destination: destinationOf(context, event, order, 'supplier-invoice'),
  })
}
