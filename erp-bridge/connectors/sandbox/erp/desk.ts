/** What the sandbox ERP does with a document that comes in: checks it, books it under its own number, shows it. */
import { check } from './check.ts'
import type { Books, Row } from './database.ts'
import { shownDecimal } from './decimals.ts'
import type { Faults } from './faults.ts'
import { isClosed } from './masters.ts'
import { approveRow } from './people.ts'
import { bodyOf, CHANGES, moved, refused } from './reply.ts'
import type { Reply, Request } from './reply.ts'
import { date, kindNamed } from './shapes.ts'
import { codesFault, mirrorFault, moveStock, originalOf, sizeOf, total, unbook } from './stock.ts'
import { againstOrder, orderNumber } from './trade.ts'

const CLOSED = refused('PERIOD_CLOSED', 'the posting date is in a closed period', 409)

/** A row as the API shows it; orders with what was received and invoiced of each line. */
export function shown(books: Books, row: Row): object {
  const { body: _, seq: __, ...rest } = row
  const document = bodyOf(row)
  if (row.kind !== 'purchase-order') {
    const order = orderNumber(books, row)
    return { ...rest, ...(order === '' ? {} : { order }), document }
  }
  const done = books.progress(row.number)
  const lines = (document.lines ?? []).map((line) => {
    const { received, invoiced } = done.get(line.line) ?? { received: 0n, invoiced: 0n }
    return { line: line.line, received: shownDecimal(received), invoiced: shownDecimal(invoiced) }
  })
  return { ...rest, progress: lines, document }
}

/** A code that only one document may have. */
function takenFault(books: Books, { kind, document }: Request): Reply | null {
  const [table, code] = kind === 'supplier' ? ['suppliers', document.supplier] : kind === 'item' ? ['items', document.item] : ['', undefined]
  if (code === undefined || books.master(table, code) === undefined) return null
  return refused(`${kind.toUpperCase()}_EXISTS`, `there is a ${kind} with this code already`, 409)
}

/** Takes a document. It does not look whether it has the key already: that is the sender's business (R30). @param person who of the ERP makes it, or '' */
export function take(books: Books, faults: Faults, body: unknown, person: string): Reply {
  const refusal = check(body, person !== '')
  if (refusal) return refused(refusal.code, refusal.message)
  if (faults.hits('refuse')) return refused('SANDBOX_REFUSED', 'a fault switch refuses it')
  const request = body as Request
  const { document, kind, key } = request
  const known = kindNamed(kind)
  if (faults.hits('close-period') || (known?.ledger && isClosed(books, document.company, known.ledger, document.postingDate))) return CLOSED
  return books.atomically(() => {
    const fault = takenFault(books, request) ?? codesFault(books, request) ?? mirrorFault(books, request)
    if (fault) return fault
    const book = againstOrder(books, request)
    if (typeof book !== 'function') return book
    const state = FIRST_STATE[kind] ?? 'posted'
    const row = books.create(
      {
        kind,
        key,
        state,
        wanted: document.state ?? state,
        postingDate: document.postingDate,
        mirrorOf: document.mirrorOf ?? '',
        body: JSON.stringify(document),
      },
      known?.prefix ?? '',
    )
    book()
    settle(books, request, row)
    const after = kind === 'requisition' && faults.isOn('auto-approve') ? approveRow(books, row, undefined) : row
    return { status: 201, body: shown(books, after) }
  })
}

const FIRST_STATE: Readonly<Record<string, string>> = { requisition: 'submitted', 'purchase-order': 'draft', supplier: 'active', item: 'active' }

/** What follows of a document in the rest of the books. */
function settle(books: Books, request: Request, row: Row): void {
  const { kind, document } = request
  const change = CHANGES[kind]
  if (change) books.changed(change, row.number)
  moveStock(books, kind, document)
  if (kind === 'journal') total(books, document)
  if (kind === 'order-cancellation') cancelOrder(books, request)
  if (kind === 'supplier') create(books, 'suppliers', document.supplier ?? '', supplierRow(document as unknown as Texts))
  if (kind === 'item') create(books, 'items', document.item ?? '', itemRow(document as unknown as Texts))
}

