import test from 'ava'
import { Writable } from 'node:stream'
import type { Emit, EngineEvents } from '../../../channels/contract/index.ts'
import { createObservability } from '../../../server/observability/index.ts'

function observed(level?: 'debug' | 'info') {
  let now = 1_000_000
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Record<string, unknown>)
      done()
    },
  })
  const observability = createObservability({ clock: { now: () => now, after: () => () => undefined }, stream, ...(level === undefined ? {} : { level }) })
  return { ...observability, lines, pass: (ms: number) => (now += ms) }
}

/** One of each, with whatever is text in it planted. */
const eventsWith = (text: string): { readonly [Name in keyof EngineEvents]: EngineEvents[Name] } => ({
  'message:taken': { channel: 'a', state: 'MAPPED', ack: 'AA', bytes: 1300, ms: 4 },
  'message:duplicate': { channel: 'a' },
  'message:failed': { channel: 'a', message: text, code: 'BAD_VALUE', place: text },
  'delivery:settled': { destination: 'erp', state: 'SENT', attempts: 1, ms: 12 },
  'delivery:failed': { destination: 'erp', delivery: text, code: 'NO_ANSWER', attempts: 1 },
  'breaker:changed': { destination: 'erp', open: true },
  'worklist:opened': { kind: 'UNKNOWN_ITEM', item: 7 },
  'channel:changed': { channel: 'a', state: 'running' },
  'configuration:applied': { id: 'aaaaaaaaaaaa' },
  'listener:problem': { channel: 'a', what: text, bytes: 9 },
  'store:problem': { code: 'STORE_FAILED', text: `constraint failed near "${text}"` },
  'pull:failed': { destination: 'erp', kind: 'items', code: 'NO_ANSWER' },
  'batch:committed': { ops: 30, ms: 3 },
})

function emitAll(emit: Emit, text: string): void {
  for (const [name, event] of Object.entries(eventsWith(text))) emit(name as keyof EngineEvents, event as never)
}

test('nothing of a message reaches log or metrics, whatever field it was put into', async (t) => {
  const { emit, lines, metrics } = observed('debug')
  emitAll(emit, 'ZZCANARY^PHI')
  emitAll(emit, 'PID|1||ZZCANARY\rNK1|2')
  emit('channel:changed', { channel: 'b', state: 'running', patient: 'ZZCANARY' } as EngineEvents['channel:changed'])
  t.true(lines.length > 12)
  t.false(JSON.stringify(lines).includes('ZZCANARY'))
  t.false((await metrics()).includes('ZZCANARY'))
})

test('normal traffic writes no line at the default level', (t) => {
  const { emit, lines } = observed()
  emit('message:taken', { channel: 'a', state: 'MAPPED', ack: 'AA', bytes: 1, ms: 1 })
  emit('message:duplicate', { channel: 'a' })
  emit('delivery:settled', { destination: 'erp', state: 'SENT', attempts: 1, ms: 1 })
  emit('batch:committed', { ops: 1, ms: 1 })
  t.deepEqual(lines, [])
})

test('a failure is a line of JSON with code, ids and place', (t) => {
  const { emit, lines } = observed()
  emit('message:failed', { channel: 'or', message: 'm0c1d2e3f4g5', code: 'BAD_VALUE', place: 'FT1(2)-10' })
  t.like(lines[0], { name: 'aqueduct', level: 40, event: 'message:failed', channel: 'or', message: 'm0c1d2e3f4g5', code: 'BAD_VALUE', place: 'FT1(2)-10' })
})

test('the words of the database are kept, what it quotes is not', (t) => {
  const { emit, lines } = observed()
  emit('store:problem', { code: 'STORE_FAILED', text: 'database or disk is full' })
  emit('store:problem', { code: 'STORE_FULL', text: `invalid input for type bigint: "DOE" or 'DOE'` })
  t.is(lines[0]?.['text'], 'database or disk is full')
  t.is(lines[1]?.['text'], 'invalid input for type bigint: “…” or “…”')
})

test('the same trouble is written once in ten seconds, with how often it was kept silent', (t) => {
  const { emit, lines, pass } = observed()
  const fail = (destination: string) => emit('delivery:failed', { destination, delivery: 'm0c1d2e3f4g5.d1', code: 'DESTINATION_UNREACHABLE', attempts: 1 })
  for (let n = 0; n < 5; n++) fail('erp')
  fail('other')
  t.is(lines.length, 2)
  pass(10_000)
  fail('erp')
  t.is(lines.length, 3)
  t.is(lines[2]?.['silenced'], 4)
})

test('metrics count by channel, state and destination, with cumulated histograms', async (t) => {
  const { emit, metrics } = observed()
  for (const ms of [0.4, 4, 4, 90_000]) emit('message:taken', { channel: 'or "main"', state: 'MAPPED', ack: 'AA', bytes: 100, ms })
  emitAll(emit, 'x')
  const lines = (await metrics()).split('\n')
  for (const expected of [
    'aqueduct_messages_total{channel="or \\"main\\"",state="MAPPED"} 4',
    'aqueduct_messages_total{channel="a",state="MAPPED"} 1',
    'aqueduct_message_bytes_total{channel="a"} 1300',
    'aqueduct_duplicates_total{channel="a"} 1',
    'aqueduct_deliveries_total{destination="erp",state="SENT"} 1',
    'aqueduct_delivery_failures_total{destination="erp",code="NO_ANSWER"} 1',
    'aqueduct_pull_failures_total{destination="erp",code="NO_ANSWER"} 1',
    'aqueduct_breaker_open{destination="erp"} 1',
    'aqueduct_worklist_opened_total{kind="UNKNOWN_ITEM"} 1',
    'aqueduct_channel_running{channel="a"} 1',
    'aqueduct_ack_seconds_bucket{le="0.0005",channel="or \\"main\\""} 1',
    'aqueduct_ack_seconds_bucket{le="0.005",channel="or \\"main\\""} 3',
    'aqueduct_ack_seconds_bucket{le="30",channel="or \\"main\\""} 3',
    'aqueduct_ack_seconds_bucket{le="+Inf",channel="or \\"main\\""} 4',
    'aqueduct_ack_seconds_count{channel="or \\"main\\""} 4',
    'aqueduct_batch_operations_bucket{le="32"} 1',
    'aqueduct_batch_operations_sum 30',
  ]) {
    t.true(lines.includes(expected), expected)
  }
})

test('what the store holds is asked at each scrape; a store that fails leaves those numbers out', async (t) => {
  const { metrics, watchStore } = observed()
  let fails = false
  watchStore(() =>
    fails
      ? Promise.reject(new Error('down'))
      : Promise.resolve({ deliveries: [{ destination: 'erp', state: 'HELD', count: 3 }], worklist: [{ kind: 'UNKNOWN_ITEM', count: 2 }], waiting: 5 }),
  )
  const good = await metrics()
  t.regex(good, /^aqueduct_deliveries\{destination="erp",state="HELD"\} 3$/m)
  t.regex(good, /^aqueduct_worklist_open\{kind="UNKNOWN_ITEM"\} 2$/m)
  t.regex(good, /^aqueduct_events_waiting 5$/m)
  fails = true
  t.notRegex(await metrics(), /^aqueduct_(deliveries|worklist_open|events_waiting)[ {]/m)
})

test('listeners hear every event until they are taken off', (t) => {
  const { emit, onEvent } = observed()
  const heard: string[] = []
  const off = onEvent((name) => heard.push(name))
  emit('message:duplicate', { channel: 'a' })
  off()
  emit('message:duplicate', { channel: 'a' })
  t.deepEqual(heard, ['message:duplicate'])
})
