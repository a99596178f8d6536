import test from 'ava'
import type { ExecutionContext } from 'ava'
import { device, procedure } from './ehr.ts'
import type { Ehr } from './ehr.ts'
import { NOW, bench, quiet, until } from './receiver.ts'

const active = (ehr: Ehr) => ehr.subscriptions().filter(({ status }) => status === 'active')
async function subscribed(t: ExecutionContext, ehr: Ehr): Promise<string> {
  await until(t, 'an active subscription', () => active(ehr).length === 1)
  await quiet(ehr)
  return active(ehr)[0]?.id ?? ''
}
async function put(ehr: Ehr, id: string, more: object = {}): Promise<void> {
  if (!ehr.resources.has(`Device/d${id}`)) await ehr.put(device(id))
  await ehr.put(procedure(id, more))
}

test('a subscription is made as the backport wants it, its handshake is answered, and an event is taken with what it refers to', async (t) => {
  const { ehr, end, start, store } = await bench(t, { criteria: ['Procedure?status=completed'] })
  await start()
  await subscribed(t, ehr)
  t.deepEqual(ehr.answers, ['handshake 200'])
  await put(ehr, '1')
  t.deepEqual(ehr.answers, ['handshake 200', 'event 200'])
  t.like(store.taken, { 0: { controlId: 'Procedure/1/1', told: ['Procedure/1'], referred: ['Device/d1'] }, length: 1 })
  t.like(store.taken[0]?.bundle, { type: 'searchset', meta: { source: ehr.base } })
  t.like(ehr.subscriptions()[0], {
    channel: { header: ['Authorization: Bearer shown-to-nobody'] },
    _criteria: { extension: [{ valueString: 'Procedure?status=completed' }] },
  })
  end()
})

test('a handshake that comes before the create is answered is taken', async (t) => {
  const { ehr, end, start } = await bench(t, {}, (made) => (made.eager = true))
  await start()
  await subscribed(t, ehr)
  t.deepEqual(ehr.answers, ['handshake 200'])
  end()
})

for (const content of ['id-only', 'empty'] as const) {
  test(`a notification with content ${content} has its resource fetched`, async (t) => {
    const { ehr, end, start, told } = await bench(t, { content })
    await start()
    await subscribed(t, ehr)
    await put(ehr, '1')
    await put(ehr, '2')
    t.deepEqual(told(), ['Procedure/1', 'Procedure/2'])
    end()
  })
}

test('a notification that comes again is taken once, also after a restart', async (t) => {
  const { ehr, start, store, told } = await bench(t)
  const first = await start()
  const id = await subscribed(t, ehr)
  await put(ehr, '1')
  t.is(await ehr.notify(id, [1]), 200)
  await first.stop()
  ehr.asked.length = 0
  await start()
  await quiet(ehr)
  t.is(await ehr.notify(id, [1]), 200)
  t.deepEqual(told(), ['Procedure/1'])
  t.deepEqual([store.taken.length, store.duplicates], [1, 0])
  t.deepEqual(ehr.asked, [`GET Subscription/${id}`, `GET Subscription/${id}/$status`], 'how far it was is known')
  t.is(ehr.subscriptions().length, 1, 'a restart makes no second subscription')
})

test('a gap in the numbers of events is fetched before the next is taken', async (t) => {
  const { ehr, end, start, told } = await bench(t)
  await start()
  await subscribed(t, ehr)
  await put(ehr, '1')
  ehr.mute = true
  await put(ehr, '2')
  await put(ehr, '3')
  ehr.mute = false
  await put(ehr, '4')
  t.deepEqual(told(), ['Procedure/1', 'Procedure/2', 'Procedure/3', 'Procedure/4'])
  t.true(ehr.asked.some((one) => one.includes('$events?eventsSinceNumber=2&eventsUntilNumber=3')))
  end()
})

test('where the server keeps no events, what was missed is searched for by its time', async (t) => {
  const { clock, ehr, end, start, told, problems } = await bench(t, {}, (made) => (made.offersEvents = false))
  await start()
  await subscribed(t, ehr)
  await put(ehr, '1')
  await clock.move(30_000)
  ehr.mute = true
  await put(ehr, '2')
  ehr.mute = false
  await clock.move(1_000)
  await put(ehr, '3')
  t.deepEqual([...new Set(told())].sort(), ['Procedure/1', 'Procedure/2', 'Procedure/3'])
  t.true(problems.includes('events not kept: searched instead'))
  end()
})

test('a server that does not say how many events there were is asked for what changed', async (t) => {
  const { clock, ehr, end, start, told } = await bench(t, { heartbeatMs: null }, (made) => (made.offersStatus = false))
  await start()
  await subscribed(t, ehr)
  ehr.mute = true
  await put(ehr, '1')
  await clock.move(600_000)
  await until(t, 'the event', () => told().length === 1)
  ehr.mute = false
  await put(ehr, '2')
  t.deepEqual(told(), ['Procedure/1', 'Procedure/2'])
  end()
})

