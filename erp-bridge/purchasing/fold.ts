/**
 * Folds what happened to an order into its rows: lines, process, requisitions, what is on order. What the rows say in the end does
 * not depend on the order in which things came: quantities are sums, and the state follows from them.
 */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, Need, Policies, RowSet } from '../../channels/contract/index.ts'
import type { Lookup } from '../lookup.ts'
import { notices } from '../notices.ts'
import { ownerOf } from '../policies.ts'
import { advance, dataOf, processOf, PROCURE_TO_PAY, REPLENISHMENT, versionNeeds } from '../processes/index.ts'
import type { ProcessRow } from '../processes/index.ts'
import { toBase } from './known-order.ts'
import type { KnownOrder, Order, OrderLine } from './known-order.ts'

/** Everything of an order that a fold may read or write. */
export interface OrderFile {
  readonly known: KnownOrder
  readonly process: ProcessRow | undefined
  /** `x12`: orders go to this supplier electronically and acknowledgements come back. */
  readonly transmission: string
  /** Base units of one unit of the line, by line: scaled quantities are multiplied. */
  readonly base: (line: OrderLine, quantity: number) => number
  readonly needs: readonly Need[]
}

/** Loads the order's process, timers, supplier, requisitions and stock. */
export function openFile(lookup: Lookup, known: KnownOrder): OrderFile {
  const { order, lines } = known
  const id = order.purchase_order
  const process = processOf(lookup, PROCURE_TO_PAY, id)
  const supplier = order.supplier === '' ? undefined : lookup.get('supplier', order.supplier)
  for (const requisition of order.requisitions.split(' ').filter((one) => one !== '')) {
    lookup.get('requisition', requisition)
    processOf(lookup, REPLENISHMENT, requisition)
  }
  lookup.get('purchase_order', id)
  for (const line of lines) lookup.get('order_line', id, line.line)
  loadLines(lookup, lines)
  return {
    known,
    process,
    transmission: supplier?.transmission ?? '',
    base: (line, quantity) => toBase(lookup, line, quantity),
    needs: versionNeeds(process),
  }
}

/** Loads stock and factors of lines, as they are or as they are to be. */
export function loadLines(lookup: Lookup, lines: readonly OrderLine[]): void {
  for (const line of lines) {
    if (line.location !== '') lookup.get('stock', line.location, line.item)
    toBase(lookup, line, line.quantity)
  }
}

/** Is all of the line received (where that is expected) and invoiced? */
export function isDone(order: Order, line: OrderLine): boolean {
  return (order.receipt_expected === 0 || line.received >= line.quantity) && line.invoiced >= line.quantity
}

/** What the quantities say has happened to the order: the process's own events. */
function happened(order: Order, lines: readonly OrderLine[]): readonly string[] {
  const counted = lines.filter((line) => line.quantity > 0)
  if (counted.length === 0) return []
  const received = counted.every((line) => line.received >= line.quantity)
  const invoiced = counted.every((line) => line.invoiced >= line.quantity)
  if (invoiced && (received || order.receipt_expected === 0)) return ['invoiced']
  if (order.receipt_expected === 0) return []
  if (received) return ['received']
  return counted.some((line) => line.received > 0) ? ['partly-received'] : []
}

/** Still to come of a line of a stock order, in base units: what counts as on order at its location (R11). */
function outstanding(file: OrderFile, order: Order, line: OrderLine, ended: boolean): number {
  if (order.kind !== 'stock' || line.location === '' || ended) return 0
  return file.base(line, Math.max(0, line.quantity - Math.max(0, line.received)))
}

/** An order without receipt whose invoice was taken back stands where it stood before: ordered, and what its supplier said since. */
function back(file: OrderFile, order: Order, lines: readonly OrderLine[]): readonly string[] {
  if (file.process?.state !== 'INVOICED' || happened(order, lines).length > 0 || lines.every((line) => line.quantity <= 0)) return []
  const shipped = dataOf(file.process)['shipments'] !== undefined
  return ['not-invoiced', ...(order.acknowledged === '' ? [] : ['acknowledged']), ...(shipped ? ['shipped'] : [])]
}

/** Whoever keeps the stock or fills it up to its PAR has to know what is on order (R11). */
export function keepsOnOrder(policies: Policies): boolean {
  return ownerOf(policies, 'owned', 'stock') === 'bridge' || ownerOf(policies, 'par', 'reorder') === 'bridge'
}

const ENDED: ReadonlySet<string> = new Set(['CANCELLED', 'CLOSED'])

export interface Fold {
  readonly order: Order
  readonly lines: readonly OrderLine[]
  /** What was said beside the quantities: ordered, acknowledged, shipped, cancelled, closed, paid. */
  readonly on?: readonly string[]
  readonly data?: Readonly<Record<string, unknown>>
  /** Its requisitions have put it on order already. */
  readonly counted?: boolean
}

