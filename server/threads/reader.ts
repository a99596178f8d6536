/** The reader thread: read-only, for console, search and API. */
import { parentPort, workerData } from 'node:worker_threads'
import { openReader, serveReader } from '../../store/index.ts'
import type { StoreThreadData } from './data.ts'

const { database } = workerData as StoreThreadData
if (parentPort) serveReader(parentPort, await openReader(database))
