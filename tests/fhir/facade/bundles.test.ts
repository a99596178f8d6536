import test from 'ava'
import { bundle, face, post, procedure, put } from './face.ts'
import type { Json } from './face.ts'

const patient = (more: Record<string, unknown> = {}) => ({ resourceType: 'Patient', identifier: [{ system: 'urn:test:mrn', value: 'P-1' }], ...more })
const statuses = (answer: Json): string[] => answer.entry.map((each: Json) => each.response.status)

test('a transaction stores all of it and answers in the order of the request', async (t) => {
  const { ask, fake, base } = await face(t)
  await ask('PUT', 'Device/old', { resourceType: 'Device', id: 'old' })
  const answer = await ask(
    'POST',
    '',
    bundle(
      'transaction',
      { request: { method: 'GET', url: 'Patient?identifier=urn:test:mrn|P-1' } },
      put(procedure({ id: 'a' }) as never),
      post(patient()),
      { request: { method: 'DELETE', url: 'Device/old' } },
      { request: { method: 'GET', url: 'Procedure/a' } },
    ),
  )
  t.is(answer.status, 200)
  t.is(answer.json.type, 'transaction-response')
  t.deepEqual(statuses(answer.json), ['200 OK', '201 Created', '201 Created', '204 No Content', '200 OK'])
  const [search, made, created, , read] = answer.json.entry
  t.is(search.resource.total, 1, 'a search in a transaction sees what it wrote')
  t.is(made.response.location, `${base}/Procedure/a/_history/1`)
  t.is(made.response.etag, 'W/"1"')
  t.truthy(made.response.lastModified)
  t.is(created.fullUrl, `${base}/Patient/${created.resource.id as string}`)
  t.is(read.resource.id, 'a')
  t.is(fake.messages.length, 2)
  t.is((await ask('POST', '', bundle('transaction'))).status, 200)
})

test('temporary names are rewritten wherever they stand', async (t) => {
  const { ask, fake } = await face(t)
  const [p, d] = ['urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', 'urn:oid:1.2.36.1.2001']
  const answer = await ask(
    'POST',
    '',
    bundle(
      'transaction',
      post(
        procedure({
          subject: { reference: p },
          text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${p}">x</a> ${p}</div>` },
          extension: [
            { url: 'urn:test:see', valueUri: d },
            { url: 'urn:test:ref', valueReference: { reference: d } },
          ],
          identifier: [{ system: 'urn:ietf:rfc:3986', value: p }],
        }),
      ),
      post(patient(), {}, p),
      post({ resourceType: 'Device' }, {}, d),
    ),
  )
  const [made, person, device] = answer.json.entry.map((each: Json) => each.resource)
  t.is(made.subject.reference, `Patient/${person.id as string}`)
  t.is(made.text.div, `<div xmlns="http://www.w3.org/1999/xhtml"><a href="Patient/${person.id as string}">x</a> ${p}</div>`)
  t.is(made.extension[0].valueUri, `Device/${device.id as string}`)
  t.is(made.extension[1].valueReference.reference, `Device/${device.id as string}`)
  t.is(made.identifier[0].value, p)
  const told = fake.messages[0]?.request.content as Json
  t.is(told.resolve(`Device/${device.id as string}`).resourceType, 'Device')
})

test('names of another server are rewritten as its own entries mean them', async (t) => {
  const { ask } = await face(t)
  const answer = await ask(
    'POST',
    '',
    bundle(
      'transaction',
      post(procedure({ subject: { reference: 'Patient/7' }, encounter: { reference: 'Encounter/7' } }), {}, 'https://ehr.example/fhir/Procedure/1'),
      post(patient(), {}, 'https://ehr.example/fhir/Patient/7'),
    ),
  )
  const [made, person] = answer.json.entry.map((each: Json) => each.resource)
  t.is(made.subject.reference, `Patient/${person.id as string}`)
  t.is(made.encounter.reference, 'Encounter/7')
})

