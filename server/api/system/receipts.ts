/** Receipts: kept by line, shown as lines in lists and whole by their key. */
import { z } from 'zod'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { RECEIPT_LINE } from './columns.ts'
import { shapeOf, show } from './fields.ts'
import { allRows, tagged } from './pages.ts'
import { SYSTEM_BASE, resource } from './resource.ts'

const getReceipt = operation({
  method: 'get',
  base: SYSTEM_BASE,
  path: '/receipts/{receipt}',
  scope: 'system:read',
  summary: 'One receipt with its lines, by its key or its number. With an ETag.',
  params: z.object({ receipt: z.string().min(1).max(200).meta({ description: 'Our key, erp:NUMBER, or the number.' }) }),
  headers: { 'if-none-match': 'ETag of what is known: 304 when it is still so.' },
  answer: z.object({ receipt: z.string(), number: z.string(), lines: z.array(z.object(shapeOf(RECEIPT_LINE))) }).meta({ id: 'ReceiptDetail' }),
  problems: { 404: 'There is no such receipt.' },
  async handle({ params }, { reader }) {
    let rows = await allRows(reader, 'receipt_line', { receipt: params.receipt })
    if (rows.length === 0) {
      const [first] = (await reader.rows({ table: 'receipt_line', where: { number: params.receipt }, limit: 1 })).items
      if (first !== undefined) rows = await allRows(reader, 'receipt_line', { receipt: first.receipt })
    }
    const [first] = rows
    if (first === undefined) throw new Problem(404, { detail: 'There is no such receipt.', cure: `List them with GET ${SYSTEM_BASE}/receipts.` })
    return tagged({ receipt: first.receipt, number: first.number, lines: rows.map((row) => show(RECEIPT_LINE, row)) })
  },
})

export const receiptOperations: readonly Operation[] = [
  ...resource({
    name: 'receipts',
    title: 'ReceiptLine',
    words: ['receipt line', 'Lines of receipts and returns'],
    table: 'receipt_line',
    columns: RECEIPT_LINE,
    filters: ['purchase_order', 'item', 'lot', 'serial', 'number', 'day'],
  }),
  getReceipt,
]
