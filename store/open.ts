/** Opens ledgers and readers on a database. */
import Sqlite from 'better-sqlite3'
import { systemClock } from '../channels/contract/index.ts'
import type { Bridge, Clock, Ledger, Reader } from '../channels/contract/index.ts'
import type { Database } from './database.ts'
import type { CheckEdit } from './ledger/fill.ts'
import { StoreLedger } from './ledger/ledger.ts'
import { StoreReader } from './reader/reader.ts'
import { createInMemory, migrate } from './schema/migrate.ts'
import type { Sql } from './sql/port.ts'
import { openPostgres } from './sql/postgres.ts'
import { SqliteSql, openSqliteReader, openSqliteWriter } from './sql/sqlite.ts'

export interface LedgerOptions {
  readonly database: Database
  readonly bridge: Bridge
  readonly clock: Clock
  /** Goes into every document key: two installations on one ERP make different keys. */
  readonly installation: string
  /** How long a resend is known as one. */
  readonly dedupeDays: number
  /** Judges a field as an edit would leave it; default: anything goes. */
  readonly checkEdit?: CheckEdit
}

export interface Store {
  readonly ledger: Ledger
  readonly reader: Reader
  stop(): Promise<void>
}

/** Pages in the WAL from which the reader's side writes them back into the database file. */
const CHECKPOINT_PAGES = 8_000
const CHECKPOINT_EVERY_MS = 500

/** Opens the only writer. Brings the schema up to date first; decides what a crash left READY. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  await migrate(options.database)
  return ledgerOn(options, () => writer(options.database))
}

/** Opens a connection that only reads. On SQLite it also keeps the write-ahead log short, off the writer. */
export async function openReader(database: Database, clock: Clock = systemClock): Promise<Reader> {
  await migrate(database)
  if (database.kind === 'postgres') return new StoreReader(await openPostgres(database.url))
  const sql = openSqliteReader(database.file)
  const stopCheckpoints = keepLogShort(database.file, clock)
  return new StoreReader(sql, () => {
    stopCheckpoints()
    sql.close()
    return Promise.resolve()
  })
}

/** Ledger and reader in one process. In memory (`:memory:`) they share the only connection there is. */
export async function openStore(options: LedgerOptions): Promise<Store> {
  const { database } = options
  if (database.kind === 'sqlite' && database.file === ':memory:') {
    const db = new Sqlite(':memory:')
    createInMemory(db)
    const sql = new SqliteSql(db)
    const ledger = await ledgerOn(options, () => Promise.resolve(sql))
    const reader = new StoreReader(sql, () => Promise.resolve())
    return { ledger, reader, stop: () => ledger.stop() }
  }
  const ledger = await openLedger(options)
  const reader = await openReader(database)
  return {
    ledger,
    reader,
    async stop() {
      await ledger.stop()
      await reader.stop()
    },
  }
}

function ledgerOn(options: LedgerOptions, connect: () => Promise<Sql>): Promise<Ledger> {
  const { bridge, clock, dedupeDays, installation, checkEdit = () => null } = options
  return StoreLedger.open({ connect, clock, setting: { bridge, dedupeDays, installation, checkEdit, policies: new Map() } })
}

async function writer(database: Database): Promise<Sql> {
  return database.kind === 'postgres' ? openPostgres(database.url) : openSqliteWriter(database.file).sql
}

/**
 * A passive checkpoint never stops the writer; once all is written back, a short restart lets the log begin anew. The file keeps
 * its size: writing over it costs less to sync than growing it.
 */
function keepLogShort(file: string, clock: Clock): () => void {
  const db = new Sqlite(file)
  db.pragma('busy_timeout = 200')
  const look = () => {
    cancel = clock.after(CHECKPOINT_EVERY_MS, look)
    try {
      const [state] = db.pragma('wal_checkpoint(NOOP)') as { log: number; checkpointed: number }[]
      if (!state || state.log - state.checkpointed < CHECKPOINT_PAGES) return
      db.pragma('wal_checkpoint(PASSIVE)')
      db.pragma('wal_checkpoint(RESTART)')
    } catch {
      // A busy or full database: the log stays long until the next look; the writer's own checkpoint is behind this.
    }
  }
  let cancel = clock.after(CHECKPOINT_EVERY_MS, look)
  return () => {
    cancel()
    db.close()
  }
}
