import type { Database } from '../../store/index.ts'

/** What the store's threads are started with. */
export interface StoreThreadData {
  readonly database: Database
  readonly installation: string
  readonly dedupeDays: number
}
