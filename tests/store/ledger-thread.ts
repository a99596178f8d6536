/** The far end of the thread tests. `die` in its data ends it when the first message comes. */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../channels/contract/index.ts'
import { openLedger, openReader, serveLedger, serveReader } from '../../store/index.ts'
import { smallBridge } from './fixtures.ts'

const { file, serve } = workerData as { readonly file: string; readonly serve: 'ledger' | 'reader' | 'die' }
if (parentPort) {
  if (serve === 'reader') serveReader(parentPort, await openReader({ kind: 'sqlite', file }))
  else if (serve === 'ledger')
    serveLedger(
      parentPort,
      await openLedger({ database: { kind: 'sqlite', file }, bridge: smallBridge, clock: systemClock, installation: 'test', dedupeDays: 7 }),
    )
  else parentPort.on('message', () => process.exit(3))
}
