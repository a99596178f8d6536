/**
 * The one door to a database: statements are data, drivers run them in bulk. A driver may answer at once or with a promise;
 * callers await each step, never each row.
 */
export type Cell = string | number | Uint8Array | null
export type Row = Readonly<Record<string, Cell>>
export type ColumnType = 'int' | 'float' | 'text' | 'bytes'
export type Maybe<T> = T | Promise<T>

export interface Table {
  readonly name: string
  readonly columns: Readonly<Record<string, ColumnType>>
  readonly key: readonly string[]
}

/** Rows are arrays in the order of `columns`. On a key that is there already: fail, keep the old row, or replace it. */
export interface Insert {
  readonly table: Table
  readonly columns: readonly string[]
  readonly conflict: 'fail' | 'ignore' | 'replace'
}
/** Rows are the values of `set`, then of `key`. A row whose `guard` column is in none of the states is left as it is. */
export interface Update {
  readonly table: Table
  readonly set: readonly string[]
  readonly key: readonly string[]
  readonly guard: { readonly column: string; readonly among: readonly string[] } | null
}
/** Rows whose `key` columns equal one of the given tuples; `where` narrows (literals only), `lock` takes row locks in key order. */
export interface Select {
  readonly table: Table
  readonly columns: readonly string[]
  readonly key: readonly string[]
  readonly where: string | null
  readonly lock: boolean
}

/** Rows whose `key` columns equal one of the given tuples. */
export interface Delete {
  readonly table: Table
  readonly key: readonly string[]
}

export interface Sql {
  readonly dialect: 'sqlite' | 'postgres'
  insert(statement: Insert, rows: readonly (readonly Cell[])[]): Maybe<void>
  /** For each row, whether it was changed. */
  update(statement: Update, rows: readonly (readonly Cell[])[]): Maybe<readonly boolean[]>
  select(statement: Select, keys: readonly (readonly Cell[])[]): Maybe<readonly Row[]>
  delete(statement: Delete, keys: readonly (readonly Cell[])[]): Maybe<void>
  /** A query of its own, `?` for parameters. */
  all(text: string, values?: readonly Cell[]): Maybe<readonly Row[]>
  /** A query whose text is made for what is asked: it is not kept prepared for ever. */
  ask(text: string, values: readonly Cell[]): Maybe<readonly Row[]>
  /** A change of its own; gives how many rows changed. */
  run(text: string, values?: readonly Cell[]): Maybe<number>
  close(): Maybe<void>
}

export function insertInto(table: Table, conflict: Insert['conflict'] = 'fail', columns: readonly string[] = Object.keys(table.columns)): Insert {
  return { table, columns, conflict }
}

export function updateOf(table: Table, set: readonly string[], guard: Update['guard'] = null, key: readonly string[] = table.key): Update {
  return { table, set, key, guard }
}

export function selectFrom(table: Table, options: Partial<Omit<Select, 'table'>> = {}): Select {
  return { table, columns: Object.keys(table.columns), key: table.key, where: null, lock: false, ...options }
}

export function deleteFrom(table: Table, key: readonly string[] = table.key): Delete {
  return { table, key }
}

/** The text of a cell; null is empty. */
export function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : cell === null || cell === undefined ? '' : String(cell)
}

/** The text of a cell that may be null. */
export function textOrNull(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : textOf(cell)
}

/** The number of a cell; null is 0. */
export function numberOf(cell: Cell | undefined): number {
  return typeof cell === 'number' ? cell : Number(cell ?? 0)
}
