import { connect } from 'node:net'
import type { Socket } from 'node:net'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { Clock, EngineEvents, Intake, MllpListen } from '../../channels/contract/index.ts'
import { systemClock } from '../../channels/contract/index.ts'
import { createMllpSender, frameBlock, MllpFramer, startMllpListener } from '../../listeners/mllp/index.ts'
import type { MllpListener } from '../../listeners/mllp/index.ts'
import { CERTIFICATE, PRIVATE_KEY } from './certificate.ts'

type Answer = (reply: Uint8Array | null) => void

/** An engine's door whose answers the test gives. */
class FakeIntake implements Intake {
  readonly taken: { readonly text: string; readonly answer: Answer }[] = []
  room = true
  private resumes: (() => void)[] = []
  private watchers: { count: number; done: () => void }[] = []
  private readonly answerAll: ((text: string, answer: Answer) => void) | null

  constructor(answerAll: ((text: string, answer: Answer) => void) | null = null) {
    this.answerAll = answerAll
  }

  take(raw: Uint8Array, answer: Answer): void {
    this.note(Buffer.from(raw).toString(), answer)
  }

  takeOversized(head: Uint8Array, size: number, answer: Answer): void {
    this.note(`oversized ${size} ${head.length}`, answer)
  }

  ready(): boolean {
    return this.room
  }

  whenReady(resume: () => void): void {
    this.resumes.push(resume)
  }

  open(): void {
    this.room = true
    const resumes = this.resumes
    this.resumes = []
    for (const resume of resumes) resume()
  }

  /** Resolves when so many were taken. */
  took(count: number): Promise<void> {
    return new Promise((done) => {
      this.watchers.push({ count, done })
      this.tell()
    })
  }

  private note(text: string, answer: Answer): void {
    this.taken.push({ text, answer })
    this.answerAll?.(text, answer)
    this.tell()
  }

  private tell(): void {
    for (const { count, done } of this.watchers) if (this.taken.length >= count) done()
  }
}

/** A clock that the test moves. */
class HandClock implements Clock {
  private time = 0
  private tasks: { at: number; task: () => void }[] = []

  now(): number {
    return this.time
  }

  after(ms: number, task: () => void): () => void {
    const entry = { at: this.time + ms, task }
    this.tasks.push(entry)
    return () => {
      this.tasks = this.tasks.filter((other) => other !== entry)
    }
  }

  move(ms: number): void {
    this.time += ms
    const due = this.tasks.filter(({ at }) => at <= this.time)
    this.tasks = this.tasks.filter(({ at }) => at > this.time)
    for (const { task } of due) task()
  }
}

const SETTINGS: MllpListen & { readonly channel: string } = {
  type: 'mllp',
  channel: 'test',
  host: '127.0.0.1',
  port: 0,
  messages: ['ADT^A08'],
  acknowledge: 'when-stored',
  ackTimeoutMs: 1000,
  ack: 'auto',
  charset: 'utf-8',
  maxMessageBytes: 100_000,
  idleTimeoutMs: 60_000,
  maxConnections: 10,
  tls: null,
}

interface Place {
  readonly listener: MllpListener
  readonly problems: EngineEvents['listener:problem'][]
}

async function listening(t: ExecutionContext, intake: Intake, changes: Partial<MllpListen> = {}, clock: Clock = systemClock, graceMs = 2000): Promise<Place> {
  const problems: EngineEvents['listener:problem'][] = []
  const emit = (name: string, event: object): void => {
    if (name === 'listener:problem') problems.push(event as EngineEvents['listener:problem'])
  }
  const listener = await startMllpListener({ ...SETTINGS, ...changes }, intake, { clock, emit, graceMs })
  t.teardown(() => listener.stop())
  return { listener, problems }
}

/** A client that counts what it reads. */
class Peer {
  readonly socket: Socket
  readonly replies: string[] = []
  readonly reads: number[] = []
  readonly closed: Promise<void>
  private readonly framer = new MllpFramer({ maxBytes: 1_000_000 })
  private watchers: { count: number; done: () => void }[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      const frames = this.framer.push(chunk)
      this.reads.push(frames.length)
      for (const frame of frames) if (frame.kind === 'message') this.replies.push(frame.bytes.toString())
      for (const { count, done } of this.watchers) if (this.replies.length >= count) done()
    })
    socket.on('error', () => undefined)
    this.closed = new Promise((done) => socket.on('close', () => done()))
  }

  got(count: number): Promise<void> {
    return new Promise((done) => {
      if (this.replies.length >= count) done()
      else this.watchers.push({ count, done })
    })
  }
}

