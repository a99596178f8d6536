import test from 'ava'
import { conforms, conformsEmpty, conformsFull, conformsIdOnly } from './conforms.ts'
import { BASE, coreSubscription, house, numbersOf, ofType, parameter, receiver, topicSubscription, used } from './house.ts'
import type { House, Json, Receiver } from './house.ts'

const status = (at: House, id = 'sub-1') => at.read('Subscription', id).then((each: Json) => each?.status as string)
const isActive = (at: House, id?: string) =>
  at.until(
    () => status(at, id),
    (each) => each === 'active',
  )
const events = (of: Receiver) => ofType(of.taken, 'event-notification')

/** Counted from now on: the fold has seen that it is active. */
async function begun(at: House, subscription: Json): Promise<void> {
  await at.write(subscription)
  await isActive(at, subscription.id)
  const asked = async () => (await at.reader.rows({ table: 'cursor', where: { source: 'fhir-subscription', kind: subscription.id } })).items[0]?.value ?? ''
  await at.until(asked, (value) => value.includes('"counting":true'))
}

test('a handshake comes before active, and what is told is told in the order of the writes', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, topicSubscription(hook.url, { header: ['Authorization: Bearer a-token', 'X-Two: 1', 'X-Two: 2'] }))
  const [handshake] = hook.taken
  conforms(t, handshake?.json, { type: 'handshake', id: 'sub-1', status: 'requested' })
  t.is(handshake?.headers.authorization, 'Bearer a-token')
  t.is(handshake?.raw.filter((each) => each === 'X-Two').length, 2)
  t.is(handshake?.headers['content-type'], 'application/fhir+json; charset=utf-8; fhirVersion=4.0')
  for (const n of [1, 2, 3]) await at.write(used(n))
  await at.until(() => events(hook).flatMap(({ json }) => numbersOf(json)).length === 3)
  t.deepEqual(
    events(hook).flatMap(({ json }) => numbersOf(json)),
    ['1', '2', '3'],
  )
  const foci = events(hook).flatMap(({ json }) => json.entry.slice(1).map((each: Json) => each.resource.id))
  t.deepEqual(
    foci,
    [1, 2, 3].map((n) => used(n).id),
  )
  for (const { json } of events(hook)) {
    conforms(t, json, { type: 'event-notification', id: 'sub-1', status: 'active' })
    conformsFull(t, json, 'SupplyDelivery')
  }
})

test('73: every entry of a notification has a request, whatever its content, and tells no more than was asked for', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  for (const content of ['empty', 'id-only', 'full-resource']) await begun(at, topicSubscription(`${hook.url}/${content}`, { id: content, content }))
  await at.write(used(1))
  await at.until(() => events(hook).length === 3)
  const told = (content: string) => events(hook).find(({ url }) => url.endsWith(content))?.json
  for (const content of ['empty', 'id-only', 'full-resource']) conforms(t, told(content), { type: 'event-notification', id: content, status: 'active' })
  conformsEmpty(t, told('empty'))
  t.false(JSON.stringify(told('empty')).includes('SupplyDelivery'))
  conformsIdOnly(t, told('id-only'), 'SupplyDelivery')
  conformsFull(t, told('full-resource'), 'SupplyDelivery')
})

test('only what meets all filters is an event', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, topicSubscription(hook.url, { filters: ['SupplyDelivery?patient=urn:test:mrn|P-77', 'SupplyDelivery.item=IMP-1,IMP-2&location=OR-1'] }))
  await at.write(used(1, { destination: { display: 'OR-2' } }))
  await at.write(used(2, { patient: { identifier: { system: 'urn:other', value: 'P-77' } } }))
  await at.write(used(3, { meta: {} }))
  await at.write({ ...used(4), id: 'written-by-a-client' })
  await at.write(used(5))
  await at.until(() => events(hook).length === 1)
  t.is(events(hook)[0]?.json.entry[1].resource.id, used(5).id)
  t.deepEqual(numbersOf(events(hook)[0]?.json), ['1'])
})

