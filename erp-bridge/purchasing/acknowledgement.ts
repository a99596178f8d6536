/** What the supplier answers to an order (X12 855) and announces (856). Differences go to the buyers; nothing is booked. */
import type { BridgeContext, BridgeEvent, Decision, Need, RowSet } from '../../channels/contract/index.ts'
import { fraction, show, showFraction, times, toStored } from '../amounts.ts'
import { textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import type { Understood, Waits } from '../understood.ts'
import { dataOf } from '../processes/index.ts'
import { datesOf, foldOrder, loadLines, openFile } from './fold.ts'
import type { OrderFile } from './fold.ts'
import { factorToOrder, findOrder, itemOf, pairLine } from './known-order.ts'
import type { OrderLine } from './known-order.ts'
import { notices } from '../notices.ts'
import { statedLines } from './stated.ts'
import type { StatedLine } from './stated.ts'
import { heldFor, releaseOf, waitFor } from './waits.ts'

/** One line that was acknowledged otherwise than it was ordered. */
interface Difference {
  readonly line: number
  readonly what: 'price' | 'quantity' | 'date' | 'item' | 'status' | 'unit'
  readonly ordered: string
  readonly acknowledged: string
}

export interface AnswerPlan {
  readonly file: OrderFile
  readonly lines: readonly OrderLine[]
  readonly differences: readonly Difference[]
  readonly data: Readonly<Record<string, unknown>>
  readonly on: 'acknowledged' | 'shipped'
}

const REFUSED: ReadonlySet<string> = new Set(['rejected', 'backordered'])

function differencesOf(lookup: Lookup, order: OrderLine, stated: StatedLine, date: string): readonly Difference[] {
  const of = (what: Difference['what'], ordered: string, acknowledged: string): Difference => ({ line: order.line, what, ordered, acknowledged })
  const found: Difference[] = []
  const item = itemOf(lookup, stated.code)?.item ?? stated.code
  const factor = factorToOrder(lookup, order, stated.unit)
  if (item !== '' && item !== order.item) found.push(of('item', order.item, item))
  if (factor === null) found.push(of('unit', order.unit, stated.unit))
  const quantity = stated.quantity === null || factor === null ? null : toStored(times(stated.quantity, factor))
  if (quantity !== null && quantity !== order.quantity) found.push(of('quantity', show(order.quantity), show(quantity)))
  const price =
    stated.unitPrice === null || factor === null ? null : toStored({ over: stated.unitPrice.over * factor.under, under: stated.unitPrice.under * factor.over })
  if (price !== null && price !== order.price) found.push(of('price', show(order.price), show(price)))
  if (date !== '' && stated.date !== '' && stated.date > date) found.push(of('date', date, stated.date))
  if (stated.status !== '' && !['accepted', 'changed'].includes(stated.status) && found.length === 0) found.push(of('status', 'accepted', stated.status))
  return found
}

interface Pair {
  readonly line: StatedLine
  readonly paired: OrderLine | undefined
}

/**
 * An order line may be answered in parts: accepted now, the rest backordered. Their quantities make one, and what is worst of them is
 * said. Shipments stay as they are told, lot by lot.
 */
function joined(pairs: readonly Pair[], shipped: boolean): readonly Pair[] {
  if (shipped) return pairs
  const found = new Map<string, Pair>()
  for (const pair of pairs) {
    const name = pair.paired === undefined ? `stated ${String(pair.line.line)}` : String(pair.paired.line)
    const known = found.get(name)
    found.set(name, known === undefined ? pair : { line: together(known.line, pair.line), paired: pair.paired })
  }
  return [...found.values()]
}

function together(a: StatedLine, b: StatedLine): StatedLine {
  const counts = (line: StatedLine) => (line.status === 'rejected' ? fraction(0) : (line.quantity ?? fraction(0)))
  const [left, right] = [counts(a), counts(b)]
  const status = a.status === 'accepted' || a.status === '' ? b.status : a.status === 'rejected' && b.status !== 'rejected' ? 'changed' : a.status
  return {
    ...a,
    quantity: a.unit === b.unit ? { over: left.over * right.under + right.over * left.under, under: left.under * right.under } : b.quantity,
    code: b.status === 'substituted' ? b.code : a.code,
    status: status === 'rejected' && a.status !== 'rejected' ? 'changed' : status,
    date: a.date > b.date ? a.date : b.date,
  }
}

/** The line as it was acknowledged: what a release accepts. */
function accepted(lookup: Lookup, order: OrderLine, stated: StatedLine): OrderLine {
  const factor = factorToOrder(lookup, order, stated.unit) ?? fraction(1)
  if (stated.status === 'rejected') return { ...order, quantity: Math.max(order.received, order.invoiced) }
  const quantity = stated.quantity === null ? null : toStored(times(stated.quantity, factor))
  const price = stated.unitPrice === null ? null : toStored({ over: stated.unitPrice.over * factor.under, under: stated.unitPrice.under * factor.over })
  const item = itemOf(lookup, stated.code)?.item ?? order.item
  return { ...order, item, quantity: REFUSED.has(stated.status) ? order.quantity : (quantity ?? order.quantity), price: price ?? order.price }
}

function need(event: BridgeEvent, number: string, text: string, story: Readonly<Record<string, unknown>>): Need {
  return {
    kind: 'ORDER_CHANGED',
    subject: `order:${number}`,
    field: 'released',
    place: 'lines',
    text,
    owner: 'buyers',
    weight: { supply: 1 },
    story: { event: event.id, ...story },
  }
}

export function understandAnswer(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<AnswerPlan> | Waits {
  const number = textOf(event.body, 'order') || (event.type === 'PurchaseOrderAcknowledged' ? textOf(event.body, 'reference') : '')
  const found = findOrder(lookup, { key: textOf(event.body, 'key'), number })
  const shipped = event.type === 'ShipmentAnnounced'
  if (!found) {
    const what = shipped ? 'A shipment was announced' : 'An acknowledgement came'
    const text = `${what} for order ${number === '' ? '(none)' : number}, which is not known. Give the order number by having it sent again, or discard it.`
    return waitFor(event, context, `order ${number} is not known yet`, {
      ...need(event, number, text, {}),
      kind: shipped ? 'RECEIPT_MISMATCH' : 'ORDER_CHANGED',
    })
  }
  const file = openFile(lookup, found)
  const stated = statedLines(event)
  const dates = datesOf(file.process)
  const pairs = joined(
    stated.map((line) => {
      // A substitute stands on the ordered line's number.
      const paired = pairLine(lookup, found.lines, line) ?? found.lines.find((one) => one.line === line.orderLine)
      return { line, paired }
    }),
    shipped,
  )
  const differences: Difference[] = []
  for (const { line, paired } of pairs) {
    if (paired) differences.push(...differencesOf(lookup, paired, line, dates[String(paired.line)] ?? ''))
    else differences.push({ line: line.orderLine, what: 'item', ordered: '', acknowledged: line.code })
    if (paired) itemOf(lookup, line.code)
  }
  if (file.needs.length > 0) return { kind: 'needs', needs: file.needs }
  if (shipped) return { kind: 'plan', plan: { file, lines: found.lines, differences: [], data: { shipments: shipmentsOf(event, file, pairs) }, on: 'shipped' } }
  const refused = textOf(event.body, 'documentKind') === 'rejected'
  if ((refused || differences.length > 0) && releaseOf(event)?.allows('ORDER_CHANGED') !== true) {
    const said = differences.map((one) => `line ${String(one.line)} ${one.what} ${one.ordered} → ${one.acknowledged}`).join('; ')
    const text = `Supplier ${found.order.supplier} ${refused ? 'rejected' : 'acknowledged otherwise'} order ${found.order.number}${said === '' ? '' : `: ${said}`}. Settle it with the supplier; release to accept it as acknowledged, or discard the acknowledgement.`
    const story = {
      order: found.order.number,
      supplier: found.order.supplier,
      case: found.order.case_id,
      state: file.process?.state ?? '',
      requisitions: found.order.requisitions,
      differences,
    }
    return heldFor(context, [need(event, found.order.number, text, story)])
  }
  const answers = new Map(pairs.flatMap(({ line, paired }) => (paired ? [[paired.line, accepted(lookup, paired, line)] as const] : [])))
  const promised = Object.fromEntries(pairs.flatMap(({ line, paired }) => (paired && line.date !== '' ? [[String(paired.line), line.date]] : [])))
  const lines = found.lines.map((line) => answers.get(line.line) ?? line)
  loadLines(lookup, lines)
  return { kind: 'plan', plan: { file, lines, differences, data: { dates: { ...dates, ...promised } }, on: 'acknowledged' } }
}

/** Expected quantities and lots by shipment, for who receives them. */
function shipmentsOf(event: BridgeEvent, file: OrderFile, pairs: readonly Pair[]): unknown {
  const known = file.process === undefined ? {} : dataOf(file.process)['shipments']
  const lines = pairs.map(({ line, paired }) => ({
    orderLine: paired?.line ?? line.orderLine,
    item: paired?.item ?? line.code,
    quantity: line.quantity === null ? '' : showFraction(line.quantity),
    unit: line.unit,
    lot: line.lot,
    serial: line.serial,
  }))
  return { ...(typeof known === 'object' ? known : {}), [textOf(event.body, 'number')]: { date: textOf(event.body, 'date'), lines } }
}

export function applyAnswer(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: AnswerPlan): Decision {
  const { file, lines, differences, data, on } = plan
  const { order } = file.known
  const acknowledged = on === 'acknowledged' ? (differences.length > 0 ? 'changed' : 'accepted') : order.acknowledged
  foldOrder(rows, event, context, file, { order: { ...order, acknowledged }, lines, on: [on], data })
  if (on === 'acknowledged') {
    const fact = { number: order.number, key: file.known.key, supplier: order.supplier, status: acknowledged, case: order.case_id }
    notices(rows, event, context)(differences.length > 0 ? 'order.changed' : 'order.acknowledged', order.purchase_order, fact)
  }
  return { kind: 'applied', documents: [], cancel: [] }
}
