/** The sandbox ERP's own database: what it took, under its own numbers. Survives a kill at any point (WAL, synchronous FULL). */
import Database from 'better-sqlite3'

export interface Row {
  /** Its own running number, the cursor of listings. */
  readonly seq: number
  readonly number: string
  readonly kind: string
  /** The sender's reference. Not unique, as in real ERPs; '' when a person of the ERP made it. */
  readonly key: string
  readonly state: string
  /** The state in which the sender wants it in the end. */
  readonly wanted: string
  readonly postingDate: string
  readonly mirrorOf: string
  /** JSON of the document. */
  readonly body: string
}

/** What happened to an order's line so far, in millionths of its unit. */
export interface Progress {
  readonly received: bigint
  readonly invoiced: bigint
}

/** That something changed: `seq` is the number of the change, `subject` a document's number or the code of a master row. */
export interface Change {
  readonly seq: number
  readonly subject: string
  readonly at: string
}

export type Columns = Readonly<Record<string, string>>

export interface Books {
  create(row: Omit<Row, 'seq' | 'number'>, prefix: string): Row
  move(number: string, state: string): void
  find(filter: { readonly key?: string; readonly kind?: string; readonly number?: string; readonly since?: string }): readonly Row[]
  mirrors(key: string): readonly Row[]
  closePeriod(period: string): void
  openPeriod(period: string): void
  isClosed(period: string): boolean
  closedPeriods(): readonly string[]
  progress(order: string): ReadonlyMap<number, Progress>
  addProgress(order: string, line: number, received: bigint, invoiced: bigint): void
  /** Says that something changed: it gets the next number, and its earlier change is forgotten. */
  changed(kind: string, subject: string): void
  changes(kind: string, since: number, limit: number): readonly Change[]
  master(table: string, code: string): Columns | undefined
  masters(table: string): readonly (readonly [string, Columns])[]
  putMaster(table: string, code: string, columns: Columns): void
  /** A complete table knows every code there is: others are refused. */
  setComplete(table: string, complete: boolean): void
  isComplete(table: string): boolean
  atomically<Value>(work: () => Value): Value
  stop(): void
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, wanted TEXT NOT NULL,
    posting_date TEXT NOT NULL, mirror_of TEXT NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS document_key ON document (key);
  CREATE INDEX IF NOT EXISTS document_mirror ON document (mirror_of) WHERE mirror_of <> '';
  CREATE TABLE IF NOT EXISTS counter (prefix TEXT PRIMARY KEY, last INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS closed_period (period TEXT PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS progress (number TEXT NOT NULL, line INTEGER NOT NULL, received TEXT NOT NULL, invoiced TEXT NOT NULL, PRIMARY KEY (number, line))
    WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS change (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL);
  CREATE UNIQUE INDEX IF NOT EXISTS change_subject ON change (kind, subject);
  CREATE INDEX IF NOT EXISTS change_kind ON change (kind, seq);
  CREATE TABLE IF NOT EXISTS master (name TEXT NOT NULL, code TEXT NOT NULL, columns TEXT NOT NULL, PRIMARY KEY (name, code)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS complete (name TEXT PRIMARY KEY);
`
const COLUMNS = 'seq, number, kind, key, state, wanted, posting_date AS postingDate, mirror_of AS mirrorOf, body'

/** Opens or makes the database. @param file path, or `:memory:` */
export function openBooks(file: string): Books {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec(SCHEMA)
  const count = database.prepare<[string], { last: number }>(
    'INSERT INTO counter VALUES (?, 1) ON CONFLICT (prefix) DO UPDATE SET last = last + 1 RETURNING last',
  )
  const insert = database.prepare<[string, string, string, string, string, string, string, string], Row>(
    `INSERT INTO document (number, kind, key, state, wanted, posting_date, mirror_of, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING ${COLUMNS}`,
  )
  const setState = database.prepare('UPDATE document SET state = ? WHERE number = ?')
  const byMirror = database.prepare<[string], Row>(`SELECT ${COLUMNS} FROM document WHERE mirror_of = ? ORDER BY seq`)
  const closed = database.prepare<[string], { period: string }>('SELECT period FROM closed_period WHERE period = ?')
  const linesDone = database.prepare<[string], { line: number; received: string; invoiced: string }>(
    'SELECT line, received, invoiced FROM progress WHERE number = ?',
  )
  const setDone = database.prepare('INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?)')
  const setChange = database.prepare('INSERT OR REPLACE INTO change (kind, subject, at) VALUES (?, ?, ?)')
  const newChanges = database.prepare<[string, number, number], Change>('SELECT seq, subject, at FROM change WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?')
  const oneMaster = database.prepare<[string, string], { columns: string }>('SELECT columns FROM master WHERE name = ? AND code = ?')
  const allMasters = database.prepare<[string], { code: string; columns: string }>('SELECT code, columns FROM master WHERE name = ? ORDER BY code')
  const setMaster = database.prepare('INSERT OR REPLACE INTO master VALUES (?, ?, ?)')
  const isWhole = database.prepare<[string], { name: string }>('SELECT name FROM complete WHERE name = ?')
  const create = database.transaction((row: Omit<Row, 'seq' | 'number'>, prefix: string): Row => {
    const { last = 0 } = count.get(prefix) ?? {}
    const made = insert.get(`${prefix}-${String(last).padStart(6, '0')}`, row.kind, row.key, row.state, row.wanted, row.postingDate, row.mirrorOf, row.body)
    if (!made) throw new Error('insert gave no row')
    return made
  })
  const progress = (order: string): ReadonlyMap<number, Progress> =>
    new Map(linesDone.all(order).map(({ line, received, invoiced }) => [line, { received: BigInt(received), invoiced: BigInt(invoiced) }]))
  const read = (columns: string): Columns => JSON.parse(columns) as Columns
  return {
    create,
    move: (number, state) => void setState.run(state, number),
    find({ key, kind, number, since }) {
      const wanted = Object.entries({
        'key = ?': key,
        'kind = ?': kind,
        'number = ?': number,
        'seq > (SELECT seq FROM document WHERE number = ?)': since,
      }).filter(([, value]) => value !== undefined)
      const where = wanted.length === 0 ? '' : `WHERE ${wanted.map(([condition]) => condition).join(' AND ')}`
      return database.prepare<unknown[], Row>(`SELECT ${COLUMNS} FROM document ${where} ORDER BY seq`).all(...wanted.map(([, value]) => value))
    },
    mirrors: (key) => byMirror.all(key),
    closePeriod: (period) => void database.prepare('INSERT OR IGNORE INTO closed_period VALUES (?)').run(period),
    openPeriod: (period) => void database.prepare('DELETE FROM closed_period WHERE period = ?').run(period),
    isClosed: (period) => closed.get(period) !== undefined,
    closedPeriods: () =>
      database
        .prepare<[], { period: string }>('SELECT period FROM closed_period ORDER BY period')
        .all()
        .map(({ period }) => period),
    progress,
    addProgress(order, line, received, invoiced) {
      const before = progress(order).get(line) ?? { received: 0n, invoiced: 0n }
      setDone.run(order, line, String(before.received + received), String(before.invoiced + invoiced))
    },
    changed: (kind, subject) => void setChange.run(kind, subject, `${new Date().toISOString().slice(0, 'YYYY-MM-DDThh:mm:ss'.length)}Z`),
    changes: (kind, since, limit) => newChanges.all(kind, since, limit),
    master(table, code) {
      const found = oneMaster.get(table, code)
      return found && read(found.columns)
    },
    masters: (table) => allMasters.all(table).map(({ code, columns }) => [code, read(columns)] as const),
    putMaster: (table, code, columns) => void setMaster.run(table, code, JSON.stringify(columns)),
    setComplete: (table, complete) =>
      void (complete ? database.prepare('INSERT OR IGNORE INTO complete VALUES (?)') : database.prepare('DELETE FROM complete WHERE name = ?')).run(table),
    isComplete: (table) => isWhole.get(table) !== undefined,
    atomically: (work) => database.transaction(work)(),
    stop: () => void database.close(),
  }
}
