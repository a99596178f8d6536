/** The store: one ledger that writes, readers that read, on SQLite or PostgreSQL. The only folder that knows SQL. */
export type { Database } from './database.ts'
export { openLedger, openReader, openStore } from './open.ts'
export type { LedgerOptions, Store } from './open.ts'
export { migrate } from './schema/migrate.ts'
export { connectLedger, serveLedger } from './thread/ledger.ts'
export type { ConnectedLedger } from './thread/ledger.ts'
export { connectReader, serveReader } from './thread/reader.ts'
export { OPTIONAL as OPTIONAL_COLUMNS, rowProblems } from './ledger/load-rows.ts'