function peer(t: ExecutionContext, { listener }: Place, options: { readonly allowHalfOpen?: boolean } = {}): Promise<Peer> {
  return new Promise((done, fail) => {
    const socket = connect({ port: listener.address.port, host: '127.0.0.1', ...options })
    t.teardown(() => socket.destroy())
    socket.once('error', fail)
    socket.once('connect', () => done(new Peer(socket)))
  })
}

const soon = (text: string, answer: Answer): void => void setImmediate(() => answer(Buffer.from(`ack ${text}`)))
const blocks = (...texts: readonly string[]): Buffer => Buffer.concat(texts.map((text) => frameBlock(Buffer.from(text))))

test('three blocks in one write get three acknowledgements in order', async (t) => {
  const place = await listening(t, new FakeIntake(soon))
  const client = await peer(t, place)
  client.socket.write(blocks('1', '2', '3'))
  await client.got(3)
  t.deepEqual(client.replies, ['ack 1', 'ack 2', 'ack 3'])
})

test('acknowledgements leave in the order of arrival even when they are given backwards', async (t) => {
  const intake = new FakeIntake()
  const client = await peer(t, await listening(t, intake))
  client.socket.write(blocks('1', '2', '3'))
  await intake.took(3)
  for (const { text, answer } of intake.taken.toReversed()) {
    answer(Buffer.from(`ack ${text}`))
    answer(Buffer.from('a second answer to the same message is nothing'))
  }
  await client.got(3)
  t.deepEqual(client.replies, ['ack 1', 'ack 2', 'ack 3'])
})

test('nothing is sent for a message whose answer is null', async (t) => {
  const intake = new FakeIntake((text, answer) => answer(text === '2' ? null : Buffer.from(`ack ${text}`)))
  const client = await peer(t, await listening(t, intake))
  client.socket.write(blocks('1', '2', '3'))
  await client.got(2)
  t.deepEqual(client.replies, ['ack 1', 'ack 3'])
})

test('a client that sends once and reads once gets the whole acknowledgement', async (t) => {
  const reply = 'x'.repeat(4000)
  const client = await peer(t, await listening(t, new FakeIntake((_, answer) => answer(Buffer.from(reply)))))
  for (let i = 1; i <= 20; i++) {
    client.socket.write(blocks('m'))
    await client.got(i)
  }
  t.deepEqual(client.reads, Array.from({ length: 20 }, () => 1), 'each read held one whole block')
})

test('a client that stops sending still gets what it is owed, and then the connection ends', async (t) => {
  const intake = new FakeIntake()
  const place = await listening(t, intake)
  const client = await peer(t, place, { allowHalfOpen: true })
  client.socket.end(blocks('1', '2'))
  await intake.took(2)
  for (const { text, answer } of intake.taken) answer(Buffer.from(`ack ${text}`))
  await client.closed
  t.deepEqual(client.replies, ['ack 1', 'ack 2'])
})

test('a block without its last byte is taken when the sender falls quiet', async (t) => {
  const clock = new HandClock()
  const intake = new FakeIntake(soon)
  const client = await peer(t, await listening(t, intake, {}, clock))
  client.socket.write(Buffer.concat([blocks('1'), Buffer.from('\x0b2\x1c')]))
  await client.got(1)
  t.is(intake.taken.length, 1)
  clock.move(1000)
  await client.got(2)
  t.deepEqual(client.replies, ['ack 1', 'ack 2'])
})

test('a block without its last byte is taken when the sender ends', async (t) => {
  const client = await peer(t, await listening(t, new FakeIntake(soon)), { allowHalfOpen: true })
  client.socket.end('\x0b1\x1c')
  await client.closed
  t.deepEqual(client.replies, ['ack 1'])
})

test('junk and cut blocks are reported without content and only what is whole is taken', async (t) => {
  const intake = new FakeIntake(soon)
  const place = await listening(t, intake)
  const client = await peer(t, place)
  client.socket.write(Buffer.concat([Buffer.from('noise\x0bcut'), blocks('whole')]))
  await client.got(1)
  t.deepEqual(
    intake.taken.map(({ text }) => text),
    ['whole'],
  )
  t.deepEqual(
    place.problems.map(({ bytes }) => bytes),
    [5, 4],
  )
})

test('an oversized block is told to the engine with its head and size, and the next one is read', async (t) => {
  const intake = new FakeIntake(soon)
  const client = await peer(t, await listening(t, intake))
  client.socket.write(blocks('x'.repeat(300_000), 'next'))
  await client.got(2)
  t.deepEqual(client.replies, ['ack oversized 300000 65536', 'ack next'])
})

