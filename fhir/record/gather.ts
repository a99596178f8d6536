/** What a business event changed, read from the store as it stands when the event is looked at, and told as resources. */
import type { Resource } from '@medplum/fhirtypes'
import { formatMessageId } from '../../channels/contract/index.ts'
import type { BridgeTable, BridgeTables, Reader } from '../../channels/contract/index.ts'
import { chargeItemOf } from './charge-item.ts'
import { invoiceOf } from './invoice.ts'
import { receiptDelivery } from './receipt.ts'
import { EVENT_SYSTEM, supplyDeliveryOf } from './supply-delivery.ts'
import type { FacadeEvent } from './supply-delivery.ts'
import { orderLines, requestId, requisitionLines, supplyRequestOf } from './supply-request.ts'
import { taskOf } from './task.ts'
import { DOCUMENT_SYSTEM, identifiers, MESSAGE_SYSTEM, numberSystem, WORKLIST_SYSTEM } from './told.ts'

type Row<T extends BridgeTable> = Readonly<BridgeTables[T]>
type Notice = Row<'notice'>
export type RecordReader = Pick<Reader, 'rows' | 'message' | 'worklistItem'>

export interface Gathered {
  readonly resources: readonly Resource[]
  /** What it came from, for the Provenance. */
  readonly what: { readonly system: string; readonly value: string }
}

/** Types of business events that change resources, and what each is told as. */
const TELL: Readonly<Record<string, (notice: Notice, reader: RecordReader) => Promise<readonly Resource[]>>> = {
  'usage.applied': used,
  'usage.reversed': takenBack,
  'cost.incurred': charged,
  'cost.reversed': chargedBack,
  'requisition.placed': requisition,
  'requisition.approved': requisition,
  'requisition.rejected': requisition,
  'requisition.ordered': requisition,
  'requisition.fulfilled': requisition,
  'requisition.cancelled': requisition,
  'order.made': order,
  'order.placed': order,
  'order.acknowledged': order,
  'order.changed': order,
  'order.received': order,
  'order.cancelled': order,
  'receipt.booked': receipt,
  'invoice.held': invoice,
  'invoice.released': invoice,
  'invoice.matched': invoice,
  'invoice.posted': invoice,
  'invoice.paid': invoice,
  'invoice.cancelled': invoice,
  'worklist.opened': worklist,
  'worklist.escalated': worklist,
  'worklist.closed': worklist,
}

/** Types of business events that are recorded. */
export const RECORDED: readonly string[] = Object.keys(TELL)

/** Nothing when what it names is not there any more. */
export async function gather(notice: Notice, reader: RecordReader): Promise<Gathered> {
  const resources = (await TELL[notice.type]?.(notice, reader)) ?? []
  return { resources, what: sourceOf(notice) }
}

function sourceOf({ type, subject, message }: Notice): Gathered['what'] {
  if (type.startsWith('worklist.')) return { system: WORKLIST_SYSTEM, value: subject }
  if (type.startsWith('usage.') || type.startsWith('cost.')) return { system: EVENT_SYSTEM, value: subject }
  return { system: MESSAGE_SYSTEM, value: formatMessageId(message) }
}

async function one<T extends BridgeTable>(reader: RecordReader, table: T, where: Partial<BridgeTables[T]>): Promise<Row<T> | undefined> {
  return (await reader.rows({ table, where, limit: 1 })).items[0]
}

async function all<T extends BridgeTable>(reader: RecordReader, table: T, where: Partial<BridgeTables[T]>): Promise<readonly Row<T>[]> {
  const items: BridgeTables[T][] = []
  for (let after: readonly (string | number)[] | undefined; ;) {
    const page = await reader.rows({ table, where, limit: 1000, ...(after === undefined ? {} : { after }) })
    items.push(...page.items)
    if (page.next === null) return items
    after = JSON.parse(page.next) as (string | number)[]
  }
}

async function eventOf(reader: RecordReader, message: number, id: string): Promise<FacadeEvent | undefined> {
  return (await reader.message(message))?.events.find((event) => event.id === id)
}