test('a heartbeat that counts more than came has the rest fetched', async (t) => {
  const { ehr, start, told } = await bench(t)
  await start()
  const id = await subscribed(t, ehr)
  ehr.mute = true
  await put(ehr, '1')
  t.is(await ehr.heartbeat(id), 200)
  await until(t, 'the event', () => told().length === 1)
  t.deepEqual(told(), ['Procedure/1'])
})

test('two missing heartbeats make the engine ask: the status, what was missed, and the subscription anew', async (t) => {
  const { clock, ehr, start, told } = await bench(t)
  await start()
  await subscribed(t, ehr)
  ehr.mute = true
  await put(ehr, '1')
  ehr.asked.length = 0
  await clock.move(119_000)
  await quiet(ehr)
  t.deepEqual(ehr.asked, [])
  await clock.move(1_000)
  await until(t, 'the event', () => told().length === 1)
  await quiet(ehr)
  t.true(ehr.asked.some((one) => one.startsWith('PUT Subscription/')))
  t.true(ehr.asked.some((one) => one.endsWith('/$status')))
  t.is(ehr.answers.filter((one) => one === 'handshake 200').length, 2)
})

test('trap 74, the subscriber’s side: an event is answered 2xx only when it is stored; numbers go on while the subscription is in error, and nothing is lost', async (t) => {
  const { clock, ehr, start, store, told } = await bench(t)
  await start()
  const id = await subscribed(t, ehr)
  store.full = true
  await put(ehr, '1')
  t.is(ehr.answers.at(-1), 'event 503')
  t.is(ehr.subscriptions()[0]?.status, 'error')
  await put(ehr, '2')
  store.full = false
  await clock.move(600_000)
  await until(t, 'both events', () => told().length === 2)
  t.deepEqual(told(), ['Procedure/1', 'Procedure/2'])
  await until(t, 'active again', () => active(ehr).length === 1)
  t.is(active(ehr)[0]?.id, id, 'the same subscription was asked for again')
})

test('an outage of our side loses nothing: at the next start the subscription is reset and what was missed is fetched', async (t) => {
  const { ehr, end, start, told } = await bench(t)
  const first = await start()
  const id = await subscribed(t, ehr)
  await put(ehr, '1')
  await first.stop()
  await put(ehr, '2')
  t.is(ehr.subscriptions()[0]?.status, 'error')
  await put(ehr, '3')
  await start()
  await until(t, 'all events', () => told().length === 3)
  await until(t, 'active again', () => active(ehr).length === 1)
  await put(ehr, '4')
  t.deepEqual(told(), ['Procedure/1', 'Procedure/2', 'Procedure/3', 'Procedure/4'])
  t.is(active(ehr)[0]?.id, id)
  end()
})

test('an outage of the other side is tried through, from the start on', async (t) => {
  const { clock, ehr, problems, start, told } = await bench(t, {}, (made) => (made.down = true))
  await start()
  await until(t, 'a problem', () => problems.includes('subscription failed: DESTINATION_BUSY'))
  ehr.down = false
  for (let i = 0; i < 20 && ehr.subscriptions().length === 0; i++) {
    await clock.move(1_000)
    await quiet(ehr)
  }
  await subscribed(t, ehr)
  await put(ehr, '1')
  t.deepEqual(told(), ['Procedure/1'])
})

test('a subscription that is gone is made anew, and what happened in between is searched for', async (t) => {
  const { clock, ehr, end, start, told } = await bench(t)
  await start()
  const id = await subscribed(t, ehr)
  await put(ehr, '1')
  await clock.move(61_000)
  ehr.forget(`Subscription/${id}`)
  await put(ehr, '2')
  await clock.move(600_000)
  const second = await subscribed(t, ehr)
  t.not(second, id)
  await put(ehr, '3')
  t.deepEqual(told(), ['Procedure/1', 'Procedure/2', 'Procedure/3'])
  end()
})

test('one that was made before a crash, and that nobody remembers, is found by its endpoint; its events count from the first', async (t) => {
  const { ehr, rows, start, told } = await bench(t)
  const first = await start()
  await subscribed(t, ehr)
  await first.stop()
  for (const [kind] of rows) rows.set(kind, JSON.stringify({ subscription: null, event: 0, at: NOW, mark: '' }))
  await put(ehr, '1')
  await start()
  await until(t, 'the event', () => told().length === 1)
  t.is(ehr.subscriptions().length, 1)
})

test('error, off and a near end are asked for again; one that is well is left alone', async (t) => {
  const { clock, ehr, start } = await bench(t)
  await start()
  const id = await subscribed(t, ehr)
  const checked = async () => {
    ehr.asked.length = 0
    await clock.move(120_000)
    await quiet(ehr)
    return ehr.asked.filter((one) => one.startsWith('PUT')).length
  }
  const beat = () => ehr.heartbeat(id)
  for (const status of ['error', 'off']) {
    ehr.set(id, { status })
    t.is(await checked(), 1, status)
    await until(t, 'active', () => active(ehr).length === 1)
  }
  await beat()
  ehr.set(id, { end: new Date(clock.now() + 900_000).toISOString() })
  await beat()
  await clock.move(600_000)
  await until(t, 'a later end', () => Date.parse(ehr.subscriptions()[0]?.end ?? '') > clock.now() + 86_400_000)
})

