import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { ResourceAnswer, ResourceRequest, ResourceVersion } from '../../../channels/contract/index.ts'
import { parseMessageId } from '../../../channels/contract/index.ts'
import type { Engine } from '../../../channels/engine/index.ts'
import { parseFhirJson } from '../../../fhir/r4/index.ts'
import type { FhirContent, JsonObject } from '../../../fhir/r4/index.ts'
import { compiledOf, house, STORED } from './house.ts'

const channel = (more = '', listen = 'acknowledge: when-stored') => `channel: implants
format: fhir
about: implants
owner: tests
listen: { fhir: { resources: [Procedure], ${listen} } }
lane: Procedure.subject.reference
map:
  - id: implant
    for_each: Procedure.focalDevice
    when: v("Procedure.status") == "completed"
    to: SupplyUsed
    set:
      occurredAt: Procedure.performed
      quantity: { value: 1, unit: =EA }
      item: manipulated.resolve().identifier.value
      serial: manipulated.resolve().serialNumber
${more}deliver: [{ to: sink }]
`
const files = (text = channel()) => ({ 'channels/implants/channel.yaml': text })
const CONFIG = compiledOf([STORED], files())

const procedure = (devices: readonly string[], change: JsonObject = {}): JsonObject => ({
  resourceType: 'Procedure',
  id: 'p1',
  status: 'completed',
  subject: { reference: 'Patient/zz1' },
  performedDateTime: '2026-03-03',
  focalDevice: devices.map((id) => ({ manipulated: { reference: `Device/${id}` } })),
  ...change,
})
const device = (id: string): JsonObject => ({ resourceType: 'Device', id, identifier: [{ value: 'IMP-CUP-48' }], serialNumber: `SN-${id}` })

/** A request as the FHIR face makes it: `known` is what references may find in the store. */
async function requestOf(
  store: Awaited<ReturnType<typeof house>>['store'],
  resources: readonly JsonObject[],
  change: Partial<ResourceRequest> = {},
): Promise<ResourceRequest> {
  const named = resources.map((resource) => ({ resource, type: String(resource['resourceType']), id: String(resource['id']) }))
  const writes = await Promise.all(
    named.map(async ({ id, resource, type }) => {
      const version = ((await store.reader.resource(type, id))?.version ?? 0) + 1
      return {
        type,
        id,
        version,
        method: version === 1 ? ('create' as const) : ('update' as const),
        updated: version * 1000,
        body: JSON.stringify(resource),
        keys: [],
      }
    }),
  )
  const stored = new Map<string, ResourceVersion>()
  for (const id of ['d1', 'd2', 'd3']) {
    const found = await store.reader.resource('Device', id)
    if (found) stored.set(`Device/${id}`, found)
  }
  const resolve = (reference: string): JsonObject | null => {
    const own = named.find(({ id, type }) => `${type}/${id}` === reference)?.resource
    const parsed = parseFhirJson(stored.get(reference)?.body ?? '')
    return own ?? (parsed.ok ? parsed.value : null)
  }
  const content: FhirContent = { server: '', told: named.map((each, i) => ({ ...each, updated: writes[i]?.updated ?? 0 })), resolve }
  return {
    raw: Buffer.from(JSON.stringify(resources)),
    controlId: '',
    sender: 'ehr',
    interaction: resources.length === 1 ? 'create' : 'transaction',
    types: [...new Set(named.map(({ type }) => type))],
    content,
    writes,
    expects: [],
    answer: Buffer.from('201 Created'),
    ...change,
  }
}

async function started(t: ExecutionContext, config = CONFIG) {
  const parts = await house(t)
  const engine = parts.engine(config)
  await engine.start()
  const write = async (resources: readonly JsonObject[], change: Partial<ResourceRequest> = {}) => engine.write(await requestOf(parts.store, resources, change))
  return { ...parts, engine, write }
}

const messageOf = (answer: ResourceAnswer): number => {
  if (answer.kind !== 'stored') throw new Error(JSON.stringify(answer))
  return parseMessageId(answer.messages[0] ?? '') ?? 0
}
const status = (engine: Engine, name = 'implants') => engine.channels().find((each) => each.name === name)

test('what is written is stored with a message of the channel that takes it, and its events are delivered', async (t) => {
  const { engine, message, sent, store, until, write } = await started(t)
  const id = messageOf(await write([device('d1'), procedure(['d1'])]))
  t.is((await store.reader.resource('Procedure', 'p1'))?.version, 1)
  const view = await message(id)
  t.like(view, { channel: 'implants', type: 'Bundle^transaction', ack: { code: 'AA' } })
  t.is(view.lane, 'implants:Patient/zz1')
  t.deepEqual(
    view.events.map(({ body, origin }) => [body['serial'], (origin['serial'] as { path: string }).path]),
    [['SN-d1', 'Procedure.focalDevice[0].manipulated.resolve().serialNumber']],
  )
  await until(async () => (await message(id)).state === 'SENT')
  t.deepEqual(sent, ['sink  SupplyUsed'])
  t.is(status(engine)?.taken, 1)
})

test('what no channel takes is one message without events, kept and traceable', async (t) => {
  const { message, store, write } = await started(t)
  const id = messageOf(await write([device('d1')]))
  t.like(await message(id), { channel: 'bridge/fhir', type: 'Device', state: 'FILTERED', events: [] })
  t.is((await store.reader.resourcesOf(id)).length, 1)
})

