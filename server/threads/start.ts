/** Starts the store's threads. They load their code while the wire thread reads the configuration, and open the store when told. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { AqueductError } from '../../channels/contract/index.ts'
import type { StoreThreadData } from './data.ts'

export interface StoreThreads {
  readonly ledger: Worker
  readonly reader: Worker
  /** Has the ledger bring the schema up to date and open, then the reader. Rejects with STORE_FAILED and the store's own words. */
  open(data: StoreThreadData): Promise<void>
  /** Ends both; for starts that come to nothing. */
  stop(): Promise<void>
}

export function startStoreThreads(): StoreThreads {
  // Young generations are kept small: what these threads allocate lives for one batch.
  const thread = (name: string) => new Worker(new URL(`./${name}.js`, import.meta.url), { name, resourceLimits: { maxYoungGenerationSizeMb: 16 } })
  const ledger = thread('ledger')
  const reader = thread('reader')
  const stop = async () => {
    await Promise.all([ledger.terminate(), reader.terminate()])
  }
  return {
    ledger,
    reader,
    stop,
    async open(data) {
      try {
        for (const each of [ledger, reader]) {
          const ready = once(each, 'message')
          each.postMessage(data)
          await ready
        }
      } catch (cause) {
        await stop()
        throw new AqueductError('STORE_FAILED', `The store could not be opened: ${wordsOf(cause)}`, { cause })
      }
    },
  }
}

/** A driver's error loses its class and its message on the way between threads; its code comes through. */
function wordsOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'unknown'
}
