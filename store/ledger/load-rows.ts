/** Rows of `aqueduct load` checked and turned into rows of the bridge's tables. Pure; one bad value refuses the file. */
import { ALWAYS, AqueductError, CHOICES, FOREVER, lotKey } from '../../channels/contract/index.ts'
import type { BridgeTables, LoadOp, LoadTable, TABLE_OF } from '../../channels/contract/index.ts'
import { BadCell, Line } from './load-line.ts'
import type { Input, IsCurrency } from './load-line.ts'

const THREE_LETTERS: IsCurrency = (text) => /^[A-Z]{3}$/.test(text)

const STATUSES = CHOICES.status

export interface LoadedItem {
  readonly item: BridgeTables['item']
  readonly gtin: string
}
/** `on_order` and `demand` are 0: a file does not know them. */
export type LoadedStock = BridgeTables['stock']

/** What a file says, by table. */
export type Loaded = { readonly [T in LoadTable]: readonly (T extends 'items' ? LoadedItem : BridgeTables[(typeof TABLE_OF)[T]])[] }

/** Columns that a file may leave out: what is known stays. */
export const OPTIONAL: Readonly<Partial<Record<LoadTable, readonly string[]>>> = {
  items: ['substitute'],
  stock: ['multiple', 'par', 'min_order'],
  suppliers: ['parent', 'tax_id', 'postcode', 'transmission'],
  locations: ['parent', 'kind', 'company'],
  departments: ['company'],
  'cost-centres': ['company', 'valid_from', 'valid_to'],
  prices: ['contract'],
}

const READERS: { readonly [T in LoadTable]: (line: Line) => Loaded[T][number] } = {
  items: (line) => ({
    item: {
      item: line.required('item'),
      description: line.text('description'),
      base_uom: line.required('base_uom'),
      category: line.text('category'),
      ownership: line.oneOf('ownership', CHOICES['item.ownership']),
      supplier: line.text('supplier'),
      vendor_catalog: line.text('vendor_catalog'),
      charge_code: line.text('charge_code'),
      lot_required: line.yes('lot_required'),
      status: line.oneOf('status', STATUSES),
      substitute: line.text('substitute'),
    },
    gtin: line.gtin('gtin'),
  }),
  stock(line) {
    const row = {
      location: line.required('location'),
      item: line.required('item'),
      on_hand: line.notNegative('on_hand'),
      min: line.notNegative('min', 0),
      max: line.notNegative('max', 0),
      on_order: 0,
      demand: 0,
      multiple: line.notNegative('multiple', 0),
      par: line.notNegative('par', 0),
      min_order: line.notNegative('min_order', 0),
    }
    return row.max > 0 && row.max < row.min ? line.refuse('max', 'it is below min') : row
  },
  suppliers: (line) => ({
    supplier: line.required('supplier'),
    name: line.text('name'),
    status: line.oneOf('status', STATUSES),
    currency: line.text('currency') === '' ? '' : line.currency('currency'),
    parent: line.text('parent'),
    tax_id: line.text('tax_id'),
    postcode: line.text('postcode'),
    transmission: line.oneOf('transmission', CHOICES['supplier.transmission']),
  }),
  locations: (line) => ({
    location: line.required('location'),
    name: line.text('name'),
    department: line.text('department'),
    status: line.oneOf('status', STATUSES),
    parent:
      line.text('parent') === line.text('location') && line.text('parent') !== '' ? line.refuse('parent', 'a location is not in itself') : line.text('parent'),
    kind: line.oneOf('kind', CHOICES['location.kind']),
    company: line.text('company'),
  }),
  departments: (line) => ({
    department: line.required('department'),
    name: line.text('name'),
    cost_centre: line.text('cost_centre'),
    service_line: line.text('service_line'),
    company: line.text('company'),
  }),
  'cost-centres': (line) => ({
    cost_centre: line.required('cost_centre'),
    name: line.text('name'),
    status: line.oneOf('status', STATUSES),
    company: line.text('company'),
    ...line.span('', ''),
  }),
  units: (line) => ({ item: line.text('item'), unit: line.required('unit'), ...line.factor('factor') }),
  prices: (line) => ({
    item: line.required('item'),
    supplier: line.text('supplier'),
    unit: line.required('unit'),
    price: line.notNegative('price'),
    currency: line.currency('currency'),
    contract: line.text('contract'),
    ...line.span(ALWAYS, FOREVER),
  }),
  contracts: (line) => ({
    contract: line.required('contract'),
    supplier: line.required('supplier'),
    name: line.text('name'),
    status: line.oneOf('status', STATUSES),
    ...line.span(ALWAYS, FOREVER),
  }),
  'service-lines': (line) => ({ service_line: line.required('service_line'), name: line.text('name'), status: line.oneOf('status', STATUSES) }),
  accounts: (line) => ({
    account: line.required('account'),
    name: line.text('name'),
    status: line.oneOf('status', STATUSES),
    kind: line.text('kind').toLowerCase(),
    company: line.text('company'),
  }),
  'cost-rules': (line) => ({
    basis: line.oneOf('basis', CHOICES['cost_rule.basis']),
    value: line.required('value'),
    cost_centre: line.required('cost_centre'),
    service_line: line.text('service_line'),
    ...line.span(ALWAYS, FOREVER),
  }),
  'cost-splits': (line) => ({
    cost_centre: line.required('cost_centre'),
    line: 0,
    target: line.required('target'),
    service_line: line.text('service_line'),
    share: line.percent('share'),
    ...line.span(ALWAYS, FOREVER),
  }),
  lots: (line) => ({
    item: line.required('item'),
    lot: lotKey(line.required('lot')),
    expiry: line.date('expiry'),
    status: line.oneOf('status', CHOICES['lot.status']),
    reason: line.text('reason'),
  }),
  periods(line) {
    const row = {
      company: line.text('company'),
      ledger: line.oneOf('ledger', CHOICES['period.ledger']),
      period: line.required('period'),
      kind: line.oneOf('kind', CHOICES['period.kind']),
      status: line.oneOf('status', CHOICES['period.status']),
    }
    line.required('valid_from')
    line.required('valid_to')
    return { ...row, ...line.span('', '') }
  },
}

