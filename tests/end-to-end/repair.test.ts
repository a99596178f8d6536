import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { MessageView, Page, WorklistView } from '../../channels/contract/index.ts'
import { usage } from '../crash/messages.ts'
import { startSink } from '../crash/sink.ts'
import { channelYaml, loadMasterData, sandboxIn, temporary, writeFolder } from './folder.ts'
import { codeOf, converse, documentsOf, fault, startEngine, until } from './process.ts'

const BOTH = { name: 'both', listen: '{ mllp: { host: 127.0.0.1, port: 0, messages: [DFT^P03] } }', to: ['erp', 'sink'] }

test('replay, retry, edit, link and discard: what goes on, what is never doubled', async (t) => {
  const dir = temporary(t)
  const config = writeFolder(dir, [BOTH])
  const sandbox = await sandboxIn(t, dir)
  const sink = await startSink()
  t.teardown(() => sink.stop())
  const engine = await startEngine(t, { config, data: join(dir, 'data'), set: { 'destinations.erp.url': sandbox, 'destinations.sink.url': sink.url } })
  await loadMasterData(engine)
  const connection = await converse(t, engine.port('both'))
  const message = async (controlId: string) => {
    const [found] = (await engine.get<Page<MessageView>>(`/messages?controlId=${controlId}`)).items
    return engine.get<MessageView>(`/messages/${String(found?.id)}`)
  }
  const ends = (controlId: string, wanted: string) =>
    until(
      () => message(controlId),
      ({ state }) => state === wanted,
    )
  const send = async (controlId: string, number: number, change: (text: string) => string = (text) => text, account = controlId) =>
    t.is(codeOf(await connection.send(change(usage({ controlId, account, number }).toString()))), 'AA')
  const worklist = async () => (await engine.get<Page<WorklistView>>('/worklist')).items
  const item = async (kind: string) => {
    const found = await until(worklist, (items) => items.some((one) => one.kind === kind))
    return found.find((one) => one.kind === kind) as WorklistView
  }
  const documents = async (of: MessageView) => {
    const keys = of.events.flatMap(({ deliveries }) => deliveries.flatMap(({ key }) => key ?? []))
    return (await documentsOf(sandbox)).filter(({ key }) => keys.includes(key))
  }

  // Replay: the http destination gets it again under the same key, the ERP no second document.
  await send('R1', 0)
  const first = await ends('R1', 'SENT')
  const before = await documents(first)
  t.true(before.length >= 2)
  const [arrival] = sink.arrivals.filter(({ controlId }) => controlId === 'R1')
  t.is((await engine.post<{ events: number }>(`/messages/${first.id}/replay`, {})).events, 1)
  await until(
    () => Promise.resolve(sink.arrivals.filter(({ controlId }) => controlId === 'R1')),
    (arrivals) => arrivals.length === 2 && arrivals.every(({ key }) => key === arrival?.key),
  )
  await ends('R1', 'SENT')
  t.deepEqual(await documents(await message('R1')), before)

  // A mapping that is wrong: ERROR; after the fix and a reload, a replay maps it, and the worklist item is gone.
  await send('E1', 0, (text) => text.replace('|||1|||OR', '|||one|2||OR'))
  t.like(await ends('E1', 'ERROR'), { fault: { code: 'BAD_VALUE', place: 'FT1-10' } })
  t.is((await item('BAD_VALUE')).waiting, 1)
  writeFileSync(join(config, 'channels/both/channel.yaml'), channelYaml({ ...BOTH, quantity: 'FT1-11' }))
  const { applied, id: mended } = await engine.post<{ applied: boolean; id: string }>('/reload', {})
  t.true(applied)
  t.is((await engine.post<{ events: number }>(`/messages/${(await message('E1')).id}/replay`, {})).events, 1)
  const replayed = await ends('E1', 'SENT')
  t.is(replayed.runConfig, mended)
  t.not(replayed.acceptedConfig, mended)
  t.deepEqual(await worklist(), [])
  t.true((await documents(replayed)).length >= 2)

  // Refused by the ERP: HELD; a retry asks for the key first and sends it once.
  await fault(sandbox, { kind: 'refuse', count: 1 })
  await send('H1', 0)
  await ends('H1', 'HELD')
  const refused = await item('ERP_REFUSED')
  await engine.post(`/worklist/${String(refused.id)}/resolve`, { action: 'retry', reason: 'the ERP is mended', by: 'operator' })
  const retried = await ends('H1', 'SENT')
  const afterRetry = await documents(retried)
  t.is(new Set(afterRetry.map(({ key }) => key)).size, afterRetry.length)
  t.is(retried.events.flatMap(({ deliveries }) => deliveries).filter(({ key }) => key !== null).length, afterRetry.length)
  t.is((await engine.ask('POST', `/worklist/${String(refused.id)}/resolve`, { action: 'retry', by: 'operator' })).status, 409, 'closed once')

  // Link: it counts as sent under the ERP's number, and nothing is sent.
  await fault(sandbox, { kind: 'refuse', count: 1 })
  await send('H2', 0)
  await ends('H2', 'HELD')
  await engine.post(`/worklist/${String((await item('ERP_REFUSED')).id)}/resolve`, {
    action: 'link',
    erpRef: 'GI-BY-HAND',
    reason: 'entered by hand',
    by: 'operator',
  })
  const linked = await ends('H2', 'SENT')
  t.true(linked.events.some(({ deliveries }) => deliveries.some(({ erpRef }) => erpRef === 'GI-BY-HAND')))
  t.is((await documents(linked)).length, linked.events.flatMap(({ deliveries }) => deliveries).filter(({ key }) => key !== null).length - 1)

  // Discard: the delivery is cancelled and what waits behind it in its lane goes on. Needs a reason.
  await fault(sandbox, { kind: 'refuse', count: 1 })
  await send('H3', 0, undefined, 'LANE')
  await ends('H3', 'HELD')
  await send('H4', 1, undefined, 'LANE')
  const stuck = await item('ERP_REFUSED')
  t.is((await engine.ask('POST', `/worklist/${String(stuck.id)}/resolve`, { action: 'discard', by: 'operator' })).status, 400)
  await engine.post(`/worklist/${String(stuck.id)}/resolve`, { action: 'discard', reason: 'booked elsewhere', by: 'operator' })
  await ends('H4', 'SENT')
  const discarded = await message('H3')
  t.true(discarded.events.some(({ deliveries }) => deliveries.some(({ state }) => state === 'CANCELLED')))

  // Edit: the value for what is unknown; the next one with the same code needs no person.
  await send('U1', 0, (text) => text.replace('|SUT-1^', '|SUT-NEW^'))
  await ends('U1', 'WAITING')
  const unknown = await item('UNKNOWN_ITEM')
  await engine.post(`/worklist/${String(unknown.id)}/resolve`, { action: 'edit', value: 'SUT-1', reason: 'new catalogue number', by: 'analyst' })
  await ends('U1', 'SENT')
  await send('U2', 0, (text) => text.replace('|SUT-1^', '|SUT-NEW^'))
  await ends('U2', 'SENT')

  t.deepEqual(await worklist(), [])
  const all = await documentsOf(sandbox)
  t.is(new Set(all.map(({ key }) => key)).size, all.length, 'no document exists twice')
})
