/** PostgreSQL through pg: one connection, each bulk step one statement with an array a column. */
import pg from 'pg'
import { postgresText } from './text.ts'
import type { Cell, Delete, Insert, Row, Select, Sql, Update } from './port.ts'

const INT8 = 20
const NUMERIC = 1700
/** Integers of this store are below 2⁵³: ids by their layout, amounts by their scale. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
    return oid === INT8 || oid === NUMERIC ? Number : (pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown)
  },
}

/** PostgreSQL text holds no NUL. */
const clean = (cell: Cell): unknown =>
  typeof cell === 'string' && cell.includes('\u0000') ? cell.replaceAll('\u0000', '') : cell instanceof Uint8Array ? asBuffer(cell) : cell
const asBuffer = (bytes: Uint8Array): Buffer => (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))

interface Named {
  readonly name: string
  readonly text: string
}

export class PostgresSql implements Sql {
  readonly dialect = 'postgres'
  readonly #client: pg.Client
  readonly #statements = new Map<object | string, Named>()

  constructor(client: pg.Client) {
    this.#client = client
  }

  async insert(statement: Insert, rows: readonly (readonly Cell[])[]): Promise<void> {
    if (rows.length === 0) return
    // A second row for the same key would make `do update` fail: the last one wins, as it does in SQLite's loop.
    const distinct = statement.conflict === 'replace' ? lastPerKey(statement, rows) : rows
    await this.#client.query({ ...this.#named(statement, postgresText.insert(statement)), values: columnsOf(distinct, statement.columns.length) })
  }

  async update(statement: Update, rows: readonly (readonly Cell[])[]): Promise<readonly boolean[]> {
    if (rows.length === 0) return []
    const width = statement.set.length + statement.key.length
    const result = await this.#client.query<Row>({ ...this.#named(statement, postgresText.update(statement)), values: columnsOf(rows, width) })
    const changed = new Set(result.rows.map((row) => statement.key.map((column) => String(row[column])).join('\u0001')))
    return rows.map((row) => changed.has(row.slice(statement.set.length).map(String).join('\u0001')))
  }

  async select(statement: Select, keys: readonly (readonly Cell[])[]): Promise<readonly Row[]> {
    if (keys.length === 0) return []
    const result = await this.#client.query<Row>({ ...this.#named(statement, postgresText.select(statement)), values: columnsOf(keys, statement.key.length) })
    return result.rows
  }

  async delete(statement: Delete, keys: readonly (readonly Cell[])[]): Promise<void> {
    if (keys.length === 0) return
    await this.#client.query({ ...this.#named(statement, postgresText.delete(statement)), values: columnsOf(keys, statement.key.length) })
  }

  async ask(text: string, values: readonly Cell[]): Promise<readonly Row[]> {
    return (await this.#client.query<Row>({ text: postgresText.numbered(text), values: values.map(clean) })).rows
  }

  async all(text: string, values: readonly Cell[] = []): Promise<readonly Row[]> {
    return (await this.#client.query<Row>({ ...this.#named(text, postgresText.numbered(text)), values: values.map(clean) })).rows
  }

  async run(text: string, values: readonly Cell[] = []): Promise<number> {
    if (values.length === 0) return (await this.#client.query(text)).rowCount ?? 0
    return (await this.#client.query({ ...this.#named(text, postgresText.numbered(text)), values: values.map(clean) })).rowCount ?? 0
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  #named(key: object | string, text: string): Named {
    let named = this.#statements.get(key)
    if (!named) this.#statements.set(key, (named = { name: `s${String(this.#statements.size)}`, text }))
    return named
  }
}

function columnsOf(rows: readonly (readonly Cell[])[], width: number): unknown[][] {
  return Array.from({ length: width }, (_, i) => rows.map((row) => clean(row[i] ?? null)))
}

function lastPerKey(statement: Insert, rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  const at = statement.table.key.map((column) => statement.columns.indexOf(column))
  const last = new Map<string, readonly Cell[]>()
  for (const row of rows) last.set(at.map((i) => String(row[i])).join('\u0001'), row)
  return [...last.values()]
}

/** @param onLost told once when the connection ends without having been asked to */
export async function openPostgres(url: string, onLost: (error: Error) => void = () => undefined): Promise<PostgresSql> {
  const client = new pg.Client({ connectionString: url, types, application_name: 'aqueduct' })
  client.on('error', onLost)
  await client.connect()
  await client.query('set synchronous_commit = on')
  return new PostgresSql(client)
}
