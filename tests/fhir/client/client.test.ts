import test from 'ava'
import type { ExecutionContext } from 'ava'
import { systemClock } from '../../../channels/contract/index.ts'
import { createFhirClient, failureOf } from '../../../fhir/client/index.ts'
import type { FhirClientOptions } from '../../../fhir/client/index.ts'
import { lexemeOf, parseFhirJson } from '../../../fhir/r4/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'
import { StandingClock } from '../../channels/engine/clock.ts'
import { serve } from './server.ts'

function client(t: ExecutionContext, base: string, more: Partial<FhirClientOptions> = {}) {
  const made = createFhirClient({ base, auth: null, headers: { 'x-from': 'aqueduct' }, clock: systemClock, timeoutMs: 5_000, ...more })
  t.teardown(() => made.close())
  return made
}
const outcome = (code: string, more: object = {}) => ({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, ...more }] })
const ofText = (text: string): JsonObject => {
  const parsed = parseFhirJson(text)
  return parsed.ok ? parsed.value : {}
}

test('a resource is read and written with the digits of its decimals', async (t) => {
  const { base, asked } = await serve(t, () => ({
    headers: { etag: 'W/"3"', location: `${'http://elsewhere'}/fhir/ChargeItem/7/_history/3` },
    body: '{"resourceType":"ChargeItem","id":"7","quantity":{"value":1.00}}',
  }))
  const ehr = client(t, base)
  const read = await ehr.read('ChargeItem', '7')
  if (!read.ok) return t.fail(read.text)
  t.is(lexemeOf((read.resource?.['quantity'] ?? {}) as JsonObject, 'value'), '1.00')
  t.deepEqual([read.etag, read.reference], ['W/"3"', 'ChargeItem/7'])
  await ehr.update(read.resource ?? {}, { ifMatch: 'W/"3"' })
  await ehr.create(read.resource ?? {}, { ifNoneExist: 'identifier=a|1' })
  await ehr.update(read.resource ?? {}, { where: 'identifier=a|1' })
  await ehr.vread('ChargeItem', '7', '2')
  await ehr.status('5')
  await ehr.events('5', 3, 4, 'full-resource')
  t.deepEqual(
    asked.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /fhir/ChargeItem/7',
      'PUT /fhir/ChargeItem/7',
      'POST /fhir/ChargeItem',
      'PUT /fhir/ChargeItem?identifier=a|1',
      'GET /fhir/ChargeItem/7/_history/2',
      'GET /fhir/Subscription/5/$status',
      'GET /fhir/Subscription/5/$events?eventsSinceNumber=3&eventsUntilNumber=4&content=full-resource',
    ],
  )
  t.is(asked[1]?.body, '{"resourceType":"ChargeItem","id":"7","quantity":{"value":1.00}}')
  t.deepEqual([asked[1]?.headers['if-match'], asked[2]?.headers['if-none-exist'], asked[2]?.headers['x-from']], ['W/"3"', 'identifier=a|1', 'aqueduct'])
  t.is(asked[2]?.headers['content-type'], 'application/fhir+json; charset=utf-8')
})

test('a search follows its next links to the end, leaves outcomes out, and stops where it is told', async (t) => {
  const page = (n: number, next: string | null) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    ...(next === null ? {} : { link: [{ relation: 'next', url: next }] }),
    entry: [{ resource: { resourceType: 'Device', id: String(n) } }, { resource: outcome('informational'), search: { mode: 'outcome' } }],
  })
  const { base, asked } = await serve(t, ({ url }) => {
    const n = Number(/page=(\d)/.exec(url)?.[1] ?? 1)
    return { body: page(n, n < 3 ? `${base}/Device?page=${String(n + 1)}` : null) }
  })
  const ehr = client(t, base)
  const found = await ehr.search('Device?lot=a')
  t.deepEqual(found.ok && found.entries.map((entry) => (entry['resource'] as JsonObject)['id']), ['1', '2', '3'])
  t.is(asked[0]?.headers['cache-control'], 'no-cache')
  const cut = await ehr.search('Device', { pages: 2 })
  t.true(cut.ok && cut.cut && cut.entries.length === 2)
  const seen: number[] = []
  await ehr.search('Device', {
    each: (entries) => {
      seen.push(entries.length)
      return Promise.resolve(null)
    },
  })
  t.deepEqual(seen, [1, 1, 1])
})

