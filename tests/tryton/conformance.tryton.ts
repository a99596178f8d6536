import test from 'ava'
import { connectorSuite } from '../erp-bridge/connector.suite.ts'
import { benchOf } from './bench.ts'
import { startTryton } from './erp/start.ts'
import type { Person } from './erp/person.ts'
import type { RunningTryton } from './erp/start.ts'

const stops: (() => unknown)[] = []
let erp: RunningTryton
let buyer: Person
test.before(async () => {
  erp = await startTryton({ teardown: (stop) => void stops.push(stop) })
  buyer = await erp.buyer()
})
test.after.always(async () => {
  for (const stop of stops) await stop()
})

let runs = 0
connectorSuite(test.serial as typeof test, 'tryton', (t) => {
  runs += 1
  return benchOf(t, erp, buyer, `c${String(runs).padStart(3, '0')}`)
})
