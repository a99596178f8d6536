import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import test from 'ava'
import type { MessageView, Page } from '../../channels/contract/index.ts'
import { sandboxIn, temporary } from './folder.ts'
import { aqueduct, codeOf, converse, documentsOf, startEngine, until } from './process.ts'
import { TABLES, usage } from './running.ts'

const CONNECTIONS = 4
const EACH = 150

test('reloads under traffic: no message is dropped or refused, connections stay open, a broken file changes nothing, a new code lets what waited go on', async (t) => {
  const dir = temporary(t)
  const config = join(dir, 'config')
  const data = join(dir, 'data')
  cpSync('channel-config', config, { recursive: true })
  const sandbox = await sandboxIn(t, dir)
  const engine = await startEngine(t, {
    config,
    data,
    set: {
      'channels.or-charges.listen.mllp.port': '0',
      'channels.supplier-documents.listen.http.port': '0',
      'channels.or-supply-usage.listen.mllp.port': '0',
      'destinations.erp.url': sandbox,
    },
  })
  for (const table of TABLES) {
    const rows = parse(readFileSync(`channel-config/samples/master-data/${table}.csv`), { columns: true, skip_empty_lines: true })
    await engine.post(`/load/${table}`, { rows, source: `${table}.csv` })
  }
  const port = engine.port('or-supply-usage')
  const message = async (controlId: string) => (await engine.get<Page<MessageView>>(`/messages?controlId=${controlId}`)).items[0] as MessageView

  const early = await converse(t, port)
  t.is(codeOf(await early.send(usage({ controlId: 'WAITS', account: 'W', department: '7990' }))), 'AA')
  t.is((await message('WAITS')).state, 'WAITING')

  let acked = 0
  const reached = (count: number) =>
    until(
      () => Promise.resolve(acked),
      (so) => so >= count,
    )
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => converse(t, port)))
  const traffic = Promise.all(
    connections.map(async (connection, c) => {
      for (let i = 0; i < EACH; i++) {
        await connection.send(
          usage({ controlId: `R${String(c)}-${String(i)}`, account: `A${String(c)}${String(i % 5)}`, reference: `R${String(c)}-${String(i)}` }),
        )
        acked++
      }
    }),
  )

  const before = (await engine.get<{ items: { config: string }[] }>('/channels')).items[0]?.config ?? ''
  await reached(100)
  const channel = join(config, 'channels/or-supply-usage/channel.yaml')
  const good = readFileSync(channel, 'utf8')
  writeFileSync(channel, good.replace('for_each: FT1', 'for_each: FT0x'))
  const refused = aqueduct(t, 'reload', '--data', data)
  t.is(await refused.ended, 1)
  t.regex(refused.stdout() + refused.stderr(), /channel\.yaml\(\d+,\d+\)/)
  t.is((await engine.get<{ items: { config: string }[] }>('/channels')).items[0]?.config, before)
  engine.child.kill('SIGHUP')
  await until(
    () => Promise.resolve(engine.stderr()),
    (text) => text.includes('refused: configuration'),
  )

  await reached(250)
  writeFileSync(channel, good)
  const table = join(config, 'tables/departments.csv')
  writeFileSync(table, `${readFileSync(table, 'utf8').trimEnd()}\n7990,OR-MAIN,,\n`)
  const applied = aqueduct(t, 'reload', '--data', data)
  t.is(await applied.ended, 0, applied.stdout() + applied.stderr())
  const after = (await engine.get<{ items: { config: string }[] }>('/channels')).items[0]?.config ?? ''
  t.not(after, before)
  await traffic

  t.is(connections.flatMap(({ acks }) => acks.map(codeOf)).filter((code) => code !== 'AA').length, 0)
  t.is(acked, CONNECTIONS * EACH)
  t.false([early, ...connections].some((connection) => connection.closed()))
  t.is(codeOf(await early.send(usage({ controlId: 'LATE', account: 'L', department: '7990' }))), 'AA')

  t.is((await message('R0-0')).acceptedConfig, before)
  t.is((await message('LATE')).acceptedConfig, after)
  const waited = await until(
    () => message('WAITS'),
    ({ state }) => state === 'SENT',
  )
  t.is(waited.acceptedConfig, before, 'what accepted it stays stamped')
  t.is(waited.runConfig, after, 'the release ran under the active configuration')
  await until(
    () => engine.get<{ deliveries: unknown[]; waiting: number }>('/counts'),
    (open) => open.deliveries.length === 0 && open.waiting === 0,
  )
  const issues = (await documentsOf(sandbox)).filter(({ kind }) => kind === 'goods-issue')
  t.is(issues.length, CONNECTIONS * EACH + 2)
  t.is(new Set(issues.map(({ key }) => key)).size, issues.length)
})
