import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { loadChannelTests, readConfigurationFolder } from '../../channels/config/index.ts'
import { LOAD_TABLES } from '../../channels/contract/index.ts'
import { splitMessages } from '../../server/cli/message-files.ts'
import { compileConfiguration } from '../../server/configuration.ts'
import { readMasterData } from '../../server/master-data.ts'
import type { MasterDataFile } from '../../server/master-data.ts'
import { rehearse, runChannelTest } from '../../server/rehearsal/index.ts'
import type { RehearsalResult } from '../../server/rehearsal/index.ts'

const DIR = 'channel-config'
const { files } = readConfigurationFolder(DIR, { messages: true })
const { compiled, issues } = compileConfiguration({ files: readConfigurationFolder(DIR).files, overrides: {}, env: {} })

async function masterData(): Promise<readonly MasterDataFile[]> {
  return Promise.all(
    LOAD_TABLES.map(async (table) => {
      const file = join(DIR, 'samples', 'master-data', `${table}.csv`)
      const read = readMasterData(table, file, await readFile(file, 'utf8'))
      if (!read.ok) throw new Error(JSON.stringify(read.problems))
      return read.data
    }),
  )
}

async function become(channel: string, ...names: readonly string[]): Promise<RehearsalResult> {
  const runtime = compiled?.channels.get(channel)
  if (!compiled || !runtime) throw new Error('the shipped configuration does not compile')
  const messages = await Promise.all(names.map(async (name) => splitMessages(name, await readFile(join(DIR, 'channels', channel, 'messages', name)))))
  return rehearse({
    configuration: compiled.configuration,
    channel: runtime,
    messages: messages.flat(),
    load: await masterData(),
    now: Date.parse('2026-03-03T12:00:00Z'),
    send: true,
  })
}

const kinds = (result: RehearsalResult) => result.messages.at(-1)?.documents.map((document) => document.kind)

test('the shipped configuration has no findings', (t) => {
  t.deepEqual(issues, [])
  t.deepEqual([...(compiled?.channels.keys() ?? [])].sort(), [
    'clinical-context-fhir',
    'or-charges',
    'or-implants-fhir',
    'or-supply-usage',
    'supplier-documents',
    'supply-delivery-fhir',
  ])
})

for (const channel of ['or-supply-usage', 'or-charges', 'supplier-documents', 'or-implants-fhir', 'supply-delivery-fhir', 'clinical-context-fhir']) {
  const found = loadChannelTests(files, channel)
  test(`the test file of ${channel} has no findings`, (t) => {
    t.deepEqual(found.issues, [])
    t.true(found.tests.length > 3)
  })
  for (const one of found.tests) {
    test(`${channel}: ${one.name}`, async (t) => {
      const runtime = compiled?.channels.get(channel)
      if (!compiled || !runtime) return t.fail()
      t.deepEqual((await runChannelTest(compiled.configuration, runtime, one)).failures, [])
    })
  }
}

test('every sample message is acknowledged AA and none is in ERROR', async (t) => {
  for (const channel of compiled?.channels.keys() ?? []) {
    for (const name of await readdir(join(DIR, 'channels', channel, 'messages'))) {
      const [message] = (await become(channel, name)).messages
      t.is(message?.ack, 'AA', name)
      t.not(message?.state, 'ERROR', name)
    }
  }
})

test('the hip implants become an order and a journal each', async (t) => {
  t.deepEqual(kinds(await become('or-supply-usage', 'hip-implant.hl7')), [
    'purchase-order',
    'journal',
    'purchase-order',
    'journal',
    'purchase-order',
    'journal',
  ])
})

test('the sutures become an issue, a requisition and a journal, and say why', async (t) => {
  const result = await become('or-supply-usage', 'sutures.hl7')
  t.deepEqual(kinds(result)?.toSorted(), ['goods-issue', 'journal', 'requisition'])
  const requisition = result.messages[0]?.documents.find((document) => document.kind === 'requisition')
  t.regex(requisition?.because ?? '', /38.*40/)
})

test('documents name the case and nothing of the patient', async (t) => {
  const result = await become('or-supply-usage', 'hip-implant.hl7')
  for (const document of result.messages[0]?.documents ?? []) {
    t.is(document.body['case'], 'CASE-26-0302-03')
    t.notRegex(JSON.stringify(document), /ZZ100234|TESTPERSON|1961/)
  }
})

test('an unknown department is one worklist item with what to do', async (t) => {
  const { worklist } = await become('or-supply-usage', 'unknown-department.hl7')
  t.is(worklist.length, 1)
  t.like(worklist[0], { kind: 'UNMAPPED_CODE', subject: 'departments:7990', waiting: 1 })
})

test('the same rehearsal gives the same ids and keys', async (t) => {
  t.deepEqual(await become('or-supply-usage', 'hip-implant.hl7'), await become('or-supply-usage', 'hip-implant.hl7'))
})
