import test from 'ava'
import { EVENT, ID, MESSAGE, RAW, TOKEN, house, view } from './house.ts'

const OPS = '/api/ops/v1'

test('messages are listed in the published shape and the query reaches the store as it was asked', async (t) => {
  const { get, calls } = await house(t)
  const answer = await get(`${OPS}/messages?controlId=C-1&channel=or-supply-usage&state=SENT&after=${ID}&limit=7`)
  t.is(answer.status, 200)
  t.is(answer.headers.get('cache-control'), 'no-store')
  const body = (await answer.json()) as { items: (typeof view)[]; next: null }
  t.is(body.next, null)
  t.is(body.items[0]?.events[0]?.deliveries[0]?.erpRef, 'GI-9')
  t.deepEqual(calls, [['reader.messages', { controlId: 'C-1', channel: 'or-supply-usage', state: 'SENT', after: ID, limit: 7 }]])
})

test('reading a message with bodies is written to the audit with the name of who asked', async (t) => {
  const { get, calls } = await house(t)
  const answer = await get(`${OPS}/messages/${ID}`, { 'x-aqueduct-user': 'dana.k' })
  t.deepEqual(await answer.json(), view)
  t.deepEqual(calls.at(-1), ['control.audit', 'dana.k', 'read message', ID])
})

test('raw gives the bytes as received, audited, under a name without content', async (t) => {
  const { get, calls } = await house(t)
  const answer = await get(`${OPS}/messages/${ID}/raw`)
  t.is(answer.headers.get('content-type'), 'application/hl7-v2')
  t.is(answer.headers.get('content-disposition'), `attachment; filename="${ID}.hl7"`)
  t.deepEqual(Buffer.from(await answer.arrayBuffer()), RAW)
  t.deepEqual(calls.at(-1), ['control.audit', 'operator', 'read raw', ID])
})

test('content is not shown when the look at it cannot be audited', async (t) => {
  const { get, problems } = await house(t, { control: { audit: () => Promise.reject(new Error('ZZCANARY')) } })
  const answer = await get(`${OPS}/messages/${ID}/raw`)
  t.is(answer.status, 500)
  const text = await answer.text()
  t.false(text.includes('PID') || text.includes('ZZCANARY'))
  t.deepEqual(problems, [['store:problem', { code: 'INTERNAL', text: 'Error' }]])
})

test('an id that is no id is told from one that does not exist', async (t) => {
  const { get } = await house(t)
  const bad = await get(`${OPS}/messages/hello`)
  t.is(bad.status, 400)
  t.is(bad.headers.get('content-type'), 'application/problem+json')
  const problem = (await bad.json()) as { findings: { place: string }[] }
  t.is(problem.findings[0]?.place, 'path.id')
  t.is((await get(`${OPS}/messages/m00000000001`)).status, 404)
  t.is((await get(`${OPS}/messages/m00000000001/raw`)).status, 404)
})

test('the id of an event is answered with the message that has it', async (t) => {
  const { get } = await house(t)
  const answer = await get(`${OPS}/messages/${encodeURIComponent(EVENT)}`)
  t.is(answer.status, 400)
  t.true((await answer.text()).includes(ID))
})

for (const [query, place] of [
  ['limit=0', 'query.limit'],
  ['limit=501', 'query.limit'],
  ['limit=1e2', 'query.limit'],
  ['state=sent', 'query.state'],
  ['controlId=', 'query.controlId'],
  ['controlId=a&controlId=b', 'query.controlId'],
] as const) {
  test(`a query of ${query} is refused at its place`, async (t) => {
    const { get, calls } = await house(t)
    const answer = await get(`${OPS}/messages?${query}`)
    t.is(answer.status, 400)
    t.is(((await answer.json()) as { findings: { place: string }[] }).findings[0]?.place, place)
    t.deepEqual(calls, [])
  })
}