test('while the engine has no room nothing is taken, and when it has, nothing is missing', async (t) => {
  const intake = new FakeIntake(soon)
  const client = await peer(t, await listening(t, intake))
  client.socket.write(blocks('0'))
  await client.got(1)
  intake.room = false
  const asked = new Promise<void>((done) => {
    const whenReady = intake.whenReady.bind(intake)
    intake.whenReady = (resume) => {
      whenReady(resume)
      done()
    }
  })
  client.socket.write(blocks('1', '2', '3'))
  await asked
  t.is(intake.taken.length, 1)
  intake.open()
  await client.got(4)
  t.deepEqual(client.replies, ['ack 0', 'ack 1', 'ack 2', 'ack 3'])
})

test('a sender that does not wait is held back, and every message is answered in order', async (t) => {
  const intake = new FakeIntake()
  const client = await peer(t, await listening(t, intake))
  const texts = Array.from({ length: 2000 }, (_, i) => String(i))
  client.socket.write(blocks(...texts))
  await intake.took(256)
  t.is(intake.taken.length, 256)
  let answered = 0
  while (answered < texts.length) {
    await intake.took(answered + 1)
    for (const { text, answer } of intake.taken.slice(answered)) {
      answer(Buffer.from(text))
      answered++
    }
    t.true(intake.taken.length - answered <= 256)
  }
  await client.got(2000)
  t.deepEqual(client.replies, texts)
})

test('a connection that resets does not disturb the others', async (t) => {
  const intake = new FakeIntake()
  const place = await listening(t, intake)
  const bad = await peer(t, place)
  const good = await peer(t, place)
  bad.socket.write(blocks('bad'))
  await intake.took(1)
  bad.socket.resetAndDestroy()
  await bad.closed
  intake.taken[0]?.answer(Buffer.from('ack bad'))
  good.socket.write(blocks('good'))
  await intake.took(2)
  intake.taken[1]?.answer(Buffer.from('ack good'))
  await good.got(1)
  t.deepEqual(good.replies, ['ack good'])
})

test('an intake that throws costs that connection only', async (t) => {
  const intake = new FakeIntake((text, answer) => {
    if (text === 'bad') throw new Error('defect')
    answer(Buffer.from(`ack ${text}`))
  })
  const place = await listening(t, intake)
  const bad = await peer(t, place)
  bad.socket.write(blocks('bad'))
  await bad.closed
  const good = await peer(t, place)
  good.socket.write(blocks('good'))
  await good.got(1)
  t.is(place.problems.length, 1)
})

test('a silent connection is closed after the idle time, one that is owed an answer is not', async (t) => {
  const clock = new HandClock()
  const intake = new FakeIntake()
  const place = await listening(t, intake, { idleTimeoutMs: 1000 }, clock)
  const silent = await peer(t, place)
  const waiting = await peer(t, place)
  waiting.socket.write(blocks('1'))
  await intake.took(1)
  clock.move(1300)
  await silent.closed
  intake.taken[0]?.answer(Buffer.from('late'))
  await waiting.got(1)
  t.deepEqual(waiting.replies, ['late'])
})

test('connections beyond the limit are refused', async (t) => {
  const place = await listening(t, new FakeIntake(soon), { maxConnections: 1 })
  const first = await peer(t, place)
  const second = await peer(t, place)
  await second.closed
  first.socket.write(blocks('1'))
  await first.got(1)
  t.is(place.problems.length, 1)
})

test('stopping answers what was taken and takes nothing more', async (t) => {
  const intake = new FakeIntake()
  const place = await listening(t, intake)
  const client = await peer(t, place)
  client.socket.write(blocks('1'))
  await intake.took(1)
  const stopped = place.listener.stop()
  client.socket.write(blocks('2'))
  intake.taken[0]?.answer(Buffer.from('ack 1'))
  await client.closed
  await stopped
  t.deepEqual(client.replies, ['ack 1'])
  t.is(intake.taken.length, 1)
  await t.throwsAsync(peer(t, place))
})

test('stopping does not wait for ever for an answer', async (t) => {
  const clock = new HandClock()
  const intake = new FakeIntake()
  const place = await listening(t, intake, {}, clock)
  const client = await peer(t, place)
  client.socket.write(blocks('1'))
  await intake.took(1)
  const stopped = place.listener.stop()
  clock.move(2000)
  await stopped
  await client.closed
  t.is(place.listener.connections(), 0)
})

test('an address in use is an error at the start', async (t) => {
  const place = await listening(t, new FakeIntake())
  await t.throwsAsync(listening(t, new FakeIntake(), { port: place.listener.address.port }), { code: 'EADDRINUSE' })
})