async function used(notice: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const event = await eventOf(reader, notice.message, notice.subject)
  const usage = await one(reader, 'usage', { message: notice.message, n: notice.n })
  if (event === undefined || usage === undefined) return []
  const documents = await all(reader, 'document', { message: notice.message, n: notice.n })
  const orders = await all(reader, 'order_line', { message: notice.message, n: notice.n })
  const resource = supplyDeliveryOf(event, {
    reversed: usage.quantity === 0 ? 0 : usage.reversed / usage.quantity,
    documents: documents
      .filter(({ kind }) => kind === 'goods-issue')
      .flatMap((document) => identifiers([DOCUMENT_SYSTEM, document.key], [numberSystem(document.destination), document.erp_ref])),
    orders: orders.map((line) => `SupplyRequest/${requestId('order', line.purchase_order, line.line)}`),
  })
  return resource === null ? [] : [resource]
}

/** The notice of the use that a reversal took back: what was applied before there were such notices is not told of. */
async function original(notice: Notice, reader: RecordReader, type: string): Promise<Notice | undefined> {
  const { message, n } = JSON.parse(notice.body) as { readonly message?: string; readonly n?: string }
  return one(reader, 'notice', { message: Number(message), n: Number(n), type })
}

/** The use, and the orders and requisitions that it made: what was not sent yet goes with it. */
async function takenBack(notice: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const applied = await original(notice, reader, 'usage.applied')
  if (applied === undefined) return []
  const { message, n } = applied
  const lines = await all(reader, 'order_line', { message, n })
  const demand = await all(reader, 'demand_line', { message, n })
  const requisitions = [...new Set(demand.map(({ document }) => document))].filter((key) => key !== '')
  const orders = [...new Set(lines.map((line) => line.purchase_order))]
  return [
    ...(await used(applied, reader)),
    ...(await Promise.all(orders.map((subject) => order({ ...notice, subject }, reader)))).flat(),
    ...(await Promise.all(requisitions.map((subject) => requisition({ ...notice, subject }, reader)))).flat(),
  ]
}

async function charged(notice: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const event = await eventOf(reader, notice.message, notice.subject)
  const usage = await one(reader, 'usage', { message: notice.message, n: notice.n })
  if (event === undefined || usage === undefined) return []
  const documents = await all(reader, 'document', { message: notice.message, n: notice.n })
  const journals = documents.filter(({ kind }) => kind === 'journal').map(({ key }) => key)
  const resource = chargeItemOf(event, journals, usage.reversed >= usage.quantity && usage.quantity > 0)
  return resource === null ? [] : [resource]
}

async function chargedBack(notice: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const incurred = await original(notice, reader, 'cost.incurred')
  return incurred === undefined ? [] : charged(incurred, reader)
}

async function requisition({ subject }: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const row = await one(reader, 'requisition', { requisition: subject })
  // One that was made in the ERP has no document of ours: nothing is known of its lines.
  const document = row === undefined ? undefined : await one(reader, 'document', { key: subject })
  return row === undefined || document === undefined ? [] : requisitionLines(row, document).map(supplyRequestOf)
}

/** Its lines, and those of the requisitions that it was made of, which go on with it. */
async function order({ subject, ...notice }: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const row = await one(reader, 'purchase_order', { purchase_order: subject })
  if (row === undefined) return []
  const lines = await all(reader, 'order_line', { purchase_order: subject })
  const keys = row.requisitions.split(' ').filter((key) => key !== '')
  const asked = (await Promise.all(keys.map((key) => requisition({ ...notice, subject: key }, reader)))).flat()
  const origins = asked.map(({ id = '' }) => `SupplyRequest/${id}`)
  return [...orderLines(row, lines, origins).map(supplyRequestOf), ...asked]
}

/** The lines of the receipt, and the order whose lines they came for. */
async function receipt(notice: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const lines = await all(reader, 'receipt_line', { receipt: notice.subject })
  const [first] = lines
  if (first === undefined) return []
  const row = await one(reader, 'purchase_order', { purchase_order: first.purchase_order })
  const ordered = await all(reader, 'order_line', { purchase_order: first.purchase_order })
  const place = (line: number) => ordered.find((each) => each.line === line)?.location ?? ''
  return [...lines.map((line) => receiptDelivery(line, row, place(line.order_line))), ...(await order({ ...notice, subject: first.purchase_order }, reader))]
}

async function invoice({ subject }: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const row = await one(reader, 'invoice', { invoice: subject })
  return row === undefined ? [] : [invoiceOf(row, await all(reader, 'invoice_line', { invoice: subject }))]
}

async function worklist({ subject }: Notice, reader: RecordReader): Promise<readonly Resource[]> {
  const item = await reader.worklistItem(Number(subject))
  return item === null ? [] : [taskOf(item)]
}