/** What names a row of each table: twice in one file, one of the two would be lost. */
const KEYS: Readonly<Record<LoadTable, readonly string[]>> = {
  items: ['item'],
  stock: ['location', 'item'],
  suppliers: ['supplier'],
  locations: ['location'],
  departments: ['department'],
  'cost-centres': ['cost_centre'],
  units: ['item', 'unit'],
  prices: ['item', 'supplier', 'unit', 'valid_from'],
  contracts: ['contract'],
  'service-lines': ['service_line'],
  accounts: ['account'],
  'cost-rules': ['basis', 'value', 'valid_from'],
  'cost-splits': ['cost_centre', 'target', 'service_line', 'valid_from'],
  lots: ['item', 'lot'],
  periods: ['company', 'ledger', 'period'],
}

export interface RowProblem {
  /** Of the row, from 0. */
  readonly index: number
  readonly column: string
  readonly text: string
}

/** Reads every row: what each gives, or what is wrong with those that are. @param lineOf how a row's place is named to people */
function readEach(table: LoadTable, rows: readonly Input[], isCurrency: IsCurrency, lineOf: (index: number) => string) {
  const read = READERS[table] as (line: Line) => unknown
  const loaded: unknown[] = []
  const problems: RowProblem[] = []
  const at: number[] = []
  const seen = new Map<string, number>()
  rows.forEach((row, index) => {
    const line = new Line(row, isCurrency)
    try {
      loaded.push(read(line))
      at.push(index)
      const key = KEYS[table].map((column) => (column === 'lot' ? lotKey(line.text(column)) : line.text(column))).join('\u0001')
      const first = seen.get(key)
      if (first !== undefined) line.refuse(KEYS[table][0] ?? '', `the same ${KEYS[table].join(' and ')} is on ${lineOf(first)} already`)
      seen.set(key, index)
    } catch (error) {
      if (!(error instanceof BadCell)) throw error
      problems.push({ index, column: error.column, text: error.message })
    }
  })
  if (table === 'cost-splits' && problems.length === 0) problems.push(...numberSplits(loaded as BridgeTables['cost_split'][], at))
  return { loaded, problems }
}

/** R25: what one cost centre gives away from one day on is all of it. Numbers the lines of each such group. */
function numberSplits(rows: BridgeTables['cost_split'][], at: readonly number[]): readonly RowProblem[] {
  const groups = new Map<string, number[]>()
  rows.forEach((row, i) => {
    const key = `${row.cost_centre}\u0001${row.valid_from}`
    const group = groups.get(key)
    if (group) group.push(i)
    else groups.set(key, [i])
  })
  const problems: RowProblem[] = []
  for (const group of groups.values()) {
    const of = group.flatMap((i) => rows[i] ?? [])
    of.forEach((row, line) => (row.line = line + 1))
    const index = at[group[0] ?? 0] ?? 0
    const total = of.reduce((sum, row) => sum + row.share, 0)
    if (total !== 1_000_000) {
      const text = `the shares of cost centre ${of[0]?.cost_centre ?? ''} from that day on total ${String(total / 10_000)} %; 100 is needed`
      problems.push({ index, column: 'share', text })
    }
    if (new Set(of.map((row) => row.valid_to)).size > 1) problems.push({ index, column: 'valid_to', text: 'shares that begin together must end together' })
  }
  return problems
}

/** What is wrong with the rows of a table, a problem a row, before anything is sent to a ledger. */
export function rowProblems(table: LoadTable, rows: readonly Input[], isCurrency: IsCurrency, lineOf: (index: number) => string): readonly RowProblem[] {
  return readEach(table, rows, isCurrency, lineOf).problems
}

const TOLD = 20

/** Reads every row. @throws AqueductError BAD_VALUE with file, line and column of up to 20 rows that are wrong */
export function readRows<T extends LoadTable>(op: LoadOp & { readonly table: T }): Loaded[T] {
  const lineOf = (index: number) => `${op.source === '' ? 'row' : `${op.source} line`} ${String(index + 2)}`
  const { loaded, problems } = readEach(op.table, op.rows, THREE_LETTERS, lineOf)
  const [first] = problems
  if (first === undefined) return loaded as unknown as Loaded[T]
  const lines = problems.slice(0, TOLD).map(({ index, column, text }) => `${lineOf(index)}, column ${column}: ${text}`)
  const more = problems.length > TOLD ? `; and ${String(problems.length - TOLD)} more` : ''
  throw new AqueductError('BAD_VALUE', `${lines.join('; ')}${more}; nothing of the file was loaded.`, {
    place: `${lineOf(first.index)} column ${first.column}`,
  })
}
