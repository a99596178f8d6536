/** What documents do to stock and ledger. Stock is kept for the places and items that were put; the ledger is the sum of the journals. */
import type { Books, Row } from './database.ts'
import { millionths, shownDecimal } from './decimals.ts'
import { codeFault, converted } from './masters.ts'
import { bodyOf, refused } from './reply.ts'
import type { Body, Line, Reply, Request } from './reply.ts'

const LOT_KINDS = ['goods-issue', 'goods-return', 'goods-receipt', 'supplier-return', 'stock-transfer', 'stock-adjustment']

/** Codes that the ERP knows as blocked, or does not know though its table is complete; a lot that is missing. */
export function codesFault(books: Books, { kind, document }: Request): Reply | null {
  const makes = kind === 'supplier' ? 'supplier' : kind === 'item' ? 'item' : ''
  const isUndo = document.mirrorOf !== undefined
  // What was booked can be undone, whatever became of its codes since.
  if (isUndo) return null
  const places: readonly (string | undefined)[] = [document.location, document.from, document.to, ...(document.lines ?? []).map((line) => line.location)]
  for (const place of places) {
    const fault = codeFault(books, 'locations', 'LOCATION', place)
    if (fault) return fault
  }
  const supplierFault = makes === 'supplier' ? null : codeFault(books, 'suppliers', 'SUPPLIER', document.supplier)
  if (supplierFault) return supplierFault
  for (const line of [document, ...(document.lines ?? [])] as readonly Line[]) {
    const fault =
      (makes === 'item' ? null : codeFault(books, 'items', 'ITEM', line.item)) ??
      codeFault(books, 'accounts', 'ACCOUNT', line.account) ??
      codeFault(books, 'cost-centres', 'COST_CENTRE', line.costCentre) ??
      codeFault(books, 'service-lines', 'SERVICE_LINE', line.serviceLine)
    if (fault) return fault
  }
  return lineFault(books, kind, document.lines ?? [])
}

function lineFault(books: Books, kind: string, lines: readonly Line[]): Reply | null {
  if (!LOT_KINDS.includes(kind)) return null
  for (const { item = '', lot, serial, quantity = '0', unit = '' } of lines) {
    const known = books.master('items', item)
    if (known === undefined) continue
    if (['1', 'true', 'yes'].includes(known['lot_required'] ?? '') && lot === undefined && serial === undefined)
      return refused('LOT_MISSING', 'the item needs a lot or a serial number')
    if (converted(books, item, millionths(quantity), unit, known['base_uom'] ?? unit) === null)
      return refused('UNIT_UNKNOWN', 'there is no factor of this unit for the item')
  }
  return null
}

/** Puts a movement on a place that is kept. */
function move(books: Books, location: string | undefined, line: Line, sign: bigint): void {
  if (location === undefined || line.item === undefined) return
  const code = `${location}|${line.item}`
  const row = books.master('stock', code)
  if (row === undefined) return
  const base = books.master('items', line.item)?.['base_uom'] ?? line.unit ?? ''
  const quantity = converted(books, line.item, millionths(line.quantity ?? '0'), line.unit ?? '', base) ?? 0n
  books.putMaster('stock', code, { ...row, on_hand: shownDecimal(millionths(row['on_hand'] ?? '0') + sign * quantity) })
  books.changed('stock', code)
}

/** Moves what a document moves. Consigned stock is the supplier's: no place of the hospital's changes. */
export function moveStock(books: Books, kind: string, document: Body & { readonly consigned?: boolean; readonly owner?: string }): void {
  for (const line of document.lines ?? []) {
    if (document.consigned || document.owner !== undefined) continue
    if (kind === 'goods-issue' || kind === 'supplier-return') move(books, document.location, line, -1n)
    if (kind === 'goods-return' || kind === 'goods-receipt') move(books, document.location, line, 1n)
    if (kind === 'stock-adjustment') move(books, document.location, line, line.direction === 'in' ? 1n : -1n)
    if (kind === 'stock-transfer') {
      move(books, document.from, line, -1n)
      move(books, document.to, line, 1n)
    }
  }
}

/** Adds a journal to the ledger's totals by company, month, account, cost centre and currency. */
export function total(books: Books, document: Body): void {
  for (const { account = '', costCentre = '', side, amount = '0' } of document.lines ?? []) {
    const columns = {
      company: document.company,
      period: document.postingDate.slice(0, 'YYYY-MM'.length),
      account,
      cost_centre: costCentre,
      currency: document.currency ?? '',
    }
    const code = Object.values(columns).join('|')
    const before = millionths(books.master('ledger-totals', code)?.['amount'] ?? '0')
    books.putMaster('ledger-totals', code, { ...columns, amount: shownDecimal(before + (side === 'debit' ? 1n : -1n) * millionths(amount)) })
    books.changed('ledger-totals', code)
  }
}

const OPPOSITE = { debit: 'credit', credit: 'debit' } as const
const UNDOES: Readonly<Record<string, string>> = { 'goods-issue': 'goods-return', 'goods-return': 'goods-issue' }

/** Books the opposite of a document in stock and ledger. */
export function unbook(books: Books, kind: string, document: Body): void {
  const lines = (document.lines ?? []).map((line) => ({
    ...line,
    ...(line.side ? { side: OPPOSITE[line.side] } : {}),
    ...(line.direction ? { direction: line.direction === 'in' ? ('out' as const) : ('in' as const) } : {}),
  }))
  const { from, to, ...rest } = document
  const undone: Body = { ...rest, ...(to === undefined ? {} : { from: to }), ...(from === undefined ? {} : { to: from }), lines }
  if (kind === 'journal') total(books, undone)
  else moveStock(books, UNDOES[kind] ?? kind, undone)
}

/** Which kind of document a mirror undoes. */
const ORIGINALS: Readonly<Record<string, string>> = {
  'goods-return': 'goods-issue',
  'order-cancellation': 'purchase-order',
  'supplier-return': 'goods-receipt',
  'supplier-invoice': 'supplier-invoice',
  journal: 'journal',
}
export function sizeOf(lines: readonly Line[] = []): bigint {
  return lines.reduce((sum, { quantity = '0' }) => sum + millionths(quantity), 0n)
}

/** The document that a mirror undoes: by the sender's key, else by our own number. */
export function originalOf(books: Books, { kind, document: { mirrorOf, originalReference } }: Request): Row | undefined {
  const wanted = ORIGINALS[kind] ?? ''
  if (mirrorOf === undefined) return undefined
  return (
    books.find({ key: mirrorOf, kind: wanted })[0] ?? (originalReference === undefined ? undefined : books.find({ number: originalReference, kind: wanted })[0])
  )
}

/** A mirror needs its original, and may not undo more than that. */
export function mirrorFault(books: Books, request: Request): Reply | null {
  const { mirrorOf, lines, credit } = request.document
  if (mirrorOf === undefined) return null
  const original = originalOf(books, request)
  if (original === undefined) return refused('ORIGINAL_UNKNOWN', 'neither mirrorOf nor originalReference names a document here')
  if (request.kind === 'journal') return null
  if (request.kind === 'supplier-invoice' && credit !== true) return refused('NOT_A_CREDIT', 'what undoes an invoice is a credit')
  const undone = books.mirrors(mirrorOf).reduce((sum, row) => sum + sizeOf(bodyOf(row).lines), 0n)
  return undone + sizeOf(lines) > sizeOf(bodyOf(original).lines) ? refused('MORE_THAN_REMAINS', 'it undoes more than remains of its original') : null
}
