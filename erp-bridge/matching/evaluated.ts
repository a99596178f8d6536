/** Receipts, and the settlement of those whose orders are settled by receipt: no invoice is expected (R22). */
import type { BridgeContext, BridgeEvent, Decision, RowSet } from '../../channels/contract/index.ts'
import { stored } from '../amounts.ts'
import { textOf } from '../facts.ts'
import { understandInvoiceBooking } from '../finance/index.ts'
import type { OrderBooking } from '../finance/index.ts'
import type { Lookup } from '../lookup.ts'
import { bookReceived, heldFor, understandReceipt } from '../purchasing/index.ts'
import type { ReceiptPlan } from '../purchasing/index.ts'
import type { Understood, Waits } from '../understood.ts'
import { loadInvoice, orderedLines, wayOf } from './invoice.ts'
import { match } from './match.ts'
import type { Ordered } from './match.ts'
import { familyOf, invoiceKey } from './number.ts'
import { applyInvoice } from './settle.ts'
import { size, ZERO } from './tolerance.ts'

export interface ReceivedPlan {
  readonly receipt: ReceiptPlan
  /** Key of the settlement, '' when an invoice is expected. */
  readonly settles: string
  readonly ordered: readonly Ordered[]
  /** How the settlement is booked; null where the ERP books it, or nothing is settled. */
  readonly booking: OrderBooking | null
}

/** A return, or a correction of a slip that said too much. */
function sendsBack({ isReturn, outside, lines }: ReceiptPlan): boolean {
  return isReturn || (outside && lines.length > 0 && lines.every((line) => line.fresh < 0))
}

export function understandReceived(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<ReceivedPlan> | Waits {
  const understood = understandReceipt(event, lookup, context)
  if (understood.kind !== 'plan') return understood
  const { file, number, receipt } = understood.plan
  const isReturn = sendsBack(understood.plan)
  const { order } = file.known
  if (wayOf(context, order) !== 'evaluated') return { kind: 'plan', plan: { receipt: understood.plan, settles: '', ordered: [], booking: null } }
  const family = familyOf(order.supplier, lookup.get('supplier', order.supplier))
  const settles = invoiceKey(family, `ERS ${receipt.startsWith('erp:') ? number : receipt}`, isReturn ? 'credit' : 'invoice')
  loadInvoice(lookup, settles, file.known.lines)
  const of = file.known.lines.filter((one) => understood.plan.lines.some((line) => line.of.line === one.line))
  const { booking, needs } = understandInvoiceBooking(event, lookup, context, order, of, understood.plan.day, [])
  if (needs.length > 0) return heldFor(context, needs)
  return { kind: 'plan', plan: { receipt: understood.plan, settles, ordered: orderedLines(lookup, context, file.known), booking } }
}

export function applyReceived(event: BridgeEvent, rows: RowSet, context: BridgeContext, { receipt, settles, ordered, booking }: ReceivedPlan): Decision {
  const { decision, lines } = bookReceived(event, rows, context, receipt)
  if (settles === '' || lines.length === 0 || rows.get('invoice', settles) !== undefined) return decision
  const { file, day } = receipt
  const isReturn = sendsBack(receipt)
  const { order } = file.known
  const number = `ERS-${receipt.number || textOf(event.body, 'reference') || event.id}`
  const settled = receipt.lines
    .filter((line) => line.fresh !== 0)
    .map((line) => {
      const of = ordered.find((one) => one.line === line.of.line) ?? null
      const quantity = size(stored(line.fresh))
      return {
        line: line.line,
        item: line.of.item,
        unit: line.of.unit,
        quantity,
        unitPrice: of?.price ?? ZERO,
        amount: null,
        order: of,
        factor: stored(1_000_000),
      }
    })
  const matched = match({
    way: 'two-way',
    currency: order.currency,
    tolerances: undefined,
    invoice: { credit: isReturn, currency: order.currency, lines: settled, freight: ZERO, tax: ZERO, total: null },
  })
  const total = matched.total
  const plan = {
    key: settles,
    number,
    credit: isReturn,
    currency: order.currency,
    day,
    postingDay: receipt.postingDay,
    file: { ...file, known: { ...file.known, lines } },
    match: matched,
    freight: ZERO,
    tax: ZERO,
    total: Number((total.over * 1_000_000n) / total.under),
    released: '',
    held: [],
    evaluated: true,
    booking,
  }
  const invoice = applyInvoice(event, rows, context, plan, receipt.booking === null ? 1 : 2)
  return { ...decision, documents: [...decision.documents, ...(invoice.kind === 'applied' ? invoice.documents : [])] }
}
