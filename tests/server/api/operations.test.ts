import test from 'ava'
import { AqueductError, formatMessageId } from '../../../channels/contract/index.ts'
import { ID, MESSAGE, TOKEN, house, item } from './house.ts'

const OPS = '/api/ops/v1'

test('a cursor that is none is refused', async (t) => {
  const { get } = await house(t)
  t.is((await get(`${OPS}/messages?after=zzz`)).status, 400)
})

test('the worklist is listed and one item is found by its number', async (t) => {
  const { get, calls } = await house(t)
  const list = await get(`${OPS}/worklist?state=open&kind=UNKNOWN_DEPARTMENT&limit=5`)
  t.deepEqual(await list.json(), { items: [item], next: null })
  t.deepEqual(calls[0], ['reader.worklist', { state: 'open', kind: 'UNKNOWN_DEPARTMENT', limit: 5 }])
  t.deepEqual(await (await get(`${OPS}/worklist/3`)).json(), item)
  t.is((await get(`${OPS}/worklist/4`)).status, 404)
  t.is((await get(`${OPS}/worklist/three`)).status, 400)
  t.is((await get(`${OPS}/worklist?kind=NONSENSE`)).status, 400)
})

test('an item is resolved with action, value, reason and person, and the messages that run again are told by id', async (t) => {
  const { post, calls } = await house(t)
  const answer = await post(`${OPS}/worklist/3/resolve`, { action: 'edit', value: 'OR-MAIN', reason: 'renamed', by: 'dana' })
  t.deepEqual([answer.status, await answer.json()], [200, { kind: 'resolved', resumed: 12, rerun: [formatMessageId(MESSAGE)] }])
  t.deepEqual(calls, [['control.resolve', { item: 3, action: 'edit', by: 'dana', reason: 'renamed', value: 'OR-MAIN', erpRef: null }]])
})

test('the header names the person before the body does, and only what can be a name is kept', async (t) => {
  const { post, calls } = await house(t)
  await post(`${OPS}/worklist/3/resolve`, { action: 'retry', by: 'body' }, { 'x-aqueduct-user': 'head<er>|' })
  t.like(calls[0]?.[1], { by: 'header' })
})

for (const [body, place] of [
  [{ action: 'edit' }, 'body.value'],
  [{ action: 'edit', value: ' ' }, 'body.value'],
  [{ action: 'edit', value: 12 }, 'body.value'],
  [{ action: 'link', reason: 'there' }, 'body.erpRef'],
  [{ action: 'link', erpRef: 'PO-1' }, 'body.reason'],
  [{ action: 'discard', value: null, erpRef: null }, 'body.reason'],
  [{ action: 'burn' }, 'body.action'],
  [{}, 'body.action'],
  [{ action: 'retry', force: true }, 'body'],
] as const) {
  test(`resolving with ${JSON.stringify(body)} is refused at ${place} and reaches no engine`, async (t) => {
    const { post, calls } = await house(t)
    const answer = await post(`${OPS}/worklist/3/resolve`, body)
    t.is(answer.status, 400)
    t.is(((await answer.json()) as { findings: { place: string }[] }).findings[0]?.place, place)
    t.deepEqual(calls, [])
  })
}

test('a resolution that the engine refuses is a conflict; of an item that is not there it is not found', async (t) => {
  const { post } = await house(t, { control: { resolve: () => Promise.resolve({ kind: 'refused', text: 'The item is closed.' }) } })
  const conflict = await post(`${OPS}/worklist/3/resolve`, { action: 'retry' })
  t.is(conflict.status, 409)
  t.is(((await conflict.json()) as { detail: string }).detail, 'The item is closed.')
  t.is((await post(`${OPS}/worklist/99/resolve`, { action: 'retry' })).status, 404)
})

