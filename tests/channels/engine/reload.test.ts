import test from 'ava'
import { STORED, compiledOf, house } from './house.ts'

const CONFIG = compiledOf([STORED])
const other = (name: string, port: number) => ({ ...STORED, name, listen: `{ mllp: { port: ${String(port)}, messages: [DFT^P03] } }` })

test('a reload that needs a port somebody else has is refused, and leaves channels, ports and destinations as they were', async (t) => {
  const { engine, open, send, setNext, taken, until, sent } = await house(t)
  const running = engine(CONFIG)
  await running.start()
  taken.add(4003)
  setNext(
    compiledOf([STORED, other('second', 4002), other('third', 4003)], { 'destinations/sink.yaml': 'type: http\nurl: http://127.0.0.1:2/moved\nbody: event\n' }),
  )
  const { applied, id, issues } = await running.reload('test')
  t.false(applied)
  t.is(id, CONFIG.configuration.id)
  t.regex(issues.map(({ message }) => message).join(), /channel third cannot listen on .*4003 \(EADDRINUSE\)/)
  t.deepEqual([...open], [4001])
  t.deepEqual(
    running.channels().map(({ name, state, config }) => ({ name, state, config })),
    [{ name: 'both', state: 'running', config: CONFIG.configuration.id }],
  )
  t.regex(await send('AFTER'), /MSA\|AA\|AFTER/)
  await until(() => Promise.resolve(sent.includes('sink AFTER SupplyUsed')))
})

test('a reload closes the ports of channels that are gone, opens new ones, and keeps open what did not change', async (t) => {
  const { engine, open, setNext } = await house(t)
  const running = engine(compiledOf([STORED, other('old', 4002)]))
  await running.start()
  t.deepEqual([...open].sort(), [4001, 4002])
  const next = compiledOf([STORED, other('new', 4003)])
  setNext(next)
  t.true((await running.reload('test')).applied)
  t.deepEqual([...open].sort(), [4001, 4003])
  t.deepEqual(
    running.channels().map(({ name, config }) => `${name} ${config}`),
    [`both ${next.configuration.id}`, `new ${next.configuration.id}`],
  )
})

test('a folder with errors changes nothing; a setting that needs a restart is said', async (t) => {
  const { engine, setNext } = await house(t)
  const running = engine(CONFIG)
  await running.start()
  t.deepEqual(await running.reload('test'), { applied: false, id: CONFIG.configuration.id, issues: [] })
  setNext(compiledOf([STORED], { 'engine.yaml': 'installation: another\napi: { host: 127.0.0.1, port: 9 }\n' }))
  const { applied, issues } = await running.reload('test')
  t.true(applied)
  t.deepEqual(
    issues.map(({ code, level, message }) => `${code} ${level} ${message.split(' ')[0] ?? ''}`),
    ['needs-restart warning installation', 'needs-restart warning api'],
  )
})

test('a stop beside a reload leaves no port open, and a reload after it is refused', async (t) => {
  const { engine, open, setNext } = await house(t)
  const running = engine(CONFIG)
  await running.start()
  setNext(compiledOf([STORED, other('new', 4003)]))
  const reload = running.reload('test')
  const stopped = running.stop()
  await Promise.allSettled([reload, stopped])
  t.deepEqual([...open], [])
  t.false(running.ready())
  await t.throwsAsync(running.reload('test'), { message: /stopping/ })
})
