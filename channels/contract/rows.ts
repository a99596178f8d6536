/** The rows a decision works on: lookups that name them, and the set that holds them for a batch. */
import { BRIDGE_FINDERS, BRIDGE_KEYS } from './tables.ts'
import type { BridgeTable, BridgeTables } from './tables.ts'

/** One lookup: rows of `table` whose key (or finder columns) equal `values`. */
export interface Read {
  readonly table: BridgeTable
  /** A finder of {@link BRIDGE_FINDERS}, or null for the primary key. */
  readonly finder: string | null
  readonly values: readonly (string | number)[]
}

type Value = string | number

/**
 * The rows a batch of decisions works on: loaded once, read and changed in memory, written back in bulk. A row put here is seen
 * by every later `get` and `find`, so events of one batch fold one after another.
 */
export class RowSet {
  readonly #rows = new Map<string, Record<string, Value>>()
  readonly #found = new Map<string, Set<string>>()
  readonly #asked = new Set<string>()
  readonly #dirty = new Map<string, { table: BridgeTable; row: Record<string, Value>; isNew: boolean }>()

  static #key(table: BridgeTable, finder: string | null, values: readonly Value[]): string {
    return `${table}\u0001${finder ?? ''}\u0001${values.join('\u0001')}`
  }

  static #primary(table: BridgeTable, row: Record<string, Value>): string {
    return RowSet.#key(
      table,
      null,
      (BRIDGE_KEYS[table] as readonly string[]).map((column) => row[column] ?? ''),
    )
  }

  /** Has this lookup been loaded (whether or not it found a row)? */
  has(read: Read): boolean {
    return this.#asked.has(RowSet.#key(read.table, read.finder, read.values))
  }

  /** The store hands in what a lookup found. Rows already here win: they may have changed since. */
  loaded(read: Read, rows: readonly Record<string, Value>[]): void {
    this.#asked.add(RowSet.#key(read.table, read.finder, read.values))
    for (const row of rows) {
      const key = RowSet.#primary(read.table, row)
      if (!this.#rows.has(key)) this.#rows.set(key, row)
      this.#index(read.table, key, this.#rows.get(key) ?? row)
    }
  }

  /** The row with this primary key, or undefined. Read it only after {@link has} said it was loaded. */
  get<T extends BridgeTable>(table: T, ...values: Value[]): Readonly<BridgeTables[T]> | undefined {
    return this.#rows.get(RowSet.#key(table, null, values)) as BridgeTables[T] | undefined
  }

  /** The rows a finder gives, in the order they became known. */
  find<T extends BridgeTable>(table: T, finder: string, ...values: Value[]): readonly Readonly<BridgeTables[T]>[] {
    const keys = this.#found.get(RowSet.#key(table, finder, values)) ?? new Set()
    return [...keys].map((key) => this.#rows.get(key) as unknown as BridgeTables[T])
  }

  /** Inserts or replaces a row. */
  put<T extends BridgeTable>(table: T, row: BridgeTables[T]): void {
    const values = row as unknown as Record<string, Value>
    const key = RowSet.#primary(table, values)
    const isNew = this.#dirty.get(key)?.isNew ?? !this.#rows.has(key)
    this.#rows.set(key, values)
    this.#asked.add(key)
    this.#dirty.set(key, { table, row: values, isNew })
    this.#index(table, key, values)
  }

  /** What was put, for writing back: by table, in key order. */
  changes(): { readonly table: BridgeTable; readonly row: Readonly<Record<string, Value>>; readonly isNew: boolean }[] {
    return [...this.#dirty].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change)
  }

  #index(table: BridgeTable, key: string, row: Record<string, Value>): void {
    const finders = (BRIDGE_FINDERS as Record<string, Record<string, readonly string[]>>)[table] ?? {}
    for (const [finder, columns] of Object.entries(finders)) {
      const found = RowSet.#key(
        table,
        finder,
        columns.map((column) => row[column] ?? ''),
      )
      const keys = this.#found.get(found)
      if (keys) keys.add(key)
      else this.#found.set(found, new Set([key]))
    }
  }
}
