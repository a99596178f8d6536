/** The store's threads: `ledger.ts` and `reader.ts` are their entry files; the rest of the server only knows what they are started with. */
export type { StoreThreadData } from './data.ts'
