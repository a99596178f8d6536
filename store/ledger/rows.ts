/** The bridge's rows for one pass: lookups loaded in bulk, changes written back in key order. */
import { BRIDGE_FINDERS, BRIDGE_KEYS, RowSet } from '../../channels/contract/index.ts'
import type { BridgeTable, BridgeTables, Read } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, selectFrom } from '../sql/port.ts'
import type { Cell, Insert, Row, Select } from '../sql/port.ts'
import type { Writing } from './writing.ts'

const ROUNDS = 20

type Value = string | number

interface Loader {
  readonly key: readonly string[]
  readonly select: Select
}
const loaders = new Map<string, Loader>()
const writers = new Map<BridgeTable, Insert>()

/** SQLite uses an index that leaves empty keys out only when the query says that the key is not empty. */
const NEVER_EMPTY = ['business_key', 'case_item', 'mirror_of']

/** The same for finders that look for one value only. */
const PARTIAL: Readonly<Record<string, string>> = { 'order_line.byOpen': '"open" = 1' }

/** Append-only: a key that is there already is a defect. The history's is a moment and may meet another's. */
const APPENDED: Readonly<Partial<Record<BridgeTable, Insert['conflict']>>> = { movement: 'fail', notice: 'fail', change: 'ignore' }

/** How the rows of a table are found by its key or a finder. */
export function loaderOf(table: Exclude<BridgeTable, 'document'>, finder: string | null): Loader {
  const name = `${table}.${finder ?? ''}`
  let loader = loaders.get(name)
  if (!loader) {
    const key = columnsOf(table, finder)
    const where = key.some((column) => NEVER_EMPTY.includes(column)) ? key.map((column) => `"${column}" <> ''`).join(' and ') : (PARTIAL[name] ?? null)
    loaders.set(name, (loader = { key, select: selectFrom(tables.bridgeTables[table], { key, where, lock: true }) }))
  }
  return loader
}

function columnsOf(table: BridgeTable, finder: string | null): readonly string[] {
  if (finder === null) return BRIDGE_KEYS[table]
  return (BRIDGE_FINDERS as Record<string, Record<string, readonly string[]>>)[table]?.[finder] ?? BRIDGE_KEYS[table]
}

const documentColumns =
  'd.key, d.id, d.kind, v.destination, d.message, d.n, d.delivery, v.state, d.mirror_of, v.erp_ref, d.body from document d join delivery v on v.message = d.message and v.n = d.delivery'

/** As the partial indexes say it; nothing is found under an empty reference. */
const DOCUMENT_WHERE: Readonly<Record<string, string>> = {
  byMirror: ` and d.mirror_of <> ''`,
  byReference: ` and v.key is not null and v.erp_ref is not null and v.erp_ref <> ''`,
}

export class BridgeRows {
  readonly rows = new RowSet()
  readonly #w: Writing
  #wanted: Read[] = []

  constructor(w: Writing) {
    this.#w = w
  }

  want(reads: readonly Read[]): void {
    for (const read of reads) if (!this.rows.has(read)) this.#wanted.push(read)
  }

  /** Loads what is wanted, asks `again` what is wanted now, until nothing is. */
  async run(again: () => Promise<void>): Promise<void> {
    if (this.#wanted.length === 0) await again()
    for (let round = 0; this.#wanted.length > 0 && round < ROUNDS; round++) {
      const wanted = this.#wanted
      this.#wanted = []
      await this.#load(wanted)
      await again()
    }
    this.#wanted = []
  }

  async #load(reads: readonly Read[]): Promise<void> {
    const groups = new Map<string, Read[]>()
    const seen = new Set<string>()
    for (const read of reads) {
      const name = `${read.table}.${read.finder ?? ''}`
      const one = `${name}\u0001${read.values.join('\u0001')}`
      if (seen.has(one)) continue
      seen.add(one)
      const group = groups.get(name)
      if (group) group.push(read)
      else groups.set(name, [read])
    }
    for (const name of [...groups.keys()].sort()) await this.#loadGroup(groups.get(name) ?? [])
  }

  async #loadGroup(reads: readonly Read[]): Promise<void> {
    const [first] = reads
    if (!first) return
    if (first.table === 'document') {
      for (const read of reads) {
        const where = columnsOf('document', read.finder)
          .map((column) => `${column === 'erp_ref' ? 'v' : 'd'}.${column} = ?`)
          .join(' and ')
        const extra = DOCUMENT_WHERE[read.finder ?? ''] ?? ''
        this.rows.loaded(read, (await this.#w.sql.all(`select ${documentColumns} where ${where}${extra} order by d.key`, [...read.values])).map(plain))
      }
      return
    }
    const { key, select } = loaderOf(first.table, first.finder)
    const found = new Map<string, Record<string, Value>[]>()
    const inOrder = [...reads].sort((a, b) => (a.values.join('\u0001') < b.values.join('\u0001') ? -1 : 1))
    for (const row of await this.#w.sql.select(
      select,
      inOrder.map((read) => read.values),
    )) {
      const name = key.map((column) => String(row[column])).join('\u0001')
      const list = found.get(name)
      if (list) list.push(plain(row))
      else found.set(name, [plain(row)])
    }
    for (const read of reads) this.rows.loaded(read, found.get(read.values.map(String).join('\u0001')) ?? [])
  }

  /** A document by its key, as this pass sees it. */
  async document(key: string): Promise<BridgeTables['document'] | undefined> {
    const read: Read = { table: 'document', finder: null, values: [key] }
    if (!this.rows.has(read)) await this.#load([read])
    return this.rows.get('document', key)
  }

  /** Makes a document of this pass known to the decisions after it. Its row is written with its delivery. */
  putDocument(row: BridgeTables['document']): void {
    this.rows.put('document', row)
  }

  /** Notices get their place in the order of commit, and the time when the rule gave none. */
  #number(changes: readonly { readonly table: BridgeTable; readonly row: Record<string, Value> }[]): void {
    const { numbers } = this.#w.memory
    const notices = changes.filter(({ table }) => table === 'notice').map(({ row }) => row)
    const by = (a: Record<string, Value>, b: Record<string, Value>, column: string) => Number(a[column]) - Number(b[column])
    notices.sort((a, b) => by(a, b, 'message') || by(a, b, 'n') || by(a, b, 'line'))
    for (const row of notices) {
      row['seq'] = ++numbers.notice
      if (row['at'] === 0) row['at'] = this.#w.now
    }
  }

  async write(): Promise<void> {
    const byTable = new Map<Exclude<BridgeTable, 'document'>, Cell[][]>()
    const changes = this.rows.changes().filter(({ table }) => table !== 'document')
    this.#number(changes)
    for (const { table, row } of changes) {
      if (table === 'document') continue
      // The history names the rows that really changed.
      if (table === 'change') this.#w.changed.add(String(row['table_name']))
      const cells = Object.keys(tables.bridgeTables[table].columns).map((column) => row[column] ?? null)
      const list = byTable.get(table)
      if (list) list.push(cells)
      else byTable.set(table, [cells])
    }
    for (const [table, rows] of byTable) {
      let insert = writers.get(table)
      if (!insert) writers.set(table, (insert = insertInto(tables.bridgeTables[table], APPENDED[table] ?? 'replace')))
      await this.#w.sql.insert(insert, rows)
    }
  }
}

function plain(row: Row): Record<string, Value> {
  const values: Record<string, Value> = {}
  for (const [column, cell] of Object.entries(row)) values[column] = typeof cell === 'number' || typeof cell === 'string' ? cell : ''
  return values
}
