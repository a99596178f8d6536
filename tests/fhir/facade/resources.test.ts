import test from 'ava'
import { face, procedure } from './face.ts'

test('a create is answered 201 with where the version is, and the id in the body is not taken', async (t) => {
  const { ask, base } = await face(t)
  const made = await ask('POST', 'Procedure', procedure({ id: 'mine' }))
  t.is(made.status, 201)
  t.regex(made.headers.get('location') ?? '', new RegExp(`^${base}/Procedure/[0-9a-f-]{36}/_history/1$`))
  t.is(made.headers.get('etag'), 'W/"1"')
  t.truthy(Date.parse(made.headers.get('last-modified') ?? ''))
  t.regex(made.headers.get('content-type') ?? '', /^application\/fhir\+json/)
  t.not(made.json.id, 'mine')
  t.is(made.json.meta.versionId, '1')
  const read = await ask('GET', `Procedure/${made.json.id as string}`)
  t.deepEqual(read.json, made.json)
  t.is(read.headers.get('etag'), 'W/"1"')
})

test('Prefer says what a write answers with', async (t) => {
  const { ask } = await face(t)
  const minimal = await ask('POST', 'Procedure', procedure(), { prefer: 'return=minimal' })
  t.deepEqual([minimal.status, minimal.text], [201, ''])
  const outcome = await ask('POST', 'Procedure', procedure(), { prefer: 'return=OperationOutcome' })
  t.is(outcome.json.resourceType, 'OperationOutcome')
  t.truthy(outcome.headers.get('location'))
})

test('trap 65: a decimal comes back with the digits it was sent with', async (t) => {
  const { ask } = await face(t)
  const text =
    '{"resourceType":"SupplyDelivery","id":"d","suppliedItem":{"quantity":{"value":1.00}},"extension":[{"url":"urn:x","valueDecimal":1.50E+2},{"url":"urn:y","valueDecimal":0.10000000000000000001}]}'
  t.is((await ask('PUT', 'SupplyDelivery/d', text)).status, 201)
  for (const path of ['SupplyDelivery/d', 'SupplyDelivery/d/_history/1', 'SupplyDelivery?_id=d', 'SupplyDelivery/d/_history']) {
    const { text: back } = await ask('GET', path)
    t.true(back.includes('"value":1.00}'), path)
    t.true(back.includes('"valueDecimal":1.50E+2}'), path)
    t.true(back.includes('"valueDecimal":0.10000000000000000001}'), path)
  }
})

test('trap 65: a decimal directly in the resource keeps its digits too', async (t) => {
  const { ask } = await face(t)
  const text = '{"resourceType":"ChargeItem","id":"c","status":"billable","code":{"text":"x"},"subject":{"reference":"Patient/p"},"factorOverride":1.00}'
  t.is((await ask('PUT', 'ChargeItem/c', text)).status, 201)
  t.true((await ask('GET', 'ChargeItem/c')).text.includes('"factorOverride":1.00'))
})

test('an update counts the version up, and If-Match refuses one that was not read', async (t) => {
  const { ask } = await face(t)
  t.is((await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))).status, 201)
  const second = await ask('PUT', 'Procedure/a', procedure({ id: 'a', status: 'in-progress' }), { 'if-match': 'W/"1"' })
  t.deepEqual([second.status, second.headers.get('etag')], [200, 'W/"2"'])
  const stale = await ask('PUT', 'Procedure/a', procedure({ id: 'a' }), { 'if-match': 'W/"1"' })
  t.is(stale.status, 412)
  t.is(stale.json.issue[0].code, 'conflict')
  t.is((await ask('PUT', 'Procedure/none', procedure({ id: 'none' }), { 'if-match': 'W/"1"' })).status, 412)
  t.is((await ask('GET', 'Procedure/a/_history/1')).json.status, 'completed')
  t.is((await ask('GET', 'Procedure/a/_history/3')).status, 404)
})

test('an update whose id is not that of the URL is refused', async (t) => {
  const { ask, fake } = await face(t)
  const other = await ask('PUT', 'Procedure/a', procedure({ id: 'b' }))
  t.is(other.status, 400)
  t.deepEqual(other.json.issue[0].expression, ['Procedure.id'])
  t.is((await ask('PUT', 'Procedure/a', procedure())).status, 400)
  t.is((await ask('PUT', 'Procedure/a', { resourceType: 'Patient', id: 'a' })).status, 400)
  t.is(fake.versions.length, 0)
})

