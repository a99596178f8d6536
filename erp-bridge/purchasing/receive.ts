/** Books a receipt that was understood: rows, stock, the document for the ERP, the order's process. */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, RowSet } from '../../channels/contract/index.ts'
import { roundMoney, show, stored, times } from '../amounts.ts'
import { draft, filled, maybe, routeOf } from '../documents/index.ts'
import { bookOrder } from '../finance/index.ts'
import { foldOrder } from './fold.ts'
import { orderHeader } from './known-order.ts'
import type { OrderLine } from './known-order.ts'
import { notices } from '../notices.ts'
import { documentKeyOf, RECEIPT_CHECK, receiveLines, wordsOf } from './receipt.ts'
import type { ReceiptPlan } from './receipt.ts'
import { bookReceipt } from './stock-booking.ts'

/** How often a receipt is looked at until the ERP has it or it was discarded. */
export const RECEIPT_CHECK_MS = 3_600_000

/** The order's lines after the receipt, for who settles it; empty when nothing of it was new. */
export interface Booked {
  readonly decision: Extract<Decision, { kind: 'applied' }>
  readonly lines: readonly OrderLine[]
}

export function bookReceived(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: ReceiptPlan): Booked {
  const { file } = plan
  const { order } = file.known
  const fresh = plan.lines.filter((line) => line.fresh !== 0)
  if (fresh.length === 0) return { decision: { kind: 'applied', documents: [], cancel: [] }, lines: [] }
  const lines = receiveLines(rows, event, context, plan)
  fresh.forEach((line, at) => bookReceipt(rows, event, context, file, line, plan.day, at + 1))
  const documents: DocumentDraft[] = []
  for (const isReturn of plan.outside ? [false, true] : []) {
    const of = fresh.filter((line) => line.fresh < 0 === isReturn)
    if (of.length === 0) continue
    documents.push(receiptDocument(event, context, { ...plan, lines: of, isReturn }))
    const subject = documentKeyOf(event, context, isReturn ? -1 : 1)
    const destination = order.destination || event.destination
    rows.put('timer', newRow('timer', { name: RECEIPT_CHECK, subject, due: context.now + RECEIPT_CHECK_MS, destination }))
  }
  const journal = plan.booking && bookOrder(event, rows, context, plan.booking, { ...journalOf(plan), amounts: fresh.map(amountOf), nth: 1 })
  if (journal) documents.push(journal)
  const folded = foldOrder(rows, event, context, file, { order, lines })
  const notify = notices(rows, event, context)
  const fact = {
    number: plan.number,
    order: order.number,
    key: plan.receipt.startsWith('erp:') ? '' : plan.receipt,
    supplier: order.supplier,
    case: order.case_id,
  }
  notify('receipt.booked', plan.receipt, { ...fact, status: plan.isReturn ? 'returned' : 'received', what: wordsOf(fresh) })
  if (folded.moved && folded.state === 'RECEIVED')
    notify('order.received', order.purchase_order, { ...fact, number: order.number, key: file.known.key, status: 'received' })
  return { decision: { kind: 'applied', documents, cancel: [] }, lines }
}

/** What is new of a line, at the order's price. */
function amountOf({ of, fresh }: ReceiptPlan['lines'][number]) {
  return { line: of.line, item: of.item, what: 'goods' as const, amount: times(stored(fresh), stored(of.price)) }
}

function journalOf(plan: ReceiptPlan) {
  const { order } = plan.file.known
  const what = plan.isReturn ? 'Return' : 'Receipt'
  const because = `${what.toLowerCase()} ${plan.number} of order ${order.number}, which is accrued until its invoice`
  return { order, currency: order.currency, day: plan.day, text: `${what} ${plan.number}`, because }
}

/** Where a document about an order goes: by route of company and kind, else to the order's own ERP. */
export function destinationOf(
  context: BridgeContext,
  event: BridgeEvent,
  order: { readonly company: string; readonly destination: string },
  kind: string,
): string {
  const destination = order.destination || event.destination
  return routeOf(context.policies, kind, { ...event, destination }, order.company || context.policies.company)
}

function receiptDocument(event: BridgeEvent, context: BridgeContext, plan: ReceiptPlan): DocumentDraft {
  const { order, chain } = plan.file.known
  const fresh = plan.lines.filter((line) => line.fresh !== 0)
  const header = filled({
    ...orderHeader(event, context, plan.file.known, plan),
    location: maybe(fresh[0]?.of.location ?? ''),
  })
  const because = `${wordsOf(fresh)} ${plan.isReturn ? 'sent back from' : 'received for'} order ${order.number}`
  // A receipt goes where its order is: no route may part them.
  const options = { because, chain, destination: order.destination || event.destination }
  const supply = (line: ReceiptPlan['lines'][number], at: number) => ({
    line: at + 1,
    item: line.of.item,
    description: maybe(line.of.description),
    quantity: show(Math.abs(line.fresh)),
    unit: line.of.unit,
    lot: maybe(line.lot),
    serial: maybe(line.serial),
    expiry: maybe(line.expiry),
  })
  if (plan.isReturn) {
    const lines = fresh.map((line, at) =>
      filled({
        ...supply(line, at),
        unitPrice: show(line.of.price),
        currency: order.currency,
        amount: roundMoney(times(stored(Math.abs(line.fresh)), stored(line.of.price)), order.currency),
      }),
    )
    return draft(event, context, 'supplier-return', { ...header, lines }, options)
  }
  const lines = fresh.map((line, at) => filled({ ...supply(line, at), orderLine: line.of.line }))
  return draft(event, context, 'goods-receipt', { ...header, packingSlip: plan.number === '' ? event.id : plan.number, lines }, options)
}
