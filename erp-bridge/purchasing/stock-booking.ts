/** Stock that comes in or goes back with a receipt, where the bridge keeps the stock. */
import type { BridgeContext, BridgeEvent, RowSet } from '../../channels/contract/index.ts'
import { move, readPieces } from '../inventory/index.ts'
import type { Pieces } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { ownerOf } from '../policies.ts'
import type { OrderFile } from './fold.ts'
import type { OrderLine } from './known-order.ts'

export interface ReceivedLine {
  /** Number in the receipt, as its row has it. */
  readonly line: number
  readonly of: OrderLine
  /** In the order line's unit, scaled; below zero for a return. */
  readonly quantity: number
  /** What of it is new, the same way: the rest was counted before. */
  readonly fresh: number
  readonly lot: string
  readonly serial: string
  readonly expiry: string
}

/** Only what is ordered for stock, or to be kept on consignment, comes into it: a bill-and-replace line is issued back to its room at once (R3). */
function isKept(context: BridgeContext, file: OrderFile, line: ReceivedLine): boolean {
  const { kind } = file.known.order
  return (
    line.of.location !== '' &&
    (kind === 'stock' || kind === 'consigned') &&
    ownerOf(context.policies, kind === 'consigned' ? 'consigned' : 'owned', 'stock') === 'bridge'
  )
}

/** Loads what {@link bookReceipt} writes. */
export function loadBooking(lookup: Lookup, context: BridgeContext, file: OrderFile, line: ReceivedLine): void {
  if (!isKept(context, file, line)) return
  const { kind, supplier } = file.known.order
  readPieces(lookup, { location: line.of.location, item: line.of.item, lot: line.lot, serial: line.serial, owner: kind === 'consigned' ? supplier : '' })
}

/** Moves what is new of the line into the place that it was ordered for, in base units. */
export function bookReceipt(rows: RowSet, event: BridgeEvent, context: BridgeContext, file: OrderFile, line: ReceivedLine, day: string, at: number): void {
  if (!isKept(context, file, line)) return
  move(rows, event, { ...piecesOf(file, line), line: at, quantity: file.base(line.of, line.fresh), kind: 'receipt', day })
}

/** What was received is the hospital's; what is consigned stays its supplier's until it is used (R7). */
function piecesOf(file: OrderFile, line: ReceivedLine): Pieces {
  const { kind, supplier } = file.known.order
  return { location: line.of.location, item: line.of.item, lot: line.lot, serial: line.serial, owner: kind === 'consigned' ? supplier : '' }
}
