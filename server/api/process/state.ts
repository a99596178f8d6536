/** Where the processes stand: their rows, and one order with all that belongs to it. */
import { z } from 'zod'
import type { BridgeTable, Reader } from '../../../channels/contract/index.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { pageOf, paging } from '../shapes.ts'
import { INVOICE, ORDER, ORDER_LINE, RECEIPT_LINE, REQUISITION } from '../system/columns.ts'
import { camel, shapeOf, show } from '../system/fields.ts'
import type { Columns } from '../system/fields.ts'
import { allRows, pageOfRows, tagged } from '../system/pages.ts'
import type { Where } from '../system/pages.ts'
import { PROCESS_BASE } from './base.ts'

const PROCESS: Columns<'process'> = {
  process: 'Name of the process.',
  subject: 'What it is of.',
  version: 'int: Version of its table.',
  state: 'Where it is.',
  since: 'at: Since when.',
}
const USAGE: Columns<'usage'> = {
  item: 'Item.',
  location: 'Location.',
  quantity: 'decimal: Used, in the base unit.',
  reversed: 'decimal: Taken back since.',
  billed: 'decimal: Invoiced so far.',
  unit_cost: 'decimal: Cost of one.',
  currency: 'Currency.',
  business_key: 'Key that other messages name it by.',
  ownership: 'Who owned it.',
  day: 'Day of use.',
}
const DEMAND: Columns<'demand_line'> = {
  demand: 'Id.',
  kind: 'Why it is needed.',
  item: 'Item.',
  location: 'Where it is needed.',
  supplier: 'Supplier.',
  quantity: 'decimal: How much.',
  unit: 'Unit.',
  needed: 'Day.',
  open: 'flag: Not yet part of a requisition.',
  document: 'Key of the requisition or order that it became.',
}
const ONBOARDING: Columns<'onboarding'> = {
  request: 'Id of the request.',
  supplier: 'Code that the supplier is to have.',
  name: 'Name.',
  tax_id: 'Tax id.',
  postcode: 'Postcode.',
  state: 'Where it stands.',
  at: 'at: Since when.',
}
const ACCRUAL: Columns<'accrual'> = {
  company: 'Company.',
  period: 'Period.',
  kind: 'used-not-billed | received-not-invoiced.',
  subject: 'The usage or order line.',
  amount: 'decimal: Amount.',
  currency: 'Currency.',
  document: 'Key of the journal.',
  state: 'posted | reversed.',
}
const JOURNAL: Columns<'journal_line'> = {
  document: 'Key of the journal.',
  line: 'int: Line.',
  company: 'Company.',
  day: 'Clinical date.',
  posting_day: 'Accounting date.',
  account: 'GL account.',
  cost_centre: 'Cost centre.',
  service_line: 'Service line.',
  department: 'Department.',
  location: 'Location.',
  procedure: 'Procedure code.',
  amount: 'decimal: Debit above zero, credit below.',
  currency: 'Currency.',
}

const filter = z.string().min(1).max(200)

/** A list of a table below the process API. All need `process:read`. */
function listing<T extends BridgeTable>(
  path: string,
  summary: string,
  table: T,
  columns: Columns<T>,
  filters: readonly string[],
  fixed: Where<T> = {},
): Operation {
  const item = z.object(shapeOf(columns))
  return operation({
    method: 'get',
    base: PROCESS_BASE,
    path,
    scope: 'process:read',
    summary,
    query: z.strictObject({
      ...Object.fromEntries(filters.map((column) => [camel(column), filter.optional()])),
      after: z.string().max(2000).optional().meta({ description: 'Cursor: the `next` of the page before.' }),
      limit: paging.limit,
    }),
    answer: pageOf(item),
    async handle({ query }, { reader }) {
      const asked = query as Readonly<Record<string, unknown>>
      const narrowed = Object.fromEntries(filters.flatMap((column) => (typeof asked[camel(column)] === 'string' ? [[column, asked[camel(column)]]] : [])))
      const { rows, next } = await pageOfRows(reader, table, { where: { ...narrowed, ...fixed } as Where<T>, after: query.after, limit: query.limit })
      return { status: 200, body: { items: rows.map((row) => show(columns, row)), next } }
    },
  })
}