const message = (id: string): Buffer => Buffer.from(`MSH|^~\\&|A|B|C|D|||ADT^A08|${id}|P|2.5.1\r`)
const ack = (id: string, code = 'AA'): Buffer => Buffer.from(`MSH|^~\\&|C|D|A|B|||ACK^A08^ACK|X|P|2.5.1\rMSA|${code}|${id}|words\r`)

test('a sender gets the acknowledgement of its own message, one at a time', async (t) => {
  const intake = new FakeIntake((text, answer) => setImmediate(() => answer(ack(text.split('|')[9] ?? ''))))
  const { listener } = await listening(t, intake)
  const sender = createMllpSender({ host: '127.0.0.1', port: listener.address.port, timeoutMs: 5000 })
  t.teardown(() => sender.close())
  const answers = await Promise.all(['1', '2', '3'].map((id) => sender.send(message(id))))
  t.deepEqual(
    answers.map((answer) => (answer.kind === 'ack' ? [answer.code, answer.controlId, answer.text] : answer.kind)),
    [
      ['AA', '1', 'words'],
      ['AA', '2', 'words'],
      ['AA', '3', 'words'],
    ],
  )
})

test('an acknowledgement of another message is not taken for success', async (t) => {
  const clock = new HandClock()
  const intake = new FakeIntake()
  const { listener } = await listening(t, intake)
  const sender = createMllpSender({ host: '127.0.0.1', port: listener.address.port, timeoutMs: 1000 }, clock)
  t.teardown(() => sender.close())
  const first = sender.send(message('1'))
  await intake.took(1)
  intake.taken[0]?.answer(ack('0'))
  const second = sender.send(message('2'))
  clock.move(1000)
  t.is((await first).kind, 'timeout')
  await intake.took(2)
  intake.taken[1]?.answer(ack('2', 'AE'))
  const answer = await second
  t.is(answer.kind === 'ack' ? answer.code : answer.kind, 'AE')
})

test('a sender says whether anything was sent before the connection failed', async (t) => {
  const intake = new FakeIntake(() => {
    throw new Error('defect')
  })
  const place = await listening(t, intake)
  const { port } = place.listener.address
  const sender = createMllpSender({ host: '127.0.0.1', port, timeoutMs: 5000 })
  t.teardown(() => sender.close())
  const lost = await sender.send(message('1'))
  t.is(lost.kind === 'closed' ? lost.sent : lost.kind, true)
  await place.listener.stop()
  const refused = await sender.send(message('2'))
  t.is(refused.kind === 'closed' ? refused.sent : refused.kind, false)
})

const TLS = { cert: CERTIFICATE, key: PRIVATE_KEY, ca: CERTIFICATE, requireClientCertificate: false }
const acknowledging = (): FakeIntake => new FakeIntake((text, answer) => setImmediate(() => answer(ack(text.split('|')[9] ?? ''))))

test('messages travel over TLS', async (t) => {
  const { listener } = await listening(t, acknowledging(), { tls: TLS })
  const sender = createMllpSender({ host: '127.0.0.1', port: listener.address.port, timeoutMs: 5000, tls: { ca: CERTIFICATE } })
  t.teardown(() => sender.close())
  const answers = [await sender.send(message('1')), await sender.send(message('2'))]
  t.deepEqual(
    answers.map((answer) => (answer.kind === 'ack' ? answer.controlId : answer.text)),
    ['1', '2'],
  )
})

test('where client certificates are required, a client without one is refused and one with it is served', async (t) => {
  const place = await listening(t, acknowledging(), { tls: { ...TLS, requireClientCertificate: true } })
  const target = { host: '127.0.0.1', port: place.listener.address.port, timeoutMs: 5000 }
  const stranger = createMllpSender({ ...target, tls: { ca: CERTIFICATE } })
  const partner = createMllpSender({ ...target, tls: { ca: CERTIFICATE, cert: CERTIFICATE, key: PRIVATE_KEY } })
  t.teardown(() => Promise.all([stranger.close(), partner.close()]))
  t.is((await stranger.send(message('1'))).kind, 'closed')
  t.is((await partner.send(message('2'))).kind, 'ack')
  t.true(place.problems.some(({ what }) => what.startsWith('TLS handshake failed')))
})

test('plain text at a TLS port is refused and does not end the listener', async (t) => {
  const place = await listening(t, acknowledging(), { tls: TLS })
  const plain = await peer(t, place)
  plain.socket.write(blocks('plain'))
  await plain.closed
  const sender = createMllpSender({ host: '127.0.0.1', port: place.listener.address.port, timeoutMs: 5000, tls: { ca: CERTIFICATE } })
  t.teardown(() => sender.close())
  t.is((await sender.send(message('1'))).kind, 'ack')
})
