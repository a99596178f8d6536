/** The sandbox ERP's own database: what it took, under its own numbers. Survives a kill at any point (WAL, synchronous FULL). */
import Database from 'better-sqlite3'

export interface Row {
  /** Its own running number, the cursor of listings. */
  readonly seq: number
  readonly number: string
  readonly kind: string
  /** The sender's reference. Not unique, as in real ERPs. */
  readonly key: string
  readonly state: string
  /** The state in which the sender wants it in the end. */
  readonly wanted: string
  readonly postingDate: string
  readonly mirrorOf: string
  /** JSON of the document. */
  readonly body: string
}

export interface Books {
  create(row: Omit<Row, 'seq' | 'number'>, prefix: string): Row
  move(number: string, state: string): void
  find(filter: { readonly key?: string; readonly kind?: string; readonly number?: string; readonly since?: string }): readonly Row[]
  mirrors(key: string): readonly Row[]
  closePeriod(period: string): void
  openPeriod(period: string): void
  isClosed(period: string): boolean
  closedPeriods(): readonly string[]
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
  const create = database.transaction((row: Omit<Row, 'seq' | 'number'>, prefix: string): Row => {
    const { last = 0 } = count.get(prefix) ?? {}
    const made = insert.get(`${prefix}-${String(last).padStart(6, '0')}`, row.kind, row.key, row.state, row.wanted, row.postingDate, row.mirrorOf, row.body)
    if (!made) throw new Error('insert gave no row')
    return made
  })
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
    atomically: (work) => database.transaction(work)(),
    stop: () => void database.close(),
  }
}
