import test from 'ava'
import { resourceIdOf } from '../../../fhir/record/index.ts'
import { TOPICS } from '../../../fhir/subscriptions/index.ts'
import { as, live, until } from '../../server/api/live.ts'
import type { Live } from '../../server/api/live.ts'
import { conforms, conformsFull } from './conforms.ts'
import { coreSubscription, numbersOf, ofType, receiver, topicSubscription } from './house.ts'
import type { Json } from './house.ts'

const USAGE = {
  type: 'SupplyUsed',
  occurredAt: '2026-03-02T10:22:33+01:00',
  case: 'ACC9',
  department: 'OR-MAIN',
  location: 'OR-CORE',
  item: { code: 'SUT-VIC-30', system: 'ITEM' },
  quantity: { value: '1', unit: 'EA' },
}

async function ask(running: Live, method: string, path: string, body?: Json): Promise<{ readonly status: number; readonly json: Json }> {
  const answer = await fetch(`${running.engine.api}/fhir/${path}`, {
    method,
    headers: { authorization: `Bearer ${running.engine.token}`, ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, json: text === '' ? null : (JSON.parse(text) as Json) }
}

async function use(running: Live, key: string): Promise<string> {
  const answer = await as(running).post('/api/process/v1/usage', { ...USAGE, case: key }, { 'idempotency-key': key })
  return ((await answer.json()) as { events: string[] }).events[0] ?? ''
}

test('a subscriber asks over the face, is told of every use once by number through a kill of the engine, and ends it', async (t) => {
  const hook = await receiver(t)
  const first = await live(t)
  const { json: statement } = await ask(first, 'GET', 'metadata')
  const offered = statement.rest[0].resource.find(({ type }: Json) => type === 'Subscription')
  t.deepEqual(
    offered.extension.map(({ valueCanonical }: Json) => valueCanonical),
    TOPICS.map(({ url }) => url),
  )
  t.true(offered.operation.some(({ name }: Json) => name === 'status'))

  const { id: _, ...wanted } = topicSubscription(hook.url, { maxCount: 1 })
  const created = await ask(first, 'POST', 'Subscription', wanted)
  t.is(created.status, 201)
  const { id } = created.json as { id: string }
  await until(
    async () => (await ask(first, 'GET', `Subscription/${id}`)).json.status as string,
    (status) => status === 'active',
  )
  conforms(t, ofType(hook.taken, 'handshake')[0]?.json, { type: 'handshake', id, status: 'requested' })
  const uses = [await use(first, 'a'), await use(first, 'b')]
  const told = () => ofType(hook.taken, 'event-notification')
  await until(
    () => Promise.resolve(told()),
    (all) => new Set(all.flatMap(({ json }) => numbersOf(json))).size === 2,
  )
  // Killed with one on its way.
  uses.push(await use(first, 'c'))
  await first.engine.kill('SIGKILL')
  const second = await live(t, { given: first.dir })
  uses.push(await use(second, 'd'))
  await until(
    () => Promise.resolve(told()),
    (all) => new Set(all.flatMap(({ json }) => numbersOf(json))).size === 4,
  )
  const byNumber = new Map(told().map(({ json }) => [numbersOf(json)[0], json.entry[1].resource.id as string]))
  t.deepEqual(
    [...byNumber].toSorted().map(([, each]) => each),
    uses.map(resourceIdOf),
  )
  for (const { json } of told()) conformsFull(t, json, 'SupplyDelivery')

  const { json: status } = await ask(second, 'GET', `Subscription/${id}/$status`)
  t.like(status, { type: 'searchset', total: 1 })
  t.is(status.entry[0].resource.parameter.find(({ name }: Json) => name === 'events-since-subscription-start').valueString, '4')
  const parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'id', valueId: id },
      { name: 'status', valueCode: 'active' },
    ],
  }
  t.is((await ask(second, 'POST', 'Subscription/$status', parameters)).json.total, 1)
  t.is((await ask(second, 'GET', 'Subscription/$status?status=error')).json.total, 0)
  t.is((await ask(second, 'GET', 'Subscription/none/$status')).status, 404)
  t.deepEqual(numbersOf((await ask(second, 'GET', `Subscription/${id}/$events?eventsSinceNumber=3`)).json), ['3', '4'])
  t.is((await ask(second, 'DELETE', `Subscription/${id}`)).status, 204)
  t.is((await ask(second, 'GET', `Subscription/${id}/$status`)).status, 404)
})

test('what is asked for in vain is refused with the place, and nothing is stored', async (t) => {
  const running = await live(t, { load: false })
  for (const wrong of [
    topicSubscription('https://receiver.example/', { criteria: 'urn:none' }),
    coreSubscription('ftp://x', 'SupplyDelivery?status=completed'),
  ]) {
    const { id: _, ...subscription } = wrong
    const { status, json } = await ask(running, 'POST', 'Subscription', subscription)
    t.is(status, 422)
    t.is(json.resourceType, 'OperationOutcome')
    t.truthy(json.issue[0].expression)
  }
  t.is((await ask(running, 'GET', 'Subscription')).json.total, 0)
})

test('an R4 core subscription is told of what another client writes', async (t) => {
  const hook = await receiver(t)
  const running = await live(t, { load: false })
  t.is((await ask(running, 'PUT', 'Subscription/core-1', coreSubscription(hook.url, 'Procedure?status=completed', 'application/fhir+json'))).status, 201)
  await until(
    async () => (await ask(running, 'GET', 'Subscription/core-1')).json.status as string,
    (status) => status === 'active',
  )
  const procedure = { resourceType: 'Procedure', subject: { reference: 'Patient/p1' } }
  await until(
    async () => {
      await ask(running, 'PUT', 'Procedure/x', { ...procedure, id: 'x', status: 'completed' })
      await ask(running, 'PUT', 'Procedure/y', { ...procedure, id: 'y', status: 'preparation' })
      return hook.taken
    },
    (taken) => taken.length > 0,
  )
  t.true(hook.taken.every(({ method, url }) => method === 'PUT' && url === '/hook/Procedure/x'))
  t.is(hook.taken[0]?.json.status, 'completed')
})
