/** Orders and what is booked against them: receipts, returns, invoices. */
import type { Books, Progress, Row } from './database.ts'
import { millionths } from './decimals.ts'
import { converted } from './masters.ts'
import { bodyOf, CHANGES, moved, refused } from './reply.ts'
import type { Body, Line, Reply, Request } from './reply.ts'

/** More than ordered is taken up to a tenth. */
const OVER_PERCENT = 10n
const OPEN = ['submitted', 'ordered', 'part-received', 'received']
/** Table of the orders that came of requisitions, by the requisition's key. */
export const ORDERS_OF = 'orders-of'
const NOTHING: Progress = { received: 0n, invoiced: 0n }

export function orderNamed(books: Books, { order, orderKey }: Body): Row | undefined {
  if (order !== undefined) return books.find({ number: order, kind: 'purchase-order' })[0]
  if (orderKey === undefined) return undefined
  const own = books.find({ key: orderKey, kind: 'purchase-order' })[0]
  const made = own ? undefined : books.master(ORDERS_OF, orderKey)?.['order']
  return own ?? (made === undefined ? undefined : books.find({ number: made })[0])
}

/** The order's line that a line is of: by its number, else the only one of its item. */
function lineOf(order: Body, line: Line): Line | undefined {
  const of = order.lines ?? []
  if (line.orderLine !== undefined) return of.find((one) => one.line === line.orderLine && (line.item === undefined || one.item === line.item))
  const same = of.filter((one) => one.item === line.item)
  return same.length === 1 ? same[0] : undefined
}

interface Booked {
  readonly line: number
  readonly received: bigint
  readonly invoiced: bigint
}

/** What a document adds to its order's lines, or why it can't. */
function bookedOf(books: Books, order: Row, { kind, document }: Request): readonly Booked[] | Reply {
  const ordered = bodyOf(order)
  const sums = new Map(books.progress(order.number))
  const booked: Booked[] = []
  for (const line of document.lines ?? []) {
    const own = lineOf(ordered, line)
    if (own === undefined) return refused('ORDER_LINE_UNKNOWN', `line ${String(line.line)} is of no line of the order`)
    const quantity = converted(books, own.item ?? '', millionths(line.quantity ?? '0'), line.unit ?? '', own.unit ?? '')
    if (quantity === null) return refused('UNIT_UNKNOWN', `line ${String(line.line)} has a unit that can't be turned into the order's`)
    const isInvoice = kind === 'supplier-invoice'
    const sign = kind === 'supplier-return' || (isInvoice && document.credit === true) ? -1n : 1n
    const add: Booked = { line: own.line, received: isInvoice ? 0n : sign * quantity, invoiced: isInvoice ? sign * quantity : 0n }
    const before = sums.get(own.line) ?? NOTHING
    const after = { received: before.received + add.received, invoiced: before.invoiced + add.invoiced }
    const limit = (millionths(own.quantity ?? '0') * (100n + OVER_PERCENT)) / 100n
    if (kind === 'goods-receipt' && after.received > limit)
      return refused('OVER_DELIVERY', `line ${String(line.line)} is more than a tenth over what was ordered`)
    if (after.received < 0n || after.invoiced < 0n) return refused('MORE_THAN_REMAINS', `line ${String(line.line)} takes back more than there is`)
    sums.set(own.line, after)
    booked.push(add)
  }
  return booked
}

/** Where receipts have brought an order. */
function stateAfter(books: Books, order: Row): string {
  const done = books.progress(order.number)
  const lines = (bodyOf(order).lines ?? []).map(({ line, quantity = '0' }) => ({ wanted: millionths(quantity), got: done.get(line)?.received ?? 0n }))
  if (lines.every(({ wanted, got }) => got >= wanted)) return 'received'
  return lines.some(({ got }) => got > 0n) ? 'part-received' : 'ordered'
}

const AGAINST_ORDERS = ['goods-receipt', 'supplier-return', 'supplier-invoice']

/** Why a document does not fit its order; else how to book it. Documents that name no order fit. */
export function againstOrder(books: Books, request: Request): Reply | (() => void) {
  const { kind, document } = request
  const named = document.order !== undefined || document.orderKey !== undefined
  if (kind === 'supplier-order') return books.find({ number: document.order ?? '', kind: 'purchase-order' })[0] ? () => undefined : unknownOrder()
  if (!named || !AGAINST_ORDERS.includes(kind)) return () => undefined
  const order = orderNamed(books, document)
  if (order === undefined) return unknownOrder()
  const ordered = bodyOf(order)
  if (!OPEN.includes(order.state)) return refused('STATE_WRONG', `the order is ${order.state}`)
  if (ordered.supplier !== document.supplier) return refused('SUPPLIER_WRONG', 'the order is of another supplier')
  if (kind === 'supplier-invoice' && ordered.currency !== document.currency) return refused('CURRENCY_WRONG', 'the order is in another currency')
  if (kind === 'goods-receipt' && ordered.receiptExpected === false) return refused('NO_RECEIPT_EXPECTED', 'the order expects no receipt')
  const booked = bookedOf(books, order, request)
  if ('status' in booked) return booked
  return () => {
    for (const { line, received, invoiced } of booked) books.addProgress(order.number, line, received, invoiced)
    if (kind === 'supplier-invoice') books.changed(CHANGES['purchase-order'] ?? '', order.number)
    else moved(books, order, stateAfter(books, order))
  }
}

function unknownOrder(): Reply {
  return refused('ORDER_UNKNOWN', 'there is no such order')
}

/** The number of the order that a document belongs to, '' when none. */
export function orderNumber(books: Books, row: Row): string {
  return row.kind === 'purchase-order' ? row.number : (orderNamed(books, bodyOf(row))?.number ?? '')
}

/** An order that the ERP makes of an approved requisition; null when nobody knows a supplier. @param chosen what the buyer chose */
export function orderOf(books: Books, requisition: Row, chosen: string | undefined): Omit<Row, 'seq' | 'number'> | null {
  const asked = bodyOf(requisition)
  const lines = asked.lines ?? []
  const items = lines.map((line) => books.master('items', line.item ?? ''))
  const supplier = chosen ?? asked.supplier ?? (items.find((item) => item?.['supplier'])?.['supplier'] || undefined)
  if (supplier === undefined) return null
  const prices = books.masters('prices').map(([, row]) => row)
  const priceOf = (line: Line) => prices.findLast((row) => row['item'] === line.item && row['supplier'] === supplier && row['unit'] === line.unit)
  const currency = asked.currency ?? lines.map(priceOf).find((row) => row)?.['currency'] ?? (books.master('suppliers', supplier)?.['currency'] || 'USD')
  const document = {
    company: asked.company,
    postingDate: asked.postingDate,
    orderType: 'stock',
    receiptExpected: true,
    supplier,
    currency,
    location: asked.location,
    costCentre: asked.costCentre,
    serviceLine: asked.serviceLine,
    requisition: requisition.number,
    origins: requisition.key === '' ? [] : [requisition.key],
    lines: lines.map((line) => ({
      line: line.line,
      item: line.item,
      description: line.description,
      quantity: line.quantity,
      unit: line.unit,
      vendorCatalog: line.vendorCatalog,
      unitPrice: line.unitPrice ?? priceOf(line)?.['price'] ?? '0',
      location: line.location ?? asked.location,
      costCentre: line.costCentre ?? asked.costCentre,
      serviceLine: line.serviceLine ?? asked.serviceLine,
    })),
  }
  return { kind: 'purchase-order', key: '', state: 'ordered', wanted: 'ordered', postingDate: asked.postingDate, mirrorOf: '', body: JSON.stringify(document) }
}
