import test from 'ava'
import type { DeliveryWork } from '../../../channels/contract/index.ts'
import { STORED, compiledOf, house } from './house.ts'

const CONFIG = compiledOf([STORED])

test('a message left RECEIVED is mapped under the configuration that accepted it, also when another is active now', async (t) => {
  const { engine, put, message, until } = await house(t)
  const id = await put(CONFIG, 'M1', (op) => ({ ...op, state: 'RECEIVED', events: [], deliveries: [] }))
  t.is((await message(id)).state, 'RECEIVED')
  const active = compiledOf([{ ...STORED, quantity: 'FT1-1' }])
  await engine(active).start()
  await until(async () => (await message(id)).state === 'SENT')
  const { events, acceptedConfig, runConfig } = await message(id)
  t.is(acceptedConfig, CONFIG.configuration.id)
  t.is(runConfig, CONFIG.configuration.id)
  t.like(events[0]?.origin, { quantity: { path: 'FT1-10' } })
})

test('what was QUEUED is sent in the order of its lane', async (t) => {
  const { engine, put, message, sent, until } = await house(t)
  let last = 0
  for (const controlId of ['Q1', 'Q2', 'Q3']) last = await put(CONFIG, controlId)
  t.deepEqual(sent, [])
  await engine(CONFIG).start()
  await until(async () => (await message(last)).state === 'SENT')
  t.deepEqual(
    sent.filter((line) => line.startsWith('sink')),
    ['sink Q1 SupplyUsed', 'sink Q2 SupplyUsed', 'sink Q3 SupplyUsed'],
  )
})

for (const left of ['SENDING', 'UNKNOWN'] as const) {
  test(`what was ${left} is looked up before anything is sent: what the ERP has is not sent again, what it lacks is`, async (t) => {
    const { ask, asked, clock, engine, put, message, script, sent, store, until } = await house(t)
    const id = await put(CONFIG, 'S1')
    const work: readonly DeliveryWork[] = await store.reader.openWork('erp', -1, 10)
    t.true(work.length >= 2)
    for (const { n } of work) {
      t.deepEqual(await ask({ op: 'claim', message: id, n, attempts: 1 }), { claimed: true })
      if (left === 'UNKNOWN')
        await ask({ op: 'settle', message: id, n, state: 'UNKNOWN', attempts: 1, due: clock.now() + 100, failure: null, reference: null, step: null })
    }
    const there = work[0]?.key
    script.lookup = (key) => (key === there ? { kind: 'present', reference: 'ERP-1' } : { kind: 'absent' })
    await engine(CONFIG).start()
    await until(async () => (await message(id)).state === 'SENT')
    t.deepEqual([...asked].sort(), work.map(({ key }) => key).sort())
    t.is(sent.filter((line) => line.startsWith('erp')).length, work.length - 1)
    const deliveries = (await message(id)).events.flatMap((event) => event.deliveries)
    t.is(deliveries.find(({ key }) => key === there)?.erpRef, 'ERP-1')
  })
}

test('what was HELD still holds its lane, and goes on when a person decides', async (t) => {
  const { ask, engine, put, message, sent, until } = await house(t)
  const first = await put(CONFIG, 'H1')
  const second = await put(CONFIG, 'H2')
  const n = 1
  await ask({
    op: 'settle',
    message: first,
    n,
    state: 'HELD',
    attempts: 3,
    due: 0,
    failure: { code: 'DESTINATION_REFUSED', text: 'no' },
    reference: null,
    step: null,
  })
  const started = engine(CONFIG)
  await started.start()
  await until(async () =>
    (await message(second)).events.every(({ deliveries }) => deliveries.every(({ state, destination }) => destination !== 'erp' || state === 'SENT')),
  )
  t.deepEqual(
    sent.filter((line) => line.startsWith('sink')),
    [],
  )
  await started.resolve({ item: 1, action: 'discard', by: 'operator', reason: 'not wanted', value: null, erpRef: null })
  await until(async () => (await message(second)).state === 'SENT')
  t.deepEqual(
    sent.filter((line) => line.startsWith('sink')),
    ['sink H2 SupplyUsed'],
  )
})

test('what was WAITING goes on when its answer is loaded after the start', async (t) => {
  const { engine, put, message, until } = await house(t)
  const id = await put(CONFIG, 'W1', undefined, (text) => text.replace('|||OR|||', '|||OR-NEW|||'))
  const started = engine(CONFIG)
  await started.start()
  t.is((await message(id)).state, 'WAITING')
  await started.load({
    table: 'departments',
    rows: [{ department: 'OR-NEW', name: 'New', cost_centre: '7010', service_line: 'ORTHO' }],
    by: 'test',
    source: 'x',
  })
  await until(async () => (await message(id)).state === 'SENT')
  t.pass()
})

test('an acknowledgement that waited for delivery is given to the resend', async (t) => {
  const waits = compiledOf([{ ...STORED, listen: '{ mllp: { port: 4001, messages: [DFT^P03], acknowledge: when-delivered } }' }])
  const { engine, message, put, script, send, until } = await house(t)
  const id = await put(
    waits,
    'D1',
    (op) => ({ ...op, ack: null }),
    (text) => text.replace('|D1||20260301', '|A-0||20260301'),
  )
  t.is((await message(id)).ack, null)
  let answer: () => void = () => undefined
  const released = new Promise<void>((resolve) => (answer = resolve))
  script.deliver = async () => {
    await released
    return { kind: 'sent', reference: null }
  }
  await engine(waits).start()
  let acks = ''
  void send('D1').then((ack) => (acks = ack))
  await until(() => Promise.resolve(true))
  t.is(acks, '')
  answer()
  await until(() => Promise.resolve(acks !== ''))
  t.regex(acks, /MSA\|AA\|D1/)
  t.is((await message(id)).ack?.code, 'AA')
})
