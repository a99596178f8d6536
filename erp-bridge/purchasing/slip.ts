/** A packing slip counts once: told again it says nothing new, and told otherwise it is a person's to decide (R23, R29). */
import type { BridgeTables } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import type { Lookup } from '../lookup.ts'
import type { ReceivedLine } from './stock-booking.ts'

type ReceiptRow = Readonly<BridgeTables['receipt_line']>

const CORRECTION = ' (correction)'

/** Under which number the difference to a slip is kept, so that it is found with the slip. */
export function correctionOf(slip: string): string {
  return `${slip}${CORRECTION}`
}

/** Rows of what was received (or sent back) at a dock under the slip. What was discarded in between was never received. */
export function rowsOfSlip(lookup: Lookup, order: string, slip: string, isReturn: boolean): readonly ReceiptRow[] {
  if (slip === '') return []
  return lookup.find('receipt_line', 'byOrder', order).filter((row) => {
    if (row.receipt.startsWith('erp:') || lookup.get('document', row.receipt)?.state === 'CANCELLED') return false
    return row.number === correctionOf(slip) || (row.number === slip && (isReturn ? row.quantity < 0 : row.quantity > 0))
  })
}

/** What of the stated lines is new to the slip, and in words what it says otherwise than before. */
export interface SlipSays {
  readonly lines: readonly ReceivedLine[]
  readonly differences: readonly string[]
}

/**
 * Compares by order line, lot and serial number: what the slip never said of is new as stated, the same quantity is the same receipt, and
 * of another quantity the difference is new. `lines`: as stated, signed, of the receipt alone.
 */
export function compareSlip(rows: readonly ReceiptRow[], lines: readonly ReceivedLine[]): SlipSays {
  const differences: string[] = []
  const seen = new Set<string>()
  const fresh = lines.flatMap((line): readonly ReceivedLine[] => {
    const known = rows.filter((row) => row.order_line === line.of.line && row.lot === line.lot && row.serial === line.serial)
    if (known.length === 0) return line.quantity === 0 ? [] : [line]
    const name = JSON.stringify([line.of.line, line.lot, line.serial])
    if (seen.has(name)) return []
    seen.add(name)
    const before = known.reduce((sum, row) => sum + row.quantity, 0)
    const stated = lines.filter((one) => one.of.line === line.of.line && one.lot === line.lot && one.serial === line.serial)
    const now = stated.reduce((sum, one) => sum + one.quantity, 0)
    if (now === before) return []
    differences.push(`${show(Math.abs(before))} ${line.of.unit} of ${line.of.item} were known, ${show(Math.abs(now))} are stated`)
    return [{ ...line, quantity: now - before, fresh: now - before }]
  })
  return { lines: fresh, differences }
}
