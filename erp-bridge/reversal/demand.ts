/** What a use has ordered, taken back with it: lines that wait, lines of orders, requisitions that nobody needs any more (R12, R33). */
import type { BridgeContext, BridgeEvent, BridgeTables, RowSet } from '../../channels/contract/index.ts'
import { fraction, parseDecimal, roundMoney, show, stored, times } from '../amounts.ts'
import { isLow, stockAt, usedScheduled } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { callOff, processOf, PROCURE_TO_PAY, REPLENISHMENT } from '../processes/index.ts'
import { demandBody, dropDemand, isUsed } from '../purchasing/index.ts'
import type { DemandLine } from '../purchasing/index.ts'
import type { Portion, StoredDocument, Usage } from './originals.ts'

type OrderLine = Readonly<BridgeTables['order_line']>

/** Loads everything of a use that a reversal of it may change. */
export function readOrdered(lookup: Lookup, usage: Usage, demand: readonly DemandLine[]): void {
  for (const line of lookup.find('order_line', 'byEvent', usage.message, usage.n)) {
    lookup.get('purchase_order', line.purchase_order)
    processOf(lookup, PROCURE_TO_PAY, line.purchase_order)
  }
  for (const line of demand) {
    if (line.document !== '') {
      lookup.get('requisition', line.document)
      processOf(lookup, REPLENISHMENT, line.document)
    }
    if (line.location !== '') lookup.get('stock', line.location, line.item)
  }
  usedScheduled(lookup, demand)
}

/** The order lines of a use in an order. */
export function orderLinesOf(rows: RowSet, usage: Usage, order: string): readonly OrderLine[] {
  return rows.find('order_line', 'byEvent', usage.message, usage.n).filter((line) => line.purchase_order === order)
}

/** Of what is taken back from an order of a use: how much the supplier has billed, so that only a credit undoes it. Scaled by 10⁶. */
export function billedOf(
  rows: Pick<RowSet, 'find'>,
  usage: Usage,
  order: string,
  taken: number,
): { readonly quantity: number; readonly lines: readonly OrderLine[] } {
  const lines = rows.find('order_line', 'byEvent', usage.message, usage.n).filter((line) => line.purchase_order === order && line.invoiced > 0)
  const quantity = lines.reduce((most, line) => Math.max(most, taken - Math.max(0, line.quantity - line.invoiced)), 0)
  return { quantity: Math.min(taken, quantity), lines }
}

/** Takes back what waits to be ordered: of a used supply the share that is reversed, of stock what is not low without it. */
export function dropOpen(rows: RowSet, portion: Portion): void {
  for (const known of portion.demand) {
    const line = rows.get('demand_line', known.demand) ?? known
    if (line.open !== 1) continue
    if (isUsed(line)) shrink(rows, line, portion.taken)
    else if (line.kind === 'consignment') shrink(rows, line, portion.taken)
    else if (line.kind === 'min-max' && !isLow(without(rows, line))) dropDemand(rows, line)
  }
}

function without(rows: RowSet, line: DemandLine) {
  const stock = stockAt(rows, line.location, line.item)
  return { ...stock, on_order: stock.on_order - line.quantity }
}

function shrink(rows: RowSet, line: DemandLine, by: number): void {
  const quantity = line.quantity - by
  if (quantity <= 0) {
    dropDemand(rows, line)
    return
  }
  const body = demandBody(line)
  const each = parseDecimal(String(body.priced?.['unitPrice'] ?? '')) ?? fraction(0)
  const amount = roundMoney(times(each, stored(quantity)), body.currency)
  const priced = body.priced === undefined ? {} : { priced: { ...body.priced, quantity: show(quantity), amount } }
  rows.put('demand_line', { ...line, quantity, body: JSON.stringify({ ...body, ...priced }) })
}

/** An order of ours that is cancelled before it was sent: nothing of it is to come. */
export function voidOrder(rows: RowSet, event: BridgeEvent, context: BridgeContext, usage: Usage, order: string): void {
  callOff(rows, event, context, PROCURE_TO_PAY, order)
  const row = rows.get('purchase_order', order)
  if (row) rows.put('purchase_order', { ...row, state: 'cancelled' })
  for (const line of orderLinesOf(rows, usage, order)) rows.put('order_line', { ...line, quantity: 0, open: 0 })
  for (const line of rows.find('demand_line', 'byEvent', usage.message, usage.n)) if (line.document === order) dropDemand(rows, line)
}

/** Takes a quantity back from the lines of a use in an order that was sent. */
export function shrinkOrder(rows: RowSet, usage: Usage, order: string, taken: number): void {
  for (const line of orderLinesOf(rows, usage, order)) {
    const quantity = Math.max(0, line.quantity - taken)
    rows.put('order_line', { ...line, quantity, open: quantity > 0 ? line.open : 0 })
  }
}

/** Requisitions of this use alone that are still queued go too, if the stock without them is not low. What they ordered is on order no more. */
export function unneeded(rows: RowSet, event: BridgeEvent, context: BridgeContext, portion: Portion): readonly string[] {
  const keys = portion.documents
    .filter((document) => document.kind === 'requisition' && document.state === 'QUEUED' && isUnneeded(rows, portion, document))
    .map(({ key }) => key)
  for (const key of keys) callOff(rows, event, context, REPLENISHMENT, key)
  return keys
}

function isUnneeded(rows: RowSet, portion: Portion, document: StoredDocument): boolean {
  const lines = portion.demand.filter((line) => line.document === document.key)
  if (lines.length === 0 || document.message !== portion.usage.message || document.n !== portion.usage.n) return false
  if (lines.some((line) => line.kind !== 'consignment' && isLow(without(rows, line)))) return false
  for (const line of lines) dropDemand(rows, line)
  const row = rows.get('requisition', document.key)
  if (row) rows.put('requisition', { ...row, state: 'cancelled' })
  return true
}