test('the same request under the same key is a duplicate and gets the first answer; without a key it is another', async (t) => {
  const { engine, store, write } = await started(t)
  const request = await requestOf(store, [device('d1'), procedure(['d1'])], { controlId: 'K1' })
  const first = await engine.write(request)
  const again = await engine.write({ ...request, answer: Buffer.from('another') })
  t.is(again.kind, 'duplicate')
  if (again.kind === 'duplicate') t.is(Buffer.from(again.answer ?? []).toString(), '201 Created')
  t.is(first.kind, 'stored')
  t.is((await write([device('d1'), procedure(['d1'])])).kind, 'stored')
})

test('a version that somebody else wrote first is a conflict, and nothing of the request is stored', async (t) => {
  const { engine, store, write } = await started(t)
  await write([device('d1')])
  const request = await requestOf(store, [device('d1'), procedure(['d1'])])
  await write([device('d1')])
  t.deepEqual(await engine.write(request), { kind: 'conflict', what: 'version', at: 0 })
  t.is(await store.reader.resource('Procedure', 'p1'), null)
})

test('under when-mapped what cannot be mapped is refused for good and not stored; under when-stored it waits for a person', async (t) => {
  const broken = [device('d1'), procedure(['d1'], { performedDateTime: 'yesterday' })]
  const strict = await started(t, compiledOf([STORED], files(channel('', 'acknowledge: when-mapped'))))
  const refused = await strict.write(broken)
  t.like(refused, { kind: 'refused', retry: false, fault: { code: 'BAD_VALUE', place: 'Procedure.performedDateTime' } })
  t.is(await strict.store.reader.resource('Procedure', 'p1'), null)
  const lenient = await started(t)
  t.is((await lenient.message(messageOf(await lenient.write(broken)))).state, 'ERROR')
})

test('a channel that is paused or stopped refuses for now, and takes again when it is started', async (t) => {
  const { engine, write } = await started(t)
  for (const action of ['pause', 'stop'] as const) {
    await engine.setChannel('implants', action)
    t.like(await write([procedure([])]), { kind: 'refused', retry: true })
    t.is((await write([device(action === 'pause' ? 'd1' : 'd2')])).kind, 'stored', 'what it does not take goes on')
    await engine.setChannel('implants', 'start')
  }
  t.is((await write([procedure([])])).kind, 'stored')
})

test('an engine that is stopping refuses for now', async (t) => {
  const { engine, store } = await started(t)
  const request = await requestOf(store, [procedure([])])
  await engine.stop()
  t.like(await engine.write(request), { kind: 'refused', retry: true })
})

test('an event whose device is not known waits for it, and goes on by itself when the device is written', async (t) => {
  const { clock, message, store, until, write } = await started(t)
  const id = messageOf(await write([procedure(['d1'])]))
  t.is((await message(id)).state, 'WAITING')
  const items = (await store.reader.worklist({ state: 'open' })).items
  t.deepEqual(
    items.map(({ kind, subject }) => [kind, subject]),
    [['UNRESOLVED_REFERENCE', 'reference:Device/d1']],
  )
  await clock.move(5_000)
  t.is((await message(id)).state, 'WAITING', 'nothing was written that it waits for')
  await write([device('d1')])
  await until(async () => (await message(id)).state === 'SENT')
  t.is((await message(id)).events[0]?.body['serial'], 'SN-d1')
  t.deepEqual((await store.reader.worklist({ state: 'open' })).items, [])
})

test('an event that waited over a restart goes on too', async (t) => {
  const { clock, engine, message, store, until } = await house(t)
  const first = engine(CONFIG)
  await first.start()
  const id = messageOf(await first.write(await requestOf(store, [procedure(['d1'])])))
  await first.write(await requestOf(store, [device('d1')]))
  await first.stop()
  await clock.move(1)
  await engine(CONFIG).start()
  await until(async () => (await message(id)).state === 'SENT')
  t.is((await message(id)).events[0]?.body['serial'], 'SN-d1')
})

test('an update that drops a device takes back that device and no other; the same content told again says nothing', async (t) => {
  const { message, sent, until, write } = await started(t)
  await write([device('d1'), device('d2'), procedure(['d1', 'd2'])])
  const second = messageOf(await write([procedure(['d1'])]))
  await until(async () => (await message(second)).state === 'SENT')
  t.deepEqual(
    (await message(second)).events.map(({ body, type }) => [type, body['serial']]),
    [['SupplyReversed', 'SN-d2']],
  )
  t.is((await message(messageOf(await write([procedure(['d1'])])))).state, 'FILTERED')
  const wrong = messageOf(await write([procedure(['d1'], { status: 'entered-in-error' })]))
  t.deepEqual(
    (await message(wrong)).events.map(({ body, type }) => [type, body['serial']]),
    [['SupplyReversed', 'SN-d1']],
  )
  t.is((await message(messageOf(await write([procedure(['d1'], { status: 'entered-in-error' })])))).state, 'FILTERED')
  t.is(sent.length, 4)
})

test('a replay reads what the message wrote from the store, and changes nothing that is as it was', async (t) => {
  const { engine, message, write, until } = await started(t)
  const id = messageOf(await write([device('d1'), procedure(['d1'])]))
  await until(async () => (await message(id)).state === 'SENT')
  const before = (await message(id)).events
  t.like(await engine.replay(id, 'ann'), { ok: true })
  await until(async () => (await message(id)).state === 'SENT')
  t.deepEqual(
    (await message(id)).events.map((event) => event.body),
    before.map((event) => event.body),
  )
})
