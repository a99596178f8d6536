/** The reader thread: read-only, for console, search and API. */
import { parentPort } from 'node:worker_threads'
import { openReader, serveReader } from '../../store/index.ts'
import type { StoreThreadData } from './data.ts'

parentPort?.once('message', ({ database }: StoreThreadData) => {
  void openReader(database).then((reader) => {
    if (!parentPort) return
    serveReader(parentPort, reader)
    parentPort.postMessage('ready')
  })
})
