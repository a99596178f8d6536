import net from 'node:net'
import test from 'ava'
import { framed, run, usage } from './running.ts'

const codeOf = (ack: string) => /\rMSA\|(\w\w)/.exec(ack)?.[1]

test('each bad message gets a clear answer, its bytes are kept, and the next good one goes through', async (t) => {
  const { send, engine, message, until } = await run(t)
  const oversize = Buffer.alloc(17_000_000, 'x')
  const cases: readonly (readonly [what: string, content: Buffer | string, code: string, says: RegExp])[] = [
    ['not HL7 at all', 'GET / HTTP/1.1\r\n', 'AR', /NOT_HL7/],
    ['MSH only', 'MSH|^~\\&|A|B|C|D|20260302||DFT^P03|M1|P|2.5.1\r', 'AA', /MSA\|AA\|M1/],
    ['an unknown trigger', usage({ type: 'DFT^P99', controlId: 'U1' }), 'AR', /DFT\^P03|DFT\\S\\P03/],
    ['no control id', usage({ controlId: '' }), 'AE', /MSH\^1\^10|MSH-10/],
    [
      'a wrong charset',
      Buffer.concat([
        Buffer.from(usage({ controlId: 'W1' }).replace('|P|2.5.1', '|P|2.5.1||||||UNICODE UTF-8').replace('Suture', 'Suture ')),
        Buffer.from([0xff, 0xfe]),
      ]),
      'AE',
      /WRONG_CHARSET/,
    ],
    ['a frame beyond the limit', Buffer.concat([Buffer.from(usage({ controlId: 'BIG' })), oversize]), 'AE', /FRAME_TOO_LARGE/],
  ]
  for (const [what, content, code, says] of cases) {
    const ack = await send(content)
    t.is(codeOf(ack), code, `${what}: ${ack}`)
    t.regex(ack, says, what)
    t.notRegex(ack, /ZZCANARY/, what)
    const id = ack.split('\r')[0]?.split('|')[9] ?? ''
    const raw = await fetch(`${engine.api}/api/ops/v1/messages/${id}/raw`, { headers: { authorization: `Bearer ${engine.token}` } })
    const stored = Buffer.from(await raw.arrayBuffer())
    const sent = Buffer.from(content)
    t.true(stored.equals(sent.length > 16_000_000 ? sent.subarray(0, 65_536) : sent), `${what}: the bytes are kept`)
  }
  t.is(codeOf(await send(usage({ controlId: 'GOOD' }))), 'AA')
  t.is(
    (
      await until(
        () => message('GOOD'),
        ({ state }) => state === 'SENT',
      )
    ).state,
    'SENT',
  )
})

test('a quantity of 1,000 is acknowledged, kept as ERROR with its place, and waits for a person; other messages go on', async (t) => {
  const { send, message, worklist, until } = await run(t)
  t.is(codeOf(await send(usage({ controlId: 'Q1', quantity: '1,000' }))), 'AA')
  t.is(codeOf(await send(usage({ controlId: 'Q2', reference: 'L2' }))), 'AA')
  t.like(await message('Q1'), { state: 'ERROR', fault: { code: 'BAD_VALUE', place: 'FT1-10' } })
  t.like((await worklist())[0], { kind: 'BAD_VALUE', waiting: 1 })
  await until(
    () => message('Q2'),
    ({ state }) => state === 'SENT',
  )
})

test('an unknown unit waits for its factor and is converted by it once it is loaded', async (t) => {
  const { send, message, worklist, until, engine } = await run(t)
  await send(usage({ controlId: 'X1', unit: 'PALLET', quantity: '2' }))
  t.is(
    (
      await until(
        () => message('X1'),
        ({ state }) => state === 'WAITING',
      )
    ).state,
    'WAITING',
  )
  t.like((await worklist())[0], { kind: 'UNKNOWN_UNIT', subject: 'unit:SUT-VIC-30:PALLET' })
  await engine.post('/load/units', { rows: [{ item: 'SUT-VIC-30', unit: 'PALLET', factor: '7' }], source: 'units.csv' })
  const done = await until(
    () => message('X1'),
    ({ state }) => state === 'SENT',
  )
  const whole = await engine.get<{ events: { deliveries: { because: string }[] }[] }>(`/messages/${done.id}`)
  t.true(
    whole.events[0]?.deliveries.some(({ because }) => because.includes('14 EA of SUT-VIC-30')),
    JSON.stringify(whole.events),
  )
  t.is((await worklist()).length, 0)
})

test('an unknown department in 500 messages is one worklist item, and one answer lets all 500 go on', async (t) => {
  const { engine, sandbox, worklist, until } = await run(t)
  const port = engine.listeners.find(({ channel }) => channel === 'or-supply-usage')?.port ?? 0
  const socket = net.connect({ host: '127.0.0.1', port })
  t.teardown(() => socket.destroy())
  let acks = 0
  socket.on('data', (chunk: Buffer) => (acks += chunk.toString('latin1').split('MSA|AA|').length - 1))
  for (let i = 0; i < 500; i++) socket.write(framed(usage({ controlId: `D${String(i)}`, account: `ACC${String(i)}`, department: '7990' })))
  await until(
    () => Promise.resolve(acks),
    (count) => count === 500,
  )
  const items = await worklist()
  t.is(items.length, 1)
  t.like(items[0], { kind: 'UNMAPPED_CODE', subject: 'departments:7990', waiting: 500 })
  await engine.post(`/worklist/${String(items[0]?.id)}/resolve`, { action: 'edit', value: 'OR-MAIN', reason: 'the hybrid OR', by: 'analyst' })
  await until(
    () => engine.get<{ deliveries: unknown[]; waiting: number }>('/counts'),
    (open) => open.waiting === 0 && open.deliveries.length === 0,
  )
  const { items: documents } = (await (await fetch(`${sandbox}/sandbox/v1/documents`)).json()) as { items: { kind: string; key: string }[] }
  t.is(documents.filter(({ kind }) => kind === 'goods-issue').length, 500)
  t.is(documents.filter(({ kind }) => kind === 'journal').length, 500)
  t.is(new Set(documents.map(({ key }) => key)).size, documents.length)
  t.is((await worklist()).length, 0)
})

test('with less than min_free on the disk nothing is taken: the sender is told to send it again', async (t) => {
  const { send, engine } = await run(t, { set: { 'store.min_free': '900000GB' }, load: false })
  const ack = await send(usage({ controlId: 'F1' }))
  t.is(codeOf(ack), 'AR')
  t.regex(ack, /STORE_FULL/)
  t.is((await engine.get<{ items: unknown[] }>('/messages')).items.length, 0)
})
