import test from 'ava'
import { EVENT_SYSTEM, resourceIdOf } from '../../../fhir/record/index.ts'
import { as, live, until } from '../../server/api/live.ts'
import type { Live } from '../../server/api/live.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- resources are looked into by many paths
type Json = any

const USAGE = {
  type: 'SupplyUsed',
  occurredAt: '2026-03-02T10:22:33+01:00',
  case: 'ACC9',
  department: 'OR-MAIN',
  location: 'OR-CORE',
  item: { code: 'SUT-VIC-30', system: 'ITEM' },
  quantity: { value: '2', unit: 'EA' },
}

async function use(running: Live, key: string, body: Json): Promise<string> {
  const answer = await as(running).post('/api/process/v1/usage', body, { 'idempotency-key': key })
  const said = (await answer.json()) as { events: string[] }
  return said.events[0] ?? ''
}
const read = async (running: Live, path: string): Promise<Json> => (await as(running).get(`/fhir/${path}`)).json()
const found = async (running: Live, path: string): Promise<Json[]> => ((await read(running, path)).entry ?? []).map((each: Json) => each.resource)
const whatOf = (provenance: Json) => provenance.entity[0].what.identifier
const activityOf = (provenance: Json) => provenance.activity.coding[0].code

test('a use is a SupplyDelivery with its documents, its requisition SupplyRequests, and each says why in a Provenance', async (t) => {
  const running = await live(t)
  const event = await use(running, 'use-1', USAGE)
  const id = resourceIdOf(event)
  const resource = await until(
    () => read(running, `SupplyDelivery/${id}`),
    (each) => each.resourceType === 'SupplyDelivery',
  )
  t.like(resource, { id, status: 'completed', suppliedItem: { quantity: { value: 2, unit: 'EA' } }, destination: { display: 'OR-CORE' } })
  t.is(resource.identifier[0].value, event)
  t.regex(resource.identifier[1].value, /^[0-9a-z]{12}$/, 'the key of its goods issue')
  t.is((await found(running, `SupplyDelivery?identifier=${EVENT_SYSTEM}|${event}`))[0].id, id)
  const [request] = await until(
    () => found(running, 'SupplyRequest?status=active'),
    (all) => all.length > 0,
  )
  t.like(request, { status: 'active', deliverTo: { display: 'OR-CORE' }, itemCodeableConcept: { coding: [{ code: 'SUT-VIC-30' }] } })
  t.true(request.quantity.value > 0)
  const told = await until(
    () => found(running, `Provenance?target=SupplyDelivery/${id}`),
    (all) => all.length > 0,
  )
  t.deepEqual(
    told.map((each) => [activityOf(each), whatOf(each)]),
    [['usage.applied', { system: EVENT_SYSTEM, value: event }]],
  )
  t.is(told[0].agent[0].who.identifier.value, 'northgate')
})

test('trap 69: a use that is taken back is entered in error, once, and what remains of one that is taken back in part is told', async (t) => {
  const running = await live(t)
  const whole = await use(running, 'a', { ...USAGE, case: 'ACC1' })
  const partly = await use(running, 'b', { ...USAGE, case: 'ACC2' })
  const at = (event: string) => read(running, `SupplyDelivery/${resourceIdOf(event)}`)
  for (const event of [whole, partly])
    await until(
      () => at(event),
      (each) => each.status === 'completed',
    )
  for (const key of ['c', 'c']) await use(running, key, { ...USAGE, case: 'ACC1', type: 'SupplyReversed' })
  await use(running, 'd', { ...USAGE, case: 'ACC2', type: 'SupplyReversed', quantity: { value: '1', unit: 'EA' } })
  await until(
    () => at(whole),
    (each) => each.status === 'entered-in-error',
  )
  const left = await until(
    () => at(partly),
    (each) => each.suppliedItem.quantity.value === 1,
  )
  t.is(left.status, 'completed')
  const history = await found(running, `SupplyDelivery/${resourceIdOf(whole)}/_history`)
  t.deepEqual(
    history.map((each) => each.status),
    ['entered-in-error', 'completed'],
  )
  const told = await found(running, `Provenance?target=SupplyDelivery/${resourceIdOf(whole)}`)
  t.deepEqual(told.map(activityOf).toSorted(), ['usage.applied', 'usage.reversed'])
})

test('what waits for a person is a Task, which ends with its worklist item', async (t) => {
  const running = await live(t)
  await use(running, 'unknown', { ...USAGE, item: { code: 'NOT-LOADED', system: 'ITEM' } })
  const [task] = await until(
    () => found(running, 'Task?status=requested'),
    (all) => all.length > 0,
  )
  t.like(task, { status: 'requested', intent: 'order', code: { coding: [{ code: 'UNKNOWN_ITEM' }] } })
  t.truthy(task.owner.display)
  t.truthy(task.focus.identifier.value)
  const item = task.identifier[0].value as string
  await as(running).post(`/api/ops/v1/worklist/${item}/resolve`, { action: 'discard', reason: 'a test', by: 'ann' })
  await until(
    () => read(running, `Task/${String(task.id)}`),
    (each) => each.status === 'rejected',
  )
})

test('bill-only implants are ordered for what was used, and the use names the line of its order', async (t) => {
  const running = await live(t)
  const implant = { ...USAGE, item: { code: 'IMP-CUP-48', system: 'ITEM' }, lot: 'L-9', expiry: '2029-01-01', quantity: { value: '1', unit: 'EA' } }
  const event = await use(running, 'implant', implant)
  const resource = await until(
    () => read(running, `SupplyDelivery/${resourceIdOf(event)}`),
    (each) => each.resourceType === 'SupplyDelivery',
  )
  t.is(resource.contained[0].lotNumber, 'L-9')
  const request = await until(
    () => read(running, resource.basedOn[0].reference),
    (each) => each.resourceType === 'SupplyRequest',
  )
  t.like(request, { status: 'active', supplier: [{ display: 'MERIDIAN' }], quantity: { value: 1, unit: 'EA' } })
})

test('no client writes what the engine records, and after a kill nothing of it is written twice', async (t) => {
  const running = await live(t)
  const event = await use(running, 'kept', USAGE)
  const path = `SupplyDelivery/${resourceIdOf(event)}`
  const before = await until(
    () => read(running, path),
    (each) => each.resourceType === 'SupplyDelivery',
  )
  const put = await fetch(`${running.engine.api}/fhir/${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${running.engine.token}`, 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ ...before, status: 'abandoned' }),
  })
  t.is(put.status, 405)
  t.is(((await put.json()) as Json).resourceType, 'OperationOutcome')
  t.is((await as(running).remove(`/fhir/${path}`)).status, 405)
  await running.engine.kill('SIGKILL')
  const again = await live(t, { given: running.dir })
  const other = await use(again, 'other', { ...USAGE, case: 'ACC10' })
  await until(
    () => read(again, `SupplyDelivery/${resourceIdOf(other)}`),
    (each) => each.resourceType === 'SupplyDelivery',
  )
  t.deepEqual(await read(again, path), before)
  t.is((await found(again, `Provenance?target=${path}`)).length, 1)
})
