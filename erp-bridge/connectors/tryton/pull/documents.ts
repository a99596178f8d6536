/** Requisitions, orders, receipts and invoices as Tryton has them, each as the status of a document with its lines. */
import type { InjectedEvent } from '../../../../channels/contract/index.ts'
import type { Desk } from '../desk.ts'
import { recordOf } from '../translate/kind.ts'
import { orderLines, stateWord } from '../translate/order.ts'
import type { OrderLine } from '../translate/order.ts'
import { dayOf, idIn, idOf, idsIn, inner, numberText, plain, textIn } from '../values.ts'
import type { Row } from '../values.ts'
import { rowsById } from './changes.ts'
import type { Watch } from './changes.ts'
import { companyCode, occurred, ourUnit } from './masters.ts'
import type { Source } from './masters.ts'

type Fields = Readonly<Record<string, unknown>>
const ORDER_LINE = 'purchase.line'
const KEY = /^[a-z0-9]{12}(?=$|[ /])/

function keyIn(text: string): string {
  return KEY.exec(text)?.[0] ?? ''
}
/** Only what is known: an empty text says nothing. */
function known(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== ''))
}
/** The id in `purchase.line,17`. Null when it is of another model. */
function originId(value: unknown, model: string): number | null {
  const [name, id] = typeof value === 'string' ? value.split(',') : []
  return name === model ? Number(id) : null
}
function told(type: string, caseKey: string, body: Fields): InjectedEvent {
  return { type, businessKey: '', caseKey, body: known(body), keys: [] }
}
const absolute = (value: unknown): string => (numberText(value) ?? '0').replace('-', '')

interface Units {
  readonly symbol: (id: number | null) => string
  /** A quantity in one unit as one in another of its category. */
  readonly convert: (quantity: number, from: number | null, to: number | null) => number
}
async function unitsFor(desk: Desk): Promise<Units> {
  const rows = new Map((await desk.rows('product.uom', [], ['symbol', 'factor'])).map((row) => [idOf(row), row]))
  const factor = (id: number | null): number => Number(rows.get(id ?? 0)?.['factor'] ?? 1)
  return {
    symbol: (id) => ourUnit(desk, textIn(rows.get(id ?? 0) ?? {}, 'symbol')),
    convert: (quantity, from, to) => (from === to ? quantity : (quantity * factor(from)) / factor(to)),
  }
}

/** Cost centres and service lines of lines that have analytic entries. */
async function bearersOf(desk: Desk, rows: readonly Row[]): Promise<(row: Row) => Fields> {
  const ids = rows.flatMap((row) => idsIn(row, 'analytic_accounts'))
  const entries = new Map((await rowsById(desk, 'analytic.account.entry', ids, ['root.code', 'account.code'])).map((row) => [idOf(row), row]))
  const { costCentre, serviceLine } = desk.config.axes
  return (row) => {
    const mine = idsIn(row, 'analytic_accounts')
      .map((id) => entries.get(id))
      .filter((entry) => entry !== undefined)
    const of = (axis: string): string =>
      mine.filter((entry) => textIn(inner(entry, 'root'), 'code') === axis).map((entry) => textIn(inner(entry, 'account'), 'code'))[0] ?? ''
    return { costCentre: of(costCentre), serviceLine: of(serviceLine) }
  }
}
const itemOf = (row: Row): Fields | undefined =>
  textIn(inner(row, 'product'), 'code') === '' ? undefined : { code: textIn(inner(row, 'product'), 'code'), system: 'item' }