test('what was deleted is gone, deleting again is no error, and an update revives it with the next version', async (t) => {
  const { ask } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  t.is((await ask('DELETE', 'Procedure/a')).status, 204)
  const gone = await ask('GET', 'Procedure/a')
  t.is(gone.status, 410)
  t.is(gone.json.issue[0].code, 'deleted')
  t.is((await ask('DELETE', 'Procedure/a')).status, 204)
  t.is((await ask('DELETE', 'Procedure/never')).status, 204)
  const back = await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  t.deepEqual([back.status, back.headers.get('etag')], [201, 'W/"3"'])
  const { json: history } = await ask('GET', 'Procedure/a/_history')
  t.deepEqual(
    history.entry.map((each: { request: { method: string } }) => each.request.method),
    ['POST', 'DELETE', 'PUT'].with(0, 'POST').with(2, 'POST'),
  )
})

test('a conditional create makes one, then finds it, and refuses when it is not clear which', async (t) => {
  const { ask, base } = await face(t)
  const condition = { 'if-none-exist': 'identifier=urn:test:case|C-1' }
  const first = await ask('POST', 'Procedure', procedure(), condition)
  t.is(first.status, 201)
  const second = await ask('POST', 'Procedure', procedure(), condition)
  t.is(second.status, 200)
  t.is(second.headers.get('location'), `${base}/Procedure/${first.json.id as string}/_history/1`)
  await ask('POST', 'Procedure', procedure())
  t.is((await ask('POST', 'Procedure', procedure(), condition)).status, 412)
})

test('a condition that is not understood whole, or asks for nothing, is refused', async (t) => {
  const { ask, fake } = await face(t)
  for (const condition of ['identifier=%E0%A4%A', 'identifier=urn:test:case|50%', 'identifer=x', 'identifier=x&colour=red', '?', '_count=1']) {
    t.is((await ask('POST', 'Procedure', procedure(), { 'if-none-exist': condition })).status, 400, condition)
  }
  t.is(fake.versions.length, 0)
})

test('a conditional create that another overtakes finds the other’s', async (t) => {
  const { ask, fake } = await face(t)
  await ask('PUT', 'Procedure/theirs', procedure({ id: 'theirs', identifier: [{ system: 'urn:test:case', value: 'C-9' }] }))
  const theirs = fake.versions.pop()
  fake.before = () => fake.versions.push(theirs!)
  const answer = await ask('POST', 'Procedure', procedure({ identifier: [{ system: 'urn:test:case', value: 'C-9' }] }), {
    'if-none-exist': 'identifier=urn:test:case|C-9',
  })
  t.deepEqual([answer.status, answer.json.id, fake.versions.length], [200, 'theirs', 1])
})

test('conditional update and delete act on the one that is found', async (t) => {
  const { ask, fake } = await face(t)
  const where = 'Procedure?identifier=urn:test:case|C-1'
  const made = await ask('PUT', where, procedure())
  t.is(made.status, 201)
  const updated = await ask('PUT', where, procedure({ status: 'in-progress' }))
  t.deepEqual([updated.status, updated.json.id, updated.headers.get('etag')], [200, made.json.id, 'W/"2"'])
  t.is((await ask('PUT', where, procedure({ id: 'other' }))).status, 400)
  t.is((await ask('DELETE', where)).status, 204)
  t.is(fake.versions.at(-1)?.method, 'delete')
  t.is((await ask('DELETE', where)).status, 204)
  await ask('POST', 'Procedure', procedure())
  await ask('POST', 'Procedure', procedure())
  t.is((await ask('DELETE', where)).status, 412)
  t.is((await ask('DELETE', 'Procedure')).status, 405)
})

test('If-None-Match is answered 304 while nothing changed', async (t) => {
  const { ask } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  const same = await ask('GET', 'Procedure/a', undefined, { 'if-none-match': 'W/"1"' })
  t.deepEqual([same.status, same.text, same.headers.get('etag')], [304, '', 'W/"1"'])
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  t.is((await ask('GET', 'Procedure/a', undefined, { 'if-none-match': 'W/"1"' })).status, 200)
})

