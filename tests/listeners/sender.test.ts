import { createServer } from 'node:net'
import test from 'ava'
import { createMllpSender, frameBlock } from '../../listeners/mllp/index.ts'
import { CERTIFICATE, PRIVATE_KEY } from './certificate.ts'
import { ack, blocks, FakeIntake, HandClock, listening, message, peer } from './fixtures.ts'

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

test('among acknowledgements that come together, cut anywhere, a sender takes its own', async (t) => {
  const server = createServer((socket) => {
    socket.once('data', () => {
      const both = Buffer.concat([frameBlock(ack('0', 'AA')), frameBlock(ack('1', 'AE'))])
      socket.write(both.subarray(0, 70))
      socket.write(both.subarray(70))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const sender = createMllpSender({ host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0, timeoutMs: 5000 })
  t.teardown(async () => {
    await sender.close()
    server.close()
  })
  const answer = await sender.send(message('1'))
  t.is(answer.kind === 'ack' ? answer.code : answer.kind, 'AE')
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
