/** Finds the order that something is about: by our key, by the ERP's number, or by the number that our document got there. */
import { gtin14, newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables } from '../../channels/contract/index.ts'
import { divide, fraction, parseDecimal, times, toStored } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { filled, maybe } from '../documents/index.ts'
import type { Lookup } from '../lookup.ts'
import { factorTo, isWhole } from '../master-data/index.ts'
import type { Item } from '../master-data/index.ts'
import type { StatedLine } from './stated.ts'

export type Order = Readonly<BridgeTables['purchase_order']>
export type OrderLine = Readonly<BridgeTables['order_line']>
type Stored = Readonly<BridgeTables['document']>
type Body = Readonly<Record<string, unknown>>

export interface KnownOrder {
  readonly order: Order
  /** In the order of their numbers. */
  readonly lines: readonly OrderLine[]
  /** Chain of its documents: order before receipt before invoice (R32). */
  readonly chain: string
  /** Key of our own document, '' when the order was made in the ERP. */
  readonly key: string
}

/** What every document about an order begins with: a receipt, a return, an invoice. The clinical or stated day stays, the posting day may have moved (R35). */
export function orderHeader(event: BridgeEvent, context: BridgeContext, known: KnownOrder, days: { readonly day: string; readonly postingDay: string }) {
  const { order, key } = known
  return filled({
    eventId: event.id,
    company: order.company || context.policies.company,
    case: maybe(order.case_id),
    documentDate: days.day,
    postingDate: days.postingDay,
    order: maybe(order.number),
    orderKey: maybe(key),
    supplier: order.supplier,
  })
}

function bodyOf(document: Stored): Body {
  const body: unknown = JSON.parse(document.body)
  return typeof body === 'object' && body !== null ? (body as Body) : {}
}

function textIn(body: Body, field: string): string {
  const value = body[field]
  return typeof value === 'string' ? value : ''
}

function scaledIn(body: Body, field: string): number {
  const value = parseDecimal(textIn(body, field))
  return (value && toStored(value)) ?? 0
}

/** An order as our own document says it, for one of which no row was written yet. */
function orderOf(document: Stored): { readonly order: Order; readonly lines: readonly OrderLine[] } {
  const body = bodyOf(document)
  const kind = textIn(body, 'orderType') === 'consignment' ? 'consigned' : textIn(body, 'orderType') || 'stock'
  const currency = textIn(body, 'currency')
  const order = newRow('purchase_order', {
    purchase_order: document.key,
    number: document.erp_ref,
    destination: document.destination,
    company: textIn(body, 'company'),
    supplier: textIn(body, 'supplier'),
    currency,
    kind,
    receipt_expected: body['receiptExpected'] === true ? 1 : 0,
    state: textIn(body, 'state'),
    day: textIn(body, 'documentDate'),
    case_id: textIn(body, 'case'),
  })
  const raw = Array.isArray(body['lines']) ? (body['lines'] as Body[]) : []
  const lines = raw.map((line, at) =>
    newRow('order_line', {
      purchase_order: document.key,
      line: typeof line['line'] === 'number' ? line['line'] : at + 1,
      item: textIn(line, 'item'),
      description: textIn(line, 'description'),
      quantity: scaledIn(line, 'quantity'),
      unit: textIn(line, 'unit'),
      price: scaledIn(line, 'unitPrice'),
      currency,
      location: textIn(body, 'location'),
      cost_centre: textIn(body, 'costCentre'),
      service_line: textIn(body, 'serviceLine'),
      message: document.message,
      n: document.n,
      open: 1,
    }),
  )
  return { order, lines }
}

