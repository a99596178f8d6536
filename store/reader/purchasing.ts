/** What a trace says of purchasing: usage → requisition → order → receipt → invoice, by the bridge's rows. */
import { formatEventId } from '../../channels/contract/index.ts'
import { numberOf, textOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import type { Source } from './source.ts'
import type { Graph } from './trace.ts'

/** Orders and requisitions to show; with what needed them (true), or only with what came of them. */
export interface Purchases {
  readonly orders: Map<string, boolean>
  readonly requisitions: Map<string, boolean>
}

export type WantEvent = (message: number, n: number) => void

/** Rows that are shown of one order or requisition: what came last says most. */
const SHOWN = 200

export function noPurchases(): Purchases {
  return { orders: new Map(), requisitions: new Map() }
}

/** What a number or a key names: orders, requisitions, and the events of receipts and invoices. */
export async function namedPurchases(source: Source, id: string, want: WantEvent): Promise<Purchases> {
  const found = noPurchases()
  if (id === '') return found
  const own = [id, id.toLowerCase(), `erp:${id}`]
  for (const row of await source.sql.all('select purchase_order from purchase_order where number = ?', [id]))
    add(found.orders, textOf(row['purchase_order']), true)
  for (const row of await source.sql.all('select requisition from requisition where number = ?', [id]))
    add(found.requisitions, textOf(row['requisition']), true)
  for (const row of await source.sql.all(`select message, n from invoice where number = ? limit ${String(SHOWN)}`, [id]))
    want(numberOf(row['message']), numberOf(row['n']))
  for (const key of new Set(own)) {
    for (const row of await source.sql.all('select purchase_order from purchase_order where purchase_order = ?', [key]))
      add(found.orders, textOf(row['purchase_order']), true)
    for (const row of await source.sql.all('select requisition from requisition where requisition = ?', [key]))
      add(found.requisitions, textOf(row['requisition']), true)
    for (const row of await source.sql.all('select message, n, purchase_order from receipt_line where receipt = ?', [key])) {
      want(numberOf(row['message']), numberOf(row['n']))
      add(found.orders, textOf(row['purchase_order']), true)
    }
  }
  return found
}

/** The purchases that one event belongs to. What an event needed is shown without what others needed of the same order. */
export async function purchasesOf(source: Source, event: Row, into: Purchases): Promise<void> {
  const key: Cell[] = [numberOf(event['message']), numberOf(event['n'])]
  const caseKey = textOf(event['case_key'])
  if (caseKey.startsWith('order:') && caseKey !== 'order:')
    for (const row of await source.sql.all('select purchase_order from purchase_order where number = ?', [caseKey.slice(6)]))
      add(into.orders, textOf(row['purchase_order']), true)
  const demand = await source.sql.all(`select distinct document from demand_line where message = ? and n = ? and document <> ''`, key)
  for (const row of demand) await addDocument(source, textOf(row['document']), false, into)
  for (const row of await source.sql.all('select key from document where message = ? and n = ?', key))
    await addDocument(source, textOf(row['key']), demand.length === 0, into)
}

async function addDocument(source: Source, key: string, withDemand: boolean, into: Purchases): Promise<void> {
  if ((await source.sql.all('select 1 as there from requisition where requisition = ?', [key])).length > 0) add(into.requisitions, key, withDemand)
  if ((await source.sql.all('select 1 as there from purchase_order where purchase_order = ?', [key])).length > 0) add(into.orders, key, withDemand)
}

function add(to: Map<string, boolean>, key: string, withDemand: boolean): void {
  if (key !== '') to.set(key, withDemand || to.get(key) === true)
}

/** Adds nodes and edges of purchases; tells the events that belong to them. */
export async function addPurchases(source: Source, graph: Graph, { orders, requisitions }: Purchases, want: WantEvent): Promise<void> {
  const shown = new Set<string>()
  for (const [key, withDemand] of requisitions) {
    const row = await addRequisition(source, graph, key, withDemand, want, shown)
    for (const word of textOf(row?.['orders'])
      .split(' ')
      .filter((each) => each !== '')) {
      for (const order of await source.sql.all(
        'select purchase_order from purchase_order where purchase_order = ? union select purchase_order from purchase_order where number = ?',
        [word, word],
      ))
        if (!orders.has(textOf(order['purchase_order']))) orders.set(textOf(order['purchase_order']), false)
    }
  }
  for (const [key, withDemand] of orders) {
    const order = (await source.sql.all('select * from purchase_order where purchase_order = ?', [key]))[0]
    if (!order) continue
    graph.node({ kind: 'document', id: key, ref: textOf(order['number']), label: 'purchase-order' })
    await wantDocument(source, key, want)
    for (const requisition of textOf(order['requisitions'])
      .split(' ')
      .filter((each) => each !== '')) {
      if (!withDemand && !requisitions.has(requisition)) continue
      await addRequisition(source, graph, requisition, withDemand, want, shown)
      graph.edge(requisition, key, 'was ordered as')
    }
    if (withDemand) await addDemand(source, graph, key, want)
    await addReceipts(source, graph, key, want)
    await addInvoices(source, graph, key, textOf(order['number']), want)
  }
}

async function addRequisition(source: Source, graph: Graph, key: string, withDemand: boolean, want: WantEvent, shown: Set<string>): Promise<Row | undefined> {
  const row = (await source.sql.all('select * from requisition where requisition = ?', [key]))[0]
  if (!row || shown.has(key)) return row
  shown.add(key)
  graph.node({ kind: 'document', id: key, ref: textOf(row['number']), label: 'requisition' })
  await wantDocument(source, key, want)
  if (withDemand) await addDemand(source, graph, key, want)
  return row
}

async function wantDocument(source: Source, key: string, want: WantEvent): Promise<void> {
  for (const row of await source.sql.all('select message, n from document where key = ?', [key])) want(numberOf(row['message']), numberOf(row['n']))
}

async function addDemand(source: Source, graph: Graph, document: string, want: WantEvent): Promise<void> {
  const rows = await source.sql.all(`select message, n, kind from demand_line where document = ? order by message, n limit ${String(SHOWN)}`, [document])
  for (const row of rows) {
    const event = await eventId(source, row, want)
    if (event !== null) graph.edge(event, document, `needed it${row['kind'] === '' ? '' : ` (${textOf(row['kind'])})`}`)
  }
}

async function addReceipts(source: Source, graph: Graph, order: string, want: WantEvent): Promise<void> {
  const rows = await source.sql.all('select receipt, line, number, quantity, message, n from receipt_line where purchase_order = ? order by receipt, line', [
    order,
  ])
  for (const row of rows.slice(0, SHOWN)) {
    const event = await eventId(source, row, want)
    if (event !== null)
      graph.edge(order, event, `${numberOf(row['quantity']) < 0 ? 'was returned' : 'was received'} as ${textOf(row['number']) || textOf(row['receipt'])}`)
  }
}

async function addInvoices(source: Source, graph: Graph, order: string, number: string, want: WantEvent): Promise<void> {
  if (number === '') return
  const rows = await source.sql.all(`select number, state, message, n from invoice where order_number = ? order by invoice limit ${String(SHOWN)}`, [number])
  for (const row of rows) {
    const event = await eventId(source, row, want)
    if (event !== null) graph.edge(order, event, `was invoiced as ${textOf(row['number'])} (${textOf(row['state'])})`)
  }
}

async function eventId(source: Source, row: Row, want: WantEvent): Promise<string | null> {
  const [message, n] = [numberOf(row['message']), numberOf(row['n'])]
  const event = (await source.sql.all('select rule, anchor from event where message = ? and n = ?', [message, n]))[0]
  if (!event) return null
  want(message, n)
  return formatEventId(message, textOf(event['rule']), textOf(event['anchor']))
}
