import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { newRow } from '../../../channels/contract/index.ts'
import type { BridgeTables, Reader } from '../../../channels/contract/index.ts'
import type { Registry } from '../../../server/api/index.ts'
import { house } from './house.ts'
import type { House } from './house.ts'

type Subscription = Awaited<ReturnType<Reader['subscriptions']>>[number]

/** What a store has of events and subscriptions, shared by the engines of a test. */
class Books {
  readonly notices: BridgeTables['notice'][] = []
  readonly subscriptions = new Map<string, Subscription>()

  say(type: string, subject = 'PO-1'): void {
    const seq = this.notices.length + 1
    this.notices.push(newRow('notice', { message: 1, n: 1, line: seq, seq, at: 1772446953000, type, subject, body: JSON.stringify({ seq }) }))
  }

  reader(): Partial<Reader> {
    return {
      notices: ({ after, limit, types }) =>
        Promise.resolve(this.notices.filter(({ seq, type }) => seq > after && (types === undefined || types.includes(type))).slice(0, limit)),
      subscriptions: () => Promise.resolve([...this.subscriptions.values()]),
    }
  }

  registry(): Partial<Registry> {
    return {
      saveSubscription: (subscription) => {
        if (subscription.state === 'removed') this.subscriptions.delete(subscription.id)
        else this.subscriptions.set(subscription.id, subscription)
        return Promise.resolve()
      },
    }
  }
}

const start = (t: ExecutionContext, books: Books): Promise<House> =>
  house(t, { reader: books.reader(), registry: books.registry(), api: { webhooks: { firstMs: 5, maxMs: 20, failures: 3 } } })

