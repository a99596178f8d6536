import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { aqueduct } from './aqueduct.ts'

/** A copy of the shipped configuration with one file changed. */
async function changed(t: ExecutionContext, file: string, change: (text: string) => string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'aqueduct-config-'))
  t.teardown(() => rm(dir, { recursive: true }))
  await cp('channel-config', dir, { recursive: true })
  await writeFile(join(dir, file), change(await readFile(join(dir, file), 'utf8')))
  return dir
}

const CHANNEL = 'channels/or-supply-usage/channel.yaml'
const TESTS = 'channels/or-supply-usage/channel.test.yaml'

test('check tells every problem at once with its place, a code and a suggestion', async (t) => {
  const dir = await changed(t, CHANNEL, (text) =>
    text.replace('lane: PID-18.1', 'lanes: PID-18.1').replace('FT1-10, default', 'FT1.10, default').replace('table: departments', 'table: departmnts'),
  )
  const { code, out } = await aqueduct(['check', dir])
  t.is(code, 1)
  t.regex(out, /channels\/or-supply-usage\/channel\.yaml\(\d+,\d+\).*lanes.*\[unknown-field\]/)
  t.regex(out, /did you mean lane/)
  t.regex(out, /\d+ errors?, \d+ warnings?/)
})

test('check with --json prints JSON alone', async (t) => {
  const { code, out } = await aqueduct(['check', 'channel-config', '--json'])
  t.is(code, 0)
  t.true((JSON.parse(out) as { ok: boolean }).ok)
})

test('check of the shipped configuration names its identity', async (t) => {
  const { code, out } = await aqueduct(['check'])
  t.is(code, 0)
  t.regex(out, /channel-config: 0 errors, 0 warnings; 6 channels, 1 destination, configuration [0-9a-f]{12}\n$/)
})

test('a failing channel test names file, place, field, expected, actual, path and rule', async (t) => {
  const dir = await changed(t, TESTS, (text) => text.replace(/value: (['"])4\1/, "value: '5'"))
  const { code, out } = await aqueduct(['test', dir, '--channel', 'or-supply-usage'])
  t.is(code, 1)
  t.regex(
    out,
    /channels\/or-supply-usage\/channel\.test\.yaml\(\d+,\d+\) sutures from stock .*: events\[0\]\.quantity\.value: expected "5", got "4" — from FT1-10 by or-supply-usage\/usage\/quantity/,
  )
  t.regex(out, /18 passed, 1 failed/)
})

test('test of a channel that is not there says which was meant', async (t) => {
  const { code, err } = await aqueduct(['test', '--channel', 'or-supply-usge'])
  t.is(code, 2)
  t.true(err.includes('did you mean “or-supply-usage”?'))
})

test('explain shows each field with path and rule, each document with its lines, each worklist item', async (t) => {
  const messages = 'channel-config/channels/or-supply-usage/messages'
  const good = await aqueduct(['explain', 'or-supply-usage', `${messages}/sutures.hl7`])
  t.is(good.code, 0, good.err)
  t.regex(good.out, /answered AA, lane or-supply-usage:ACC-700102/)
  t.regex(good.out, /department +OR-MAIN +from FT1-13\.1 by or-supply-usage\/usage\/department \(table departments\)/)
  t.regex(good.out, /→ requisition [0-9a-z]{12} to erp: .*38/)
  t.regex(good.out, /line 1: item SUT-VIC-30, .*quantity 108/)
  const waiting = await aqueduct(['explain', 'or-supply-usage', `${messages}/unknown-department.hl7`])
  t.regex(waiting.out, /! worklist UNMAPPED_CODE departments:7990/)
})

test('explain tells why a message is refused or filtered', async (t) => {
  const payment = await aqueduct(['explain', 'or-charges', 'channel-config/channels/or-charges/messages/payment.hl7'])
  t.regex(payment.out, /answered AA and filtered: no rule makes an event of it/)
  const foreign = await aqueduct(['explain', 'or-charges', 'package.json'])
  t.regex(foreign.out, /refused with AR: NOT_HL7/)
})