type Texts = Readonly<Record<string, string | boolean | undefined>>
const textIn = (from: Texts, name: string): string => String(from[name] ?? '')
function supplierRow(from: Texts): Readonly<Record<string, string>> {
  const [supplier, name, currency, tax_id, postcode] = ['supplier', 'name', 'currency', 'taxId', 'postcode'].map((field) => textIn(from, field))
  return { supplier: supplier ?? '', name: name ?? '', status: 'active', currency: currency ?? '', tax_id: tax_id ?? '', postcode: postcode ?? '' }
}
function itemRow(from: Texts): Readonly<Record<string, string>> {
  return {
    item: textIn(from, 'item'),
    description: textIn(from, 'description'),
    base_uom: textIn(from, 'unit'),
    category: textIn(from, 'category'),
    supplier: textIn(from, 'supplier'),
    gtin: textIn(from, 'gtin'),
    vendor_catalog: textIn(from, 'vendorCatalog'),
    lot_required: from['lotRequired'] === true ? '1' : '0',
    status: 'active',
  }
}
function create(books: Books, table: string, code: string, columns: Readonly<Record<string, string>>): void {
  books.putMaster(table, code, columns)
  books.changed(table, code)
}

function cancelOrder(books: Books, request: Request): void {
  const order = originalOf(books, request)
  if (order === undefined) return
  const cancelled = books.mirrors(request.document.mirrorOf ?? '').reduce((sum, row) => sum + sizeOf(bodyOf(row).lines), 0n)
  if (cancelled === sizeOf(bodyOf(order).lines)) moved(books, order, 'cancelled')
}

/** Draft orders can be submitted. Approval is a person's in the ERP (R42). */
export function submit(books: Books, faults: Faults, number: string): Reply {
  const row = books.find({ number })[0]
  if (row === undefined) return refused('NUMBER_UNKNOWN', 'no such document', 404)
  if (row.kind !== 'purchase-order' || row.state !== 'draft') return refused('STATE_WRONG', `a ${row.kind} that is ${row.state} can't be submitted`)
  return books.atomically(() => {
    const submitted = moved(books, row, 'submitted')
    return { status: 200, body: shown(books, faults.isOn('auto-approve') ? approveRow(books, submitted, undefined) : submitted) }
  })
}

/** Kinds that the ERP reverses itself; a receipt is undone by a return, an invoice by a credit, an order by its cancellation. */
const REVERSIBLE = ['journal', 'goods-issue', 'goods-return', 'stock-transfer', 'stock-adjustment']

/** Takes a posted document back, on a day; a second time changes nothing. */
export function reverse(books: Books, number: string, body: unknown): Reply {
  const row = books.find({ number })[0]
  if (row === undefined) return refused('NUMBER_UNKNOWN', 'no such document', 404)
  if (row.state === 'reversed') return { status: 200, body: shown(books, row) }
  if (!REVERSIBLE.includes(row.kind)) return refused('STATE_WRONG', `a ${row.kind} can't be reversed`)
  const { date: stated, reason } = (typeof body === 'object' && body !== null ? body : {}) as { readonly date?: unknown; readonly reason?: unknown }
  if (typeof reason !== 'string' || reason === '') return refused('FIELD_MISSING', 'reason is missing')
  if (!date(stated)) return refused('FIELD_BAD', 'date does not have the form it needs')
  const document = { ...bodyOf(row), postingDate: String(stated) }
  if (isClosed(books, document.company, kindNamed(row.kind)?.ledger ?? 'GL', document.postingDate)) return CLOSED
  return books.atomically(() => {
    unbook(books, row.kind, document)
    return { status: 200, body: shown(books, moved(books, row, 'reversed')) }
  })
}
