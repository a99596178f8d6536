import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import type { DestinationDefinition, Outgoing } from '../../../channels/contract/index.ts'
import { createHttpDestination, outcomeOf } from '../../../channels/destinations/http/index.ts'

const definition = (url: string, more: Partial<DestinationDefinition> = {}): DestinationDefinition => ({
  name: 'sink',
  type: 'http',
  url,
  timeoutMs: 300,
  concurrency: 2,
  retry: { firstMs: 1, maxMs: 1, attempts: null },
  settleMs: 0,
  body: 'event',
  headers: { 'x-from': 'aqueduct' },
  breaker: { failures: 5, openMs: 1000 },
  options: {},
  file: 'destinations/sink.yaml',
  ...more,
})
const work: Outgoing = { id: 'm1.d1', key: 'm1.d1', kind: 'SupplyUsed', controlId: 'C1', lane: 'a', body: '{"controlId":"C1"}', step: null, attempt: 1 }
const never = new AbortController().signal

async function serve(t: ExecutionContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/events?to=erp`
}

test('an event is posted as JSON with its key and the configured headers, and a 2xx is sent', async (t) => {
  const seen: unknown[] = []
  const url = await serve(t, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push([
        request.method,
        request.url,
        request.headers['content-type'],
        request.headers['idempotency-key'],
        request.headers['x-from'],
        Buffer.concat(chunks).toString(),
      ])
      response.writeHead(204).end()
    })
  })
  const destination = createHttpDestination(definition(url), Date.now)
  t.teardown(() => destination.stop())
  t.deepEqual(await destination.deliver(work, never), { kind: 'sent', reference: null })
  t.deepEqual(seen, [['POST', '/events?to=erp', 'application/json', 'm1.d1', 'aqueduct', '{"controlId":"C1"}']])
})

test('statuses: 2xx sent, 4xx refused for good, 429 and 503 busy with their Retry-After, other 5xx tried again', (t) => {
  t.is(outcomeOf(201, null, 0).kind, 'sent')
  t.like(outcomeOf(422, null, 0), { code: 'DESTINATION_REFUSED' })
  t.like(outcomeOf(429, '7', 0), { code: 'DESTINATION_BUSY', retryAfterMs: 7000 })
  t.like(outcomeOf(503, new Date(5000).toUTCString(), 1000), { code: 'DESTINATION_BUSY', retryAfterMs: 4000 })
  t.like(outcomeOf(503, 'soon', 0), { code: 'DESTINATION_BUSY' })
  t.like(outcomeOf(500, null, 0), { code: 'DESTINATION_FAILED' })
})

test('a refused connection says that nothing was sent', async (t) => {
  const destination = createHttpDestination(definition('http://127.0.0.1:1/'), Date.now)
  t.teardown(() => destination.stop())
  t.like(await destination.deliver(work, never), { kind: 'failed', code: 'DESTINATION_UNREACHABLE', class: 'transient' })
})

test('a destination that does not answer in time is tried again', async (t) => {
  const url = await serve(t, () => undefined)
  const destination = createHttpDestination(definition(url), Date.now)
  t.teardown(() => destination.stop())
  t.like(await destination.deliver(work, never), { kind: 'failed', code: 'NO_ANSWER', class: 'transient' })
})

test('an answer that breaks off is tried again', async (t) => {
  const url = await serve(t, (request) => request.socket.destroy())
  const destination = createHttpDestination(definition(url), Date.now)
  t.teardown(() => destination.stop())
  t.like(await destination.deliver(work, never), { kind: 'failed', code: 'NO_ANSWER', class: 'transient' })
})

test('giving up at a stop ends what is out', async (t) => {
  const url = await serve(t, () => undefined)
  const destination = createHttpDestination(definition(url, { timeoutMs: 60_000 }), Date.now)
  const stop = new AbortController()
  const outcome = destination.deliver(work, stop.signal)
  setImmediate(() => stop.abort())
  t.like(await outcome, { kind: 'failed', class: 'transient' })
  await destination.stop()
})
