/** What a business event changed, read from the store as it stands when the event is looked at, and told as resources. */
import type { Resource } from '@medplum/fhirtypes'
import { formatMessageId } from '../../channels/contract/index.ts'
import type { BridgeTables } from '../../channels/contract/index.ts'
import { chargeItemOf } from './charge-item.ts'
import { invoiceOf } from './invoice.ts'
import type { Page } from './page.ts'
import { receiptDelivery } from './receipt.ts'
import { EVENT_SYSTEM, supplyDeliveryOf } from './supply-delivery.ts'
import type { FacadeEvent } from './supply-delivery.ts'
import { orderLines, requestId, requisitionLines, supplyRequestOf } from './supply-request.ts'
import { taskOf } from './task.ts'
import { DOCUMENT_SYSTEM, identifiers, MESSAGE_SYSTEM, numberSystem, WORKLIST_SYSTEM } from './told.ts'

type Notice = Readonly<BridgeTables['notice']>

export interface Gathered {
  readonly resources: readonly Resource[]
  /** What it came from, for the Provenance. */
  readonly what: { readonly system: string; readonly value: string }
}

/** Types of business events that change resources, and what each is told as. */
const TELL: Readonly<Record<string, (notice: Notice, page: Page) => Promise<readonly Resource[]>>> = {
  'usage.applied': (notice, page) => used(notice, page, 0),
  'usage.reversed': takenBack,
  'cost.incurred': (notice, page) => charged(notice, page, false),
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
export async function gather(notice: Notice, page: Page): Promise<Gathered> {
  const resources = (await TELL[notice.type]?.(notice, page)) ?? []
  return { resources, what: sourceOf(notice) }
}

function sourceOf({ type, subject, message }: Notice): Gathered['what'] {
  if (type.startsWith('worklist.')) return { system: WORKLIST_SYSTEM, value: subject }
  if (type.startsWith('usage.') || type.startsWith('cost.')) return { system: EVENT_SYSTEM, value: subject }
  return { system: MESSAGE_SYSTEM, value: formatMessageId(message) }
}

async function eventOf(page: Page, message: number, id: string): Promise<FacadeEvent | undefined> {
  return (await page.message(message))?.events.find((event) => event.id === id)
}

/** @param reversed how much of it was taken back when the event was: 0 to 1 */
async function used(notice: Notice, page: Page, reversed: number): Promise<readonly Resource[]> {
  const event = await eventOf(page, notice.message, notice.subject)
  if (event === undefined) return []
  const documents = await page.ofEvent('document', notice.message, notice.n)
  const orders = await page.ofEvent('order_line', notice.message, notice.n)
  const resource = supplyDeliveryOf(event, {
    reversed,
    documents: documents
      .filter(({ kind }) => kind === 'goods-issue')
      .flatMap((document) => identifiers([DOCUMENT_SYSTEM, document.key], [numberSystem(document.destination), document.erp_ref])),
    orders: orders.map((line) => `SupplyRequest/${requestId('order', line.purchase_order, line.line)}`),
  })
  return resource === null ? [] : [resource]
}

/** The notice of the use that a reversal took back: what was applied before there were such notices is not told of. */
async function original(notice: Notice, page: Page, type: string): Promise<Notice | undefined> {
  const { message, n } = JSON.parse(notice.body) as { readonly message?: string; readonly n?: string }
  return page.one('notice', { message: Number(message), n: Number(n), type })
}

/** Of what it takes back, how much is taken back with it: 0 to 1. */
function reversedBy({ body }: Notice): number {
  const { reversed, of } = JSON.parse(body) as { readonly reversed?: string; readonly of?: string }
  return Number(of) > 0 ? Number(reversed) / Number(of) : 0
}

/** The use, and the orders and requisitions that it made: what was not sent yet goes with it. */
async function takenBack(notice: Notice, page: Page): Promise<readonly Resource[]> {
  const applied = await original(notice, page, 'usage.applied')
  if (applied === undefined) return []
  const { message, n } = applied
  const lines = await page.ofEvent('order_line', message, n)
  const demand = await page.ofEvent('demand_line', message, n)
  const requisitions = [...new Set(demand.map(({ document }) => document))].filter((key) => key !== '')
  const orders = [...new Set(lines.map((line) => line.purchase_order))]
  return [
    ...(await used(applied, page, reversedBy(notice))),
    ...(await Promise.all(orders.map((subject) => order({ ...notice, subject }, page)))).flat(),
    ...(await Promise.all(requisitions.map((subject) => requisition({ ...notice, subject }, page)))).flat(),
  ]
}

async function charged(notice: Notice, page: Page, isReversed: boolean): Promise<readonly Resource[]> {
  const event = await eventOf(page, notice.message, notice.subject)
  if (event === undefined) return []
  const documents = await page.ofEvent('document', notice.message, notice.n)
  const journals = documents.filter(({ kind }) => kind === 'journal').map(({ key }) => key)
  const resource = chargeItemOf(event, journals, isReversed)
  return resource === null ? [] : [resource]
}

async function chargedBack(notice: Notice, page: Page): Promise<readonly Resource[]> {
  const incurred = await original(notice, page, 'cost.incurred')
  return incurred === undefined ? [] : charged(incurred, page, reversedBy(notice) >= 1)
}

async function requisition({ subject }: Notice, page: Page): Promise<readonly Resource[]> {
  const row = await page.one('requisition', { requisition: subject })
  // One that was made in the ERP has no document of ours: nothing is known of its lines.
  const document = row === undefined ? undefined : await page.one('document', { key: subject })
  return row === undefined || document === undefined ? [] : requisitionLines(row, document).map(supplyRequestOf)
}

/** Its lines, and those of the requisitions that it was made of, which go on with it. */
async function order({ subject, ...notice }: Notice, page: Page): Promise<readonly Resource[]> {
  const row = await page.one('purchase_order', { purchase_order: subject })
  if (row === undefined) return []
  const lines = await page.all('order_line', { purchase_order: subject })
  const keys = row.requisitions.split(' ').filter((key) => key !== '')
  const asked = (await Promise.all(keys.map((key) => requisition({ ...notice, subject: key }, page)))).flat()
  const origins = asked.map(({ id = '' }) => `SupplyRequest/${id}`)
  return [...orderLines(row, lines, origins).map(supplyRequestOf), ...asked]
}

/** The lines of the receipt, and the order whose lines they came for. */
async function receipt(notice: Notice, page: Page): Promise<readonly Resource[]> {
  const lines = await page.all('receipt_line', { receipt: notice.subject })
  const [first] = lines
  if (first === undefined) return []
  const row = await page.one('purchase_order', { purchase_order: first.purchase_order })
  const ordered = await page.all('order_line', { purchase_order: first.purchase_order })
  const place = (line: number) => ordered.find((each) => each.line === line)?.location ?? ''
  return [...lines.map((line) => receiptDelivery(line, row, place(line.order_line))), ...(await order({ ...notice, subject: first.purchase_order }, page))]
}

async function invoice({ subject }: Notice, page: Page): Promise<readonly Resource[]> {
  const row = await page.one('invoice', { invoice: subject })
  return row === undefined ? [] : [invoiceOf(row, await page.all('invoice_line', { invoice: subject }))]
}

async function worklist({ subject }: Notice, page: Page): Promise<readonly Resource[]> {
  const item = await page.worklistItem(Number(subject))
  return item === null ? [] : [taskOf(item)]
}