test('a next link to another server is not followed: it would get the credentials', async (t) => {
  const { asked, base } = await serve(t, () => ({
    body: { resourceType: 'Bundle', type: 'searchset', link: [{ relation: 'next', url: 'http://127.0.0.2:9/fhir?page=2' }] },
  }))
  const found = await client(t, base).search('Device')
  t.true(!found.ok && found.text.includes('another address'))
  t.is(asked.length, 1)
})

test('a failure has its class by status and by what the OperationOutcome says, its places, and none of its words', (t) => {
  const of = (status: number, body: JsonObject | null = null) => {
    const { code, class: kind } = failureOf(status, null, body, 0)
    return `${code} ${kind}`
  }
  const transient = 'DESTINATION_BUSY transient'
  for (const status of [408, 409, 412, 423, 425, 429, 503]) t.is(of(status), transient, String(status))
  for (const status of [400, 403, 404, 405, 406, 410, 415, 422, 501]) t.is(of(status), 'DESTINATION_REFUSED permanent', String(status))
  t.is(of(401), 'DESTINATION_AUTH transient')
  t.is(of(500), 'DESTINATION_FAILED transient')
  for (const code of ['transient', 'timeout', 'throttled', 'lock-error', 'too-costly', 'no-store']) t.is(of(422, outcome(code)), transient, code)
  t.is(of(500, outcome('structure')), 'DESTINATION_REFUSED permanent')
  t.is(of(500, outcome('exception')), 'DESTINATION_FAILED transient')
  t.is(of(400, { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'throttled' }] }), 'DESTINATION_REFUSED permanent')
  const said = failureOf(422, null, outcome('required', { diagnostics: 'John Doe has no status', expression: ['SupplyDelivery.suppliedItem[0].quantity'] }), 0)
  t.is(said.text, 'The server answered 422 (required at SupplyDelivery.suppliedItem[0].quantity).')
  t.false(failureOf(422, null, outcome('value', { expression: ["Patient.where(name='Doe')"] }), 0).text.includes('Doe'))
})

test('Retry-After is kept for what may be tried again: seconds, a date, at most a day', (t) => {
  const of = (status: number, header: string) => failureOf(status, header, null, Date.UTC(2026, 0, 1)).retryAfterMs
  t.is(of(429, '7'), 7_000)
  t.is(of(503, 'Thu, 01 Jan 2026 00:00:05 GMT'), 5_000)
  t.is(of(429, '999999'), 86_400_000)
  t.is(of(429, 'soon'), undefined)
  t.is(of(400, '7'), undefined)
})

test('no connection is unreachable; a connection that ends or stays silent is unknown; a stop ends what is out', async (t) => {
  const closed = await client(t, 'http://127.0.0.1:9/fhir').read('Device', '1')
  t.true(!closed.ok && closed.code === 'DESTINATION_UNREACHABLE')
  const { base } = await serve(t, ({ url }) => (url.includes('/cut') ? { cut: true } : { silent: true }))
  const cut = await client(t, base).read('Device', 'cut')
  t.true(!cut.ok && cut.code === 'NO_ANSWER' && cut.class === 'unknown')
  const clock = new StandingClock()
  const waiting = client(t, base, { clock }).read('Device', '1')
  await clock.move(5_001)
  const late = await waiting
  t.true(!late.ok && late.code === 'NO_ANSWER' && late.text.includes('TIMEOUT'))
  const stopping = client(t, base)
  const left = stopping.read('Device', '1')
  await stopping.close()
  t.false((await left).ok)
  const aborting = new AbortController()
  const aborted = client(t, base).read('Device', '1', { signal: aborting.signal })
  aborting.abort()
  t.false((await aborted).ok)
})

test('an answer that is no JSON, or larger than what is taken, is a failure and no crash', async (t) => {
  const { base } = await serve(t, ({ url }) => ({ body: url.endsWith('/big') ? `{"a":"${'x'.repeat(5_000)}"}` : '<html>' }))
  const html = await client(t, base).read('Device', '1')
  t.true(!html.ok && html.code === 'DESTINATION_FAILED')
  const big = await client(t, base, { maxAnswerBytes: 1_000 }).read('Device', 'big')
  t.true(!big.ok && big.code === 'DESTINATION_FAILED')
  t.deepEqual(ofText('[]'), {})
})
