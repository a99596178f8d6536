import test from 'ava'
import { bundle, face, post, procedure } from './face.ts'
import type { Face, Json } from './face.ts'

const ids = (answer: Json): string[] => (answer.entry ?? []).map((each: Json) => each.resource.id as string)
const link = (answer: Json, relation: string): string | undefined => answer.link.find((each: Json) => each.relation === relation)?.url as string | undefined
const follow = (at: Face, url: string | undefined) => at.ask('GET', (url ?? '').slice(at.base.length + 1))

async function filled(t: Parameters<typeof face>[0], count = 5) {
  const at = await face(t)
  for (let n = 1; n <= count; n++)
    await at.ask('PUT', `Procedure/p${String(n)}`, procedure({ id: `p${String(n)}`, subject: { reference: `Patient/${String(n % 2)}` } }))
  return at
}

test('a search gives a page, how many there are, and where the next one is; the pages are those of one moment', async (t) => {
  const at = await filled(t)
  const first = await at.ask('GET', 'Procedure?status=completed&_count=2')
  t.like(first.json, { resourceType: 'Bundle', type: 'searchset', total: 5 })
  t.is(link(first.json, 'self'), `${at.base}/Procedure?status=completed&_count=2`)
  t.is(first.json.entry[0].search.mode, 'match')
  t.is(first.json.entry[0].fullUrl, `${at.base}/Procedure/p1`)
  t.is(link(first.json, 'previous'), undefined)
  await new Promise((wake) => setTimeout(wake, 5))
  await at.ask('PUT', 'Procedure/a0', procedure({ id: 'a0' }))
  const second = await follow(at, link(first.json, 'next'))
  t.deepEqual(ids(second.json), ['p3', 'p4'])
  t.deepEqual(ids((await follow(at, link(second.json, 'previous'))).json), ['p1', 'p2'])
  const last = await follow(at, link(second.json, 'next'))
  t.deepEqual(ids(last.json), ['p5'])
  t.is(link(last.json, 'next'), undefined)
})

for (const sort of ['', '&_sort=_lastUpdated'])
  test(`what is deleted or changed between two pages hides no other resource${sort === '' ? '' : `: ${sort}`}`, async (t) => {
    const at = await filled(t, 6)
    const first = await at.ask('GET', `Procedure?status=completed&_count=2${sort}`)
    await new Promise((wake) => setTimeout(wake, 5))
    await at.ask('DELETE', 'Procedure/p1')
    await at.ask('PUT', 'Procedure/p2', procedure({ id: 'p2' }))
    const second = await follow(at, link(first.json, 'next'))
    t.deepEqual(ids(second.json), ['p3', 'p4'])
    await at.ask('DELETE', 'Procedure/p4')
    t.deepEqual(ids((await follow(at, link(second.json, 'self'))).json), ['p3', 'p5'])
    const last = await follow(at, link(second.json, 'next'))
    t.deepEqual([ids(last.json), link(last.json, 'next')], [['p5', 'p6'], undefined])
    t.is((await at.ask('GET', 'Procedure?_after=nothing')).status, 400)
  })

test('the count alone is given without resources', async (t) => {
  const at = await filled(t)
  for (const query of ['_count=0', '_summary=count']) {
    const { json } = await at.ask('GET', `Procedure?${query}`)
    t.deepEqual([json.total, json.entry], [5, undefined], query)
  }
  t.is((await at.ask('GET', 'Procedure?_total=none')).json.total, undefined)
  t.is((await at.ask('GET', 'Procedure?_count=-1')).status, 400)
})

test('a search may come as a form', async (t) => {
  const at = await filled(t)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const posted = await at.ask('POST', 'Procedure/_search', 'subject=Patient/1&_count=1', form)
  t.deepEqual([posted.status, posted.json.total, ids(posted.json)], [200, 3, ['p1']])
  t.is((await at.ask('POST', 'Procedure/_search', procedure())).status, 415)
})

test('what is included stands beside the matches and does not count', async (t) => {
  const at = await filled(t)
  await at.ask('PUT', 'Patient/1', { resourceType: 'Patient', id: '1' })
  const { json } = await at.ask('GET', 'Procedure?_id=p1,p3&_include=Procedure:subject')
  t.deepEqual([json.total, ids(json), json.entry.map((each: Json) => each.search.mode)], [2, ['p1', 'p3', '1'], ['match', 'match', 'include']])
  const reverse = await at.ask('GET', 'Patient?_id=1&_revinclude=Procedure:subject')
  t.deepEqual(ids(reverse.json), ['1', 'p1', 'p3', 'p5'])
  t.deepEqual(ids((await at.ask('GET', 'Procedure?_id=p1&_include=Procedure:subject:Device')).json), ['p1'])
})

