import test from 'ava'
import { parseId } from '../../../channels/contract/index.ts'
import type { BridgeTables, InjectRequest } from '../../../channels/contract/index.ts'
import type { CompiledConfiguration } from '../../../channels/engine/index.ts'
import { toldBridge } from '../../store/told.ts'
import type { Told } from '../../store/told.ts'
import { STORED, compiledOf, house } from './house.ts'

const CONFIG = compiledOf([STORED])

/** The configuration with other ERPs. */
function withErps(...names: readonly string[]): CompiledConfiguration {
  const { configuration } = CONFIG
  const erp = configuration.destinations.find(({ name }) => name === 'erp')
  if (!erp) throw new Error('no erp')
  const others = configuration.destinations.filter(({ name }) => name !== 'erp')
  return { ...CONFIG, configuration: { ...configuration, destinations: [...others, ...names.map((name) => ({ ...erp, name }))] } }
}

const request = (body: Told, more: Partial<InjectRequest> = {}): InjectRequest => ({
  channel: 'bridge/api',
  controlId: 'key-1',
  sender: 'erp-app',
  type: 'api^usage',
  raw: JSON.stringify(body),
  events: [{ type: 'SupplyRequested', businessKey: 'B', caseKey: 'case-1', body: { ...body }, keys: [{ kind: 'item', value: 'IMP-1' }] }],
  bridge: null,
  deliver: [],
  ...more,
})
const idOf = (text: string): number => parseId(text)?.message ?? 0

test('what comes by another way is a message with events like any other, decided by the only ERP there is', async (t) => {
  const { engine, message, sent, store, until, clock } = await house(t, toldBridge)
  const running = engine(CONFIG)
  await running.start()
  const answer = await running.inject(request({ documents: [{ kind: 'requisition' }] }, { deliver: ['sink'] }))
  if (answer.kind === 'refused') return t.fail(answer.text)
  t.is(answer.kind, 'stored')
  const view = await message(idOf(answer.message))
  t.like(view, { channel: 'bridge/api', controlId: 'key-1', type: 'api^usage' })
  const [event] = view.events
  t.deepEqual([event?.id], [...answer.events])
  t.regex(event?.id ?? '', /\.supplyRequested\.1$/)
  t.like(event?.body, {
    id: event?.id,
    type: 'SupplyRequested',
    version: 1,
    recordedAt: new Date(clock.now()).toISOString(),
    source: { channel: 'bridge/api', system: 'erp-app', controlId: 'key-1', position: '1' },
    businessKey: 'B',
  })
  t.is(Buffer.from((await store.reader.raw(idOf(answer.message))) ?? []).toString(), JSON.stringify({ documents: [{ kind: 'requisition' }] }))
  await until(async () => (await message(idOf(answer.message))).state === 'SENT')
  t.deepEqual(sent.toSorted(), ['erp key-1 requisition', 'sink key-1 SupplyRequested'])
  t.true((await store.reader.trace('IMP-1')).nodes.some((node) => node.id === event?.id))
})

test('the same request again is the same message, and is decided once', async (t) => {
  const { engine, sent, until } = await house(t, toldBridge)
  const running = engine(CONFIG)
  await running.start()
  const first = await running.inject(request({ documents: [{ kind: 'requisition' }] }))
  const second = await running.inject(request({ documents: [{ kind: 'requisition' }] }))
  if (first.kind === 'refused' || second.kind === 'refused') return t.fail()
  t.deepEqual([first.kind, second.kind, second.message], ['stored', 'duplicate', first.message])
  t.deepEqual(second.events, first.events)
  await until(() => Promise.resolve(sent.length > 0))
  t.is(sent.length, 1)
})

