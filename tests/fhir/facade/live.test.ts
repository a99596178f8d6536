import test from 'ava'
import type { ExecutionContext } from 'ava'
import { bundle, post, procedure, put } from './face.ts'
import type { Json } from './face.ts'
import { startPostgres } from '../../postgres.ts'
import type { RunningPostgres } from '../../postgres.ts'
import { liveFace } from './live.ts'
import type { LiveFace } from './live.ts'

const STORES: readonly [string, (t: ExecutionContext) => Promise<LiveFace>][] = [
  ['SQLite', (t) => liveFace(t)],
  [
    'PostgreSQL',
    async (t) => {
      const database = `face${String(++databases)}`
      await postgres?.createDatabase(database)
      return liveFace(t, postgres?.url(database) ?? '')
    },
  ],
]
let postgres: RunningPostgres | null = null
let databases = 0
test.before(async () => {
  postgres = await startPostgres()
})
test.after.always(() => postgres?.stop())
const patient = (id: string) => ({ resourceType: 'Patient', id, identifier: [{ system: 'urn:test:mrn', value: id }] })

for (const [name, start] of STORES) {
  test.serial(`trap 67: twenty conditional creates at once make one resource, on ${name}`, async (t) => {
    const { ask } = await start(t)
    for (let round = 1; round <= 3; round++) {
      const body = procedure({ identifier: [{ system: 'urn:test:case', value: `R-${String(round)}` }] })
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => ask('POST', 'Procedure', body, { 'if-none-exist': `identifier=urn:test:case|R-${String(round)}` })),
      )
      t.deepEqual(answers.map(({ status }) => status).toSorted(), [...Array<number>(19).fill(200), 201])
      t.is(new Set(answers.map(({ headers }) => headers.get('location'))).size, 1)
      t.is((await ask('GET', `Procedure?identifier=urn:test:case|R-${String(round)}&_summary=count`)).json.total, 1)
    }
  })

  test.serial(`updates of one resource at once each become a version, and only one of those that match a version is taken, on ${name}`, async (t) => {
    const { ask } = await start(t)
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask('PUT', 'Patient/p', patient('p'))))
    t.deepEqual(answers.map(({ headers }) => headers.get('etag')).toSorted(), Array.from({ length: 12 }, (_, n) => `W/"${String(n + 1)}"`).toSorted())
    const matching = await Promise.all(Array.from({ length: 6 }, () => ask('PUT', 'Patient/p', patient('p'), { 'if-match': 'W/"12"' })))
    t.deepEqual(matching.map(({ status }) => status).toSorted(), [200, 412, 412, 412, 412, 412])
  })

  test.serial(`a transaction is stored whole or not at all, and read back as it was sent, on ${name}`, async (t) => {
    const { ask } = await start(t)
    const text = '{"value":1.00}'
    const whole = await ask(
      'POST',
      '',
      JSON.stringify(
        bundle(
          'transaction',
          post({ ...patient('x') }, {}, 'urn:uuid:p'),
          put(procedure({ id: 'a', subject: { reference: 'urn:uuid:p' }, extension: [{ url: 'urn:test:q', valueQuantity: { value: 7 } }] }) as never),
        ),
      ).replace('{"value":7}', text),
    )
    t.is(whole.status, 200, whole.text)
    const read = await ask('GET', 'Procedure/a')
    t.true(read.text.includes(text))
    t.is((await ask('GET', `Procedure?subject=${read.json.subject.reference as string}`)).json.total, 1)
    const half = await ask('POST', '', bundle('transaction', put(patient('half') as never), put(procedure({ id: 'a' }) as never, { ifMatch: 'W/"9"' })))
    t.is(half.status, 412)
    t.is((await ask('GET', 'Patient/half')).status, 404)
    t.is((await ask('GET', 'Procedure/a/_history')).json.total, 1)
  })

  test.serial(`what is sent again under its key is answered as before and stored once, on ${name}`, async (t) => {
    const { ask } = await start(t)
    const key = { 'idempotency-key': 'k-1' }
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask('POST', 'Patient', patient('x'), key)))
    t.deepEqual(
      answers.map(({ status }) => status),
      Array<number>(8).fill(201),
    )
    t.is(new Set(answers.map(({ text }) => text)).size, 1)
    t.is((await ask('GET', 'Patient/_history')).json.total, 1)
    t.is((await ask('POST', 'Patient', patient('y'), key)).status, 422)
  })
}

test.serial('every write is a message of the engine that can be found and seen as it was sent', async (t) => {
  const { ask, engine } = await liveFace(t)
  const body = JSON.stringify(procedure())
  const made = await ask('POST', 'Procedure', body, { 'idempotency-key': 'case-1' })
  const id = made.headers.get('x-aqueduct-message') ?? ''
  const message = await engine.get<Json>(`/messages/${id}`)
  t.like(message, { type: 'Procedure', controlId: 'case-1' })
  const raw = await fetch(`${engine.api}/api/ops/v1/messages/${id}/raw`, { headers: { authorization: `Bearer ${engine.token}` } })
  t.is(await raw.text(), body)
})

test.serial('trap 68: the same message sent five times at once is answered the same each time, and is one message', async (t) => {
  const { ask, engine } = await liveFace(t)
  const message = {
    ...bundle(
      'message',
      {
        fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1',
        resource: { resourceType: 'MessageHeader', id: 'm-1', eventUri: 'urn:test:implants', source: { endpoint: 'https://ehr.example/fhir' } },
      },
      { fullUrl: 'https://ehr.example/fhir/Patient/p', resource: patient('p') },
    ),
    id: 'b-1',
  }
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask('POST', '$process-message', message)))
  t.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200],
  )
  t.is(new Set(answers.map(({ text }) => text)).size, 1)
  t.is((await engine.get<Json>('/messages?controlId=m-1')).items.length, 1)
})

test.serial('what a key may do on the face is what its scopes say', async (t) => {
  const { ask, engine } = await liveFace(t)
  await ask('PUT', 'Patient/p', patient('p'))
  const as = async (...scopes: string[]) => {
    const { key } = await engine.post<{ key: string }>('/keys', { name: scopes.join('-').replaceAll(':', '.'), scopes })
    return { authorization: `Bearer ${key}` }
  }
  const [reads, writes, ops] = [await as('fhir:read'), await as('fhir:write'), await as('ops:read')]
  t.is((await ask('GET', 'Patient/p', undefined, reads)).status, 200)
  t.is((await ask('GET', 'Patient/p', undefined, ops)).status, 200)
  const refused = await ask('PUT', 'Patient/p', patient('p'), reads)
  t.is(refused.status, 403)
  t.regex(refused.headers.get('www-authenticate') ?? '', /insufficient_scope/)
  t.is((await ask('PUT', 'Patient/p', patient('p'), writes)).status, 200)
  t.is((await ask('GET', 'Patient/p', undefined, writes)).status, 403)
  const transaction = await ask('POST', '', bundle('transaction', put(patient('q') as never)), reads)
  t.deepEqual([transaction.status, transaction.json.issue[0].expression], [403, ['Bundle.entry[0]']])
})