test('conditional references are resolved, also to what the transaction makes', async (t) => {
  const { ask, fake } = await face(t)
  await ask('PUT', 'Patient/p1', patient({ id: 'p1' }))
  const answer = await ask(
    'POST',
    '',
    bundle(
      'transaction',
      post(
        procedure({
          subject: { reference: 'Patient?identifier=urn:test:mrn|P-1' },
          focalDevice: [{ manipulated: { reference: 'Device?identifier=urn:test:sn|S-1' } }],
        }),
      ),
      post({ resourceType: 'Device', identifier: [{ system: 'urn:test:sn', value: 'S-1' }] } as never),
    ),
  )
  t.is(answer.status, 200, answer.text)
  const [made, device] = answer.json.entry.map((each: Json) => each.resource)
  t.is(made.subject.reference, 'Patient/p1')
  t.is(made.focalDevice[0].manipulated.reference, `Device/${device.id as string}`)
  const before = fake.versions.length
  const none = await ask('POST', '', bundle('transaction', post(patient()), post(procedure({ subject: { reference: 'Patient?identifier=nobody' } }))))
  t.is(none.status, 412)
  t.regex(none.json.issue[0].expression[0], /^Bundle\.entry\[1\]/)
  t.is(fake.versions.length, before)
})

test('trap 66: a transaction with one bad entry stores nothing and names it; a batch stores the others', async (t) => {
  const { ask, fake } = await face(t)
  const entries = [put(patient({ id: 'p' }) as never), put(procedure({ id: 'other' }) as never, { url: 'Procedure/a' }), put(procedure({ id: 'b' }) as never)]
  const failed = await ask('POST', '', bundle('transaction', ...entries))
  t.is(failed.status, 400)
  t.is(failed.json.resourceType, 'OperationOutcome')
  t.is(failed.json.issue[0].expression[0], 'Bundle.entry[1].resource.id')
  t.deepEqual([fake.versions.length, fake.messages.length], [0, 0])
  const batch = await ask('POST', '', bundle('batch', ...entries))
  t.is(batch.status, 200)
  t.is(batch.json.type, 'batch-response')
  t.deepEqual(statuses(batch.json), ['201 Created', '400', '201 Created'])
  t.is(batch.json.entry[1].response.outcome.issue[0].expression[0], 'Bundle.entry[1].resource.id')
  t.deepEqual(
    fake.versions.map(({ id }) => id),
    ['p', 'b'],
  )
})

test('a version that does not match fails the whole transaction', async (t) => {
  const { ask, fake } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  const answer = await ask('POST', '', bundle('transaction', post(patient()), put(procedure({ id: 'a' }) as never, { ifMatch: 'W/"2"' })))
  t.deepEqual([answer.status, answer.json.issue[0].expression[0], fake.versions.length], [412, 'Bundle.entry[1]', 1])
})

test('the same resource twice in a transaction is refused', async (t) => {
  const { ask, fake } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  for (const entries of [
    [put(procedure({ id: 'a' }) as never), put(procedure({ id: 'a' }) as never)],
    [put(procedure({ id: 'a' }) as never), { request: { method: 'DELETE', url: 'Procedure/a' } }],
    [{ request: { method: 'DELETE', url: 'Procedure?identifier=C-1' } }, put(procedure({ id: 'a' }) as never)],
    [post(patient(), {}, 'urn:uuid:1'), post(patient(), {}, 'urn:uuid:1')],
  ])
    t.is((await ask('POST', '', bundle('transaction', ...entries))).status, 400)
  t.is(fake.versions.length, 1)
})