const REQUISITION: Readonly<Record<string, string>> = { waiting: 'submitted', processing: 'approved', done: 'ordered' }
const requisitions: Source = {
  watches: () => [
    { model: 'purchase.requisition' },
    {
      model: 'purchase.requisition.line',
      fields: ['requisition'],
      of: (rows) => Promise.resolve(new Map(rows.map((row) => [idOf(row), [idIn(row, 'requisition') ?? 0]]))),
    },
  ],
  async tell(desk, ids, stamps) {
    const company = await companyCode(desk)
    const rows = await rowsById(desk, 'purchase.requisition', ids, ['number', 'description', 'state', 'currency.code', 'supply_date'])
    const fields = ['requisition', 'product.code', 'quantity', 'unit.symbol', 'unit_price', 'description']
    const lines = await desk.rows('purchase.requisition.line', [['requisition', 'in', ids]], fields, { order: [['id', 'ASC']] })
    return rows.flatMap((row) => {
      const number = textIn(row, 'number')
      if (number === '') return []
      const state = textIn(row, 'state')
      const mine = lines.filter((line) => idIn(line, 'requisition') === idOf(row))
      const body = {
        occurredAt: occurred(stamps, idOf(row)),
        document: 'requisition',
        number,
        key: keyIn(textIn(row, 'description')),
        status: REQUISITION[state] ?? state,
        company,
        currency: textIn(inner(row, 'currency'), 'code'),
        date: dayOf(row['supply_date']),
        lines: mine.map((line, i) =>
          known({
            line: String(i + 1),
            item: itemOf(line),
            description: textIn(line, 'description'),
            quantity: { value: absolute(line['quantity']), unit: ourUnit(desk, textIn(inner(line, 'unit'), 'symbol')) },
            unitPrice: numberText(line['unit_price']),
          }),
        ),
      }
      return [told('DocumentStatusChanged', '', body)]
    })
  },
}

/** Orders of changed records whose origin is an order's line. */
function throughLines(desk: Desk, field: string): NonNullable<Watch['of']> {
  return async (rows) => {
    const lines = rows.flatMap((row) => originId(row[field], ORDER_LINE) ?? [])
    const orders = new Map((await rowsById(desk, ORDER_LINE, [...new Set(lines)], ['purchase'])).map((row) => [idOf(row), idIn(row, 'purchase') ?? 0]))
    return new Map(rows.map((row) => [idOf(row), [orders.get(originId(row[field], ORDER_LINE) ?? 0) ?? 0].filter((id) => id !== 0)]))
  }
}

function statusOf(row: Row): string {
  const word = stateWord(textIn(row, 'state'))
  return word === 'ordered' && textIn(row, 'shipment_state') === 'received' ? 'received' : word
}

const ORDER = ['number', 'reference', 'state', 'shipment_state', 'party.code', 'currency.code', 'purchase_date', 'total_amount']
const orders: Source = {
  watches: (desk) => [
    { model: 'purchase.purchase' },
    { model: ORDER_LINE, fields: ['purchase'], of: (rows) => Promise.resolve(new Map(rows.map((row) => [idOf(row), [idIn(row, 'purchase') ?? 0]]))) },
    { model: 'stock.move', domain: [['origin', 'like', `${ORDER_LINE},%`]], fields: ['origin'], of: throughLines(desk, 'origin') },
    { model: 'account.invoice.line', domain: [['origin', 'like', `${ORDER_LINE},%`]], fields: ['origin'], of: throughLines(desk, 'origin') },
  ],
  async tell(desk, ids, stamps) {
    const [rows, lines, units, company] = [
      await rowsById(desk, 'purchase.purchase', ids, ORDER),
      await orderLines(desk, ids),
      await unitsFor(desk),
      await companyCode(desk),
    ]
    const flat = [...lines.values()].flat()
    const moves = await rowsById(
      desk,
      'stock.move',
      flat.flatMap(({ row }) => idsIn(row, 'moves')),
      ['origin', 'quantity', 'uom', 'state'],
    )
    const invoiced = await rowsById(
      desk,
      'account.invoice.line',
      flat.flatMap(({ row }) => idsIn(row, 'invoice_lines')),
      ['origin', 'quantity', 'unit', 'invoice.state'],
    )
    const bearers = await bearersOf(
      desk,
      flat.map(({ row }) => row),
    )
    const origins = await originsOf(desk, ids)
    const sum = (line: OrderLine, from: readonly Row[], unit: string, counts: (row: Row) => boolean): string => {
      const mine = from.filter((row) => originId(row['origin'], ORDER_LINE) === line.id && counts(row))
      const total = mine.reduce((all, row) => all + Math.abs(units.convert(Number(row['quantity']), idIn(row, unit), line.unit)), 0)
      return plain(total)
    }
    return rows.map((row) => {
      const number = textIn(row, 'number') || recordOf('purchase.purchase', idOf(row))
      const mine = lines.get(idOf(row)) ?? []
      const body = {
        occurredAt: occurred(stamps, idOf(row)),
        document: 'order',
        order: number,
        number,
        key: keyIn(textIn(row, 'reference')),
        status: statusOf(row),
        supplier: textIn(inner(row, 'party'), 'code'),
        company,
        currency: textIn(inner(row, 'currency'), 'code'),
        date: dayOf(row['purchase_date']),
        amount: numberText(row['total_amount']),
        origins: origins.get(idOf(row)),
        lines: mine.map((line) =>
          known({
            line: String(line.line),
            item: itemOf(line.row),
            description: textIn(line.row, 'description'),
            quantity: { value: absolute(line.quantity), unit: units.symbol(line.unit) },
            unitPrice: numberText(line.row['unit_price']),
            received: sum(line, moves, 'uom', (move) => textIn(move, 'state') === 'done'),
            invoiced: sum(line, invoiced, 'unit', (one) => ['posted', 'paid'].includes(textIn(inner(one, 'invoice'), 'state'))),
            ...bearers(line.row),
          }),
        ),
      }
      return told('DocumentStatusChanged', `order:${number}`, body)
    })
  },
}

