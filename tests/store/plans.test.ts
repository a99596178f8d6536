import test from 'ava'
import Sqlite from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../../store/index.ts'
import { key, query, resources, write } from './suite-resources.ts'
import { event, harness, idAt, intakeOp, itemRow, rerunOp, unmapped } from './fixtures.ts'

/** Tables that stay small whatever passes through the store, or that a query is meant to read whole. */
const SMALL = [
  'schema_version',
  'counter',
  'content_table',
  'search_log',
  'configuration',
  'worklist',
  'sqlite_master',
  'r',
  'CONSTANT',
  '(subquery',
  'w',
  'c',
  'd',
]

test('no query of a message’s life reads a whole table', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'aqueduct-plans-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'store.sqlite')
  await migrate({ kind: 'sqlite', file })
  const texts = new Set<string>()
  const prepare = Sqlite.prototype.prepare
  Sqlite.prototype.prepare = function (this: Sqlite.Database, text: string) {
    texts.add(text)
    return prepare.call(this, text)
  } as typeof prepare
  t.teardown(() => void (Sqlite.prototype.prepare = prepare))

  const h = await harness(t, { kind: 'sqlite', file })
  await h.value({ op: 'load', table: 'items', rows: [itemRow('IMP-1', { gtin: '00844588003288' })], by: 'ann', source: 'items.csv' })
  await h.value({ op: 'load', table: 'stock', rows: [{ location: 'OR1', item: 'IMP-1', on_hand: '4', min: '1', max: '5' }], by: 'ann', source: 'stock.csv' })
  const [plain, waiting, used, missing] = [idAt(h.clock), idAt(h.clock), idAt(h.clock), idAt(h.clock)]
  const bridge = (body: string) => ({ deliveries: [], events: [event({ bridge: 'erp', businessKey: 'K', body })] })
  await h.value(
    intakeOp(plain, { controlId: 'A1', events: [event({ keys: Array.from({ length: 4096 }, (_, i) => ({ kind: 'lot' as const, value: `L${String(i)}` })) })] }),
  )
  await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' }))
  await h.value(intakeOp(waiting, { events: [event({ needs: [unmapped] })] }))
  await h.value(intakeOp(used, bridge('{"item":{"code":"IMP-1"},"location":"OR1"}')))
  await h.value(intakeOp(missing, bridge('{"item":{"code":"X"},"location":"OR1"}')))
  await h.value(intakeOp(idAt(h.clock), bridge(JSON.stringify({ item: { code: 'IMP-1' }, location: 'OR1', wait: h.clock.now() + 1 }))))
  await h.value({ op: 'claim', message: used, n: 1, attempts: 1 })
  await h.value({
    op: 'settle',
    message: used,
    n: 1,
    state: 'HELD',
    attempts: 1,
    due: 0,
    failure: { code: 'ERP_REFUSED', text: 'no' },
    reference: null,
    step: null,
  })
  await h.value(rerunOp(waiting))
  await h.value({ op: 'tick' })
  for (const item of (await h.reader.worklist({ state: 'open' })).items)
    await h.value({
      op: 'resolve',
      item: item.id,
      action: item.subject.includes('.d') ? 'retry' : 'discard',
      by: 'ann',
      reason: 'seen',
      value: null,
      erpRef: null,
    })
  for (const state of [undefined, 'HELD', 'WAITING', 'QUEUED', 'ERROR', 'RECEIVED'] as const) await h.reader.messages(state ? { state } : {})
  await h.reader.messages({ controlId: 'A1' })
  for (const id of ['A1', 'L7', 'nothing']) await h.reader.trace(id)
  await h.reader.message(used)
  await h.reader.raw(used)
  await h.reader.header(used)
  await h.reader.unfinished()
  await h.reader.openWork('sink', -1, 10)
  await h.reader.laneWork('sink', 'or:1', 10)
  await h.reader.counts()
  await h.reader.highest()
  await h.reader.audit({})
  const range = { low: 1, high: 2 }
  const identifier = { param: 'identifier', any: [{ system: 'urn:mrn', value: '7' }] }
  const keys = [key('identifier', { system: 'urn:mrn', value: '7' }), key('date', range)]
  await h.value(resources({ messages: [intakeOp(idAt(h.clock)), intakeOp(idAt(h.clock))], writes: [write('1', { keys }), write('2', { keys: [] })] }))
  await h.value(resources({ writes: [write('1', { version: 2, keys })], expects: [{ query: query({ criteria: [identifier] }), found: ['Procedure/1'] }] }))
  await h.value({ op: 'once', scope: 'iss', value: 'jti', until: h.clock.now() })
  for (const prefix of ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const) {
    await h.reader.resources(query({ criteria: [{ param: 'date', any: [{ range: { prefix, ...range } }] }] }))
    await h.reader.resources(query({ updated: [{ prefix, ...range }] }))
  }
  for (const match of [
    { value: 'x'.repeat(99) },
    { system: 'urn:mrn' },
    ...(['starts', 'contains', 'below'] as const).map((how) => ({ value: 'x', how })),
    { value: 'mg', range: { prefix: 'gt' as const, ...range } },
  ])
    await h.reader.resources(query({ criteria: [{ param: 'identifier', any: [match, match] }] }))
  for (const types of [['Procedure'], ['Procedure', 'Device', 'Encounter']]) {
    const sort = [{ param: 'date', descending: true }, ...['_id', '_lastUpdated'].map((param) => ({ param, descending: false }))]
    await h.reader.resources(query({ types, sort, criteria: [identifier, { param: 'date', any: [{ range: { prefix: 'gt', ...range } }] }] }))
    await h.reader.resources(query({ types, ids: ['1', '2', '3'], criteria: [{ ...identifier, not: true }] }))
    await h.reader.resources(query({ types, criteria: [{ param: 'code', any: [], missing: true }] }))
  }
  for (const [type, id] of [
    ['', ''],
    ['Procedure', ''],
    ['Procedure', '1'],
  ] as const)
    await h.reader.resourceHistory({ type, id, since: 0, offset: 0, limit: 9 })
  await h.reader.resource('Procedure', '1')
  await h.reader.resourceVersion('Procedure', '1', 1)
  await h.reader.resourcesOf(used)

  const db = new Sqlite(file, { readonly: true })
  t.teardown(() => db.close())
  let checked = 0
  const found: string[] = []
  for (const text of texts) {
    if (!/^\s*(select|with|update|delete|insert)/i.test(text) || text.includes('pragma')) continue
    const plan = prepare.call(db, `explain query plan ${text}`).all(Array.from(text.matchAll(/\?/g), () => 1)) as { detail: string }[]
    const scans = plan
      .map((step) => step.detail)
      .filter(
        (detail) =>
          // All keys of a type are as much as the table.
          /SEARCH (k|resource_key) (.*\(type=\?\)|.*PRIMARY KEY \(id=\?\))/.test(detail) ||
          (detail.startsWith('SCAN') &&
            !detail.includes('USING') &&
            !SMALL.some((name) => detail === `SCAN ${name}` || detail.startsWith(`SCAN ${name} `) || detail.includes(name === '(subquery' ? name : '\u0000'))),
      )
    // The end of a table by its own key is one row.
    if (!/order by (n|id) desc limit 1$/.test(text)) found.push(...scans.map((scan) => `${scan}: ${text}`))
    checked++
  }
  t.deepEqual(found, [])
  t.true(checked > 60, `${String(checked)} queries were looked at`)
})
