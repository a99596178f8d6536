/** Rows of `aqueduct load` checked and turned into rows of the bridge's tables. Pure; the first bad value refuses the file. */
import { AqueductError } from '../../channels/contract/index.ts'
import type { BridgeTables, LoadOp, LoadTable } from '../../channels/contract/index.ts'
import { fraction, scaled } from './amount.ts'

type Input = Readonly<Record<string, string | number>>

/** One row being read: its values by column, refusals with file, line and column. */
class Line {
  readonly #row: Input
  readonly #place: string
  constructor(source: string, row: Input, index: number) {
    this.#row = row
    this.#place = `${source === '' ? 'row' : `${source} line`} ${String(index + 2)}`
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
    return /^[A-Z]{3}$/.test(text) ? text : this.refuse(column, 'a currency code of three letters is expected, as USD')
  }

  date(column: string): string {
    const text = this.text(column)
    if (text === '') return ''
    const real = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)
    return real ? text : this.refuse(column, 'a calendar date is expected, as 2026-03-01')
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
    throw new AqueductError('BAD_VALUE', `${this.#place}, column ${column}: ${text}; nothing of the file was loaded.`, {
      place: `${this.#place} column ${column}`,
    })
  }
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
  stock: (line) => ({
    location: line.required('location'),
    item: line.required('item'),
    onHand: line.amount('on_hand'),
    min: line.notNegative('min', 0),
    max: line.notNegative('max', 0),
    multiple: line.notNegative('multiple', 0),
  }),
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
  prices: (line) => ({
    item: line.required('item'),
    supplier: line.text('supplier'),
    unit: line.required('unit'),
    valid_from: line.date('valid_from') || ALWAYS,
    valid_to: line.date('valid_to') || FOREVER,
    price: line.notNegative('price'),
    currency: line.currency('currency'),
  }),
}

/** Reads every row. Throws BAD_VALUE with file, line and column at the first that is wrong. */
export function readRows<T extends LoadTable>(op: LoadOp & { readonly table: T }): Loaded[T] {
  const read = READERS[op.table] as (line: Line) => unknown
  return op.rows.map((row, i) => read(new Line(op.source, row, i))) as unknown as Loaded[T]
}