const OrderStateShape = z
  .object({
    order: z.object(shapeOf(ORDER)),
    lines: z.array(z.object(shapeOf(ORDER_LINE))),
    requisitions: z.array(z.object(shapeOf(REQUISITION))),
    receipts: z.array(z.object(shapeOf(RECEIPT_LINE))),
    invoices: z.array(z.object(shapeOf(INVOICE))),
    processes: z.array(z.object(shapeOf(PROCESS))),
  })
  .meta({ id: 'OrderState', description: 'An order from its requisitions to its invoices.' })

async function findOrder(reader: Reader, code: string) {
  const byKey = (await reader.rows({ table: 'purchase_order', where: { purchase_order: code }, limit: 1 })).items[0]
  return byKey ?? (await reader.rows({ table: 'purchase_order', where: { number: code }, limit: 1 })).items[0]
}

const getOrder = operation({
  method: 'get',
  base: PROCESS_BASE,
  path: '/procure-to-pay/orders/{order}',
  scope: 'process:read',
  summary: 'One order with its requisitions, receipts, invoices and where each stands. With an ETag.',
  params: z.object({ order: filter.meta({ description: 'Our key, erp:NUMBER, or the number in the ERP.' }) }),
  headers: { 'if-none-match': 'ETag of what is known: 304 when it is still so.' },
  answer: OrderStateShape,
  problems: { 404: 'There is no such order.' },
  async handle({ params }, { reader }) {
    const order = await findOrder(reader, params.order)
    if (order === undefined) throw new Problem(404, { detail: 'There is no such order.', cure: `List them with GET ${PROCESS_BASE}/procure-to-pay/orders.` })
    const key = order.purchase_order
    const keys = order.requisitions.split(' ').filter(Boolean)
    const [lines, requisitions, receipts, byKey, byNumber] = await Promise.all([
      allRows(reader, 'order_line', { purchase_order: key }),
      keys.length === 0 ? [] : allRows(reader, 'requisition', { requisition: keys }),
      allRows(reader, 'receipt_line', { purchase_order: key }),
      allRows(reader, 'invoice', { purchase_order: key }),
      order.number === '' ? [] : allRows(reader, 'invoice', { order_number: order.number }),
    ])
    const invoices = [...byKey, ...byNumber.filter((each) => !byKey.some(({ invoice }) => invoice === each.invoice))]
    const processes = await allRows(reader, 'process', { subject: [key, ...keys, ...invoices.map(({ invoice }) => invoice)] })
    return tagged({
      order: show(ORDER, order),
      lines: lines.map((row) => show(ORDER_LINE, row)),
      requisitions: requisitions.map((row) => show(REQUISITION, row)),
      receipts: receipts.map((row) => show(RECEIPT_LINE, row)),
      invoices: invoices.map((row) => show(INVOICE, row)),
      processes: processes.map((row) => show(PROCESS, row)),
    })
  },
})

export const STATE_OPERATIONS: readonly Operation[] = [
  listing('/processes', 'Where each process stands.', 'process', PROCESS, ['process', 'subject', 'state']),
  listing('/usage', 'What was used and what of it was taken back or invoiced. Without cases and patients.', 'usage', USAGE, [
    'item',
    'location',
    'day',
    'ownership',
    'business_key',
  ]),
  listing('/replenishment/demand', 'What has to be ordered, and the requisition that it became.', 'demand_line', DEMAND, [
    'item',
    'location',
    'supplier',
    'kind',
    'document',
  ]),
  listing('/replenishment/requisitions', 'Requisitions and where they stand.', 'requisition', REQUISITION, ['state', 'supplier', 'number']),
  listing('/procure-to-pay/orders', 'Orders and where they stand.', 'purchase_order', ORDER, ['state', 'supplier', 'company', 'kind', 'number', 'case_id']),
  getOrder,
  listing('/procure-to-pay/receipts', 'Receipts by line.', 'receipt_line', RECEIPT_LINE, ['purchase_order', 'item', 'number']),
  listing('/procure-to-pay/invoices', 'Invoices and where their matching stands.', 'invoice', INVOICE, ['state', 'supplier', 'number', 'order_number']),
  listing('/onboarding/suppliers', 'Requests for new suppliers and where they stand.', 'onboarding', ONBOARDING, ['state', 'supplier', 'tax_id']),
  listing('/allocation/accruals', 'Accruals that were posted, and those that were reversed.', 'accrual', ACCRUAL, ['company', 'period', 'kind', 'state']),
  listing('/allocation/journal-lines', 'Lines of the journals, by document.', 'journal_line', JOURNAL, [
    'company',
    'posting_day',
    'account',
    'cost_centre',
    'service_line',
    'procedure',
    'document',
  ]),
]
