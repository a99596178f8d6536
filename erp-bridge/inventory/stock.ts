/**
 * The perpetual stock of a location. `stock_owner: bridge` means that the bridge keeps it (stock rows, balances and movements)
 * and tells the ERP by documents; `stock_owner: erp` means that the ERP books its stock from our goods issue: then the bridge
 * writes neither stock nor movements, and nothing is reordered from them.
 */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeEvent, BridgeTables, RowSet } from '../../channels/contract/index.ts'
import type { Lookup } from '../lookup.ts'

export type Stock = Readonly<BridgeTables['stock']>

/** The row of an item at a location; an item that is not kept there has no minimum and no maximum. */
export function stockAt(rows: RowSet, location: string, item: string): Stock {
  return rows.get('stock', location, item) ?? newRow('stock', { location, item })
}

/** Which pieces: '' is a lot, serial or owner that was not said; owner '' is the hospital. */
export interface Pieces {
  readonly item: string
  readonly location: string
  readonly lot: string
  readonly serial: string
  /** '' , or the supplier that consigned them. */
  readonly owner: string
}

export interface Moved extends Pieces {
  /** Scaled by 10⁶; negative is out. */
  readonly quantity: number
  readonly kind: 'usage' | 'waste' | 'reversal' | 'transfer' | 'count' | 'receipt'
  readonly day: string
  /** Line of the movement within the event. */
  readonly line: number
}

/** Loads what {@link move} changes. */
export function readPieces(lookup: Lookup, { location, item, lot, serial, owner }: Pieces): void {
  lookup.get('stock', location, item)
  lookup.get('balance', location, item, lot, serial, owner)
}

/**
 * Moves stock and says by which row: on hand is the sum of the movements, in the balance of the pieces and, for the hospital's
 * own, in the stock of the location. On hand may fall below zero: what was used was there, whatever the count says. Consigned
 * pieces have no value and are in their owner's balance alone (R7).
 */
export function move(rows: RowSet, event: BridgeEvent, moved: Moved): void {
  const { location, item, lot, serial, owner, quantity } = moved
  if (owner === '') {
    const before = stockAt(rows, location, item)
    rows.put('stock', { ...before, on_hand: before.on_hand + quantity })
  }
  const balance = rows.get('balance', location, item, lot, serial, owner) ?? newRow('balance', { location, item, lot, serial, owner })
  rows.put('balance', { ...balance, on_hand: balance.on_hand + quantity })
  rows.put('movement', newRow('movement', { message: event.message, n: event.n, ...moved }))
}
