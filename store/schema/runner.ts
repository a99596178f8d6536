/**
 * Runs the migrations with TypeORM, in a thread of its own that ends when they are done: what TypeORM loads (25 MB) does not stay
 * with an engine that needs it once.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { DataSource } from 'typeorm'
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { AqueductError } from '../../channels/contract/index.ts'
import type { Database } from '../database.ts'
import { MIGRATIONS, ddl } from './migrations/index.ts'
import type { Dialect } from './migrations/index.ts'

function migrationClass(dialect: Dialect, migration: (typeof MIGRATIONS)[number]): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = migration.name
    async up(runner: QueryRunner): Promise<void> {
      for (const statement of migration.statements) await runner.query(ddl(dialect, statement))
    }
    down(): Promise<void> {
      return Promise.reject(new AqueductError('STORE_FAILED', 'A schema goes forward only: restore the backup from before the update.'))
    }
  }
}

const database = workerData as Database
const migrations = MIGRATIONS.map((migration) => migrationClass(database.kind, migration))
const common = { migrations, migrationsTransactionMode: 'all', logging: false } as const
const source =
  database.kind === 'sqlite'
    ? new DataSource({ type: 'better-sqlite3', database: database.file, ...common })
    : new DataSource({ type: 'postgres', url: database.url, poolSize: 1, ...common })
await source.initialize()
try {
  await source.runMigrations()
} finally {
  await source.destroy()
}
parentPort?.postMessage('done')
