import test from 'ava'
import type { ExecutionContext } from 'ava'
import { connect } from 'node:net'
import { once } from 'node:events'
import { systemClock } from '../../channels/contract/index.ts'
import type { Intake } from '../../channels/contract/index.ts'
import { startHttpListener } from '../../listeners/http/index.ts'

const MESSAGE = 'MSH|^~\\&|OR|HOSP|||20260301||DFT^P03|C-1|P|2.5\rPID|1||P-77\r'
const ack = (code: string, error = '', version = '2.5') => Buffer.from(`MSH|^~\\&||||||ACK|A-1|P|${version}\rMSA|${code}|C-1\r${error}`)

interface Taken {
  readonly raw: Buffer
  readonly size: number | null
}

/** A listener before an intake that answers what it is told to; null as `reply` never answers by itself. */
async function listener(t: ExecutionContext, reply: Uint8Array | null | 'later' = ack('AA'), maxMessageBytes = 100_000) {
  const taken: Taken[] = []
  const waiting: ((reply: Uint8Array | null) => void)[] = []
  const problems: unknown[] = []
  const door = { ready: true }
  const answered = (answer: (reply: Uint8Array | null) => void) => {
    if (reply === 'later') waiting.push(answer)
    else setImmediate(() => answer(reply))
  }
  const intake: Intake = {
    take(raw, answer) {
      taken.push({ raw: Buffer.from(raw), size: null })
      answered(answer)
    },
    takeOversized(head, size, answer) {
      taken.push({ raw: Buffer.from(head), size })
      answered(answer)
    },
    ready: () => door.ready,
    whenReady: () => t.fail('an HTTP listener does not wait for room, it says 429'),
  }
  const running = await startHttpListener(
    {
      type: 'http',
      channel: 'a',
      host: '127.0.0.1',
      port: 0,
      path: '/hl7',
      messages: ['DFT^P03'],
      acknowledge: 'when-stored',
      ackTimeoutMs: 1000,
      charset: 'utf-8',
      maxMessageBytes,
    },
    intake,
    { clock: systemClock, emit: (name, event) => problems.push([name, event]) },
  )
  t.teardown(() => running.stop())
  const { port } = running.address
  const send = (body: string | Buffer, headers: Record<string, string> = { 'content-type': 'application/hl7-v2' }) =>
    fetch(`http://127.0.0.1:${port}/hl7`, { method: 'POST', headers, body })
  return { running, port, taken, waiting, problems, door, send }
}

test('a message that is posted is answered with its acknowledgement, byte for byte both ways', async (t) => {
  const { send, taken, running } = await listener(t)
  t.like(running.address, { type: 'http', host: '127.0.0.1' })
  const bytes = Buffer.concat([Buffer.from(MESSAGE, 'latin1'), Buffer.from([0x4d, 0xfc, 0x6c, 0x0d])])
  const answer = await send(bytes)
  t.is(answer.status, 200)
  t.is(answer.headers.get('content-type'), 'application/hl7-v2')
  t.deepEqual(Buffer.from(await answer.arrayBuffer()), ack('AA'))
  t.deepEqual(taken, [{ raw: bytes, size: null }])
})

for (const [reply, status] of [
  [ack('CA'), 200],
  [ack('AE'), 422],
  [ack('CE'), 422],
  [ack('AR'), 400],
  [ack('CR'), 400],
  [ack('AR', 'ERR||MSH^1^9|200^Unsupported message type^HL70357|E|UNKNOWN_TYPE\r'), 400],
  [ack('AR', 'ERR|||207^Application internal error^HL70357|E|STORE_FULL\r'), 503],
  [ack('AE', 'ERR|||207^Application internal error^HL70357|E|STORE_FAILED\r'), 503],
  [ack('AR', 'ERR|^^^207&Application internal error&HL70357\r', '2.3'), 503],
  [ack('AE', 'ERR|^^^207&Application internal error&HL70357\r', '2.3'), 422],
  [Buffer.from('what?'), 503],
  [ack('??'), 503],
] as const) {
  test(`${JSON.stringify(reply.toString('latin1').split('\r').slice(1).join(' '))} means ${status}`, async (t) => {
    const { send } = await listener(t, reply)
    const answer = await send(MESSAGE)
    t.is(answer.status, status)
    t.is(answer.headers.has('retry-after'), status === 503)
    t.deepEqual(Buffer.from(await answer.arrayBuffer()), reply)
  })
}

