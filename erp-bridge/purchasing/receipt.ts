/** Goods receipts and returns of orders: from a dock, a partner or the ERP itself; each counts once (R23, R33). */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Need, RowSet } from '../../channels/contract/index.ts'
import { show, showFraction, times, toStored } from '../amounts.ts'
import { ownNeed, textOf } from '../facts.ts'
import { postingDay, understandReceiptBooking } from '../finance/index.ts'
import type { OrderBooking } from '../finance/index.ts'
import type { Lookup } from '../lookup.ts'
import type { Understood, Waits } from '../understood.ts'
import { openFile, saidOf } from './fold.ts'
import type { OrderFile } from './fold.ts'
import { factorToOrder, findOrder, itemOf, pairLine, wholeFactor } from './known-order.ts'
import type { OrderLine } from './known-order.ts'
import { compareSlip, correctionOf, rowsOfSlip } from './slip.ts'
import { loadBooking } from './stock-booking.ts'
import type { ReceivedLine } from './stock-booking.ts'
import { dayOf, statedLines } from './stated.ts'
import type { StatedLine } from './stated.ts'
import { heldFor, releaseOf, waitFor } from './waits.ts'

/** Timer of a receipt whose document the ERP has to take; its subject is the document's key. */
export const RECEIPT_CHECK = 'receipt-check'

export interface ReceiptPlan {
  readonly file: OrderFile
  /** `receipt` of its rows. */
  readonly receipt: string
  readonly number: string
  readonly day: string
  /** Accounting date (R35). */
  readonly postingDay: string
  readonly lines: readonly ReceivedLine[]
  /** It came from outside its ERP, which gets a document. */
  readonly outside: boolean
  readonly isReturn: boolean
  /** It says otherwise than its slip said before: its lines are the difference. */
  readonly isCorrection: boolean
  /** How it is booked; null where the ERP books it. */
  readonly booking: OrderBooking | null
}

/** A received supply of one line as a receipt (SupplyReceived); receipts come as they are. */
function asReceipt(event: BridgeEvent): BridgeEvent {
  if (event.type !== 'SupplyReceived') return event
  const { item, quantity, lot, serial, expiry, location, reference } = event.body
  const line = { line: '1', item, quantity, lot, serial, expiry, location }
  return { ...event, body: { ...event.body, number: typeof reference === 'string' && reference !== '' ? reference : event.businessKey, lines: [line] } }
}

function mismatch(event: BridgeEvent, number: string, text: string, story: Readonly<Record<string, unknown>> = {}): Need {
  const subject = `receipt:${number}:${textOf(event.body, 'number') || event.id}`
  return {
    kind: 'RECEIPT_MISMATCH',
    subject,
    field: 'released',
    place: 'lines',
    text,
    owner: 'supply-chain',
    weight: { supply: 1 },
    story: { event: event.id, ...story },
  }
}

/** Key of the document that a line of a receipt from outside goes into: what is more is received, what is less is sent back. */
export function documentKeyOf(event: BridgeEvent, context: BridgeContext, quantity: number): string {
  return context.keyOf(`${event.id}.${quantity < 0 ? 'supplier-return' : 'goods-receipt'}`)
}

/**
 * Under which name the receipt is kept: our key when the ERP shows it or when its number is the one that our document got there, so that
 * the same receipt from both sides counts once; `erp:NUMBER` for one that was made there; the new document's key for one from outside.
 */
function identity(event: BridgeEvent, lookup: Lookup, context: BridgeContext, outside: boolean, isReturn: boolean): string {
  const number = textOf(event.body, 'number')
  const key = textOf(event.body, 'key')
  const kind = isReturn ? 'supplier-return' : 'goods-receipt'
  if (outside) return documentKeyOf(event, context, isReturn ? -1 : 1)
  const own = key === '' ? undefined : lookup.get('document', key)
  if (own?.kind === kind) return own.key
  const referred = number === '' ? undefined : lookup.find('document', 'byReference', number).find((one) => one.kind === kind && one.erp_ref === number)
  return referred?.key ?? `erp:${number}`
}

