import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import type { MessageView, Page } from '../../channels/contract/index.ts'
import { startSink } from '../crash/sink.ts'
import { interchange, INVOICE, invoice, received } from '../mappers/x12/samples.ts'
import { temporary } from './folder.ts'
import { startEngine, until } from './process.ts'

const FILES: Readonly<Record<string, string>> = {
  'engine.yaml': 'installation: end-to-end\napi: { host: 127.0.0.1, port: 0 }\nstore: { min_free: 1MB }\n',
  'channels/documents/channel.yaml': `channel: documents
format: x12
listen:
  http: { port: 0, path: /x12, messages: ['810', '997'] }
  file: { folder: edi, pattern: '*.edi', poll: 50ms, answers: out, messages: ['810'] }
deliver:
  - to: sink
`,
  'destinations/sink.yaml': 'type: http\nurl: http://127.0.0.1:1\nretry: { first: 50ms, max: 200ms }\n',
  'tables/x12-partners.csv': 'code,value\nACME-9,ACME\n',
}

test('X12 comes in over HTTP and as files, is answered by a 997, and a crash repeats nothing', async (t) => {
  const dir = temporary(t)
  const config = join(dir, 'config')
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(config, file)), { recursive: true })
    writeFileSync(join(config, file), text)
  }
  const sink = await startSink()
  t.teardown(() => sink.stop())
  const data = join(dir, 'data')
  const start = () => startEngine(t, { config, data, set: { 'destinations.sink.url': sink.url } })
  let engine = await start()
  const post = async (body: string) => {
    const response = await fetch(`http://127.0.0.1:${String(engine.port('documents'))}/x12`, {
      method: 'POST',
      headers: { 'content-type': 'application/edi-x12' },
      body,
    })
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
  }
  const stored = async () => (await engine.get<Page<MessageView>>('/messages')).items

  const good = await post(interchange([[invoice]]))
  t.like(good, { status: 200, type: 'application/edi-x12' })
  t.regex(good.text, /~AK1\*IN\*17~AK2\*810\*0001~AK5\*A~AK9\*A\*1\*1\*1~/)
  t.deepEqual(await post(interchange([[invoice]])), good, 'a resend gets the very same answer')

  const broken = await post(interchange([[{ set: '810', segments: INVOICE.slice(0, 3) }]], { control: '000000018' }))
  t.is(broken.status, 422)
  t.regex(broken.text, /~AK5\*R\*5~AK9\*R\*1\*1\*0~/)
  t.is((await post('not EDI')).status, 400)
  t.like(await post(interchange([[{ set: '855', segments: ['BAK*00*AK*PO-1*20260301'] }]], { control: '000000019' })), { status: 422 })
  t.like(await post(interchange([[received]], { control: '000000020' })), { status: 200, text: '' })
  t.deepEqual(
    (await stored()).map(({ state, type }) => `${type} ${state}`).filter((line) => line.endsWith('REJECTED')),
    ['855 REJECTED', ' REJECTED', '810 REJECTED'],
  )

  const drop = (name: string, text: string) => {
    writeFileSync(join(data, 'edi', `.${name}`), text)
    renameSync(join(data, 'edi', `.${name}`), join(data, 'edi', name))
  }
  const answer = join(data, 'edi/out/a.edi.answer')
  drop('a.edi', interchange([[invoice]], { control: '000000021' }))
  await until(
    () => Promise.resolve(existsSync(answer)),
    (there) => there,
  )
  const first = readFileSync(answer, 'utf8')
  t.regex(first, /~AK9\*A\*1\*1\*1~/)

  // As a crash after intake and before the move leaves it: taken again, known, answered the same, moved.
  const done = () => {
    const folder = join(data, 'edi/done')
    const [day] = existsSync(folder) ? readdirSync(folder) : []
    return day === undefined ? '' : join(folder, day, 'a.edi')
  }
  await until(
    () => Promise.resolve(existsSync(done())),
    (there) => there,
  )
  engine.child.kill('SIGKILL')
  await engine.ended
  renameSync(done(), join(data, 'edi/.taking/a.edi'))
  writeFileSync(answer, '')
  engine = await start()
  await until(
    () => Promise.resolve(readFileSync(answer, 'utf8')),
    (text) => text !== '',
  )
  t.is(readFileSync(answer, 'utf8'), first)
  t.is((await stored()).filter(({ controlId }) => controlId === '000000021/17').length, 1)
})
