/**
 * The one migration runner. The plain driver reads the version; TypeORM is loaded only when something is to be done: its import
 * takes longer than the rest of a start.
 */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'
import pg from 'pg'
import { AqueductError } from '../../channels/contract/index.ts'
import type { Database } from '../database.ts'
import { MIGRATIONS, ddl } from './migrations/index.ts'

/** The schema this engine is written for. */
export const SCHEMA_VERSION = Math.max(...MIGRATIONS.map((migration) => migration.version))

/** Any number: whoever migrates this store holds this lock. */
const ADVISORY_LOCK = 4_701_235

/** Brings a store to {@link SCHEMA_VERSION}. Safe when two start at once. Throws STORE_FAILED for a store of a newer engine. */
export async function migrate(database: Database): Promise<void> {
  if (database.kind === 'sqlite') {
    if (database.file === ':memory:') return
    const db = new Sqlite(database.file)
    try {
      db.pragma('busy_timeout = 30000')
      db.pragma('journal_mode = WAL')
      if (isCurrent(sqliteVersion(db))) return
      // One at a time: the lock is taken on a file of its own, TypeORM has its own connection to the store.
      const lock = new Sqlite(`${database.file}.migrating`)
      try {
        lock.pragma('busy_timeout = 30000')
        lock.exec('begin exclusive')
        if (!isCurrent(sqliteVersion(db))) await runMigrations(database)
        lock.exec('rollback')
      } finally {
        lock.close()
      }
    } finally {
      db.close()
    }
    return
  }
  const client = new pg.Client({ connectionString: database.url, application_name: 'aqueduct migration' })
  await client.connect()
  try {
    if (isCurrent(await postgresVersion(client))) return
    await client.query(`select pg_advisory_lock(${String(ADVISORY_LOCK)})`)
    if (!isCurrent(await postgresVersion(client))) await runMigrations(database)
    await client.query(`select pg_advisory_unlock(${String(ADVISORY_LOCK)})`)
  } finally {
    await client.end()
  }
}

/** The schema of a store in memory, made with the same texts on its only connection. */
export function createInMemory(db: Sqlite.Database): void {
  for (const { statements } of MIGRATIONS) for (const statement of statements) db.exec(ddl('sqlite', statement))
}

function isCurrent(version: number): boolean {
  if (version > SCHEMA_VERSION) {
    throw new AqueductError(
      'STORE_FAILED',
      `The store has schema ${String(version)}, this engine knows ${String(SCHEMA_VERSION)}: run the engine that wrote it, or a newer one.`,
    )
  }
  return version === SCHEMA_VERSION
}

function sqliteVersion(db: Sqlite.Database): number {
  const there = db.prepare(`select 1 from sqlite_master where type = 'table' and name = 'schema_version'`).get()
  return there ? Number(db.prepare('select max(version) as v from schema_version').pluck().get() ?? 0) : 0
}

async function postgresVersion(client: pg.Client): Promise<number> {
  const there = await client.query<{ t: string | null }>(`select to_regclass('schema_version') as t`)
  if (!there.rows[0]?.t) return 0
  const found = await client.query<{ v: string | null }>('select max(version) as v from schema_version')
  return Number(found.rows[0]?.v ?? 0)
}

async function runMigrations(database: Database): Promise<void> {
  const thread = new Worker(new URL('./runner.js', import.meta.url), { workerData: database, name: 'migrations' })
  await once(thread, 'message')
  await thread.terminate()
}
