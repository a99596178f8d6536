import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'csv-parse/sync'
import test from 'ava'
import { sandboxIn, temporary } from './folder.ts'
import { aqueduct, codeOf, converse, fault, startEngine, until } from './process.ts'
import { TABLES, usage } from './running.ts'

const CANARY = 'ZZCANARY'

/** Usage with the canary wherever a patient is described. */
function patient(line: Parameters<typeof usage>[0]): string {
  return usage(line).replace(/\rPID\|[^\r]*/, (pid) =>
    pid
      .replace('MRN1^^^GENHOSP^MR', `${CANARY}1^^^GENHOSP^MR~${CANARY}2^^^SSA^SS`)
      .replace('|19700101|F|', `|19700101|F||2106-3|${CANARY} STREET^^CITY|`)
      .replace(/\|{10}(ACC\d+)/, '|||||||$1'),
  )
}

test('what describes a patient is in no log, metric, worklist text, problem or file name, whatever the message does wrong', async (t) => {
  const dir = temporary(t)
  const data = join(dir, 'data')
  const sandbox = await sandboxIn(t, dir)
  const engine = await startEngine(t, {
    config: resolve('channel-config'),
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
  const connection = await converse(t, engine.port('or-supply-usage'))
  await fault(sandbox, { kind: 'refuse', count: 1 })
  const sent = patient({ controlId: 'P1' })
  t.regex(sent, new RegExp(`${CANARY}1\\^`), 'the canary is in the message')
  const content: readonly (string | Buffer)[] = [
    sent,
    patient({ controlId: 'P2', quantity: `${CANARY}9` }),
    patient({ controlId: 'P3', department: '7990' }),
    patient({ controlId: 'P4', unit: 'PALLET' }),
    patient({ controlId: 'P5', type: 'DFT^P99' }),
    patient({ controlId: '' }),
    patient({ controlId: 'P6' }).replace('|20260302|20260302|', `|${CANARY}|${CANARY}|`),
    patient({ controlId: 'P7' }).replace('Suture^ITEM', `Suture^ITEM||||||||||||${CANARY}^MONEY`),
    patient({ controlId: 'P8', kind: 'CD', reference: 'NO-SUCH-LINE' }),
    `${CANARY}|this is no message`,
    Buffer.concat([Buffer.from(patient({ controlId: 'P9' })), Buffer.from([0xff, 0xfe])]),
    `MSH|^~\\&|A|B|C|D|20260302||DFT^P03|P10|P|2.5.1\rPID|${CANARY}`,
  ]
  for (const each of content) t.not(codeOf(await connection.send(each)), '')
  await until(
    () => engine.get<{ items: { kind: string }[] }>('/worklist'),
    ({ items }) => items.some(({ kind }) => kind === 'ERP_REFUSED') && items.length >= 4,
  )
  const { items } = await engine.get<{ items: { id: string }[] }>('/messages')
  t.is(items.length, content.length)

  const read = async (path: string) => (await fetch(`${engine.api}${path}`, { headers: { authorization: `Bearer ${engine.token}` } })).text()
  const worklist = await engine.get<{ items: { id: number }[] }>('/worklist')
  const places: Record<string, string> = {
    metrics: await read('/metrics'),
    worklist: await read('/api/ops/v1/worklist'),
    messages: await read('/api/ops/v1/messages'),
    channels: await read('/api/ops/v1/channels'),
    counts: await read('/api/ops/v1/counts'),
    'command worklist': '',
  }
  for (const { id } of worklist.items) {
    places[`problem of item ${String(id)}`] = (await engine.ask('POST', `/worklist/${String(id)}/resolve`, { action: 'edit', value: '', by: 'x' })).text
    places[`retry of item ${String(id)}`] = (await engine.ask('POST', `/worklist/${String(id)}/resolve`, { action: 'retry', by: 'x' })).text
  }
  for (const { id } of items) places[`replay of ${id}`] = (await engine.ask('POST', `/messages/${id}/replay`, {})).text
  const command = aqueduct(t, 'worklist', '--data', data)
  await command.ended
  places['command worklist'] = command.stdout() + command.stderr()
  places['audit'] = await read('/api/ops/v1/audit')
  engine.child.kill('SIGTERM')
  t.is(await engine.ended, 0)
  places['stdout'] = engine.stdout()
  places['stderr'] = engine.stderr()
  places['file names'] = readdirSync(data, { recursive: true }).join('\n')
  for (const [place, text] of Object.entries(places)) t.notRegex(text, /ZZCANARY/, place)
  t.true(items.length > 0 && (places['metrics'] ?? '').length > 0 && (places['audit'] ?? '').length > 2)
})