/** Writes the order as it is after the fold; says the state that it came to and whether that is new. */
export function foldOrder(
  rows: RowSet,
  event: BridgeEvent,
  context: BridgeContext,
  file: OrderFile,
  { order, lines, on = [], data, counted = false }: Fold,
): { readonly state: string; readonly moved: boolean } {
  const { row, moved } = advance(rows, event, context, {
    definition: PROCURE_TO_PAY,
    subject: order.purchase_order,
    on: [...on, ...back(file, order, lines), ...happened(order, lines)],
    waitsFor: (step) => {
      if (order.receipt_expected === 0) return step === 'receipt' || step === 'acknowledgement' || step === 'invoice' ? 'invoice' : step
      return step === 'acknowledgement' && file.transmission !== 'x12' ? 'receipt' : step
    },
    ...(data === undefined ? {} : { data }),
  })
  const ended = ENDED.has(row.state)
  const before = new Map(file.known.lines.map((line) => [line.line, line]))
  const wasEnded = file.process !== undefined && ENDED.has(file.process.state)
  for (const line of lines) {
    rows.put('order_line', { ...line, purchase_order: order.purchase_order, open: ended || isDone(order, line) ? 0 : 1 })
    if (!keepsOnOrder(context.policies) || counted) continue
    const old = before.get(line.line)
    const had = old === undefined ? 0 : outstanding(file, file.known.order, old, wasEnded)
    const has = outstanding(file, order, line, ended)
    const moved = old !== undefined && (old.item !== line.item || old.location !== line.location)
    if (moved) putOnOrder(rows, old, -had)
    putOnOrder(rows, line, moved ? has : has - had)
  }
  const known = rows.get('purchase_order', order.purchase_order)
  rows.put('purchase_order', {
    ...order,
    state: row.state.toLowerCase().replaceAll('_', '-'),
    acknowledged: order.acknowledged || known?.acknowledged || '',
    at: known?.at === undefined || known.at === 0 ? context.now : known.at,
  })
  const requisitions = order.requisitions.split(' ').filter((one) => one !== '')
  requisitions.forEach((key, nth) => followRequisition(rows, event, context, { key, nth }, order, row.state))
  return { state: row.state, moved }
}

function putOnOrder(rows: RowSet, line: OrderLine, change: number): void {
  const stock = line.location === '' || change === 0 ? undefined : rows.get('stock', line.location, line.item)
  if (stock) rows.put('stock', { ...stock, on_order: Math.max(0, stock.on_order + change) })
}

/** Notices of requisitions stand behind those of the event itself. */
const NOTICE_LINE = 500

/** The order's requisition is ordered with it and fulfilled with it. One that is ordered at once was approved. */
function followRequisition(
  rows: RowSet,
  event: BridgeEvent,
  context: BridgeContext,
  { key, nth }: { readonly key: string; readonly nth: number },
  order: Order,
  state: string,
): void {
  const before = rows.get('process', REPLENISHMENT.name, key)?.state ?? REPLENISHMENT.initial
  const on = state === 'DRAFT' ? [] : ['RECEIVED', 'INVOICED', 'PAID'].includes(state) ? ['ordered', 'received'] : ['ordered']
  const { row } = advance(rows, event, context, { definition: REPLENISHMENT, subject: key, on })
  const known =
    rows.get('requisition', key) ?? newRow('requisition', { requisition: key, destination: order.destination, supplier: order.supplier, at: context.now })
  const orders = [...new Set([...known.orders.split(' '), order.number])].filter((one) => one !== '').toSorted()
  rows.put('requisition', { ...known, orders: orders.join(' '), state: row.state.toLowerCase() })
  if (before === REPLENISHMENT.initial && row.state !== before) {
    const fact = { number: known.number, key: key.startsWith('erp:') ? '' : key, supplier: known.supplier, status: 'ordered' }
    notices(rows, event, context, NOTICE_LINE + nth)('requisition.approved', key, fact)
  }
}

/** Days promised by line, as kept with the order's process. */
export function datesOf(process: ProcessRow | undefined): Readonly<Record<string, string>> {
  const dates = process === undefined ? undefined : dataOf(process)['dates']
  return typeof dates === 'object' && dates !== null ? (dates as Record<string, string>) : {}
}

/** The state of the order as its ERP last said it; '' while it has said nothing since the order was made. */
export function saidOf(process: ProcessRow): string {
  const said = dataOf(process)['said']
  return typeof said === 'string' ? said : ''
}

/** Received so far by line as the ERP's order says it, scaled. */
export function statedReceived(process: ProcessRow | undefined): Readonly<Record<string, number>> {
  const stated = process === undefined ? undefined : dataOf(process)['received']
  return typeof stated === 'object' && stated !== null ? (stated as Record<string, number>) : {}
}