/** Keys of the requisitions that orders came from, by way of their purchase requests. */
async function originsOf(desk: Desk, ids: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const requests = await desk.rows('purchase.request', [['purchase', 'in', ids]], ['purchase', 'origin'])
  const lines = requests.flatMap((row) => originId(row['origin'], 'purchase.requisition.line') ?? [])
  const asked = new Map((await rowsById(desk, 'purchase.requisition.line', [...new Set(lines)], ['requisition.description'])).map((row) => [idOf(row), row]))
  const found = new Map<number, string[]>()
  for (const request of requests) {
    const line = asked.get(originId(request['origin'], 'purchase.requisition.line') ?? 0)
    const key = line === undefined ? '' : keyIn(textIn(inner(line, 'requisition'), 'description'))
    const mine = found.get(idIn(request, 'purchase') ?? 0) ?? []
    if (key !== '' && !mine.includes(key)) found.set(idIn(request, 'purchase') ?? 0, [...mine, key])
  }
  return found
}

/** Order and line number of order lines by id. */
async function placesOf(desk: Desk, rows: readonly Row[]): Promise<(row: Row) => { readonly order: string; readonly line: string } | null> {
  const ids = [...new Set(rows.flatMap((row) => originId(row['origin'], ORDER_LINE) ?? []))]
  const lines = await rowsById(desk, ORDER_LINE, ids, ['purchase'])
  const parents = [...new Set(lines.map((row) => idIn(row, 'purchase') ?? 0))]
  const numbers = new Map((await rowsById(desk, 'purchase.purchase', parents, ['number'])).map((row) => [idOf(row), textIn(row, 'number')]))
  const places = new Map<number, { readonly order: string; readonly line: string }>()
  for (const [order, ordered] of await orderLines(desk, parents))
    for (const { id, line } of ordered) places.set(id, { order: numbers.get(order) ?? '', line: String(line) })
  return (row) => places.get(originId(row['origin'], ORDER_LINE) ?? 0) ?? null
}