test('no reply is never a success: the sender is told to send again', async (t) => {
  const { send } = await listener(t, null)
  const answer = await send(MESSAGE)
  t.is(answer.status, 503)
  t.truthy(answer.headers.get('retry-after'))
})

test('while intake has no room the answer is 429 with Retry-After and nothing is taken', async (t) => {
  const { send, door, taken } = await listener(t)
  door.ready = false
  const answer = await send(MESSAGE)
  t.is(answer.status, 429)
  t.truthy(answer.headers.get('retry-after'))
  t.deepEqual(taken, [])
  door.ready = true
  t.is((await send(MESSAGE)).status, 200)
})

test('an oversized message is answered 413 and its first 64 KB are handed over with its size', async (t) => {
  const { send, taken } = await listener(t, ack('AR', 'ERR|||104^^HL70357|E|FRAME_TOO_LARGE\r'))
  const body = Buffer.alloc(300_000, 'x')
  const answer = await send(body)
  t.is(answer.status, 413)
  t.regex(await answer.text(), /MSA\|AR/)
  t.is(taken[0]?.raw.length, 65_536)
  t.is(taken[0]?.size, 300_000)
})

test('a message of exactly the limit is taken, one byte more is not', async (t) => {
  const { send, taken } = await listener(t, ack('AA'), 1000)
  t.is((await send('x'.repeat(1000))).status, 200)
  await send('x'.repeat(1001))
  t.deepEqual(
    taken.map(({ size }) => size),
    [null, 1001],
  )
})

test('what is no message for this channel is refused and not taken', async (t) => {
  const { send, port, taken } = await listener(t)
  const base = `http://127.0.0.1:${port}`
  t.is((await fetch(`${base}/other`, { method: 'POST', body: MESSAGE })).status, 404)
  const got = await fetch(`${base}/hl7`)
  t.deepEqual([got.status, got.headers.get('allow')], [405, 'POST'])
  t.is((await send('{}', { 'content-type': 'application/json' })).status, 415)
  t.is((await send(MESSAGE, { 'content-type': 'text/plain', 'content-encoding': 'gzip' })).status, 415)
  t.is((await send('')).status, 400)
  t.deepEqual(taken, [])
  t.is((await send(MESSAGE, { 'content-type': 'Text/Plain; charset=utf-8' })).status, 200)
})

test('a request that is cut short is not taken', async (t) => {
  const { port, taken, problems } = await listener(t)
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`POST /hl7 HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 5000\r\n\r\n${MESSAGE}`)
  // The listener has the head when it counts a connection that asked; an answered request on another one proves that it is at work.
  await fetch(`http://127.0.0.1:${port}/other`)
  socket.destroy()
  await once(socket, 'close')
  while (problems.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.deepEqual(taken, [])
  t.like((problems[0] as unknown[])[1], { channel: 'a', what: 'request cut short' })
})

test('bytes that are no HTTP are answered 400 and reported without their content', async (t) => {
  const { port, problems } = await listener(t)
  const socket = connect(port, '127.0.0.1')
  socket.end(`\x0b${MESSAGE}\x1c\r`)
  let answer = ''
  for await (const piece of socket) answer += String(piece)
  t.regex(answer, /^HTTP\/1\.1 400/)
  t.deepEqual(problems, [['listener:problem', { channel: 'a', what: 'not HTTP', bytes: 0 }]])
})

test('stopping answers what was taken before it closes', async (t) => {
  const { running, send, waiting, taken } = await listener(t, 'later')
  const answer = send(MESSAGE)
  while (taken.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const stopped = running.stop()
  waiting[0]?.(ack('AA'))
  t.is((await answer).status, 200)
  await stopped
  t.is(running.connections(), 0)
  await t.throwsAsync(send(MESSAGE))
})

test('a port that is taken is said so with what to change', async (t) => {
  const { port } = await listener(t)
  const again = startHttpListener(
    {
      type: 'http',
      channel: 'b',
      host: '127.0.0.1',
      port,
      path: '/hl7',
      messages: [],
      acknowledge: 'when-stored',
      ackTimeoutMs: 1,
      charset: 'utf-8',
      maxMessageBytes: 1,
    },
    {} as Intake,
    { clock: systemClock, emit: () => undefined },
  )
  await t.throwsAsync(again, { message: /channel b cannot listen .*EADDRINUSE.*listen\.http\.port/ })
})
