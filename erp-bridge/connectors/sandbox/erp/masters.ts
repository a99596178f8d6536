/**
 * The sandbox ERP's master data: rows by table and code, with the columns of a load file. A code that is there is judged by its
 * status; one that is not there is taken, unless its table was declared complete.
 */
import type { Books, Columns } from './database.ts'
import { millionths } from './decimals.ts'
import { refused } from './reply.ts'
import type { Reply } from './reply.ts'

/** Columns by table. The first ones are the code, joined by `|`. */
const TABLES: Readonly<Record<string, { readonly code: readonly string[]; readonly more: readonly string[] }>> = {
  items: {
    code: ['item'],
    more: ['description', 'base_uom', 'category', 'ownership', 'supplier', 'gtin', 'vendor_catalog', 'charge_code', 'lot_required', 'status', 'substitute'],
  },
  suppliers: { code: ['supplier'], more: ['name', 'status', 'currency', 'parent', 'tax_id', 'postcode', 'transmission'] },
  prices: { code: ['item', 'supplier', 'unit', 'valid_from'], more: ['price', 'currency', 'valid_to', 'contract'] },
  units: { code: ['item', 'unit'], more: ['factor'] },
  locations: { code: ['location'], more: ['name', 'department', 'status', 'parent', 'kind', 'company'] },
  'cost-centres': { code: ['cost_centre'], more: ['name', 'status', 'company', 'valid_from', 'valid_to'] },
  'service-lines': { code: ['service_line'], more: ['name', 'status'] },
  accounts: { code: ['account'], more: ['name', 'status', 'kind', 'company'] },
  periods: { code: ['company', 'ledger', 'period'], more: ['valid_from', 'valid_to', 'kind', 'status'] },
  stock: { code: ['location', 'item'], more: ['on_hand', 'min', 'max', 'multiple', 'par', 'min_order'] },
}

/** `PUT /sandbox/v1/master/{table}/{code}`. Columns that are not named stay as they are. */
export function putMaster(books: Books, table: string, code: string, body: unknown): Reply {
  const known = Object.hasOwn(TABLES, table) ? TABLES[table] : undefined
  if (known === undefined) return refused('TABLE_UNKNOWN', 'no such table', 404)
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refused('NOT_A_ROW', 'the body is not an object')
  const columns = body as Readonly<Record<string, unknown>>
  for (const [name, value] of Object.entries(columns)) {
    if (![...known.code, ...known.more].includes(name)) return refused('COLUMN_UNKNOWN', `${table} has no column ${name}`)
    if (typeof value !== 'string' || value.length > 250) return refused('COLUMN_BAD', `${name} must be text`)
  }
  const parts = code.split('|')
  if (parts.length !== known.code.length) return refused('CODE_BAD', `the code of ${table} is ${known.code.join('|')}`)
  const named = Object.fromEntries(known.code.map((column, i) => [column, parts[i] ?? '']))
  if (known.code.some((column) => columns[column] !== undefined && columns[column] !== named[column])) return refused('CODE_BAD', 'code and columns differ')
  const row: Columns = { ...(known.more.includes('status') ? { status: 'active' } : {}), ...books.master(table, code), ...(columns as Columns), ...named }
  books.atomically(() => {
    books.putMaster(table, code, row)
    books.changed(table, code)
    if (table === 'periods' && row['ledger'] === 'GL' && row['company'] === '') {
      if (row['status'] === 'closed') books.closePeriod(row['period'] ?? '')
      else books.openPeriod(row['period'] ?? '')
    }
  })
  return { status: 200, body: row }
}

/** `PUT /sandbox/v1/master/{table}` `{"complete": true}`: from now on it knows every code there is. */
export function declare(books: Books, table: string, body: unknown): Reply {
  if (!Object.hasOwn(TABLES, table)) return refused('TABLE_UNKNOWN', 'no such table', 404)
  const complete = typeof body === 'object' && body !== null ? (body as { readonly complete?: unknown }).complete : undefined
  if (typeof complete !== 'boolean') return refused('FIELD_BAD', 'complete must be true or false')
  books.setComplete(table, complete)
  return { status: 200, body: { complete } }
}

/** Why a code may not stand on a document. @param word what it is, for the refusal's code */
export function codeFault(books: Books, table: string, word: string, code: string | undefined): Reply | null {
  if (code === undefined) return null
  const row = books.master(table, code)
  if (row === undefined) return books.isComplete(table) ? refused(`${word}_UNKNOWN`, `there is no such ${word.toLowerCase().replace('_', ' ')}`) : null
  const { status = 'active' } = row
  return status === 'active' ? null : refused(`${word}_BLOCKED`, `the ${word.toLowerCase().replace('_', ' ')} is ${status}`)
}

/** Is a day closed for a part of the books? By month for all of them, and by the periods that were put for a company and ledger. */
export function isClosed(books: Books, company: string, ledger: string, day: string): boolean {
  const period = day.slice(0, 'YYYY-MM'.length)
  if (books.isClosed(period)) return true
  return ['', company].some((of) => books.master('periods', `${of}|${ledger}|${period}`)?.['status'] === 'closed')
}

const LEDGERS = ['GL', 'AP', 'INV'] as const
/** Closes or opens a month in all parts of the books, and says so of every period row of it. */
export function setPeriod(books: Books, period: string, status: 'closed' | 'open'): void {
  books.atomically(() => {
    if (status === 'closed') books.closePeriod(period)
    else books.openPeriod(period)
    const [year = '', month = ''] = period.split('-')
    const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
    const span = { valid_from: `${period}-01`, valid_to: `${period}-${String(lastDay)}`, kind: 'standard' }
    const known = books.masters('periods').filter(([, row]) => row['period'] === period)
    const rows = known.length > 0 ? known : LEDGERS.map((ledger) => [`|${ledger}|${period}`, { company: '', ledger, period, ...span }] as const)
    for (const [code, row] of rows) {
      books.putMaster('periods', code, { ...row, status })
      books.changed('periods', code)
    }
  })
}

/** How many base units one of a unit is, as a fraction, or null when the ERP does not know. */
function factorOf(books: Books, item: string, unit: string): readonly [bigint, bigint] | null {
  if (books.master('items', item)?.['base_uom'] === unit) return [1n, 1n]
  const factor = (books.master('units', `${item}|${unit}`) ?? books.master('units', `|${unit}`))?.['factor']
  if (factor === undefined) return null
  const [over = '1', under = '1'] = factor.split('/')
  return [millionths(over), millionths(under)]
}

/** A quantity in another unit of the same item, in millionths; null when there is no factor. Nothing is rounded up. */
export function converted(books: Books, item: string, quantity: bigint, from: string, to: string): bigint | null {
  if (from === to) return quantity
  const [a, b] = [factorOf(books, item, from), factorOf(books, item, to)]
  if (a === null || b === null || b[0] === 0n || a[1] === 0n) return null
  return (quantity * a[0] * b[1]) / (a[1] * b[0])
}
