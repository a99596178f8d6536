/** What the ERP says of an order: ours gets its number and state, one that was made there becomes known (`erp:NUMBER`). */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, RowSet } from '../../channels/contract/index.ts'
import { showFraction, toStored } from '../amounts.ts'
import { textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { dataOf } from '../processes/index.ts'
import { loadSupplierOrder, supplierOrder } from '../suppliers/index.ts'
import type { Understood } from '../understood.ts'
import { datesOf, foldOrder, loadLines, openFile, statedReceived } from './fold.ts'
import type { OrderFile } from './fold.ts'
import { findOrder, itemOf } from './known-order.ts'
import type { KnownOrder, Order, OrderLine } from './known-order.ts'
import { notices } from '../notices.ts'
import { dayOf, decimalIn, statedLines } from './stated.ts'
import type { StatedLine } from './stated.ts'

export interface OrderPlan {
  readonly file: OrderFile
  readonly order: Order
  readonly lines: readonly OrderLine[]
  readonly status: string
  readonly dates: Readonly<Record<string, string>>
  readonly received: Readonly<Record<string, number>>
  /** Lines that a receipt is known of. */
  readonly receipts: ReadonlySet<number>
  /** Its requisitions counted it as on order already. */
  readonly counted: boolean
  readonly sent: boolean
}

/** Timer of an order for what was used that its ERP ended; its subject is the order. */
export const REFUSED_ORDER = 'refused-order'

/** ERP words → the process's events. `approved` and `submitted` are still drafts. */
const ON: Readonly<Record<string, readonly string[]>> = {
  ordered: ['ordered'],
  acknowledged: ['ordered', 'acknowledged'],
  received: ['ordered'],
  invoiced: ['ordered'],
  posted: ['ordered'],
  paid: ['ordered'],
  cancelled: ['cancelled'],
  rejected: ['cancelled'],
  closed: ['closed'],
}

function newOrder(event: BridgeEvent, context: BridgeContext, number: string): KnownOrder {
  const body = event.body
  const order = newRow('purchase_order', {
    purchase_order: `erp:${number}`,
    number,
    destination: event.destination,
    company: textOf(body, 'company') || context.policies.company,
    supplier: textOf(body, 'supplier'),
    currency: textOf(body, 'currency') || context.policies.currency,
    kind: 'stock',
    receipt_expected: 1,
    day: dayOf(event),
  })
  return { order, lines: [], chain: `order:${number}`, key: '' }
}

/** Where its requisitions asked for an item: an ERP may order to its warehouse and never say who waits for it. '' when they differ. */
function wantedAt(lookup: Lookup, requisitions: readonly string[]): (item: string) => string {
  const places = new Map<string, string>()
  for (const key of requisitions) {
    const document = lookup.get('document', key)
    if (document?.kind !== 'requisition') continue
    const body = JSON.parse(document.body) as {
      readonly location?: string
      readonly lines?: readonly { readonly item?: string; readonly location?: string }[]
    }
    for (const { item = '', location = body.location ?? '' } of body.lines ?? [])
      places.set(item, places.has(item) && places.get(item) !== location ? '' : location)
  }
  return (item) => places.get(item) ?? ''
}

/** A stated line over the one that is known: what is not stated stays. Quantities are of the ERP's, it is the truth about an order. */
function mergeLine(lookup: Lookup, order: Order, known: OrderLine | undefined, stated: StatedLine, place: (item: string) => string): OrderLine {
  const row = known ?? newRow('order_line', { purchase_order: order.purchase_order, line: stated.line, open: 1 })
  const item = itemOf(lookup, stated.code)?.item ?? stated.code
  return {
    ...row,
    item: item || row.item,
    description: stated.description || row.description,
    quantity: stated.status === 'closed' ? Math.min(row.received, row.quantity) : ((stated.quantity && toStored(stated.quantity)) ?? row.quantity),
    unit: stated.unit || row.unit,
    price: (stated.unitPrice && toStored(stated.unitPrice)) ?? row.price,
    currency: order.currency,
    location: stated.location || row.location || place(item || row.item),
    cost_centre: stated.costCentre || row.cost_centre,
    service_line: stated.serviceLine || row.service_line,
    account: stated.account || row.account,
  }
}

/** A requisition that ended before an order of it was known has put nothing on order any more: its order does. */
function countsStill(lookup: Lookup, requisition: string): boolean {
  const row = lookup.get('requisition', requisition)
  return row === undefined || row.orders !== '' || !['fulfilled', 'rejected', 'cancelled'].includes(row.state)
}

export function understandOrderStatus(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<OrderPlan> {
  const body = event.body
  const number = textOf(body, 'number')
  const key = textOf(body, 'key')
  const origins = Array.isArray(body['origins']) ? body['origins'].filter((one): one is string => typeof one === 'string' && one !== '') : []
  const found = findOrder(lookup, { key, number }) ?? newOrder(event, context, number)
  const requisitions = [...new Set([...found.order.requisitions.split(' '), ...origins])].filter((one) => one !== '')
  const stated = statedLines(event)
  const order: Order = {
    ...found.order,
    number: number || found.order.number,
    destination: found.order.destination || event.destination,
    supplier: found.order.supplier || textOf(body, 'supplier'),
    currency: textOf(body, 'currency') || found.order.currency,
    company: found.order.company || textOf(body, 'company'),
    requisitions: requisitions.join(' '),
  }
  const place = wantedAt(lookup, requisitions)
  const merged = stated.map((line) => {
    const known = found.lines.find((one) => one.line === line.line)
    return mergeLine(lookup, order, known, line, place)
  })
  const kept = found.lines.filter((line) => !merged.some((one) => one.line === line.line))
  const lines = [...merged, ...kept].toSorted((a, b) => a.line - b.line)
  const file = openFile(lookup, { ...found, order, lines })
  loadLines(lookup, found.lines)
  loadSupplierOrder(lookup, order, lines)
  const receipts = new Set(lookup.find('receipt_line', 'byOrder', order.purchase_order).map((row) => row.order_line))
  if (file.needs.length > 0) return { kind: 'needs', needs: file.needs }
  const dates = Object.fromEntries(stated.filter((line) => line.date !== '').map((line) => [String(line.line), line.date]))
  const said = Object.fromEntries(stated.flatMap((line) => (line.received === null ? [] : [[String(line.line), toStored(line.received) ?? 0]])))
  return {
    kind: 'plan',
    plan: {
      file: { ...file, known: found },
      order,
      lines,
      status: textOf(body, 'status'),
      dates: { ...datesOf(file.process), ...dates },
      received: { ...statedReceived(file.process), ...said },
      receipts,
      counted: found.lines.length === 0 && requisitions.some((one) => countsStill(lookup, one)),
      sent: file.process !== undefined && dataOf(file.process)['sent'] === true,
    },
  }
}

export function applyOrderStatus(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: OrderPlan): Decision {
  const { file, order, status } = plan
  const before = file.process?.state ?? 'DRAFT'
  // Receipts say what came; what the order says counts only for a line that no receipt is known of.
  const lines = plan.lines.map((line) => ({
    ...line,
    received: plan.receipts.has(line.line) ? line.received : (plan.received[String(line.line)] ?? line.received),
  }))
  const on = ON[status] ?? []
  const documents: DocumentDraft[] = []
  const draft = before === 'DRAFT' && on.includes('ordered') && !plan.sent ? supplierOrder(event, rows, context, order, lines, file.known.chain) : null
  if (draft) documents.push(draft)
  const folded = foldOrder(rows, event, context, file, {
    order,
    lines,
    on,
    counted: plan.counted,
    data: { dates: plan.dates, received: plan.received, said: status, ...(draft ? { sent: true } : {}) },
  })
  const notify = notices(rows, event, context)
  const fact = { number: order.number, key: file.known.key, supplier: order.supplier, status, currency: order.currency, case: order.case_id }
  const amount = decimalIn(event.body, 'amount')
  if (before === 'DRAFT' && on.includes('ordered'))
    notify('order.placed', order.purchase_order, { ...fact, amount: amount === null ? '' : showFraction(amount) })
  // What was used already has to be paid by somebody.
  if (folded.moved && folded.state === 'CANCELLED' && lines.some((line) => line.message !== 0))
    rows.put(
      'timer',
      newRow('timer', { name: REFUSED_ORDER, subject: order.purchase_order, due: context.now, destination: order.destination || event.destination }),
    )
  if (folded.moved && folded.state === 'CANCELLED') notify('order.cancelled', order.purchase_order, fact)
  return { kind: 'applied', documents, cancel: [] }
}
