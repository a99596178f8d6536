/**
 * The ledger thread: the only writing connection, and the bridge's rules beside it (DESIGN §4 Threads). It is started before the
 * configuration is read, and told then what to open.
 */
import { parentPort } from 'node:worker_threads'
import { systemClock } from '../../channels/contract/index.ts'
import { createBridge } from '../../erp-bridge/index.ts'
import { openLedger, serveLedger } from '../../store/index.ts'
import { checkEdit } from './check-edit.ts'
import type { StoreThreadData } from './data.ts'

parentPort?.once('message', ({ database, installation, dedupeDays }: StoreThreadData) => {
  // A store that cannot be opened ends the thread; whoever started it hears the error.
  void openLedger({ database, installation, dedupeDays, bridge: createBridge(), clock: systemClock, checkEdit }).then((ledger) => {
    if (parentPort) serveLedger(parentPort, ledger)
  })
})
