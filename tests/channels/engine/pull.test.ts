import test from 'ava'
import type { Destination, InjectedEvent, PullKind } from '../../../channels/contract/index.ts'
import type { CompiledConfiguration } from '../../../channels/engine/index.ts'
import { toldBridge } from '../../store/told.ts'
import { STORED, compiledOf, house } from './house.ts'

const HOUR_MS = 3_600_000
const CONFIG = compiledOf([STORED])

function pulling(every: Readonly<Partial<Record<PullKind, number>>>, fullMs = 24 * HOUR_MS, deliver: readonly string[] = []): CompiledConfiguration {
  const { configuration } = CONFIG
  const destinations = configuration.destinations.map((each) => (each.name === 'erp' ? { ...each, pull: { every, fullMs, deliver } } : each))
  return { ...CONFIG, configuration: { ...configuration, destinations } }
}

const item = (name: string): InjectedEvent => ({
  type: 'ItemChanged',
  businessKey: `item:${name}`,
  caseKey: `item:${name}`,
  body: { rows: [['lot', { item: name, lot: 'x' }]] },
  keys: [],
})

type Asked = readonly [PullKind, string | null]

/** An ERP that gives one item a page, up to a number. */
function erpOf(most: () => number, asked: Asked[]): NonNullable<Destination['pull']> {
  return (kind, since) => {
    asked.push([kind, since])
    const at = since === null ? 0 : Number(since)
    if (at >= most()) return Promise.resolve({ events: [], next: since ?? '0', more: false })
    return Promise.resolve({ events: [item(`${kind}-${String(at)}`)], next: String(at + 1), more: at + 1 < most() })
  }
}

test('what changed in an ERP is taken page by page from where the last pull ended, at its interval', async (t) => {
  const { clock, engine, script, store } = await house(t, toldBridge)
  const asked: Asked[] = []
  let most = 3
  script.pull = erpOf(() => most, asked)
  const running = engine(pulling({ items: 60_000 }))
  await running.start()
  await clock.move(1_000)
  t.deepEqual(asked, [
    ['items', null],
    ['items', '1'],
    ['items', '2'],
  ])
  const taken = async () => (await store.reader.messages({ channel: 'bridge/pull' })).items.length
  t.is(await taken(), 3)
  t.deepEqual(
    (await store.reader.rows({ table: 'lot' })).items.map((row) => row.item),
    ['items-0', 'items-1', 'items-2'],
  )
  most = 4
  await clock.move(58_000)
  t.is(asked.length, 3)
  await clock.move(2_000)
  t.deepEqual(asked.slice(3), [['items', '3']])
  t.is(await taken(), 4)
  t.like(running.destinations().find(({ name }) => name === 'erp')?.pulls?.[0], { kind: 'items', events: 4, failure: null })
  await running.stop()
  const again = engine(pulling({ items: 60_000 }))
  await again.start()
  await clock.move(1_000)
  t.deepEqual(asked.slice(4), [['items', '4']])
  t.is(await taken(), 4)
})

test('everything is pulled again every so often, also when nothing changed', async (t) => {
  const { clock, engine, script, store } = await house(t, toldBridge)
  const asked: Asked[] = []
  script.pull = erpOf(() => 1, asked)
  const running = engine(pulling({ items: 60_000 }, HOUR_MS))
  await running.start()
  await clock.move(HOUR_MS + 61_000)
  t.is(asked.filter(([, since]) => since === null).length, 2)
  t.is((await store.reader.messages({ channel: 'bridge/pull' })).items.length, 2)
  await running.stop()
  asked.length = 0
  await engine(pulling({ items: 60_000 }, HOUR_MS)).start()
  await clock.move(1_000)
  t.deepEqual(asked, [['items', '1']])
})

test('a kind that fails waits longer each time, holds up no other and no delivery, and says why', async (t) => {
  const { clock, engine, put, message, script, until } = await house(t)
  const asked: Asked[] = []
  const whole = erpOf(() => 0, asked)
  let failing = true
  const at: number[] = []
  script.pull = (kind, since, signal) => {
    if (kind !== 'items' || !failing) return whole(kind, since, signal)
    at.push(clock.now())
    return Promise.resolve({ failed: 'ERP_AUTH', text: 'login refused' })
  }
  const config = pulling({ items: 60_000, orders: 60_000 })
  const id = await put(CONFIG, 'D1')
  const running = engine(config)
  await running.start()
  await until(async () => (await message(id)).state === 'SENT')
  await clock.move(2_000)
  t.true(at.length >= 3)
  const waits = at.slice(1).map((time, i) => time - (at[i] ?? 0))
  t.true((waits[1] ?? 0) >= (waits[0] ?? 0), waits.join())
  t.deepEqual(asked, [['orders', null]])
  const pulls = () => running.destinations().find(({ name }) => name === 'erp')?.pulls ?? []
  t.deepEqual(
    pulls().map(({ kind, failure, lastOkAt }) => [kind, failure, lastOkAt !== null]),
    [
      ['items', 'ERP_AUTH login refused', false],
      ['orders', null, true],
    ],
  )
  failing = false
  await clock.move(2_000)
  t.deepEqual(
    pulls().map(({ failure }) => failure),
    [null, null],
  )
})

test('kinds that documents stand on are asked for first; one that the ERP cannot give is not asked for', async (t) => {
  const { clock, engine, script } = await house(t, toldBridge)
  const asked: Asked[] = []
  script.pull = erpOf(() => 0, asked)
  await engine(pulling({ invoices: 1_000_000, orders: 1_000_000, suppliers: 1_000_000, items: 1_000_000 })).start()
  await clock.move(100)
  t.deepEqual(
    asked.map(([kind]) => kind),
    ['items', 'suppliers', 'orders', 'invoices'],
  )
})

test('an ERP that says more and gives the same cursor is not asked for ever', async (t) => {
  const { clock, engine, script } = await house(t, toldBridge)
  let asked = 0
  script.pull = () => {
    asked++
    return Promise.resolve({ events: [], next: 'same', more: true })
  }
  await engine(pulling({ items: 60_000 })).start()
  await clock.move(1_000)
  t.is(asked, 2)
})

test('a stop ends a pull that is under way', async (t) => {
  const { clock, engine, script } = await house(t, toldBridge)
  let ended = false
  script.pull = (_kind, _since, signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        ended = true
        resolve({ failed: 'DESTINATION_UNREACHABLE', text: 'aborted' })
      })
    })
  const running = engine(pulling({ items: 60_000 }))
  await running.start()
  await clock.move(100)
  await running.stop()
  t.true(ended)
})

test('a page that comes again because its cursor had not moved is the same message', async (t) => {
  const { ask, clock, engine, script, store } = await house(t, toldBridge)
  const asked: Asked[] = []
  script.pull = erpOf(() => 2, asked)
  const back = () => {
    const row = { source: 'erp', kind: 'items', value: '0', at: clock.now() }
    return ask({ op: 'cursor', rows: [row, { ...row, kind: 'full:items', value: '' }] })
  }
  for (const run of [1, 2]) {
    await back()
    const running = engine(pulling({ items: 60_000 }))
    await running.start()
    await clock.move(1_000)
    await running.stop()
    t.is(asked.length, 2 * run)
  }
  t.is((await store.reader.messages({ channel: 'bridge/pull' })).items.length, 2)
})