/** The order that a key or a number names, or undefined. A number of one ERP is not looked for in another. */
export function findOrder(lookup: Lookup, named: { readonly key: string; readonly number: string }): KnownOrder | undefined {
  const document = ownDocument(lookup, named)
  const byKey = document === undefined ? undefined : lookup.get('purchase_order', document.key)
  const byNumber = named.number === '' ? [] : lookup.find('purchase_order', 'byNumber', named.number).filter((row) => row.number === named.number)
  const order = byKey ?? (document === undefined ? byNumber[0] : undefined)
  const own = document ?? (order === undefined || order.purchase_order.startsWith('erp:') ? undefined : lookup.get('document', order.purchase_order))
  const id = order?.purchase_order ?? document?.key
  if (id === undefined) return undefined
  const kept = lookup.find('order_line', 'byOrder', id)
  const made = order === undefined && document !== undefined ? orderOf(document) : null
  const found = order ?? made?.order
  if (found === undefined) return undefined
  const lines = kept.length > 0 ? kept : (made?.lines ?? [])
  const chain = (own && chainOf(own)) ?? `order:${found.number}`
  // The ERP's number is known from the delivery of our document before the ERP tells of the order.
  const numbered = found.number === '' && own !== undefined ? { ...found, number: own.erp_ref } : found
  return { order: numbered, lines: lines.toSorted((a, b) => a.line - b.line), chain, key: own?.key ?? '' }
}

/** The chain that our document went in: its event, with its number when the event made several. */
function chainOf(document: Stored): string | undefined {
  const [, event, nth] = /^(.+)\.purchase-order(?:\.(\d+))?$/.exec(document.id) ?? []
  return event === undefined || nth === undefined ? event : `${event}.${nth}`
}

function ownDocument(lookup: Lookup, named: { readonly key: string; readonly number: string }): Stored | undefined {
  const byKey = named.key === '' ? undefined : lookup.get('document', named.key)
  if (byKey?.kind === 'purchase-order') return byKey
  const found = named.number === '' ? [] : lookup.find('document', 'byReference', named.number)
  return found.find((one) => one.kind === 'purchase-order' && one.erp_ref === named.number && one.mirror_of === '')
}

/** The item that a code means: item number, vendor number, GTIN or HIBC (R40). */
export function itemOf(lookup: Lookup, code: string): Item | undefined {
  if (code === '') return undefined
  const own = lookup.get('item', code)
  const named = [
    lookup.get('identifier', 'item', code),
    lookup.get('identifier', 'vendor', code),
    lookup.get('identifier', 'hibc', code),
    gtin14(code) === '' ? undefined : lookup.get('identifier', 'gtin', gtin14(code)),
  ].find((one) => one !== undefined)
  const other = named === undefined ? undefined : lookup.get('item', named.item)
  return own ?? other
}

/**
 * The order's line that a stated line is of: by its number when the item agrees, else by its item. A number that no line of the order has
 * is of none, whatever its item (R18).
 */
export function pairLine(lookup: Lookup, lines: readonly OrderLine[], stated: StatedLine): OrderLine | undefined {
  const item = itemOf(lookup, stated.code)?.item ?? stated.code
  const of = stated.orderLine > 0 ? lines.find((line) => line.line === stated.orderLine) : undefined
  if (stated.orderLine > 0 && of === undefined) return undefined
  if (of !== undefined && (stated.code === '' || of.item === item || of.item === stated.code)) return of
  const same = lines.filter((line) => item !== '' && (line.item === item || line.item === stated.code))
  return same.length === 1 ? same[0] : same.find((line) => line.quantity > line.invoiced)
}

/**
 * Factor from a stated unit to the order line's, or null when none is on file (R16). '' is the order's own unit. Without a row in the
 * item master only the same unit fits.
 */
export function factorToOrder(lookup: Lookup, line: OrderLine, unit: string): Fraction | null {
  const item = lookup.get('item', line.item)
  if (unit === '' || unit === line.unit) return fraction(1)
  if (item === undefined) return null
  const from = factorTo(lookup, item, unit)
  const to = factorTo(lookup, item, line.unit)
  return from === null || to === null ? null : divide(from, to)
}

/** The same quantity in the item's base unit, scaled; the quantity itself when nothing is known of the unit. */
export function toBase(lookup: Lookup, line: OrderLine, quantity: number): number {
  const item = lookup.get('item', line.item)
  const factor = item === undefined ? null : factorTo(lookup, item, line.unit)
  return factor === null ? quantity : (toStored(times({ over: BigInt(quantity), under: 1_000_000n }, factor)) ?? quantity)
}

/** Base units of one unit of the line where the item is only counted whole, else null (R17). */
export function wholeFactor(lookup: Lookup, line: OrderLine): Fraction | null {
  const item = lookup.get('item', line.item)
  return item !== undefined && isWhole(item.base_uom) ? factorTo(lookup, item, line.unit) : null
}