test('an unknown parameter is left out, and refused where handling is strict', async (t) => {
  const at = await filled(t)
  const lenient = await at.ask('GET', 'Procedure?colour=red&_id=p1')
  t.deepEqual([ids(lenient.json), link(lenient.json, 'self')], [['p1'], `${at.base}/Procedure?_id=p1`])
  const strict = await at.ask('GET', 'Procedure?colour=red', undefined, { prefer: 'handling=strict' })
  t.deepEqual([strict.status, strict.json.issue[0].expression], [400, ['colour']])
})

test('a history comes newest first with what was asked, for a resource, a type and the server', async (t) => {
  const at = await filled(t, 3)
  await at.ask('DELETE', 'Procedure/p2')
  await at.ask('POST', 'Device', { resourceType: 'Device' })
  const ofOne = await at.ask('GET', 'Procedure/p2/_history')
  t.like(ofOne.json, { type: 'history', total: 2 })
  t.is(ofOne.json.entry[0].resource, undefined)
  t.like(ofOne.json.entry[0], { request: { method: 'DELETE', url: 'Procedure/p2' }, response: { status: '204 No Content', etag: 'W/"2"' } })
  t.is((await at.ask('GET', 'Procedure/_history')).json.total, 4)
  const page = await at.ask('GET', '_history?_count=2')
  t.is(page.json.total, 5)
  await at.ask('PUT', 'Procedure/new', procedure({ id: 'new' }))
  t.deepEqual(ids((await follow(at, link(page.json, 'next'))).json), ['p3', 'p2'], 'what is new since does not shift the pages')
  t.is((await at.ask('GET', 'Procedure/none/_history')).status, 404)
  t.is((await at.ask('GET', '_history?_since=yesterday')).status, 400)
  t.is((await at.ask('GET', '_history?_since=2999-01-01T00:00:00Z')).json.total, 0)
})

test('JSON of R4 is what is spoken; anything else is refused with an OperationOutcome', async (t) => {
  const at = await filled(t, 1)
  const accepts: [string, number][] = [
    ['application/fhir+json', 200],
    ['application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml;q=0.9', 200],
    ['*/*', 200],
    ['application/fhir+json; fhirVersion=4.0', 200],
    ['application/fhir+xml', 406],
    ['text/xml', 406],
    ['application/fhir+json;fhirVersion=5.0', 406],
    ['application/fhir+json;q=0', 406],
  ]
  for (const [accept, status] of accepts) {
    const answer = await at.ask('GET', 'Procedure/p1', undefined, { accept })
    t.is(answer.status, status, accept)
    if (status !== 200) t.is(answer.json.resourceType, 'OperationOutcome')
  }
  t.is((await at.ask('GET', 'Procedure/p1?_format=xml')).status, 406)
  t.is((await at.ask('GET', 'Procedure/p1?_format=json', undefined, { accept: 'text/html' })).status, 200)
  t.is((await at.ask('GET', 'Procedure/p1?_format=application/fhir+json')).status, 200)
  const types: [string, number][] = [
    ['application/json', 201],
    ['application/fhir+json; charset=UTF-8', 201],
    ['application/fhir+json; fhirVersion=4.0', 201],
    ['application/fhir+xml', 415],
    ['text/plain', 415],
    ['application/fhir+json; charset=iso-8859-1', 415],
    ['application/fhir+json; fhirVersion=5.0', 415],
  ]
  for (const [type, status] of types) t.is((await at.ask('POST', 'Procedure', procedure(), { 'content-type': type })).status, status, type)
})

test('what is no JSON that can be trusted is refused with its place', async (t) => {
  const { ask, fake } = await face(t)
  for (const body of [
    '{',
    '[]',
    '"x"',
    '{"resourceType":"Procedure","resourceType":"Procedure"}',
    '{"resourceType":"Procedure","status":"completed","status":"unknown"}',
    `{"a":${'['.repeat(200)}${']'.repeat(200)}}`,
  ]) {
    const answer = await ask('POST', 'Procedure', body)
    t.is(answer.status, 400, body)
    t.deepEqual([answer.json.resourceType, answer.json.issue[0].code], ['OperationOutcome', 'structure'])
  }
  t.is((await ask('POST', 'Procedure', '')).status, 400)
  t.is(fake.versions.length, 0)
})

