/** How the sandbox ERP answers, and how it reads its own documents. */
import type { Books, Row } from './database.ts'

export interface Reply {
  readonly status: number
  readonly body: unknown
}

/** @param status 422 unless the refusal is about what is there already (409), who asks (403) or what does not exist (404) */
export function refused(code: string, message: string, status = 422): Reply {
  return { status, body: { code, message } }
}

/** A document's line, as far as any kind has it. The checks have seen to its form. */
export interface Line {
  readonly line: number
  readonly orderLine?: number
  readonly item?: string
  readonly description?: string
  readonly quantity?: string
  readonly unit?: string
  readonly unitPrice?: string
  readonly amount?: string
  readonly lot?: string
  readonly serial?: string
  readonly location?: string
  readonly account?: string
  readonly side?: 'debit' | 'credit'
  readonly direction?: 'in' | 'out'
  readonly costCentre?: string
  readonly serviceLine?: string
  readonly vendorCatalog?: string
}
export interface Body {
  readonly company: string
  readonly postingDate: string
  readonly state?: string
  readonly mirrorOf?: string
  readonly originalReference?: string
  readonly order?: string
  readonly orderKey?: string
  readonly supplier?: string
  readonly item?: string
  readonly location?: string
  readonly from?: string
  readonly to?: string
  readonly currency?: string
  readonly credit?: boolean
  readonly receiptExpected?: boolean
  readonly total?: string
  readonly number?: string
  readonly costCentre?: string
  readonly serviceLine?: string
  readonly origins?: readonly string[]
  readonly lines?: readonly Line[]
}
export interface Request {
  readonly kind: string
  readonly key: string
  readonly document: Body
}

export function bodyOf(row: Row): Body {
  return JSON.parse(row.body) as Body
}

/** Under which kind of change a document is listed. */
export const CHANGES: Readonly<Record<string, string>> = {
  requisition: 'requisitions',
  'purchase-order': 'orders',
  'goods-receipt': 'receipts',
  'supplier-return': 'receipts',
  'supplier-invoice': 'invoices',
}

/** Moves a document and says so. */
export function moved(books: Books, row: Row, state: string): Row {
  books.move(row.number, state)
  const kind = CHANGES[row.kind]
  if (kind) books.changed(kind, row.number)
  return { ...row, state }
}
