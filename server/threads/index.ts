/** The store's threads. `ledger.ts` and `reader.ts` are their entry files. */
export { startStoreThreads } from './start.ts'
export type { StoreThreads } from './start.ts'
