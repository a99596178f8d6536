/** An item or supplier that is blocked: what was made for it and not sent is taken back and waits as demand; released, it goes on. */
import type { BridgeContext, BridgeEvent, BridgeTables, RowSet } from '../../channels/contract/index.ts'
import type { Lookup } from '../lookup.ts'
import { callOff, processOf, PROCURE_TO_PAY, REPLENISHMENT } from '../processes/index.ts'
import { gather } from '../purchasing/index.ts'
import type { DemandLine } from '../purchasing/index.ts'

type Document = Readonly<BridgeTables['document']>

/** Documents that can still be taken back, with the lines that they were made of. */
export interface Held {
  readonly document: Document
  readonly lines: readonly DemandLine[]
}

/**
 * Queued orders and requisitions of a supplier, or of one item of it. Those that are on their way to the ERP stay: whoever blocked
 * it there sees them there.
 */
export function findHeld(lookup: Lookup, supplier: string, item: string | null): readonly Held[] {
  const requisitions = lookup.find('requisition', 'bySupplier', supplier, 'made').filter((row) => row.state === 'made')
  const orders = lookup.find('purchase_order', 'bySupplier', supplier).filter((row) => row.state === 'made')
  const keys = [...requisitions.map((row) => row.requisition), ...orders.map((row) => row.purchase_order)]
  return keys.flatMap((key) => {
    const document = lookup.get('document', key)
    const lines = lookup.find('demand_line', 'byDocument', key).filter((line) => line.document === key)
    lookup.get('requisition', key)
    lookup.get('purchase_order', key)
    processOf(lookup, REPLENISHMENT, key)
    processOf(lookup, PROCURE_TO_PAY, key)
    const orderLines = lookup.find('order_line', 'byOrder', key)
    for (const line of lines) lookup.get('timer', 'requisition', line.group_key)
    if (document?.state !== 'QUEUED' || lines.length === 0) return []
    return item === null || lines.some((line) => line.item === item) || orderLines.some((line) => line.item === item) ? [{ document, lines }] : []
  })
}

/** Takes the documents back: their demand is open again and waits at its builder. Keys that are to be cancelled. */
export function hold(rows: RowSet, event: BridgeEvent, context: BridgeContext, held: readonly Held[]): readonly string[] {
  for (const { document, lines } of held) {
    callOff(rows, event, context, document.kind === 'requisition' ? REPLENISHMENT : PROCURE_TO_PAY, document.key)
    for (const line of lines) {
      rows.put('demand_line', { ...line, open: 1, document: '' })
      gather(rows, context, line.group_key, 0, document.destination || event.destination)
    }
    const requisition = rows.get('requisition', document.key)
    if (requisition) rows.put('requisition', { ...requisition, state: 'cancelled' })
    const order = rows.get('purchase_order', document.key)
    if (order) rows.put('purchase_order', { ...order, state: 'cancelled' })
    for (const line of rows.find('order_line', 'byOrder', document.key)) rows.put('order_line', { ...line, quantity: 0, open: 0 })
  }
  return held.map(({ document }) => document.key)
}
