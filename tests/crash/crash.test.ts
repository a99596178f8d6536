import test from 'ava'
import { crashRounds } from './rounds.ts'

test('an engine killed under load loses nothing, doubles nothing and keeps each lane in order', async (t) => {
  const moments = [0.1, 0.6, 0.9, 0.3]
  const report = await crashRounds({ rounds: 4, connections: 8, postgres: null, random: () => moments.shift() ?? 0.5, tell: () => undefined })
  t.deepEqual(report.broken, [])
  t.true(report.acked > 0)
})
