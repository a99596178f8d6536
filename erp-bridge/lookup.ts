/**
 * Rows as the rules see them: a row that was not loaded yet is noted and answered as absent. The same rule code run over it
 * gives both the reads of a decision and the decision, so the two can't come apart.
 */
import type { BridgeTable, BridgeTables, Read, RowSet } from '../channels/contract/index.ts'

/** Rows by key and finder: those that are loaded already, or a {@link Lookup} that notes what is not. */
export type Rows = Pick<Lookup, 'get' | 'find'>

export class Lookup {
  readonly #rows: RowSet
  readonly #missing = new Map<string, Read>()

  constructor(rows: RowSet) {
    this.#rows = rows
  }

  /** What was asked for and is not loaded. */
  get missing(): readonly Read[] {
    return [...this.#missing.values()]
  }

  get<T extends BridgeTable>(table: T, ...values: (string | number)[]): Readonly<BridgeTables[T]> | undefined {
    return this.#ask({ table, finder: null, values }) ? this.#rows.get(table, ...values) : undefined
  }

  find<T extends BridgeTable>(table: T, finder: string, ...values: (string | number)[]): readonly Readonly<BridgeTables[T]>[] {
    return this.#ask({ table, finder, values }) ? this.#rows.find(table, finder, ...values) : []
  }

  #ask(read: Read): boolean {
    if (this.#rows.has(read)) return true
    this.#missing.set(JSON.stringify([read.table, read.finder, read.values]), read)
    return false
  }
}