test('trap 73: a notification whose entry has no request is refused with an OperationOutcome that names the place, and so is what is none', async (t) => {
  const { ehr, start, told } = await bench(t)
  await start()
  const id = await subscribed(t, ehr)
  ehr.mute = true
  await put(ehr, '1')
  const good = ehr.bundle(id, 'event-notification', [1]) as unknown as { entry: { request?: object; resource?: object; response?: object }[]; type: string }
  const without = (n: number) => ({ ...good, entry: good.entry.map((entry, at) => (at === n ? { ...entry, request: undefined } : entry)) })
  t.is(await ehr.send(id, without(0)), 400)
  t.is(await ehr.send(id, without(1)), 400)
  t.is(await ehr.send(id, { ...good, type: 'collection' }), 400)
  t.is(await ehr.send(id, { ...good, type: 'subscription-notification' }), 400)
  t.is(await ehr.send(id, { ...good, entry: [] }), 400)
  t.is(await ehr.send(id, { ...good, entry: good.entry.slice(1) }), 400)
  t.is(await ehr.send(id, '{"resourceType":"Bundle"'), 400)
  t.is(await ehr.send(id, undefined), 400)
  t.is(await ehr.send(id, '<Bundle/>', { headers: { 'content-type': 'application/fhir+xml' } }), 415)
  t.deepEqual(told(), [])
  t.is(await ehr.send(id, good), 200)
  t.deepEqual(told(), ['Procedure/1'])
})

test('only who shows the secret, and only its own subscription, is taken', async (t) => {
  const { ehr, problems, start, told } = await bench(t)
  await start()
  const id = await subscribed(t, ehr)
  ehr.mute = true
  await put(ehr, '1')
  const good = ehr.bundle(id, 'event-notification', [1])
  t.is(await ehr.send(id, good, { headers: { Authorization: 'Bearer guessed' } }), 401)
  const stranger = JSON.parse(JSON.stringify(good).replaceAll(`Subscription/${id}`, 'Subscription/other')) as object
  t.is(await ehr.send(id, stranger), 404)
  const handshake = JSON.parse(JSON.stringify(ehr.bundle(id, 'handshake', [])).replaceAll(`Subscription/${id}`, 'Subscription/other')) as object
  t.is(await ehr.send(id, handshake), 404)
  t.is(await ehr.send(id, good, { method: 'PUT' }), 405)
  t.is(await ehr.send(id, good, { path: '/elsewhere' }), 404)
  t.deepEqual(told(), [])
  t.true(problems.includes('notification without the secret') && problems.includes('notification of another subscription'))
})

test('a deletion is told as one; what is merely not shown to us is not', async (t) => {
  const { ehr, problems, start, store, told } = await bench(t, { content: 'id-only' })
  await start()
  const id = await subscribed(t, ehr)
  await put(ehr, '1')
  await ehr.remove('Procedure/1')
  t.deepEqual(told(), ['Procedure/1', '-Procedure/1'])
  t.like(store.taken[1]?.bundle, { entry: [{ request: { method: 'DELETE', url: 'Procedure/1' }, response: { lastModified: new Date(NOW).toISOString() } }] })
  ehr.mute = true
  await put(ehr, '2')
  ehr.resources.delete('Procedure/2')
  t.is(await ehr.notify(id, [3]), 200)
  t.deepEqual(told(), ['Procedure/1', '-Procedure/1'])
  t.true(problems.includes('focus of an event not found'))
})

test('a server that counts anew loses nothing', async (t) => {
  const { clock, ehr, start, told } = await bench(t)
  await start()
  const id = await subscribed(t, ehr)
  for (const one of ['1', '2', '3']) await put(ehr, one)
  await clock.move(61_000)
  ehr.events.set(id, [])
  ehr.mute = true
  await put(ehr, '4')
  await ehr.heartbeat(id)
  await until(t, 'the fourth', () => told().includes('Procedure/4'))
  ehr.mute = false
  await put(ehr, '5')
  t.true(told().includes('Procedure/5'))
})

test('many at once are taken in order, and a stop answers what it has', async (t) => {
  const { ehr, start, told } = await bench(t)
  const listener = await start()
  const id = await subscribed(t, ehr)
  ehr.mute = true
  for (let n = 1; n <= 20; n++) await put(ehr, String(n))
  const sent = await Promise.all([...Array(20).keys()].reverse().map((n) => ehr.notify(id, [n + 1])))
  t.true(
    sent.every((status) => status === 200 || status === 429),
    sent.join(),
  )
  await until(t, 'all', () => told().length === 20)
  t.deepEqual(
    told(),
    [...Array(20).keys()].map((n) => `Procedure/${String(n + 1)}`),
  )
  await listener.stop()
  t.is(await ehr.notify(id, [1]), 0)
})