interface Received {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A receiver of webhooks. `answer` gives the status of the nth request. */
async function receiver(t: ExecutionContext, answer: (n: number) => number = () => 204): Promise<{ readonly url: string; readonly got: Received[] }> {
  const got: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      response.writeHead(answer(got.length), { location: 'http://169.254.169.254/' }).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hook`, got }
}

async function until(so: () => boolean): Promise<void> {
  for (let i = 0; i < 800; i++) {
    if (so()) return
    await new Promise((wake) => setTimeout(wake, 25))
  }
  throw new Error('it did not become so within twenty seconds')
}

/** Reads frames of a stream until there are so many events. */
async function frames(response: Response, count: number): Promise<{ readonly id: string; readonly event: string; readonly data: Record<string, unknown> }[]> {
  const found: { id: string; event: string; data: Record<string, unknown> }[] = []
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (reader !== undefined && found.length < count) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2)
      const id = field('id')
      if (id !== undefined) found.push({ id, event: field('event') ?? '', data: JSON.parse(field('data') ?? '{}') as Record<string, unknown> })
    }
  }
  await reader?.cancel()
  return found
}

const EVENTS = '/api/process/v1/events'
const SUBSCRIPTIONS = '/api/process/v1/subscriptions'

test('a stream gives what was missed after Last-Event-ID and then what comes, in order, as CloudEvents', async (t) => {
  const books = new Books()
  for (const type of ['order.placed', 'order.received', 'invoice.held']) books.say(type)
  const { get } = await start(t, books)
  const response = await get(EVENTS, { 'last-event-id': '1' })
  t.is(response.status, 200)
  t.is(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const reading = frames(response, 4)
  books.say('invoice.posted')
  books.say('invoice.paid')
  const got = await reading
  t.deepEqual(
    got.map(({ id, event }) => `${id} ${event}`),
    ['2 order.received', '3 invoice.held', '4 invoice.posted', '5 invoice.paid'],
  )
  t.deepEqual(got[0]?.data, {
    specversion: '1.0',
    id: '2',
    source: 'urn:aqueduct:test-house',
    type: 'order.received',
    subject: 'PO-1',
    time: '2026-03-02T10:22:33.000Z',
    datacontenttype: 'application/json',
    data: { seq: 2 },
  })
})

test('a stream without a place begins now, with types it gives only these, and many can listen', async (t) => {
  const books = new Books()
  for (let i = 0; i < 37; i++) books.say('old')
  const { get } = await start(t, books)
  const streams = await Promise.all(Array.from({ length: 20 }, () => get(`${EVENTS}?types=a,b`)))
  const reading = Promise.all(streams.map((stream) => frames(stream, 2)))
  books.say('a')
  for (let i = 0; i < 300; i++) books.say('c')
  books.say('b')
  for (const got of await reading)
    t.deepEqual(
      got.map(({ id, event }) => `${id} ${event}`),
      ['38 a', '339 b'],
    )
  const whole = await frames(await get(`${EVENTS}?after=0`), 339)
  t.deepEqual(
    whole.map(({ id }) => Number(id)),
    Array.from({ length: 339 }, (_, i) => i + 1),
  )
})

test('a place or type that is none is refused', async (t) => {
  const { get } = await start(t, new Books())
  t.is((await get(EVENTS, { 'last-event-id': 'x' })).status, 400)
  for (const query of ['after=x', 'types=', 'types=a,,b', 'kinds=a']) t.is((await get(`${EVENTS}?${query}`)).status, 400, query)
})

test('a webhook gets signed events in order from its subscription on, and a repeated one when it failed', async (t) => {
  const books = new Books()
  books.say('before')
  const { url, got } = await receiver(t, (n) => (n === 2 ? 500 : 200))
  const { post, get } = await start(t, books)
  const created = await post(SUBSCRIPTIONS, { url, types: ['order.placed', 'order.received'] })
  t.is(created.status, 201)
  const { id, secret } = (await created.json()) as { id: string; secret: string }
  t.is(created.headers.get('location'), `${SUBSCRIPTIONS}/${id}`)
  for (const type of ['order.placed', 'other', 'order.received']) books.say(type)
  await until(() => books.subscriptions.get(id)?.cursor === 4)
  const ids = got.map(({ headers }) => headers['webhook-id'])
  t.deepEqual(ids, [`${id}.2`, `${id}.4`, `${id}.4`])
  for (const { headers, body } of got) {
    t.is(headers['content-type'], 'application/cloudevents+json; charset=utf-8')
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
    const mac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
      .update(signed)
      .digest('base64')
    t.is(headers['webhook-signature'], `v1,${mac}`)
  }
  const shown = (await (await get(`${SUBSCRIPTIONS}/${id}`)).json()) as Record<string, unknown>
  t.like(shown, { state: 'active', cursor: 4, failure: '' })
  t.is(shown['secret'], undefined)
})

test('a receiver that keeps failing pauses with the reason, is resumed where it stood, also by another engine', async (t) => {
  const books = new Books()
  const { url, got } = await receiver(t, (n) => (n <= 3 ? 302 : 200))
  const first = await start(t, books)
  const { id } = (await (await first.post(SUBSCRIPTIONS, { url, secret: 'a-secret-of-twenty-four-chars' })).json()) as { id: string }
  books.say('a')
  await until(() => books.subscriptions.get(id)?.state === 'paused')
  t.regex(books.subscriptions.get(id)?.failure ?? '', /event 1: answered 302; redirects are not followed, 3 times/)
  t.is(got.length, 3)
  books.say('b')
  const second = await start(t, books)
  t.is((await second.post(`${SUBSCRIPTIONS}/${id}/resume`, {})).status, 200)
  await until(() => books.subscriptions.get(id)?.cursor === 2)
  t.deepEqual(
    got.slice(3).map(({ headers }) => headers['webhook-id']),
    [`${id}.1`, `${id}.2`],
  )
  const third = await start(t, books)
  books.say('c')
  await until(() => books.subscriptions.get(id)?.cursor === 3)
  t.is((await fetch(third.url + `${SUBSCRIPTIONS}/${id}`, { method: 'DELETE', headers: { authorization: 'Bearer a-token-for-tests' } })).status, 200)
  t.is(books.subscriptions.size, 0)
  t.is((await third.get(`${SUBSCRIPTIONS}/${id}`)).status, 404)
})

test('a receiver that wants no more is paused at once', async (t) => {
  const books = new Books()
  const { url, got } = await receiver(t, () => 410)
  const { post } = await start(t, books)
  const { id } = (await (await post(SUBSCRIPTIONS, { url })).json()) as { id: string }
  books.say('a')
  await until(() => books.subscriptions.get(id)?.state === 'paused')
  t.is(got.length, 1)
})

for (const url of [
  'ftp://receiver.example/',
  'http://receiver.example/',
  'https://user:secret@receiver.example/',
  'https://169.254.169.254/latest/meta-data',
  'https://[fe80::1]/',
  'https://[::ffff:169.254.169.254]/',
  'https://0.0.0.0/',
  'https://224.0.0.1/',
  'not a url',
]) {
  test(`a webhook may not go to ${url}`, async (t) => {
    const books = new Books()
    const { post } = await start(t, books)
    const answer = await post(SUBSCRIPTIONS, { url })
    t.is(answer.status, 422)
    t.is(((await answer.json()) as { findings: { pointer: string }[] }).findings[0]?.pointer, '/url')
    t.is(books.subscriptions.size, 0)
  })
}

test('a subscription with unknown members, a short secret or a type that is none is refused', async (t) => {
  const { post } = await start(t, new Books())
  for (const body of [{}, { url: 'https://a.example', colour: 1 }, { url: 'https://a.example', secret: 'short' }, { url: 'https://a.example', types: ['a b'] }])
    t.is((await post(SUBSCRIPTIONS, body)).status, 400)
})

test('a type that no event has is refused with those that there are', async (t) => {
  const books = new Books()
  const { post } = await start(t, books)
  const answer = await post(SUBSCRIPTIONS, { url: 'https://a.example', types: ['order.received', 'order.recieved'] })
  t.is(answer.status, 400)
  t.regex(JSON.stringify(await answer.json()), /types\.1.*order\.received, order\.cancelled.*invoice\.rejected/)
  t.is(books.subscriptions.size, 0)
})