test('an unknown query parameter is refused with the list of known ones', async (t) => {
  const { get } = await house(t)
  const answer = await get(`${OPS}/messages?controlid=C-1`)
  t.is(answer.status, 400)
  t.deepEqual(((await answer.json()) as { allowed: string[] }).allowed, ['controlId', 'channel', 'state', 'after', 'limit'])
  t.is((await get(`${OPS}/channels?x=1`)).status, 400)
})

test('a trace takes ids with slashes and brackets, in the path and in the query, and is audited', async (t) => {
  const { get, calls } = await house(t)
  for (const path of [`/trace/${encodeURIComponent('LOT/7')}`, `/trace?id=${encodeURIComponent('LOT/7')}`]) {
    const answer = await get(OPS + path)
    t.is(answer.status, 200)
    t.is(((await answer.json()) as { nodes: unknown[] }).nodes.length, 1)
  }
  t.deepEqual(calls.at(-1), ['control.audit', 'operator', 'trace', 'LOT/7'])
  t.is((await get(`${OPS}/trace/unheard-of`)).status, 404)
  t.is((await get(`${OPS}/trace`)).status, 400)
})

test('a broken percent code in a path is answered, not thrown', async (t) => {
  const { get } = await house(t)
  t.true([400, 404].includes((await get(`${OPS}/trace/%E0%A4%A`)).status))
})

test('a replay goes to the engine with who asked; a refusal is a conflict with its words', async (t) => {
  const good = await house(t, { control: { replay: () => Promise.resolve({ ok: true, events: 2 }) } })
  const answer = await good.post(`${OPS}/messages/${ID}/replay`, undefined, { 'x-aqueduct-user': 'dana' })
  t.deepEqual([answer.status, await answer.json()], [200, { events: 2 }])
  t.deepEqual(good.calls.at(-1), ['control.replay', MESSAGE, 'dana'])
  const refused = await house(t, { control: { replay: () => Promise.resolve({ ok: false, text: 'It is still being mapped.' }) } })
  const conflict = await refused.post(`${OPS}/messages/${ID}/replay`, {})
  t.is(conflict.status, 409)
  t.is(((await conflict.json()) as { detail: string }).detail, 'It is still being mapped.')
  t.is((await refused.post(`${OPS}/messages/m00000000001/replay`)).status, 404)
})

test('without the right token nothing is asked of the engine', async (t) => {
  const { url, calls } = await house(t)
  for (const authorization of [undefined, 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, 'Bearer ', `Bearer ${TOKEN} ${TOKEN}`]) {
    for (const path of [`${OPS}/messages`, `${OPS}/messages/${ID}/raw`, `/api/anything`, `/fhir/SupplyDelivery`]) {
      const answer = await fetch(url + path, authorization === undefined ? {} : { headers: { authorization } })
      t.is(answer.status, 401)
      t.regex(answer.headers.get('www-authenticate') ?? '', /^Bearer realm="aqueduct"/)
    }
  }
  t.deepEqual(calls, [])
})

test('health, metrics and the description need no token; ready follows the engine', async (t) => {
  const { url } = await house(t)
  for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/fhir/metadata']) t.is((await fetch(url + path)).status, 200, path)
  const draining = await house(t, { control: { ready: () => false } })
  t.is((await fetch(`${draining.url}/health/ready`)).status, 503)
  t.is((await fetch(`${draining.url}/health/live`)).status, 200)
})

test('a path or method that is not offered is a problem with what is', async (t) => {
  const { get, url } = await house(t)
  t.is((await get('/api/ops/v1/nothing')).status, 404)
  const answer = await fetch(`${url}${OPS}/messages`, { method: 'DELETE', headers: { authorization: `Bearer ${TOKEN}` } })
  t.is(answer.status, 405)
  t.regex(answer.headers.get('allow') ?? '', /GET/)
  t.is(answer.headers.get('content-type'), 'application/problem+json')
})