test('a conditional create in a transaction finds what is there, and what the transaction made before it', async (t) => {
  const { ask, fake } = await face(t)
  const condition = { ifNoneExist: 'identifier=urn:test:mrn|P-1' }
  const body = bundle(
    'transaction',
    post(patient(), condition, 'urn:uuid:1'),
    post(patient(), condition, 'urn:uuid:2'),
    post(procedure({ subject: { reference: 'urn:uuid:2' } })),
  )
  const first = await ask('POST', '', body)
  t.deepEqual(statuses(first.json), ['201 Created', '200 OK', '201 Created'])
  t.is(first.json.entry[2].resource.subject.reference, `Patient/${first.json.entry[0].resource.id as string}`)
  const second = await ask('POST', '', body)
  t.deepEqual(statuses(second.json), ['200 OK', '200 OK', '201 Created'])
  t.is(second.json.entry[2].resource.subject.reference, first.json.entry[2].resource.subject.reference)
  t.is(fake.versions.filter(({ type }) => type === 'Patient').length, 1)
})

test('what was deleted in a transaction is found no more by its conditions', async (t) => {
  const { ask } = await face(t)
  await ask('PUT', 'Patient/p', patient({ id: 'p' }))
  const answer = await ask(
    'POST',
    '',
    bundle('transaction', post(patient(), { ifNoneExist: 'identifier=urn:test:mrn|P-1' }), { request: { method: 'DELETE', url: 'Patient/p' } }),
  )
  t.deepEqual(statuses(answer.json), ['201 Created', '204 No Content'])
})

test('a transaction that is sent again under its Idempotency-Key is answered as before, with its reads made anew', async (t) => {
  const { ask, fake } = await face(t)
  const body = bundle('transaction', { request: { method: 'GET', url: 'Procedure?_summary=count' } }, post(procedure()))
  const key = { 'idempotency-key': 't-1' }
  const first = await ask('POST', '', body, key)
  const again = await ask('POST', '', body, key)
  t.deepEqual(again.json.entry[1], first.json.entry[1])
  t.is(again.json.entry[0].resource.total, 1)
  t.is(fake.versions.length, 1)
})

test('a batch repeats nothing under its Idempotency-Key', async (t) => {
  const { ask, fake } = await face(t)
  const body = bundle('batch', post(procedure()), post(patient()))
  const key = { 'idempotency-key': 'b-1' }
  const first = await ask('POST', '', body, key)
  const again = await ask('POST', '', body, key)
  t.deepEqual(again.json.entry, first.json.entry)
  t.is(fake.versions.length, 2)
})

test('a thousand conditional creates take a thousand looks, not a million', async (t) => {
  t.timeout(8_000, 'it takes less than one second where each resource is looked at once')
  const { ask } = await face(t)
  const value = (n: number) => `P-${String(n)}`
  const entry = Array.from({ length: 1000 }, (_, n) =>
    post(patient({ identifier: [{ system: 'urn:test:mrn', value: value(n) }] }) as never, { ifNoneExist: `identifier=urn:test:mrn|${value(n)}` }),
  )
  t.is((await ask('POST', '', bundle('transaction', ...entry))).status, 200)
})

test('what is no transaction is refused with its place', async (t) => {
  const { ask, fake } = await face(t)
  const cases: [Json, string][] = [
    [bundle('collection'), 'Bundle.type'],
    [procedure(), 'Bundle.resourceType'],
    [bundle('transaction', { resource: procedure() }), 'Bundle.entry[0]'],
    [bundle('transaction', { request: { method: 'PATCH', url: 'Procedure/a' } }), 'Bundle.entry[0].request.method'],
    [bundle('transaction', { request: { method: 'POST', url: 'Procedure' } }), 'Bundle.entry[0].resource'],
    [bundle('transaction', { request: { method: 'PUT', url: 'Nonsense/1' }, resource: { resourceType: 'Nonsense', id: '1' } }), 'Bundle.entry[0].request.url'],
    [bundle('transaction', { request: { method: 'DELETE', url: 'https://elsewhere.example/Procedure/1' } }), 'Bundle.entry[0].request.url'],
    [bundle('transaction', null), 'Bundle.entry[0]'],
  ]
  for (const [body, place] of cases) {
    const answer = await ask('POST', '/', body)
    t.is(answer.status, 400, place)
    t.deepEqual(answer.json.issue[0].expression, [place])
  }
  t.is(fake.versions.length, 0)
})