test('bodies that are not JSON, of another kind or too large are refused with the reason', async (t) => {
  const { post, calls } = await house(t)
  const path = `${OPS}/worklist/3/resolve`
  t.is((await post(path, '{"action":')).status, 400)
  t.is((await post(path, 'action=retry', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415)
  t.is((await post(path, 'x', { 'content-type': 'text/csv' })).status, 415)
  t.is((await post(path, JSON.stringify({ action: 'retry', reason: 'x'.repeat(17_000_000) }))).status, 413)
  t.is((await post(path, JSON.stringify({ action: 'retry', reason: 'x'.repeat(3000) }))).status, 400)
  t.deepEqual(calls, [])
})

test('channels are listed with the configuration, and an action gives the new status and is audited', async (t) => {
  const { get, post, calls } = await house(t, { control: { setChannel: () => Promise.resolve({ ok: true }) } })
  const list = (await (await get(`${OPS}/channels`)).json()) as { items: { name: string }[]; configuration: string }
  t.deepEqual([list.items[0]?.name, list.configuration], ['or-supply-usage', 'aaaaaaaaaaaa'])
  const answer = await post(`${OPS}/channels/or-supply-usage/pause`)
  t.is(answer.status, 200)
  t.is(((await answer.json()) as { name: string }).name, 'or-supply-usage')
  t.deepEqual(
    calls.filter(([name]) => name === 'control.setChannel' || name === 'control.audit'),
    [
      ['control.setChannel', 'or-supply-usage', 'pause'],
      ['control.audit', 'operator', 'channel pause', 'or-supply-usage'],
    ],
  )
  t.is((await post(`${OPS}/channels/nobody/stop`)).status, 404)
  t.is((await post(`${OPS}/channels/or-supply-usage/explode`)).status, 400)
})

test('a reload that was refused says so with its findings and what stays active', async (t) => {
  const issue = { file: 'channels/a/channel.yaml', line: 3, column: 5, code: 'unknown-key', level: 'error', message: 'lsten is no key' } as const
  const { post } = await house(t, { control: { reload: () => Promise.resolve({ applied: false, id: 'aaaaaaaaaaaa', issues: [issue] }) } })
  const answer = await post(`${OPS}/reload`)
  t.is(answer.status, 422)
  t.like(await answer.json(), {
    applied: false,
    id: 'aaaaaaaaaaaa',
    issues: [issue],
    findings: [{ place: 'channels/a/channel.yaml(3,5)', text: 'lsten is no key [unknown-key]' }],
  })
  const good = await house(t, { control: { reload: () => Promise.resolve({ applied: true, id: 'bbbbbbbbbbbb', issues: [] }) } })
  t.deepEqual(await (await good.post(`${OPS}/reload`)).json(), { applied: true, id: 'bbbbbbbbbbbb', issues: [] })
})

const STOCK = { location: 'OR-1', item: 'IMP-1', on_hand: '4', min: '2', max: '6' }

test('master data is loaded from CSV, from rows and from rows with their source', async (t) => {
  const { post, calls } = await house(t, { control: { load: () => Promise.resolve({ loaded: 1, closed: 1, resumed: 2 }) } })
  const csv = 'location,item,on_hand,min,max\nOR-1,IMP-1,4,2,6\n'
  const answers = [
    await post(`${OPS}/load/stock`, csv, { 'content-type': 'text/csv; charset=utf-8', 'x-aqueduct-user': 'dana' }),
    await post(`${OPS}/load/stock`, [STOCK]),
    await post(`${OPS}/load/stock`, { rows: [STOCK], source: 'stock.csv' }),
  ]
  for (const answer of answers) t.deepEqual([answer.status, await answer.json()], [200, { loaded: 1, closed: 1, resumed: 2 }])
  t.deepEqual(calls, [
    ['control.load', { table: 'stock', rows: [STOCK], by: 'dana', source: 'upload.csv' }],
    ['control.load', { table: 'stock', rows: [STOCK], by: 'operator', source: 'api' }],
    ['control.load', { table: 'stock', rows: [STOCK], by: 'operator', source: 'stock.csv' }],
  ])
})

test('rows that do not fit their table are named and nothing is loaded', async (t) => {
  const { post, calls } = await house(t)
  const csv = await post(`${OPS}/load/stock`, 'location,item,onhand\nOR-1,IMP-1,4\n', { 'content-type': 'text/csv' })
  t.is(csv.status, 422)
  t.is(((await csv.json()) as { findings: { place: string }[] }).findings[0]?.place, 'line 1')
  const rows = await post(`${OPS}/load/stock`, [STOCK, { ...STOCK, colour: 'red' }])
  t.is(rows.status, 422)
  t.is(((await rows.json()) as { findings: { place: string }[] }).findings[0]?.place, 'row 2')
  t.is((await post(`${OPS}/load/stock`, [{ item: { $ne: 1 } }])).status, 400)
  t.is((await post(`${OPS}/load/secrets`, [])).status, 400)
  t.is((await post(`${OPS}/load/stock`)).status, 400)
  t.deepEqual(calls, [])
})

test('values that do not fit are all named before anything reaches the engine', async (t) => {
  const { post, calls } = await house(t)
  const csv = 'item,supplier,unit,price,currency,valid_from,valid_to\n# a comment\nA,,EA,1,ZZZ,,\nB,,EA,1,USD,2026-13-01,\nC,,EA,1,USD,,\nC,,EA,2,USD,,\n'
  const answer = await post(`${OPS}/load/prices`, csv, { 'content-type': 'text/csv' })
  t.is(answer.status, 422)
  const { findings } = (await answer.json()) as { findings: { place: string; text: string }[] }
  t.deepEqual(
    findings.map(({ place }) => place),
    ['line 3', 'line 4', 'line 6'],
  )
  t.regex(findings[0]?.text ?? '', /column currency.*ISO 4217/)
  t.regex(findings[1]?.text ?? '', /column valid_from.*calendar date/)
  t.regex(findings[2]?.text ?? '', /line 5/)
  const rows = await post(`${OPS}/load/stock`, [STOCK, { ...STOCK, item: 'B', max: '1' }])
  t.like((await rows.json()) as object, { status: 422, findings: [{ place: 'row 2', text: 'column max: it is below min' }] })
  t.deepEqual(calls, [])
})

test('what the store refuses for good is told with its text and is no failure of the engine', async (t) => {
  const load = () =>
    Promise.reject(new AqueductError('BAD_VALUE', 'items.csv line 2 column gtin: this GTIN names item A already.', { place: 'items.csv line 2' }))
  const { post, problems } = await house(t, { control: { load } })
  const answer = await post(`${OPS}/load/stock`, [STOCK])
  t.is(answer.status, 422)
  t.like((await answer.json()) as object, { code: 'BAD_VALUE', detail: 'items.csv line 2 column gtin: this GTIN names item A already.' })
  t.deepEqual(problems, [])
})

test('an edit whose value does not fit is a bad value, not a conflict', async (t) => {
  const { post } = await house(t, { control: { resolve: () => Promise.resolve({ kind: 'refused', place: 'value', text: 'A date is expected.' }) } })
  const answer = await post(`${OPS}/worklist/3/resolve`, { action: 'edit', value: 'garbage!' })
  t.is(answer.status, 422)
  t.like((await answer.json()) as object, { detail: 'A date is expected.', findings: [{ place: 'body.value', text: 'A date is expected.' }] })
})

test('stock, counts and audit are handed through with their filters', async (t) => {
  const line = { n: 9, at: '2026-03-01T09:22:33.000Z', who: 'dana', what: 'read raw', subject: ID, hash: 'aa' }
  const { get, calls } = await house(t, {
    reader: {
      stock: () => Promise.resolve([]),
      counts: () => Promise.resolve({ deliveries: [], worklist: [], waiting: 0 }),
      audit: () => Promise.resolve([line]),
    },
  })
  t.deepEqual(await (await get(`${OPS}/stock?item=IMP-1`)).json(), { items: [] })
  t.deepEqual(await (await get(`${OPS}/counts`)).json(), { deliveries: [], worklist: [], waiting: 0 })
  t.deepEqual(await (await get(`${OPS}/audit?limit=1&after=8`)).json(), { items: [line], next: 9 })
  t.deepEqual(calls, [['reader.stock', { item: 'IMP-1' }], ['reader.counts'], ['reader.audit', { limit: 1, after: 8 }]])
})

test('the description names every operation, each with its problems, and references that resolve', async (t) => {
  const { get } = await house(t)
  const text = await (await get('/openapi.json')).text()
  const description = JSON.parse(text) as {
    openapi: string
    paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
    components: { schemas: Record<string, unknown> }
  }
  t.is(description.openapi, '3.1.0')
  for (const path of [
    '/messages',
    '/messages/{id}',
    '/messages/{id}/raw',
    '/trace/{id}',
    '/worklist/{id}/resolve',
    '/channels/{name}/{action}',
    '/load/{table}',
  ]) {
    const operations = Object.values(description.paths[OPS + path] ?? {})
    t.true(operations.length > 0 && operations.every(({ responses }) => '200' in responses && '401' in responses), path)
  }
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1] ?? '')
  t.true(references.length > 10)
  t.deepEqual(
    [...new Set(references)].filter((name) => !(name in description.components.schemas)),
    [],
  )
})

test('a code that an edit answers is forgotten by whoever asks, and one that none answers is not found', async (t) => {
  const { url, calls } = await house(t, {
    control: { forget: (_kind, subject) => Promise.resolve(subject === 'departments:7010') },
    reader: { translations: () => Promise.resolve([]) },
  })
  const forget = (subject: string) =>
    fetch(`${url}${OPS}/translations/UNMAPPED_CODE/${encodeURIComponent(subject)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${TOKEN}`, 'x-aqueduct-user': 'dana' },
    })
  t.is((await forget('departments:7010')).status, 200)
  t.is((await forget('departments:1')).status, 404)
  t.deepEqual(calls[0], ['control.forget', 'UNMAPPED_CODE', 'departments:7010', 'dana'])
})
