/** What the writer keeps in memory beside the store; taken back when a transaction fails. */
import { numberOf, textOf } from '../sql/port.ts'
import type { Sql } from '../sql/port.ts'

const ORIGINS_KEPT = 10_000

export interface Numbers {
  /** Last delivery seq given out. */
  seq: number
  /** Last worklist item id given out. */
  item: number
  /** Last line of the audit, and its hash. */
  auditN: number
  auditHash: string
  /** Last id in the search log, and how many rows wait there. */
  logId: number
  logged: number
  /** READY events may exist. */
  ready: boolean
  /** Events decided `later` may exist. */
  later: boolean
  /** Id of the configuration archived last: the active one. */
  active: string
  /** Last notice given out. */
  notice: number
  /** Last version of a resource given out. */
  version: number
  /** Statements may stand. */
  statements: boolean
  /** Lines of history since the start: they tell changes of one moment apart. */
  change: number
}

export class Memory {
  numbers: Numbers
  /** Origin JSON → id, of origins that are stored. */
  readonly origins = new Map<string, number>()
  /** Content tables that exist. */
  readonly tables: Set<string>
  #before: Numbers
  #newOrigins: string[] = []
  #newTables: string[] = []

  constructor(numbers: Numbers, tables: readonly string[]) {
    this.numbers = numbers
    this.#before = { ...numbers }
    this.tables = new Set(tables)
  }

  /** Reads it anew from the store. */
  static async load(sql: Sql): Promise<Memory> {
    const one = async (text: string) => (await sql.all(text))[0]
    const seq = await one(`select value from counter where name = 'seq'`)
    const item = await one('select max(id) as id from worklist')
    const line = await one('select n, hash from audit order by n desc limit 1')
    const log = await one('select max(id) as id, count(*) as n from search_log')
    const ready = await one(`select 1 as there from event where state = 'READY' limit 1`)
    const later = await one('select 1 as there from event where later_until is not null limit 1')
    const active = await one('select id from configuration order by at desc, id limit 1')
    const notice = await one(`select value from counter where name = 'notice'`)
    const version = await one('select max(seq) as seq from resource_version')
    const statement = await one(`select 1 as there from told where subject > '' limit 1`)
    const tables = await sql.all('select name from content_table')
    return new Memory(
      {
        seq: numberOf(seq?.['value']),
        item: numberOf(item?.['id']),
        auditN: numberOf(line?.['n']),
        auditHash: textOf(line?.['hash']),
        logId: numberOf(log?.['id']),
        logged: numberOf(log?.['n']),
        ready: ready !== undefined,
        later: later !== undefined,
        active: textOf(active?.['id']),
        notice: numberOf(notice?.['value']),
        version: numberOf(version?.['seq']),
        statements: statement !== undefined,
        change: 0,
      },
      tables.map((row) => textOf(row['name'])),
    )
  }

  begin(): void {
    this.#before = { ...this.numbers }
  }

  /** Did this transaction give out a seq? */
  seqMoved(): boolean {
    return this.numbers.seq !== this.#before.seq
  }

  noticeMoved(): boolean {
    return this.numbers.notice !== this.#before.notice
  }

  addOrigin(json: string, id: number): void {
    this.origins.set(json, id)
    this.#newOrigins.push(json)
  }

  addTable(name: string): void {
    this.tables.add(name)
    this.#newTables.push(name)
  }

  committed(): void {
    this.#newOrigins = []
    this.#newTables = []
    if (this.origins.size > ORIGINS_KEPT) this.origins.clear()
  }

  rolledBack(): void {
    this.numbers = { ...this.#before }
    for (const json of this.#newOrigins) this.origins.delete(json)
    for (const name of this.#newTables) this.tables.delete(name)
    this.#newOrigins = []
    this.#newTables = []
  }
}