export function understandReceipt(raw: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<ReceiptPlan> | Waits {
  const event = asReceipt(raw)
  const number = textOf(event.body, 'order')
  if (number === '' && raw.type === 'SupplyReceived') return { kind: 'nothing' }
  const found = findOrder(lookup, { key: '', number })
  const slip = textOf(event.body, 'number')
  if (!found) {
    const text = `Receipt ${slip} is for order ${number === '' ? '(none)' : number}, which is not known. Correct it in the ERP and retry, or discard it.`
    const need = mismatch(event, number, text)
    return number === '' ? heldFor(context, [need]) : waitFor(event, context, `order ${number} is not known yet`, need)
  }
  const { order } = found
  const isReturn = textOf(event.body, 'documentKind') === 'return'
  const pulled = event.channel === 'bridge/pull' && (order.destination === '' || event.destination === order.destination)
  const file = openFile(lookup, found)
  const receipt = identity(event, lookup, context, !pulled, isReturn)
  const rows = lookup.find('receipt_line', 'byReceipt', receipt)
  lookup.find('receipt_line', 'byOrder', order.purchase_order)
  lookup.get('timer', RECEIPT_CHECK, receipt)
  const needs: Need[] = [...file.needs]
  if (!pulled) needs.push(...refusals(event, lookup, file, isReturn, slip))
  const all: ReceivedLine[] = []
  for (const stated of statedLines(event)) {
    const line = lineOf(event, lookup, file, stated, rows, { isReturn, outside: !pulled }, needs)
    if (line) all.push(line)
  }
  const released = releaseOf(event)?.allows('RECEIPT_MISMATCH') === true
  const { lines, differences } = pulled ? { lines: all, differences: [] } : compareSlip(rowsOfSlip(lookup, order.purchase_order, slip, isReturn), all)
  if (!released && differences.length > 0) {
    const text = `Slip ${slip} of order ${order.number} was taken before and says otherwise now: ${differences.join('; ')}. Release it with a reason to book the difference, or discard it.`
    needs.push(mismatch(event, order.number, text, { order: order.number, supplier: order.supplier, differences }))
  } else if (!pulled && !released) needs.push(...tooMuch(event, file, lines, isReturn, slip))
  for (const line of lines) loadBooking(lookup, context, file, line)
  if (needs.length > 0) return heldFor(context, needs)
  const kind = isReturn ? 'supplier-return' : 'goods-receipt'
  const day = dayOf(event)
  const outside = !pulled
  const posting = outside ? postingDay(event, lookup, context.policies, order.company || context.policies.company, kind, day) : { day }
  if ('subject' in posting) return heldFor(context, [posting])
  const of = found.lines.filter((one) => lines.some((line) => line.fresh !== 0 && line.of.line === one.line))
  const { booking, needs: unbooked } = understandReceiptBooking(event, lookup, context, order, of, day)
  if (unbooked.length > 0) return heldFor(context, unbooked)
  const isCorrection = differences.length > 0
  return { kind: 'plan', plan: { file, receipt, number: slip, day, postingDay: posting.day, lines, outside, isReturn, isCorrection, booking } }
}

/** A receipt from outside for an order of another supplier, or for one that nothing was to come for any more. What came may always go back. */
function refusals(event: BridgeEvent, lookup: Lookup, { known: { order }, process }: OrderFile, isReturn: boolean, slip: string): readonly Need[] {
  const said = textOf(event.body, 'supplier')
  const family = (supplier: string): string => (supplier === '' ? '' : lookup.get('supplier', supplier)?.parent || supplier)
  const story = { order: order.number, supplier: order.supplier, state: order.state, case: order.case_id, kind: order.kind }
  if (said !== '' && order.supplier !== '' && family(said) !== family(order.supplier)) {
    const text = `Receipt ${slip} is of supplier ${said}, order ${order.number} is of supplier ${order.supplier}. It can’t be released: discard it and have it sent again for its own order.`
    return [{ ...mismatch(event, order.number, text, { ...story, said }), releasable: false }]
  }
  if (isReturn || (process?.state !== 'CANCELLED' && process?.state !== 'CLOSED') || releaseOf(event)?.allows('RECEIPT_MISMATCH') === true) return []
  const state = process.state === 'CLOSED' ? 'closed' : saidOf(process) === 'rejected' ? 'rejected' : 'cancelled'
  const text = `Order ${order.number} is ${state}, and receipt ${slip} came for it. Open the order in the ERP and retry, release it with a reason, or discard it and send the goods back.`
  return [mismatch(event, order.number, text, story)]
}

function lineOf(
  event: BridgeEvent,
  lookup: Lookup,
  file: OrderFile,
  stated: StatedLine,
  rows: readonly Readonly<BridgeTables['receipt_line']>[],
  how: { readonly isReturn: boolean; readonly outside: boolean },
  needs: Need[],
): ReceivedLine | null {
  const { order } = file.known
  const number = textOf(event.body, 'number')
  const of = pairLine(lookup, file.known.lines, stated)
  if (!of) {
    const text = `Line ${String(stated.line)} of receipt ${number} (${stated.code}) is no line of order ${order.number}. Correct the order in the ERP and retry, or discard it.`
    needs.push(mismatch(event, order.number, text, { order: order.number, lines: file.known.lines.map((line) => ({ line: line.line, item: line.item })) }))
    return null
  }
  const factor = factorToOrder(lookup, of, stated.unit)
  if (factor === null) {
    const text = `No factor leads from ${stated.unit} to ${of.unit} for item ${of.item}. Load it with \`aqueduct load units\`.`
    needs.push({ kind: 'UNKNOWN_UNIT', subject: `unit:${of.item}:${stated.unit}`, field: '', place: 'lines', text })
    return null
  }
  const exact = stated.quantity === null ? null : times(stated.quantity, factor)
  const quantity = exact === null ? null : toStored(exact)
  if (stated.huge || (exact !== null && quantity === null)) {
    needs.push(ownNeed(event, 'BAD_VALUE', '', `The quantity of line ${String(stated.line)} of receipt ${number} is too large. Have it sent again.`))
    return null
  }
  const whole = wholeFactor(lookup, of)
  const pieces = exact === null || whole === null ? null : times(exact, whole)
  if (pieces !== null && pieces.over % pieces.under !== 0n) {
    const text = `Line ${String(stated.line)} of receipt ${number} is not whole in pieces of ${of.item}, which is only counted whole (R17). Have it sent again.`
    needs.push(ownNeed(event, 'BAD_VALUE', '', text))
    return null
  }
  if (quantity === null) {
    needs.push(ownNeed(event, 'BAD_VALUE', '', `Line ${String(stated.line)} of receipt ${number} has no quantity of zero or more. Have it sent again.`))
    return null
  }
  const item = itemOf(lookup, of.item)
  if (how.outside && !how.isReturn && quantity > 0 && item !== undefined && item.lot_required !== 0 && stated.lot === '' && stated.serial === '')
    needs.push(ownNeed(event, 'MISSING_LOT', '', `Item ${item.item} of receipt ${number} needs a lot or serial number. Have the receipt sent again with it.`))
  const known =
    rows.find((row) => row.line === stated.line && row.order_line === of.line) ??
    rows.find((row) => row.order_line === of.line && row.lot === stated.lot && row.serial === stated.serial)
  const signed = how.isReturn ? -quantity : quantity
  return {
    line: known?.line ?? freeLine(rows, stated.line),
    of,
    quantity: signed,
    fresh: signed - (known?.quantity ?? 0),
    lot: stated.lot,
    serial: stated.serial,
    expiry: stated.expiry,
  }
}

function freeLine(rows: readonly { readonly line: number }[], wanted: number): number {
  return rows.some((row) => row.line === wanted) ? Math.max(...rows.map((row) => row.line)) + wanted : wanted
}

/** More than was ordered, more sent back than came, or any receipt of an order that expects none (R3). */
function tooMuch(event: BridgeEvent, file: OrderFile, lines: readonly ReceivedLine[], isReturn: boolean, slip: string): readonly Need[] {
  const { order } = file.known
  const fresh = lines.filter((line) => line.fresh !== 0)
  const story = {
    order: order.number,
    supplier: order.supplier,
    case: order.case_id,
    kind: order.kind,
    lines: file.known.lines.map((line) => ({ line: line.line, item: line.item, ordered: show(line.quantity), received: show(line.received), unit: line.unit })),
  }
  if (order.receipt_expected === 0 && !isReturn && fresh.length > 0) {
    const text = `Order ${order.number} is ${order.kind} and expects no receipt, and receipt ${slip} came for it. Discard it, or release it with a reason.`
    return [mismatch(event, order.number, text, story)]
  }
  return fresh.flatMap((line) => {
    const total = line.of.received + sumOf(fresh, line.of.line)
    if (isReturn ? total >= 0 : total <= line.of.quantity) return []
    const text = isReturn
      ? `Return ${slip} sends back more of ${line.of.item} than order ${order.number} received (${show(line.of.received)} ${line.of.unit}). Correct it, or release it with a reason.`
      : `Receipt ${slip} brings ${line.of.item} of order ${order.number} to ${show(total)} ${line.of.unit}, ordered are ${show(line.of.quantity)}. Correct it, or release it with a reason.`
    return [mismatch(event, order.number, text, story)]
  })
}

function sumOf(lines: readonly ReceivedLine[], orderLine: number): number {
  return lines.filter((line) => line.of.line === orderLine).reduce((sum, line) => sum + line.fresh, 0)
}

/** Writes the receipt's rows and gives the order's lines as they are after it. */
export function receiveLines(rows: RowSet, event: BridgeEvent, context: BridgeContext, plan: ReceiptPlan): readonly OrderLine[] {
  const { order, lines } = plan.file.known
  for (const line of plan.lines) {
    const receipt = plan.outside ? documentKeyOf(event, context, line.quantity) : plan.receipt
    // Our own keeps the number of its slip, which it is told of again by; the ERP's number is its document's.
    const known = receipt.startsWith('erp:') ? undefined : rows.find('receipt_line', 'byReceipt', receipt)[0]
    rows.put(
      'receipt_line',
      newRow('receipt_line', {
        receipt,
        line: line.line,
        number: plan.isCorrection ? correctionOf(plan.number) : (known?.number ?? plan.number),
        purchase_order: order.purchase_order,
        order_line: line.of.line,
        item: line.of.item,
        quantity: line.quantity,
        unit: line.of.unit,
        lot: line.lot,
        serial: line.serial,
        day: plan.day,
        message: event.message,
        n: event.n,
      }),
    )
  }
  const all = rows.find('receipt_line', 'byOrder', order.purchase_order)
  return lines.map((line) => {
    const own = all.filter((row) => row.order_line === line.line)
    return own.length === 0 ? line : { ...line, received: own.reduce((total, row) => total + row.quantity, 0) }
  })
}

/** What of the receipt is new, for words: `3 EA of HIP-1, 2 BX of SUT-1`. */
export function wordsOf(lines: readonly ReceivedLine[]): string {
  return lines.map((line) => `${showFraction({ over: BigInt(Math.abs(line.fresh)), under: 1_000_000n })} ${line.of.unit} of ${line.of.item}`).join(', ')
}
