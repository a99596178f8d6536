/** Rows of `aqueduct load` checked and turned into rows of the bridge's tables. Pure; one bad value refuses the file. */
import { AqueductError } from '../../channels/contract/index.ts'
import type { BridgeTables, LoadOp, LoadTable } from '../../channels/contract/index.ts'
import { fraction, scaled } from './amount.ts'

type Input = Readonly<Record<string, string | number>>

/** A value that its column does not take. Caught here, never seen outside. */
class BadCell extends Error {
  readonly column: string
  constructor(column: string, text: string) {
    super(text)
    this.column = column
  }
}

/** Is this text a currency? The store knows only their form; who knows ISO 4217 hands it in. */
type IsCurrency = (text: string) => boolean
const THREE_LETTERS: IsCurrency = (text) => /^[A-Z]{3}$/.test(text)

/** One row being read: its values by column. */
class Line {
  readonly #row: Input
  readonly #isCurrency: IsCurrency
  constructor(row: Input, isCurrency: IsCurrency) {
    this.#row = row
    this.#isCurrency = isCurrency
  }

  text(column: string): string {
    return String(this.#row[column] ?? '').trim()
  }

  required(column: string): string {
    return this.text(column) || this.refuse(column, 'a value is needed')
  }

  oneOf(column: string, values: readonly string[]): string {
    const text = this.text(column).toLowerCase()
    if (text === '') return values[0] ?? ''
    return values.includes(text) ? text : this.refuse(column, `one of ${values.join(', ')} is expected`)
  }

  amount(column: string, empty: number | null = null): number {
    const text = this.text(column)
    if (text === '' && empty !== null) return empty
    return scaled(text) ?? this.refuse(column, 'a decimal number with at most six decimals is expected, as 12.5')
  }

  notNegative(column: string, empty: number | null = null): number {
    const amount = this.amount(column, empty)
    return amount < 0 ? this.refuse(column, 'it must not be negative') : amount
  }

  currency(column: string): string {
    const text = this.text(column).toUpperCase()
    return this.#isCurrency(text) ? text : this.refuse(column, 'an ISO 4217 currency code is expected, as USD')
  }

  date(column: string): string {
    const text = this.text(column)
    if (text === '') return ''
    return isDay(text) ? text : this.refuse(column, 'a calendar date is expected, as 2026-03-01')
  }

  yes(column: string): number {
    const text = this.text(column).toLowerCase()
    if (['', 'no', 'n', 'false', '0'].includes(text)) return 0
    return ['yes', 'y', 'true', '1'].includes(text) ? 1 : this.refuse(column, 'yes or no is expected')
  }

  gtin(column: string): string {
    const text = this.text(column)
    if (text === '') return ''
    if (!/^(\d{8}|\d{12,14})$/.test(text)) return this.refuse(column, 'a GTIN has 8, 12, 13 or 14 digits')
    const gtin = text.padStart(14, '0')
    const sum = [...gtin.slice(0, 13)].reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0)
    return (10 - (sum % 10)) % 10 === Number(gtin[13]) ? gtin : this.refuse(column, 'the check digit of the GTIN is wrong')
  }

  factor(column: string) {
    return fraction(this.text(column)) ?? this.refuse(column, 'a positive factor to the base unit is expected, as 12, 0.5 or 1/12')
  }

  refuse(column: string, text: string): never {
    throw new BadCell(column, text)
  }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

const STATUSES = ['active', 'inactive', 'blocked'] as const
const OWNERSHIPS = ['owned', 'consigned', 'bill-only', 'bill-and-replace', 'par', 'charge-only'] as const
const FOREVER = '9999-12-31'
const ALWAYS = '0001-01-01'

export interface LoadedStock {
  readonly location: string
  readonly item: string
  readonly onHand: number
  readonly min: number
  readonly max: number
  readonly multiple: number
}
export interface LoadedItem {
  readonly item: BridgeTables['item']
  readonly gtin: string
}

/** What a file says, by table. */
export interface Loaded {
  readonly items: readonly LoadedItem[]
  readonly stock: readonly LoadedStock[]
  readonly suppliers: readonly BridgeTables['supplier'][]
  readonly locations: readonly BridgeTables['location'][]
  readonly departments: readonly BridgeTables['department'][]
  readonly 'cost-centres': readonly BridgeTables['cost_centre'][]
  readonly units: readonly BridgeTables['unit'][]
  readonly prices: readonly BridgeTables['price'][]
}

const READERS: { readonly [T in LoadTable]: (line: Line) => Loaded[T][number] } = {
  items: (line) => ({
    item: {
      item: line.required('item'),
      description: line.text('description'),
      base_uom: line.required('base_uom'),
      category: line.text('category'),
      ownership: line.oneOf('ownership', OWNERSHIPS),
      supplier: line.text('supplier'),
      vendor_catalog: line.text('vendor_catalog'),
      charge_code: line.text('charge_code'),
      lot_required: line.yes('lot_required'),
      status: line.oneOf('status', STATUSES),
    },
    gtin: line.gtin('gtin'),
  }),
  stock(line) {
    const row = {
      location: line.required('location'),
      item: line.required('item'),
      onHand: line.notNegative('on_hand'),
      min: line.notNegative('min', 0),
      max: line.notNegative('max', 0),
      multiple: line.notNegative('multiple', 0),
    }
    return row.max > 0 && row.max < row.min ? line.refuse('max', 'it is below min') : row
  },
  suppliers: (line) => ({
    supplier: line.required('supplier'),
    name: line.text('name'),
    status: line.oneOf('status', STATUSES),
    currency: line.text('currency') === '' ? '' : line.currency('currency'),
  }),
  locations: (line) => ({
    location: line.required('location'),
    name: line.text('name'),
    department: line.text('department'),
    status: line.oneOf('status', STATUSES),
  }),
  departments: (line) => ({
    department: line.required('department'),
    name: line.text('name'),
    cost_centre: line.text('cost_centre'),
    service_line: line.text('service_line'),
  }),
  'cost-centres': (line) => ({ cost_centre: line.required('cost_centre'), name: line.text('name'), status: line.oneOf('status', STATUSES) }),
  units: (line) => ({ item: line.text('item'), unit: line.required('unit'), ...line.factor('factor') }),
  prices(line) {
    const row = {
      item: line.required('item'),
      supplier: line.text('supplier'),
      unit: line.required('unit'),
      valid_from: line.date('valid_from') || ALWAYS,
      valid_to: line.date('valid_to') || FOREVER,
      price: line.notNegative('price'),
      currency: line.currency('currency'),
    }
    return row.valid_to < row.valid_from ? line.refuse('valid_to', 'it is before valid_from') : row
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
  const seen = new Map<string, number>()
  rows.forEach((row, index) => {
    const line = new Line(row, isCurrency)
    try {
      loaded.push(read(line))
      const key = KEYS[table].map((column) => line.text(column)).join('\u0001')
      const first = seen.get(key)
      if (first !== undefined) line.refuse(KEYS[table][0] ?? '', `the same ${KEYS[table].join(' and ')} is on ${lineOf(first)} already`)
      seen.set(key, index)
    } catch (error) {
      if (!(error instanceof BadCell)) throw error
      problems.push({ index, column: error.column, text: error.message })
    }
  })
  return { loaded, problems }
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
