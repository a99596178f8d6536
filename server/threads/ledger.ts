/** The ledger thread: the only writing connection, and the bridge's rules beside it (DESIGN §4 Threads). */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../channels/contract/index.ts'
import { createBridge } from '../../erp-bridge/index.ts'
import { openLedger, serveLedger } from '../../store/index.ts'
import type { StoreThreadData } from './data.ts'

const { database, installation, dedupeDays } = workerData as StoreThreadData
if (parentPort) serveLedger(parentPort, await openLedger({ database, installation, dedupeDays, bridge: createBridge(), clock: systemClock }))
