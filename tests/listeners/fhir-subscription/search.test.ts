import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { FhirSubscriptionListen } from '../../../channels/contract/index.ts'
import { device, procedure } from './ehr.ts'
import type { Ehr } from './ehr.ts'
import { bench, quiet, until } from './receiver.ts'

const HOOK = { mode: 'rest-hook', topic: null, criteria: ['Procedure?status=completed'], heartbeatMs: null } as const satisfies Partial<FhirSubscriptionListen>
const POLL = { ...HOOK, mode: 'poll', pollMs: 60_000 } as const satisfies Partial<FhirSubscriptionListen>

async function put(ehr: Ehr, id: string, more: object = {}): Promise<void> {
  if (!ehr.resources.has(`Device/d${id}`)) await ehr.put(device(id))
  await ehr.put(procedure(id, more))
}
async function hooked(t: ExecutionContext, ehr: Ehr, count = 1): Promise<void> {
  await until(t, 'active subscriptions', () => ehr.subscriptions().filter(({ status }) => status === 'active').length === count)
  await quiet(ehr)
}

test('rest-hook: an empty notification makes the engine search, and is answered when what was found is stored', async (t) => {
  const { ehr, end, start, store, told } = await bench(t, { ...HOOK, content: 'empty' })
  await start()
  await hooked(t, ehr)
  t.is(ehr.subscriptions()[0]?.channel.payload, undefined)
  await put(ehr, '1')
  t.deepEqual(ehr.answers, ['event 200'])
  t.like(store.taken[0], { controlId: 'Procedure/1/1', told: ['Procedure/1'], referred: ['Device/d1'] })
  store.full = true
  await put(ehr, '2')
  t.is(ehr.answers.at(-1), 'event 503')
  t.deepEqual(told(), ['Procedure/1'])
  end()
})

test('rest-hook: a resource that is sent is taken, and not again by the search that follows', async (t) => {
  const { clock, ehr, end, start, store, told } = await bench(t, HOOK)
  const first = await start()
  await hooked(t, ehr)
  await put(ehr, '1')
  t.deepEqual(told(), ['Procedure/1'])
  await clock.move(600_000)
  await quiet(ehr)
  await first.stop()
  await start()
  await quiet(ehr)
  t.is(store.taken.length, 1)
  t.is(ehr.subscriptions().length, 1)
  end()
})

test('rest-hook: each criterion has its own subscription and place; what is sent to none is refused', async (t) => {
  const { ehr, end, start, told } = await bench(t, { ...HOOK, criteria: ['Procedure?status=completed', 'Device'], messages: ['Procedure', 'Device'] })
  await start()
  await hooked(t, ehr, 2)
  await put(ehr, '1')
  t.deepEqual(told().sort(), ['Device/d1', 'Procedure/1'])
  const [{ id = '' } = {}] = ehr.subscriptions()
  const body = procedure('1')
  t.is(await ehr.send(id, body, { method: 'PUT', path: '/Procedure/2' }), 400)
  t.is(await ehr.send(id, body, { method: 'POST', path: '/Procedure/1' }), 400)
  t.is(await ehr.send(id, body, { method: 'PUT', path: '/Procedure/1/x' }), 404)
  t.is(await ehr.send(id, body, { path: 'f' }), 404)
  t.is(await ehr.send(id, { resourceType: 'Procedure' }), 400)
  end()
})

test('rest-hook: what happened while nobody listened is found, and a subscription in error is asked for again', async (t) => {
  const { ehr, end, start, told } = await bench(t, HOOK)
  const first = await start()
  await hooked(t, ehr)
  await put(ehr, '1')
  await first.stop()
  await put(ehr, '2')
  t.is(ehr.subscriptions()[0]?.status, 'error')
  await put(ehr, '3')
  await start()
  await until(t, 'all', () => told().length === 3)
  await hooked(t, ehr)
  await put(ehr, '4')
  t.deepEqual(told(), ['Procedure/1', 'Procedure/2', 'Procedure/3', 'Procedure/4'])
  end()
})

test('poll: what changed is told once, each version, over all pages, and the cursor survives a restart', async (t) => {
  const { clock, ehr, start, store, told } = await bench(t, POLL, (made) => (made.page = 2))
  const first = await start()
  await quiet(ehr)
  t.is(first.address.port, 0, 'no port is opened')
  for (const id of ['1', '2', '3', '4', '5']) await put(ehr, id)
  await clock.move(60_000)
  await until(t, 'five', () => told().length === 5)
  t.deepEqual(ehr.subscriptions(), [])
  await clock.move(120_000)
  await quiet(ehr)
  t.is(store.duplicates, 0, 'the overlap is known without the store')
  await put(ehr, '3', { note: [{ text: 'changed' }] })
  await clock.move(60_000)
  await until(t, 'the change', () => told().length === 6)
  await first.stop()
  await put(ehr, '6')
  await clock.move(86_400_000)
  ehr.asked.length = 0
  await start()
  await until(t, 'the sixth', () => told().length === 7)
  t.deepEqual(told().slice(5), ['Procedure/3', 'Procedure/6'])
  t.true(decodeURIComponent(ehr.asked[0] ?? '').includes('_lastUpdated=ge2026-03-01T12:02'), ehr.asked[0])
})

test('poll: what the store does not take is told again, and an outage of the server is tried through', async (t) => {
  const { clock, ehr, problems, start, store, told } = await bench(t, POLL)
  await start()
  await quiet(ehr)
  await put(ehr, '1')
  store.full = true
  await clock.move(60_000)
  await until(t, 'a problem', () => problems.includes('search failed: STORE_FAILED'))
  store.full = false
  ehr.down = true
  await clock.move(1_000)
  await until(t, 'another', () => problems.includes('search failed: DESTINATION_BUSY'))
  ehr.down = false
  await clock.move(60_000)
  await until(t, 'it', () => told().length === 1)
  t.deepEqual(told(), ['Procedure/1'])
})

test('poll: one criterion that fails holds up no other; a paused channel waits', async (t) => {
  const { clock, ehr, start, store, told } = await bench(t, { ...POLL, criteria: ['Nothing/x/y/z', 'Procedure'] })
  const listener = await start()
  await quiet(ehr)
  await put(ehr, '1')
  store.paused = true
  await clock.move(60_000)
  await quiet(ehr)
  t.deepEqual(told(), [])
  store.resume()
  await until(t, 'it', () => told().length === 1)
  store.paused = true
  await put(ehr, '2')
  await clock.move(60_000)
  await quiet(ehr)
  await listener.stop()
  t.deepEqual(told(), ['Procedure/1'])
})

test('what a resource refers to is fetched by the paths of include, references of references too; what is not there is left out', async (t) => {
  const { clock, ehr, start, store } = await bench(t, {
    ...POLL,
    include: ['Procedure.focalDevice.manipulated', 'Procedure.encounter', 'Device.location', 'SupplyDelivery.suppliedItem.item'],
  })
  await start()
  await quiet(ehr)
  await ehr.put({ ...device('1'), location: { reference: 'Location/l1' } })
  await ehr.put({ resourceType: 'Location', id: 'l1' })
  await ehr.put(procedure('1', { encounter: { reference: `${ehr.base}/Encounter/gone` }, usedReference: [{ reference: 'Device/unasked' }] }))
  await clock.move(60_000)
  await until(t, 'it', () => store.taken.length === 1)
  t.deepEqual(store.taken[0]?.referred, ['Device/d1', 'Location/l1'])
  t.false(ehr.asked.some((one) => one.includes('unasked')))
})