test('trap 72: a modifierExtension or implicitRules that nobody here knows is refused where it stands', async (t) => {
  const { ask, fake } = await face(t)
  const modifier = [{ url: 'urn:test:not', valueBoolean: true }]
  const cases: [Json, string][] = [
    [procedure({ modifierExtension: modifier }), 'Procedure.modifierExtension[0]'],
    [
      procedure({ focalDevice: [{ manipulated: { reference: 'Device/1' } }, { modifierExtension: modifier, manipulated: { reference: 'Device/1' } }] }),
      'Procedure.focalDevice[1].modifierExtension[0]',
    ],
    [procedure({ implicitRules: 'urn:test:rules' }), 'Procedure.implicitRules'],
    [procedure({ contained: [{ resourceType: 'Device', id: 'd', implicitRules: 'urn:test:rules' }] }), 'Procedure.contained[0].implicitRules'],
  ]
  for (const [body, place] of cases) {
    const answer = await ask('POST', 'Procedure', body)
    t.is(answer.status, 422, place)
    t.true(
      answer.json.issue.some((each: Json) => each.expression?.[0] === place),
      answer.text,
    )
  }
  t.is((await ask('POST', '', bundle('transaction', post(cases[0]?.[0] as never)))).status, 422)
  t.is(fake.versions.length, 0)
})

test('an unknown type is 404, an interaction that is not there 405 with what is', async (t) => {
  const { ask } = await face(t)
  for (const [method, path, status] of [
    ['GET', 'Nonsense', 404],
    ['POST', 'InventoryReport', 404],
    ['GET', 'Procedure/a/b', 404],
    ['GET', 'Procedure/$everything', 404],
    ['GET', 'Procedure/none', 404],
    ['PATCH', 'Procedure', 405],
    ['POST', 'Procedure/a', 405],
    ['POST', 'metadata', 405],
    ['DELETE', '', 405],
    ['PUT', 'Procedure/a/_history/1', 405],
  ] as const) {
    const answer = await ask(method, path, method === 'GET' || method === 'DELETE' ? undefined : procedure())
    t.is(answer.status, status, `${method} ${path}`)
    t.is(answer.json.resourceType, 'OperationOutcome')
    if (status === 405) t.truthy(answer.headers.get('allow'))
  }
})

test('HEAD answers as GET without the body', async (t) => {
  const at = await filled(t, 1)
  const head = await at.ask('HEAD', 'Procedure/p1')
  t.deepEqual([head.status, head.text, head.headers.get('etag')], [200, '', 'W/"1"'])
})

test('a body beyond the limit is 413', async (t) => {
  const { ask } = await face(t)
  const answer = await ask('POST', 'Procedure', `{"resourceType":"Procedure","x":"${'x'.repeat(16 * 1024 * 1024)}"}`)
  t.deepEqual([answer.status, answer.json.issue[0].code], [413, 'too-long'])
})

test('$validate answers 200 with an OperationOutcome and stores nothing', async (t) => {
  const { ask, fake } = await face(t)
  for (const [path, body] of [
    ['Procedure/$validate', procedure()],
    ['Procedure/a/$validate', procedure({ id: 'a' })],
    ['Procedure/$validate', { resourceType: 'Parameters', parameter: [{ name: 'resource', resource: procedure() }] }],
  ] as const) {
    const good = await ask('POST', path, body)
    t.is(good.status, 200)
    t.is(good.json.resourceType, 'OperationOutcome')
    t.false(
      good.json.issue.some((each: Json) => each.severity === 'error'),
      good.text,
    )
  }
  const bad = await ask('POST', 'Procedure/$validate', procedure({ implicitRules: 'urn:x' }))
  t.is(bad.status, 200)
  t.true(bad.json.issue.some((each: Json) => each.severity === 'error'))
  t.is((await ask('POST', 'Procedure/$validate', { resourceType: 'Parameters' })).status, 400)
  t.is(fake.versions.length, 0)
})

test('the CapabilityStatement says what is there, and nothing that is not', async (t) => {
  const { base, ask } = await face(t)
  const open = await fetch(`${base}/metadata`)
  t.is(open.status, 200)
  const statement = (await open.json()) as Json
  t.like(statement, { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', kind: 'instance', status: 'active' })
  t.is(statement.instantiates, undefined)
  t.is(statement.implementation.url, base)
  const [rest] = statement.rest
  for (const { type, interaction } of rest.resource as { type: string; interaction: { code: string }[] }[]) {
    t.false(interaction.some(({ code }) => code === 'operation'))
    t.is((await ask('GET', `${type}?_summary=count`)).status, 200, type)
  }
  t.deepEqual(
    rest.interaction.map((each: Json) => each.code),
    ['transaction', 'batch', 'history-system', 'search-system'],
  )
})

test('what is refused before the face is reached is an OperationOutcome too', async (t) => {
  const { base, ask } = await face(t)
  const closed = await fetch(`${base}/Procedure`)
  t.is(closed.status, 401)
  t.truthy(closed.headers.get('www-authenticate'))
  t.like((await closed.json()) as Json, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'login' }] })
  t.is((await ask('POST', 'Procedure', procedure(), { 'content-encoding': 'gzip' })).status, 415)
})
