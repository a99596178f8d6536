/** DocumentStatusChanged: what the ERP says of requisitions, orders, receipts, invoices and payments. */
import { UNBOOKED_INVOICES } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Decision, RowSet } from '../../channels/contract/index.ts'
import { roundMoney, stored } from '../amounts.ts'
import { textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { notices } from '../notices.ts'
import { advance, INVOICE, processOf, PROCURE_TO_PAY, versionNeeds } from '../processes/index.ts'
import {
  applyOrderStatus,
  applyRequisitionStatus,
  findOrder,
  foldOrder,
  openFile,
  understandOrderStatus,
  understandRequisitionStatus,
} from '../purchasing/index.ts'
import type { KnownOrder, OrderFile, OrderPlan, RequisitionPlan } from '../purchasing/index.ts'
import type { Understood, Waits } from '../understood.ts'
import { applyReceived, understandReceived } from './evaluated.ts'
import type { ReceivedPlan } from './evaluated.ts'
import { loadInvoice } from './invoice.ts'
import { understandUnbooking, unbookInvoice } from './invoice-journal.ts'
import type { Unbooking } from './invoice-journal.ts'
import { familyOf, invoiceKey } from './number.ts'

interface PaymentPlan {
  readonly invoice: Readonly<BridgeTables['invoice']>
  readonly status: 'posted' | 'paid' | 'cancelled'
  readonly order: KnownOrder | undefined
  readonly file: OrderFile | undefined
  /** What takes its journal back, when the ERP cancelled it. */
  readonly unbooking: Unbooking | null
  /** Every other invoice of the order is paid. */
  readonly lastOfOrder: boolean
}

export type StatusPlan =
  | { readonly of: 'requisition'; readonly plan: RequisitionPlan }
  | { readonly of: 'order'; readonly plan: OrderPlan }
  | { readonly of: 'receipt'; readonly plan: ReceivedPlan }
  | { readonly of: 'invoice'; readonly plan: PaymentPlan }

const NOTHING = { kind: 'nothing' } as const

function wrap<Of extends StatusPlan['of'], Plan>(of: Of, understood: Understood<Plan> | Waits): Understood<{ readonly of: Of; readonly plan: Plan }> | Waits {
  return understood.kind === 'plan' ? { kind: 'plan', plan: { of, plan: understood.plan } } : understood
}

export function understandStatus(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<StatusPlan> | Waits {
  const named = textOf(event.body, 'number') !== '' || textOf(event.body, 'key') !== ''
  if (!named) return NOTHING
  switch (textOf(event.body, 'document')) {
    case 'requisition':
      return wrap('requisition', understandRequisitionStatus(event, lookup, context))
    case 'order':
      return wrap('order', understandOrderStatus(event, lookup, context))
    case 'receipt':
      return wrap('receipt', understandReceiptStatus(event, lookup, context))
    case 'invoice':
    case 'payment':
      return wrap('invoice', understandPayment(event, lookup, context))
    default:
      return NOTHING
  }
}

/** A receipt that the ERP pulls is a receipt; one that it cancelled counts as nothing of each line. */
function understandReceiptStatus(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<ReceivedPlan> | Waits {
  const lines = event.body['lines']
  if (textOf(event.body, 'order') === '' || !Array.isArray(lines) || lines.length === 0) return NOTHING
  if (textOf(event.body, 'status') !== 'cancelled') return understandReceived(event, lookup, context)
  const none = lines.map((line: Readonly<Record<string, unknown>>) => ({ ...line, quantity: { value: '0', unit: '' } }))
  return understandReceived({ ...event, body: { ...event.body, lines: none } }, lookup, context)
}

const STATES: Readonly<Record<string, PaymentPlan['status']>> = { posted: 'posted', paid: 'paid', cancelled: 'cancelled' }

/** Found by our key, by the ERP's number of our document, or by supplier and the supplier's own number. */
function findInvoice(event: BridgeEvent, lookup: Lookup): Readonly<BridgeTables['invoice']> | undefined {
  const number = textOf(event.body, 'number')
  const reference = textOf(event.body, 'reference')
  const key = textOf(event.body, 'key')
  const byKey = key === '' ? undefined : lookup.get('document', key)
  const referred = number === '' ? [] : lookup.find('document', 'byReference', number)
  const document = byKey?.kind === 'supplier-invoice' ? byKey : referred.find((one) => one.kind === 'supplier-invoice')
  const body = document === undefined ? {} : (JSON.parse(document.body) as Readonly<Record<string, unknown>>)
  const supplier = textOf(body, 'supplier') || textOf(event.body, 'supplier')
  const family = familyOf(supplier, supplier === '' ? undefined : lookup.get('supplier', supplier))
  const kind = body['credit'] === true || textOf(event.body, 'documentKind') === 'credit' ? 'credit' : 'invoice'
  for (const name of [textOf(body, 'number'), reference, number].filter((one) => one !== '')) {
    const row = lookup.get('invoice', invoiceKey(family, name, kind))
    if (row && (document === undefined || row.document === document.key)) return row
  }
  const named = number === '' ? [] : lookup.find('invoice', 'byNumber', textOf(body, 'number') || number)
  return document === undefined ? undefined : named.find((row) => row.document === document.key)
}

function understandPayment(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<PaymentPlan> {
  const status = STATES[textOf(event.body, 'status')]
  const invoice = findInvoice(event, lookup)
  if (status === undefined || invoice === undefined) return NOTHING
  const process = processOf(lookup, INVOICE, invoice.invoice)
  const order = findOrder(lookup, { key: '', number: invoice.order_number })
  const file = order === undefined ? undefined : openFile(lookup, order)
  const needs = [...versionNeeds(process), ...(file?.needs ?? [])]
  loadInvoice(lookup, invoice.invoice, order?.lines ?? [])
  const others = lookup
    .find('invoice', 'byOrder', invoice.order_number)
    .filter((row) => row.invoice !== invoice.invoice && !UNBOOKED_INVOICES.includes(row.state))
  const { unbooking, needs: closed } = status === 'cancelled' ? understandUnbooking(event, lookup, context, invoice) : { unbooking: null, needs: [] }
  needs.push(...closed)
  if (needs.length > 0) return { kind: 'needs', needs }
  return {
    kind: 'plan',
    plan: { invoice, status, order, file, unbooking, lastOfOrder: others.every((row) => row.state === 'paid' || row.state === 'cancelled') },
  }
}

export function applyStatus(event: BridgeEvent, rows: RowSet, context: BridgeContext, status: StatusPlan): Decision {
  switch (status.of) {
    case 'requisition':
      return applyRequisitionStatus(event, rows, context, status.plan)
    case 'order':
      return applyOrderStatus(event, rows, context, status.plan)
    case 'receipt':
      return applyReceived(event, rows, context, status.plan)
    case 'invoice':
      return applyPayment(event, rows, context, status.plan)
  }
}

function applyPayment(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: PaymentPlan): Decision {
  const { invoice, status, order } = plan
  const { row, moved } = advance(rows, event, context, { definition: INVOICE, subject: invoice.invoice, on: [status] })
  if (!moved) return { kind: 'applied', documents: [], cancel: [] }
  rows.put('invoice', { ...invoice, state: row.state.toLowerCase() })
  const fact = {
    number: invoice.number,
    order: invoice.order_number,
    key: invoice.document,
    supplier: invoice.supplier,
    status,
    amount: roundMoney(stored(invoice.total), invoice.currency),
    currency: invoice.currency,
  }
  const notify = notices(rows, event, context)
  notify(`invoice.${status}`, invoice.invoice, fact)
  if (status === 'cancelled' && plan.file !== undefined) takeBack(event, rows, context, plan.file, invoice)
  const undone = plan.unbooking === null ? { documents: [], cancel: [] } : unbookInvoice(event, rows, context, plan.unbooking)
  if (status === 'paid' && plan.lastOfOrder && order !== undefined) {
    const { row: after } = advance(rows, event, context, { definition: PROCURE_TO_PAY, subject: order.order.purchase_order, on: ['paid'] })
    rows.put('purchase_order', { ...order.order, state: after.state.toLowerCase().replaceAll('_', '-') })
  }
  return { kind: 'applied', ...undone }
}

/** An invoice that the ERP cancelled was never invoiced: its lines count no more, nor is the usage billed that they billed. */
function takeBack(event: BridgeEvent, rows: RowSet, context: BridgeContext, file: OrderFile, invoice: PaymentPlan['invoice']): void {
  const sign = invoice.kind === 'credit' ? -1 : 1
  const of = rows.find('invoice_line', 'byInvoice', invoice.invoice)
  const lines = file.known.lines.map((line) => {
    const own = of.filter((row) => row.order_line === line.line && row.purchase_order === line.purchase_order)
    const quantity = sign * own.reduce((sum, row) => sum + row.quantity, 0)
    const amount = sign * own.reduce((sum, row) => sum + row.amount, 0)
    const usage = line.message === 0 || quantity === 0 ? undefined : rows.get('usage', line.message, line.n)
    if (usage && usage.item === line.item) rows.put('usage', { ...usage, billed: usage.billed - file.base(line, quantity) })
    return { ...line, invoiced: line.invoiced - quantity, invoiced_amount: line.invoiced_amount - amount }
  })
  foldOrder(rows, event, context, file, { order: file.known.order, lines })
}
