import test from 'ava'
import { blocks, FakeIntake, HandClock, listening, peer, soon } from './fixtures.ts'

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
  t.deepEqual(
    client.reads,
    Array.from({ length: 20 }, () => 1),
    'each read held one whole block',
  )
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
  waiting.socket.write(blocks('2'))
  await intake.took(2)
  t.deepEqual(waiting.replies, ['late'])
  intake.taken[1]?.answer(null)
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
