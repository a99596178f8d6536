import test from 'ava'
import { connectorSuite } from '../erp-bridge/connector.suite.ts'
import { benchOf } from './bench.ts'
import { startTryton } from './erp/start.ts'
import type { RunningTryton } from './erp/start.ts'

const stops: (() => unknown)[] = []
let erp: RunningTryton
test.before(async () => {
  erp = await startTryton({ teardown: (stop) => void stops.push(stop) })
})
test.after.always(async () => {
  for (const stop of stops) await stop()
})

let runs = 0
connectorSuite(test.serial as typeof test, 'tryton', (t) => {
  runs += 1
  return benchOf(t, erp, erp.database, `c${String(runs).padStart(3, '0')}`)
})
