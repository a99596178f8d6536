import test from 'ava'
import { openHospital } from './hospital.ts'
import { sandboxErp } from './sandbox.ts'
import { account, play } from './scenario.ts'

test('a scan in the operating room becomes stock, requisition, order, receipt, journal and an invoice that a person released', async (t) => {
  const hospital = await openHospital(await sandboxErp())
  t.teardown(() => hospital.stop())
  const played = await play(hospital, () => Promise.resolve(), t.log)
  t.deepEqual(await account(hospital, played), [])
  const story = JSON.stringify(played.story)
  for (const part of [played.order, 'PS-1', '1850', '1860', 'V-1001']) t.true(story.includes(part), `the story lacks ${part}: ${story}`)
  t.false(story.includes('TESTPERSON'))
})