test('a request that nothing can decide on, or that says too little, is refused with words', async (t) => {
  const cases: readonly (readonly [CompiledConfiguration, Partial<InjectRequest>, RegExp])[] = [
    [withErps(), {}, /No ERP destination/],
    [withErps('one', 'two'), {}, /Several ERPs .*one, two/],
    [withErps('one', 'two'), { bridge: 'three' }, /no ERP destination three/],
    [CONFIG, { bridge: 'sink' }, /no ERP destination sink/],
    [CONFIG, { deliver: ['erp'] }, /no destination erp that takes events/],
    [CONFIG, { channel: 'both' }, /begins with bridge\//],
  ]
  for (const [config, more, text] of cases) {
    const { engine, store } = await house(t, toldBridge)
    const running = engine(config)
    await running.start()
    const answer = await running.inject(request({}, more))
    t.regex(answer.kind === 'refused' ? answer.text : '', text)
    t.deepEqual((await store.reader.messages({})).items, [])
  }
  const { engine } = await house(t, toldBridge)
  const running = engine(withErps('one', 'two'))
  await running.start()
  t.is((await running.inject(request({}, { bridge: 'two' }))).kind, 'stored')
  await running.stop()
  t.is((await running.inject(request({}, { bridge: 'two', controlId: 'late' }))).kind, 'refused')
})

test('a message that the engine made is not mapped again', async (t) => {
  const { engine, message } = await house(t, toldBridge)
  const running = engine(CONFIG)
  await running.start()
  const answer = await running.inject(request({ rows: [['lot', { item: 'X', lot: 'L' }]] }))
  if (answer.kind === 'refused') return t.fail(answer.text)
  const result = await running.replay(idOf(answer.message), 'ann')
  t.regex(result.ok ? '' : result.text, /came by bridge\/api: nothing maps it again/)
  t.is((await message(idOf(answer.message))).events[0]?.state, 'APPLIED')
})

const timer = (due: number, subject = 'order:1', destination = 'erp') => ['timer', { name: 'late', subject, due, destination }] as const

test('a timer that is due becomes one event, however long the bridge leaves it on', async (t) => {
  const seen: Readonly<Record<string, unknown>>[] = []
  const { clock, engine, store, until } = await house(t, {
    reads: (of, rows) => toldBridge.reads(of, rows, {} as never),
    decide(of, rows, context) {
      if (of.type === 'TimerFired') seen.push(of.body)
      return toldBridge.decide(of, rows, context)
    },
  })
  const running = engine(CONFIG)
  await running.start()
  const due = clock.now() + 10_000
  await running.inject(request({ rows: [timer(due), timer(due + 60_000, 'order:2'), timer(0, 'off')] }))
  await clock.move(9_000)
  t.deepEqual(seen, [])
  await until(() => Promise.resolve(seen.length > 0))
  t.like(seen[0], { type: 'TimerFired', name: 'late', subject: 'order:1', due: String(due), occurredAt: new Date(due).toISOString() })
  const count = async () => (await store.reader.messages({ channel: 'bridge/timer' })).items.length
  await clock.move(20_000)
  t.deepEqual([seen.length, await count()], [1, 1])
  // A later due time of the same timer is another occasion.
  await running.inject(request({ rows: [timer(clock.now())] }, { controlId: 'key-2' }))
  await clock.move(4_000)
  t.deepEqual([seen.length, await count()], [2, 2])
  await running.stop()
  const again = engine(CONFIG)
  await again.start()
  await clock.move(4_000)
  t.deepEqual([seen.length, await count()], [2, 2])
  await clock.move(60_000)
  t.deepEqual([seen.length, seen.at(-1)?.['subject']], [3, 'order:2'])
})

test('a timer of an ERP that is gone hides no other timer', async (t) => {
  const { clock, engine, store } = await house(t, toldBridge)
  const running = engine(CONFIG)
  await running.start()
  const gone = Array.from({ length: 250 }, (_, i) => timer(1 + i, `gone:${String(i)}`, 'gone'))
  await running.inject(request({ rows: [...gone, timer(clock.now(), 'order:1')] }))
  await clock.move(10_000)
  const rows: readonly BridgeTables['timer'][] = (await store.reader.rows({ table: 'timer', limit: 1000 })).items
  t.is(rows.length, 251)
  t.is((await store.reader.messages({ channel: 'bridge/timer' })).items.length, 1)
})

test('deliveries to a destination that a reload removes are told with their number', async (t) => {
  const { engine, put, setNext, script } = await house(t)
  script.deliver = (_work, name) => (name === 'sink' ? { kind: 'failed', code: 'DESTINATION_UNREACHABLE', text: 'no' } : { kind: 'sent', reference: null })
  for (const controlId of ['G1', 'G2']) await put(CONFIG, controlId)
  const running = engine(CONFIG)
  await running.start()
  const erpOnly = compiledOf([{ ...STORED, to: ['erp'] }])
  const { configuration } = erpOnly
  setNext({
    ...erpOnly,
    configuration: { ...configuration, id: 'without-sink', destinations: configuration.destinations.filter(({ name }) => name !== 'sink') },
  })
  const { applied, issues } = await running.reload('ann')
  t.true(applied)
  t.deepEqual(
    issues.filter(({ code }) => code === 'deliveries-left').map(({ level, message }) => [level, message.split(';')[0]]),
    [['warning', '2 deliveries to sink are open and no destination has this name']],
  )
})

test('a destination that sends orders to suppliers is no ERP: the only ERP decides beside it, and it is never asked to', async (t) => {
  const { engine } = await house(t, toldBridge)
  const { configuration } = CONFIG
  const erp = configuration.destinations.find(({ name }) => name === 'erp')
  if (!erp) throw new Error('no erp')
  const both = { ...CONFIG, configuration: { ...configuration, destinations: [...configuration.destinations, { ...erp, name: 'edi-out', type: 'x12' }] } }
  const running = engine(both)
  await running.start()
  t.is((await running.inject(request({ documents: [] }))).kind, 'stored')
  t.like(await running.inject(request({ documents: [] }, { bridge: 'edi-out', controlId: 'key-2' })), { kind: 'refused' })
})
