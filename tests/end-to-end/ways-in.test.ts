import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tls from 'node:tls'
import test from 'ava'
import type { MessageView, Page, WorklistView } from '../../channels/contract/index.ts'
import { usage } from '../crash/messages.ts'
import { startSink } from '../crash/sink.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../listeners/certificate.ts'
import { loadMasterData, sandboxIn, temporary, writeFolder } from './folder.ts'
import { codeOf, command, converse, documentsOf, fault, startEngine, until } from './process.ts'

function installed(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return true
  } catch {
    return false
  }
}

test('each way in and each promise of an acknowledgement, on one engine', async (t) => {
  const dir = temporary(t)
  writeFileSync(join(dir, 'cert.pem'), CERTIFICATE)
  writeFileSync(join(dir, 'key.pem'), PRIVATE_KEY)
  const mllp = (more: string) => `{ mllp: { host: 127.0.0.1, port: 0, messages: [DFT^P03]${more} } }`
  const config = writeFolder(dir, [
    { name: 'stored', listen: mllp(''), to: ['sink'] },
    { name: 'mapped', listen: mllp(', acknowledge: when-mapped'), to: ['erp'] },
    { name: 'delivered', listen: mllp(', acknowledge: when-delivered, ack_timeout: 700ms'), to: ['erp'] },
    { name: 'secure', listen: mllp(`, tls: { cert: ${join(dir, 'cert.pem')}, key: ${join(dir, 'key.pem')} }`), to: ['sink'] },
    { name: 'posted', listen: '{ http: { port: 0, messages: [DFT^P03] } }', to: ['sink'] },
  ])
  const sandbox = await sandboxIn(t, dir)
  const sink = await startSink()
  t.teardown(() => sink.stop())
  const engine = await startEngine(t, { config, data: join(dir, 'data'), set: { 'destinations.erp.url': sandbox, 'destinations.sink.url': sink.url } })
  await loadMasterData(engine)
  const stored = async (controlId: string) => (await engine.get<Page<MessageView>>(`/messages?controlId=${controlId}`)).items
  const text = (controlId: string, number: number) => usage({ controlId, account: controlId, number }).toString()
  const worklist = async () => (await engine.get<Page<WorklistView>>('/worklist')).items

  // when-mapped: a failure is the sender's, with the place, and nobody else's.
  const mapped = await converse(t, engine.port('mapped'))
  const bad = await mapped.send(text('M-BAD', 1).replace('|CG|SUT-2^Suture^ITEM|||1|', '|CG|SUT-2^Suture^ITEM|||1,000|'))
  t.is(codeOf(bad), 'AE')
  t.regex(bad, /\rERR\|[^\r]*FT1\^1\^10/)
  t.like((await stored('M-BAD'))[0], { state: 'REJECTED', ack: { code: 'AE' }, events: [], fault: { code: 'BAD_VALUE' } })
  t.deepEqual(await worklist(), [])
  t.is(codeOf(await mapped.send(text('M-GOOD', 2))), 'AA')
  await until(
    () => stored('M-GOOD'),
    ([message]) => message?.state === 'SENT',
  )

  // when-delivered: AA only after the ERP has it.
  const delivered = await converse(t, engine.port('delivered'))
  await fault(sandbox, { kind: 'delay', ms: 150, count: 2 })
  t.is(codeOf(await delivered.send(text('D-GOOD', 1))), 'AA')
  const has = await engine.get<MessageView>(`/messages/${String((await stored('D-GOOD'))[0]?.id)}`)
  const keys = (await documentsOf(sandbox)).map(({ key }) => key)
  t.true(has.events.flatMap(({ deliveries }) => deliveries).length > 0)
  for (const { key, state } of has.events.flatMap(({ deliveries }) => deliveries)) {
    t.is(state, 'SENT')
    t.true(keys.includes(key ?? ''), 'it was in the ERP before the AA')
  }
  // It takes longer than ack_timeout: AE, also for the resend that joined it; asked again after that, AA.
  await fault(sandbox, { kind: 'delay', ms: 2_000, count: 2 })
  const other = await converse(t, engine.port('delivered'))
  const both = await Promise.all([delivered.send(text('D-SLOW', 2)), other.send(text('D-SLOW', 2))])
  t.deepEqual(both.map(codeOf), ['AE', 'AE'])
  t.regex(both[0], /NO_ANSWER/)
  t.is((await stored('D-SLOW')).length, 1)
  await until(
    () => stored('D-SLOW'),
    ([message]) => message?.state === 'SENT',
  )
  t.is(codeOf(await other.send(text('D-SLOW', 2))), 'AA')
  t.is((await stored('D-SLOW')).length, 1)
  t.is((await stored('D-SLOW'))[0]?.ack?.code, 'AA')
  // A delivery that is refused for good is told at once.
  await fault(sandbox, { kind: 'refuse', count: 1 })
  const held = await delivered.send(text('D-HELD', 3))
  t.is(codeOf(held), 'AE')
  t.regex(held, /ERP_REFUSED/)

  // TLS
  const secure = await converse(t, 0, () => tls.connect({ host: '127.0.0.1', port: engine.port('secure'), ca: CERTIFICATE, servername: 'localhost' }))
  t.is(codeOf(await secure.send(text('TLS-1', 1))), 'AA')

  // HTTP
  const post = (body: string, type = 'application/hl7-v2') =>
    fetch(`http://127.0.0.1:${String(engine.port('posted'))}/hl7`, { method: 'POST', headers: { 'content-type': type }, body })
  const posted = await post(text('HTTP-1', 1))
  t.is(posted.status, 200)
  t.is(codeOf(await posted.text()), 'AA')
  const refused = await post('GET / HTTP/1.1')
  t.is(refused.status, 400)
  t.is((await post('{}', 'application/json')).status, 415)

  // Other people's tools
  const port = String(engine.port('stored'))
  const file = join(dir, 'tool.hl7')
  const tools: readonly (readonly [tool: string, controlId: string, run: () => readonly [string, readonly string[]]])[] = [
    ['mllp_send', 'TOOL-1', () => ['mllp_send', ['--loose', '--port', port, '--file', file, '127.0.0.1']]],
    ['nc', 'TOOL-2', () => ['sh', ['-c', `(printf '\\013'; cat '${file}'; printf '\\034\\r'; sleep 1) | nc -w 5 127.0.0.1 ${port}`]]],
  ]
  const fed: string[] = []
  for (const [tool, controlId, run] of tools) {
    if (!installed(tool)) {
      t.log(`SKIPPED: ${tool} is not installed (Debian: python3-hl7, netcat-openbsd)`)
      continue
    }
    writeFileSync(file, text(controlId, 1))
    const ended = command(t, ...run())
    t.is(await ended.ended, 0, ended.stderr())
    t.regex(ended.stdout(), new RegExp(`MSA\\|AA\\|${controlId}`), tool)
    fed.push(controlId)
  }

  await until(
    () => Promise.resolve(sink.arrivals.map(({ controlId }) => controlId)),
    (arrived) => ['TLS-1', 'HTTP-1', ...fed].every((controlId) => arrived.includes(controlId)),
  )
  t.is((await worklist()).length, 1, 'the held delivery and nothing else')
})
