/** The history of master data: one row of `change` for each field that a load changed, and one for each row that is new. */
import { SCALED_COLUMNS } from '../../channels/contract/index.ts'
import type { BridgeTable } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { unscaled } from './amount.ts'
import type { Writing } from './writing.ts'

const insertChange = insertInto(tables.bridgeTables.change, 'replace')

/** What changes by itself all day has its movements for a history. */
const LEFT_OUT: ReadonlySet<string> = new Set(['on_hand', 'on_order', 'demand'])

/** The values of a row's key, joined by `|`. */
export function rowKey(key: readonly string[], row: Readonly<Record<string, Cell>>): string {
  return key.map((column) => String(row[column] ?? '')).join('|')
}

export class History {
  readonly #w: Writing
  readonly #table: BridgeTable
  readonly #source: string
  readonly #rows: Cell[][] = []

  /** @param file the name of what was loaded */
  constructor(w: Writing, table: BridgeTable, file: string) {
    this.#w = w
    this.#table = table
    this.#source = `file:${file}`
  }

  /** Notes what differs. A new row is one line without a field: its first values are in the `before` of what changes later. */
  note(key: readonly string[], before: Row | undefined, after: Readonly<Record<string, string | number>>): void {
    const name = rowKey(key, after)
    if (!before) return this.#push(name, '', '', 'new')
    for (const [column, value] of Object.entries(after)) {
      if (!LEFT_OUT.has(column)) this.add(name, column, textFor(column, before[column] ?? ''), textFor(column, value))
    }
  }

  add(key: string, field: string, before: string, after: string): void {
    if (before !== after) this.#push(key, field, before, after)
  }

  #push(key: string, field: string, before: string, after: string): void {
    this.#rows.push([this.#table, key, field, this.#w.now, ++this.#w.memory.numbers.change, before, after, this.#source])
  }

  async write(): Promise<void> {
    await this.#w.sql.insert(insertChange, this.#rows)
  }
}

function textFor(column: string, value: Cell): string {
  return typeof value === 'number' && SCALED_COLUMNS.has(column) ? unscaled(value) : String(value)
}
