import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import test from 'ava'
import type { MessageView, Page } from '../../channels/contract/index.ts'
import { usage } from '../crash/messages.ts'
import { loadMasterData, sandboxIn, temporary, writeFolder } from './folder.ts'
import { aqueduct, codeOf, converse, documentsOf, startEngine, until } from './process.ts'

const CHANNEL = { name: 'stored', listen: '{ mllp: { host: 127.0.0.1, port: 0, messages: [DFT^P03] } }', to: ['erp', 'sink'] }

test('SIGTERM answers what is in flight and exits 0; the next start goes on where it stopped; a second SIGTERM exits at once; one engine a directory', async (t) => {
  const dir = temporary(t)
  const data = join(dir, 'data')
  const config = writeFolder(dir, [CHANNEL])
  const sandbox = await sandboxIn(t, dir)
  const keys: string[] = []
  let silent = false
  const sink = createServer((request, response) => {
    keys.push(String(request.headers['idempotency-key']))
    request.resume()
    if (!silent) request.on('end', () => response.end('{}'))
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    sink.closeAllConnections()
    sink.close()
  })
  await until(() => Promise.resolve(sink.listening), Boolean)
  const url = `http://127.0.0.1:${String((sink.address() as AddressInfo).port)}/events`
  const start = () => startEngine(t, { config, data, set: { 'destinations.erp.url': sandbox, 'destinations.sink.url': url } })
  let engine = await start()
  await loadMasterData(engine)

  const connection = await converse(t, engine.port('stored'))
  const acked = new Set<string>()
  const refused: string[] = []
  const sends = Array.from({ length: 400 }, (_, number) => {
    const controlId = `S-${String(number)}`
    return connection.send(usage({ controlId, account: `A${String(number % 7)}`, number })).then(
      (ack) => (codeOf(ack) === 'AA' ? acked.add(controlId) : refused.push(ack)),
      () => 'not taken',
    )
  })
  await until(
    () => Promise.resolve(acked.size),
    (count) => count > 100,
  )
  engine.child.kill('SIGTERM')
  t.is(await engine.ended, 0, engine.stderr())
  await Promise.all(sends)
  t.deepEqual(refused, [])
  t.false(existsSync(join(data, 'engine.json')))
  t.false(existsSync(join(data, 'engine.lock')))

  engine = await start()
  const stored = new Map<string, MessageView>()
  const all = async () => {
    for (let after = ''; ;) {
      const page = await engine.get<Page<MessageView>>(`/messages?limit=500${after && `&after=${after}`}`)
      for (const message of page.items) stored.set(message.controlId, message)
      if (page.next === null) return [...stored.values()]
      after = page.next
    }
  }
  const ended = await until(all, (messages) => messages.every(({ state }) => state === 'SENT'))
  for (const controlId of acked) t.true(stored.has(controlId), controlId)
  t.log(`${String(acked.size)} acknowledged, ${String(ended.length)} stored`)
  const documents = await documentsOf(sandbox)
  t.is(documents.filter(({ kind }) => kind === 'goods-issue').length, ended.length)
  t.is(new Set(documents.map(({ key }) => key)).size, documents.length)

  const second = aqueduct(t, 'run', '--config', config, '--data', data)
  t.is(await second.ended, 1)
  t.regex(second.stderr(), new RegExp(`in use by the engine with pid ${String(engine.child.pid)}`))
  t.notRegex(second.stderr(), /\n\s+at /)

  silent = true
  const slow = await converse(t, engine.port('stored'))
  t.is(codeOf(await slow.send(usage({ controlId: 'SLOW', account: 'SLOW', number: 1 }))), 'AA')
  const slowOne = async () => (await engine.get<Page<MessageView>>('/messages?controlId=SLOW')).items[0] as MessageView
  const key = `${(await slowOne()).id}.d1`
  await until(
    () => Promise.resolve(keys),
    (seen) => seen.includes(key),
  )
  engine.child.kill('SIGTERM')
  await until(
    () => Promise.resolve(slow.closed()),
    (closed) => closed,
  )
  engine.child.kill('SIGTERM')
  t.is(await engine.ended, 1, 'the second one does not wait for the destination')

  silent = false
  engine = await start()
  engine.child.kill('SIGKILL')
  t.is(await engine.ended, 'SIGKILL')
  engine = await start()
  await until(slowOne, ({ state }) => state === 'SENT')
  t.true(keys.filter((seen) => seen === key).length >= 2, 'sent again, under the same key')
  t.is((await documentsOf(sandbox)).filter(({ kind }) => kind === 'goods-issue').length, ended.length + 1)
})

test('what cannot start says why in one line and exits 1', async (t) => {
  const dir = temporary(t)
  const config = writeFolder(dir, [CHANNEL])
  const fails = async (says: RegExp, ...args: readonly string[]) => {
    const run = aqueduct(t, 'run', '--set', 'api.port=0', ...args)
    t.is(await run.ended, 1, run.stderr())
    t.regex(run.stderr(), says)
    t.notRegex(run.stderr(), /\n\s+at |Error:/, 'no stack trace')
    t.is(run.stdout(), '')
  }

  const newer = join(dir, 'newer')
  mkdirSync(newer)
  const database = new Database(join(newer, 'aqueduct.sqlite'))
  database.exec('create table schema_version (version integer); insert into schema_version values (999)')
  database.close()
  await fails(/The store has schema 999, this engine knows \d+: run the engine that wrote it/, '--config', config, '--data', newer)
  t.false(existsSync(join(newer, 'engine.lock')))

  await fails(/configuration folder .*nowhere cannot be read \(ENOENT\)/, '--config', join(dir, 'nowhere'), '--data', join(dir, 'd1'))

  writeFileSync(join(dir, 'file'), 'not a directory')
  await fails(/data directory .*file.* cannot be used \((EEXIST|ENOTDIR)\)/, '--config', config, '--data', join(dir, 'file'))

  const taken = net.createServer()
  await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening))
  t.teardown(() => taken.close())
  const port = String((taken.address() as AddressInfo).port)
  const data = join(dir, 'd2')
  await fails(
    new RegExp(`channel stored cannot listen on 127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\); free the port`),
    '--config',
    config,
    '--data',
    data,
    '--set',
    `channels.stored.listen.mllp.port=${port}`,
  )
  await fails(
    new RegExp(`API cannot listen on 127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\); free the port`),
    '--config',
    config,
    '--data',
    data,
    '--set',
    `api.port=${port}`,
  )
  t.false(existsSync(join(data, 'engine.lock')))
})