test('what piled up goes as many at once as the subscriber takes', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, topicSubscription(hook.url, { maxCount: 2 }))
  hook.status = 503
  await at.write(used(1))
  await at.until(() => events(hook).length === 1)
  for (const n of [2, 3, 4, 5]) await at.write(used(n))
  await at.until(async () => (await at.reader.rows({ table: 'cursor', where: { source: 'fhir-subscription' } })).items[0]?.value.includes('"events":5'))
  hook.taken.length = 0
  hook.status = 200
  await at.until(() =>
    events(hook)
      .flatMap(({ json }) => numbersOf(json))
      .includes('5'),
  )
  t.true(events(hook).every(({ json }) => numbersOf(json).length <= 2))
  t.deepEqual(
    events(hook).flatMap(({ json }) => numbersOf(json)),
    ['1', '2', '3', '4', '5'],
  )
})

test('a heartbeat comes when nothing was told for the period, and not before', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, topicSubscription(hook.url, { heartbeat: 3600 }))
  await at.write(used(1))
  await at.until(() => events(hook).length === 1)
  await at.until(async () => (await at.reader.rows({ table: 'cursor', where: { source: 'fhir-subscription-sent' } })).items.length === 1)
  t.is(ofType(hook.taken, 'heartbeat').length, 0)
  at.clock.move(3_600_000)
  await at.until(() => ofType(hook.taken, 'heartbeat').length === 1)
  conforms(t, ofType(hook.taken, 'heartbeat')[0]?.json, { type: 'heartbeat', id: 'sub-1', status: 'active' })
  t.deepEqual(numbersOf(ofType(hook.taken, 'heartbeat')[0]?.json), [])
})

test('74: a subscriber that answers 500 puts the subscription in error with the reason; numbers go on, and after a reset nothing is missing', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, topicSubscription(hook.url))
  hook.status = 500
  await at.write(used(1))
  await at.until(
    () => status(at),
    (each) => each === 'error',
  )
  t.is(events(hook).length, 3, 'it was tried a few times')
  t.regex((await at.read('Subscription', 'sub-1')).error, /answered 500, 3 times/)
  await at.write(used(2))
  const asked = async () => {
    const answer = await at.feeds().additions[1]?.operation?.({ type: 'Subscription', id: 'sub-1', name: 'status' }, request('Subscription/sub-1/$status'))
    return JSON.parse(answer?.body ?? '{}') as Json
  }
  const told = await at.until(asked, (bundle) => parameter(bundle, 'events-since-subscription-start')?.valueString === '2')
  t.is(parameter(told, 'status').valueCode, 'error')
  t.truthy(parameter(told, 'error'))
  t.is(events(hook).length, 3, 'nothing is sent while it is in error')
  hook.status = 200
  hook.taken.length = 0
  await at.write({ ...(await at.read('Subscription', 'sub-1')), status: 'requested' })
  await at.until(() =>
    events(hook)
      .flatMap(({ json }) => numbersOf(json))
      .includes('2'),
  )
  t.is(parameter(hook.taken[0]?.json, 'events-since-subscription-start').valueString, '2', 'the handshake tells where it stands')
  t.deepEqual(
    events(hook).flatMap(({ json }) => numbersOf(json)),
    ['1', '2'],
  )
  t.is((await at.read('Subscription', 'sub-1')).error, undefined)
})

test('a handshake that is not taken is an error, and so is no answer within the timeout', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  hook.status = 404
  await at.write(topicSubscription(hook.url))
  await at.until(
    () => status(at),
    (each) => each === 'error',
  )
  t.is(hook.taken.length, 1)
  hook.status = 0
  await at.write(topicSubscription(hook.url, { id: 'slow', timeout: 1 }))
  await at.until(
    () => status(at, 'slow'),
    (each) => each === 'error',
  )
  t.regex((await at.read('Subscription', 'slow')).error, /no answer within 1 s/)
})