test('the same request under the same Idempotency-Key gets the first answer again', async (t) => {
  const { ask, fake } = await face(t)
  const key = { 'idempotency-key': 'k-1' }
  const first = await ask('POST', 'Procedure', procedure(), key)
  const again = await ask('POST', 'Procedure', procedure(), key)
  t.is(again.text, first.text)
  t.deepEqual([again.status, again.headers.get('location'), again.headers.get('idempotency-replayed')], [201, first.headers.get('location'), 'true'])
  t.is(fake.versions.length, 1)
  t.is((await ask('POST', 'Procedure', procedure({ status: 'in-progress' }), key)).status, 422)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  const match = { 'if-match': 'W/"1"', 'idempotency-key': 'k-2' }
  t.is((await ask('PUT', 'Procedure/a', procedure({ id: 'a' }), match)).status, 200)
  t.is((await ask('PUT', 'Procedure/a', procedure({ id: 'a' }), match)).headers.get('etag'), 'W/"2"')
})

test('a condition may be said as HAPI’s client says it, with its URL', async (t) => {
  const { ask, base, fake } = await face(t)
  const search = 'identifier=urn:test:case|C-1'
  for (const condition of [search, `?${search}`, `Procedure?${search}`, `${base}/Procedure?${search}`, `https://proxy.example/fhir/Procedure?${search}`])
    t.is((await ask('POST', 'Procedure', procedure(), { 'if-none-exist': condition })).status, condition === search ? 201 : 200, condition)
  t.is((await ask('POST', 'Procedure', procedure(), { 'if-none-exist': `Patient?${search}` })).status, 400)
  t.is((await ask('POST', 'Procedure', procedure(), { 'if-none-exist': 'identifier=urn:x/Procedure?a|1' })).status, 201, 'a question mark in a value')
  t.is(fake.versions.length, 2)
})

test('the same bytes about another resource are another request, whatever their Idempotency-Key', async (t) => {
  const { ask } = await face(t)
  for (const id of ['a', 'b']) await ask('PUT', `Procedure/${id}`, procedure({ id, status: 'in-progress' }))
  const headers = { 'content-type': 'application/json-patch+json', 'idempotency-key': 'k-3' }
  const complete = '[{"op":"replace","path":"/status","value":"completed"}]'
  for (const id of ['a', 'b', 'a']) t.is((await ask('PATCH', `Procedure/${id}`, complete, headers)).json.id, id)
  for (const id of ['a', 'b']) t.like((await ask('GET', `Procedure/${id}`)).json, { status: 'completed', meta: { versionId: '2' } })
})

test('what the engine refuses is told with its place, and when to come again', async (t) => {
  const { ask, fake } = await face(t)
  fake.refuseNext = { fault: { code: 'STORE_FULL', text: 'The disk is full.' }, retry: true }
  const later = await ask('POST', 'Procedure', procedure())
  t.deepEqual([later.status, later.headers.get('retry-after'), later.json.issue[0].code], [503, '2', 'transient'])
  fake.refuseNext = { fault: { code: 'MAPPING_FAILED' as never, text: 'No quantity.', place: 'Procedure.usedCode[0]' }, retry: false }
  const never = await ask('POST', 'Procedure', procedure())
  t.deepEqual([never.status, never.json.issue[0].expression], [422, ['Procedure.usedCode[0]']])
})

test('every read leaves one line in the audit', async (t) => {
  const { ask, fake } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  await ask('PUT', 'Procedure/b', procedure({ id: 'b' }))
  t.deepEqual(fake.audits, [])
  await ask('GET', 'Procedure/a')
  await ask('GET', 'Procedure?status=completed')
  await ask('GET', 'Procedure/_history')
  t.deepEqual(fake.audits, [
    'operator: read Procedure Procedure/a/_history/1',
    'operator: search Procedure Procedure/a Procedure/b',
    'operator: history Procedure Procedure/b Procedure/a',
  ])
})

test('a reference by this server’s own address is kept as one of this server, by another address as it is', async (t) => {
  const { ask, base } = await face(t)
  const subject = (reference: string) => procedure({ subject: { reference } })
  const own = await ask('POST', 'Procedure', subject(`${base}/Patient/p1`))
  t.is(own.json.subject.reference, 'Patient/p1')
  t.is((await ask('GET', 'Procedure?subject=Patient/p1')).json.total, 1)
  const other = await ask('POST', 'Procedure', subject('https://ehr.example/fhir/Patient/p1'))
  t.is(other.json.subject.reference, 'https://ehr.example/fhir/Patient/p1')
})