const receipts: Source = {
  watches: () => [{ model: 'stock.shipment.in', domain: [['state', 'in', ['received', 'done', 'cancelled']]] }],
  async tell(desk, ids, stamps) {
    const [rows, units, company] = [
      await rowsById(desk, 'stock.shipment.in', ids, ['number', 'reference', 'state', 'supplier.code', 'effective_date']),
      await unitsFor(desk),
      await companyCode(desk),
    ]
    const from = [
      ['shipment', 'in', ids.map((id) => recordOf('stock.shipment.in', id))],
      ['from_location.type', '=', 'supplier'],
    ]
    const moves = await desk.rows('stock.move', from, ['shipment', 'origin', 'product.code', 'quantity', 'uom', 'lot.number'], { order: [['id', 'ASC']] })
    const place = await placesOf(desk, moves)
    return rows.flatMap((row) => {
      const mine = moves.filter((move) => originId(move['shipment'], 'stock.shipment.in') === idOf(row))
      const key = keyIn(textIn(row, 'reference'))
      return [...new Set(mine.map((move) => place(move)?.order ?? ''))].map((order) => {
        const lines = mine.filter((move) => (place(move)?.order ?? '') === order)
        const body = {
          occurredAt: occurred(stamps, idOf(row)),
          order,
          number: textIn(row, 'number'),
          key,
          supplier: textIn(inner(row, 'supplier'), 'code'),
          company,
          date: dayOf(row['effective_date']),
          documentKind: 'receipt',
          lines: lines.map((move, i) =>
            known({
              line: String(i + 1),
              orderLine: place(move)?.line,
              item: itemOf(move),
              quantity: { value: absolute(move['quantity']), unit: units.symbol(idIn(move, 'uom')) },
              lot: textIn(inner(move, 'lot'), 'number'),
            }),
          ),
        }
        const cancelled = textIn(row, 'state') === 'cancelled'
        const status = { document: 'receipt', status: cancelled ? 'cancelled' : 'posted' }
        const made = key === '' && !cancelled
        return told(made ? 'GoodsReceived' : 'DocumentStatusChanged', order === '' ? '' : `order:${order}`, made ? body : { ...body, ...status })
      })
    })
  },
}

const INVOICE = ['number', 'reference', 'description', 'state', 'party.code', 'currency.code', 'invoice_date', 'total_amount']
const invoices: Source = {
  // A draft that the order made is nobody's invoice yet.
  watches: () => [
    {
      model: 'account.invoice',
      domain: [
        ['type', '=', 'in'],
        ['state', 'in', ['posted', 'paid', 'cancelled']],
      ],
    },
  ],
  async tell(desk, ids, stamps) {
    const [rows, units, company] = [await rowsById(desk, 'account.invoice', ids, INVOICE), await unitsFor(desk), await companyCode(desk)]
    const fields = ['invoice', 'origin', 'product.code', 'quantity', 'unit', 'unit_price', 'amount', 'description', 'account.code', 'analytic_accounts']
    const lines = await desk.rows(
      'account.invoice.line',
      [
        ['invoice', 'in', ids],
        ['type', '=', 'line'],
      ],
      fields,
      { order: [['id', 'ASC']] },
    )
    const place = await placesOf(desk, lines)
    const bearers = await bearersOf(desk, lines)
    return rows.flatMap((row) => {
      const own = textIn(row, 'number')
      const number = textIn(row, 'reference') || own
      const mine = lines.filter((line) => idIn(line, 'invoice') === idOf(row))
      const order = mine.map((line) => place(line)?.order ?? '').find((one) => one !== '') ?? ''
      if (number === '') return []
      const total = numberText(row['total_amount']) ?? '0'
      const body = {
        occurredAt: occurred(stamps, idOf(row)),
        document: 'invoice',
        order,
        number,
        reference: own,
        key: keyIn(textIn(row, 'description')),
        status: textIn(row, 'state'),
        documentKind: total.startsWith('-') ? 'credit' : 'invoice',
        supplier: textIn(inner(row, 'party'), 'code'),
        company,
        currency: textIn(inner(row, 'currency'), 'code'),
        date: dayOf(row['invoice_date']),
        amount: total.replace('-', ''),
        lines: mine.map((line, i) =>
          known({
            line: String(i + 1),
            orderLine: place(line)?.line,
            item: itemOf(line),
            description: textIn(line, 'description'),
            quantity: { value: absolute(line['quantity']), unit: units.symbol(idIn(line, 'unit')) },
            unitPrice: numberText(line['unit_price']),
            amount: absolute(line['amount']),
            account: textIn(inner(line, 'account'), 'code'),
            ...bearers(line),
          }),
        ),
      }
      return [told('DocumentStatusChanged', order === '' ? '' : `order:${order}`, body)]
    })
  },
}

export const DOCUMENTS = { requisitions, orders, receipts, invoices } as const
