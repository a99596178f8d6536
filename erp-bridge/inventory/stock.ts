/**
 * The perpetual stock of a location. `stock_owner: bridge` means that the bridge keeps it (stock rows and movements) and tells
 * the ERP by a goods issue; `stock_owner: erp` means that the ERP books its stock from our goods issue: then the bridge writes
 * neither stock nor movements, and nothing is reordered from them.
 */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeEvent, BridgeTables, RowSet } from '../../channels/contract/index.ts'

export type Stock = Readonly<BridgeTables['stock']>

/** The row of an item at a location; an item that is not kept there has no minimum and no maximum. */
export function stockAt(rows: RowSet, location: string, item: string): Stock {
  return rows.get('stock', location, item) ?? newRow('stock', { location, item })
}

interface Moved {
  readonly item: string
  readonly location: string
  readonly lot: string
  readonly serial: string
  /** Scaled by 10⁶; negative is out. */
  readonly quantity: number
  readonly kind: 'usage' | 'waste' | 'reversal'
  readonly day: string
  /** Line of the movement within the event. */
  readonly line: number
}

/** Moves stock and says by which row. On hand may fall below zero: what was used was there, whatever the count says. */
export function move(rows: RowSet, event: BridgeEvent, moved: Moved): Stock {
  const before = stockAt(rows, moved.location, moved.item)
  const after = { ...before, on_hand: before.on_hand + moved.quantity }
  rows.put('stock', after)
  rows.put('movement', newRow('movement', { message: event.message, n: event.n, ...moved }))
  return after
}
