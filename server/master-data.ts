/** The CSV files of `aqueduct load` (DESIGN §12): which columns each table has, and a file's rows or what is wrong with it. */
import { parse } from 'csv-parse/sync'
import { minorUnits } from '../canonical/index.ts'
import type { LoadTable } from '../channels/contract/index.ts'
import { OPTIONAL_COLUMNS, rowProblems } from '../store/index.ts'

/** Columns by table, in the order of the interface; those of {@link OPTIONAL_COLUMNS} come last. */
export const LOAD_COLUMNS: Readonly<Record<LoadTable, readonly string[]>> = {
  items: [
    'item',
    'description',
    'base_uom',
    'category',
    'ownership',
    'supplier',
    'gtin',
    'vendor_catalog',
    'charge_code',
    'lot_required',
    'status',
    'substitute',
  ],
  stock: ['location', 'item', 'on_hand', 'min', 'max', 'multiple', 'par', 'min_order'],
  suppliers: ['supplier', 'name', 'status', 'currency', 'parent', 'tax_id', 'postcode', 'transmission'],
  locations: ['location', 'name', 'department', 'status', 'parent', 'kind', 'company'],
  departments: ['department', 'name', 'cost_centre', 'service_line', 'company'],
  'cost-centres': ['cost_centre', 'name', 'status', 'company', 'valid_from', 'valid_to'],
  units: ['item', 'unit', 'factor'],
  prices: ['item', 'supplier', 'unit', 'price', 'currency', 'valid_from', 'valid_to', 'contract'],
  contracts: ['contract', 'supplier', 'name', 'valid_from', 'valid_to', 'status'],
  'service-lines': ['service_line', 'name', 'status'],
  accounts: ['account', 'name', 'status', 'kind', 'company'],
  'cost-rules': ['basis', 'value', 'cost_centre', 'service_line', 'valid_from', 'valid_to'],
  'cost-splits': ['cost_centre', 'target', 'service_line', 'share', 'valid_from', 'valid_to'],
  lots: ['item', 'lot', 'expiry', 'status', 'reason'],
  periods: ['company', 'ledger', 'period', 'valid_from', 'valid_to', 'kind', 'status'],
}

/** A line that names a table's columns, optional ones in brackets. */
export function columnsText(table: LoadTable): string {
  return LOAD_COLUMNS[table].map((column) => (isOptional(table, column) ? `[${column}]` : column)).join(',')
}

function isOptional(table: LoadTable, column: string): boolean {
  return OPTIONAL_COLUMNS[table]?.includes(column) === true
}

export interface MasterDataFile {
  readonly table: LoadTable
  /** File name as given, for places in messages and as the rows' source. */
  readonly file: string
  readonly rows: readonly Readonly<Record<string, string>>[]
}

export interface MasterDataProblem {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** Reads one file. All its problems are told, not the first alone; a file with problems gives no rows. */
export function readMasterData(
  table: LoadTable,
  file: string,
  text: string,
): { readonly ok: true; readonly data: MasterDataFile } | { readonly ok: false; readonly problems: readonly MasterDataProblem[] } {
  let lines: { record: string[]; info: { lines: number } }[]
  try {
    lines = parse(text, { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true, comment: '#', comment_no_infix: true })
  } catch (error) {
    return {
      ok: false,
      problems: [{ file, line: 1, text: `this is not CSV: ${error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'}` }],
    }
  }
  const [heading, ...rest] = lines
  if (heading === undefined) return { ok: false, problems: [{ file, line: 1, text: `the file is empty; its first line must be ${columnsText(table)}` }] }
  const columns = heading.record
  const problems = headingProblems(table, columns).map((problem) => ({ file, line: heading.info.lines, text: problem }))
  for (const { record, info } of rest) {
    if (record.length !== columns.length) problems.push({ file, line: info.lines, text: `${record.length} values for ${columns.length} columns` })
  }
  if (problems.length > 0) return { ok: false, problems }
  const rows = rest.map(({ record }) => Object.fromEntries(columns.map((column, i) => [column, record[i] ?? ''])))
  const lineOf = (index: number) => rest[index]?.info.lines ?? 0
  const bad = valueProblems(table, rows, (index) => `line ${String(lineOf(index))}`)
  if (bad.length > 0) return { ok: false, problems: bad.map(({ index, text }) => ({ file, line: lineOf(index), text })) }
  return { ok: true, data: { table, file, rows } }
}

/** Values that their columns do not take, a problem a row. @param lineOf how a row's place is named */
export function valueProblems(
  table: LoadTable,
  rows: readonly Readonly<Record<string, string | number>>[],
  lineOf: (index: number) => string,
): readonly { readonly index: number; readonly text: string }[] {
  return rowProblems(table, rows, (code) => minorUnits(code) !== undefined, lineOf).map(({ index, column, text }) => ({
    index,
    text: `column ${column}: ${text}`,
  }))
}

/** The text of a file's bytes, or null when they are not UTF-8. */
export function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function headingProblems(table: LoadTable, columns: readonly string[]): string[] {
  const expected = LOAD_COLUMNS[table]
  const missing = expected.filter((column) => !columns.includes(column) && !isOptional(table, column))
  const foreign = columns.filter((column) => !expected.includes(column))
  const twice = columns.filter((column, i) => columns.indexOf(column) !== i)
  return [
    ...(missing.length > 0 ? [`${table} needs the column${missing.length === 1 ? '' : 's'} ${missing.join(', ')}`] : []),
    ...(foreign.length > 0 ? [`${table} has no column ${foreign.map((column) => `“${column}”`).join(', ')}; it has ${columnsText(table)}`] : []),
    ...(twice.length > 0 ? [`the column ${twice.join(', ')} is there twice`] : []),
  ]
}