test('at its end a subscription is off, and a client ends it by off or by deleting it: nothing more is sent or counted', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, topicSubscription(`${hook.url}/a`, { id: 'a', end: new Date(at.clock.now() + 500_000).toISOString() }))
  await begun(at, topicSubscription(`${hook.url}/b`, { id: 'b' }))
  await begun(at, topicSubscription(`${hook.url}/c`, { id: 'c' }))
  await at.write({ ...(await at.read('Subscription', 'b')), status: 'off' })
  await at.write(await at.read('Subscription', 'c'), 'delete')
  at.clock.move(500_000)
  await at.until(
    () => status(at, 'a'),
    (each) => each === 'off',
  )
  await at.write(used(1))
  await begun(at, topicSubscription(`${hook.url}/d`, { id: 'd' }))
  await at.write(used(2))
  await at.until(() => events(hook).length > 0)
  t.deepEqual(
    events(hook).map(({ url }) => url),
    ['/hook/d'],
  )
})

test('events that were missed are asked for by their numbers', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, topicSubscription(hook.url, { content: 'id-only' }))
  for (const n of [1, 2, 3]) await at.write(used(n))
  await at.until(() => events(hook).flatMap(({ json }) => numbersOf(json)).length === 3)
  const ask = async (query: string) => {
    const answer = await at
      .feeds()
      .additions[1]?.operation?.({ type: 'Subscription', id: 'sub-1', name: 'events' }, request('Subscription/sub-1/$events', query))
    return { status: answer?.status, json: JSON.parse(answer?.body ?? '{}') as Json }
  }
  const some = await ask('eventsSinceNumber=2&eventsUntilNumber=3')
  conforms(t, some.json, { type: 'query-event', id: 'sub-1', status: 'active' })
  t.deepEqual(numbersOf(some.json), ['2', '3'])
  t.deepEqual(
    some.json.entry.slice(1).map((each: Json) => each.fullUrl),
    [2, 3].map((n) => `${BASE}/SupplyDelivery/${String(used(n).id)}`),
  )
  t.is((await ask('content=full-resource')).json.entry[1].resource.id, used(1).id)
  t.deepEqual(numbersOf((await ask('eventsSinceNumber=9')).json), [])
  t.is((await ask('eventsSinceNumber=x')).status, 400)
})

test('after a kill at any place every event has one number, and each number is told', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, topicSubscription(hook.url, { maxCount: 1 }))
  for (let n = 1; n <= 8; n++) {
    // A commit that fails is a kill before it; a restart is one after it.
    at.broken.cursors = n % 3
    await at.write(used(n))
    if (n % 2 === 0) await at.restart()
  }
  await at.until(() => new Set(events(hook).flatMap(({ json }) => numbersOf(json))).size === 8)
  const told = new Map<string, Set<string>>()
  for (const { json } of events(hook)) {
    const [number = ''] = numbersOf(json)
    told.set(number, (told.get(number) ?? new Set()).add(String(json.entry[1].resource.id)))
  }
  t.deepEqual(
    [...told.keys()].map(Number).toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  for (let n = 1; n <= 8; n++) t.deepEqual([...(told.get(String(n)) ?? [])], [used(n).id])
})

test('R4 core: a resource that meets the search is put below the endpoint, without a payload an empty post says that there is one', async (t) => {
  const [at, hook] = [await house(t), await receiver(t)]
  await begun(at, coreSubscription(hook.url, 'SupplyDelivery?status=completed', 'application/fhir+json'))
  await begun(at, { ...coreSubscription(`${hook.url}/bare`, 'SupplyDelivery?status=completed'), id: 'core-2' })
  t.is(hook.taken.length, 0, 'there is no handshake in R4 core')
  await at.write(used(1, { status: 'in-progress' }))
  await at.write({ ...used(2), id: 'a-client’s'.replace('’', '-') })
  await at.until(() => hook.taken.length === 2)
  const put = hook.taken.find(({ method }) => method === 'PUT')
  t.is(put?.url, '/hook/SupplyDelivery/a-client-s')
  t.is(put?.json.resourceType, 'SupplyDelivery')
  t.is(put?.raw.filter((each) => each === 'X-Shared').length, 2)
  const post = hook.taken.find(({ method }) => method === 'POST')
  t.is(post?.url, '/hook/bare')
  t.is(post?.body, '')
})

function request(path: string, query = ''): Json {
  return { method: 'GET', path, query, header: () => '', body: new Uint8Array(0), base: BASE, caller: { name: 'ann', sender: 'ann', scopes: [] } }
}
