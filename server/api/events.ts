/** Business events as server-sent events (WHATWG HTML §9.2): CloudEvents JSON, resumable by Last-Event-ID. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { cloudEventOf } from '../subscriptions/index.ts'
import type { NoticeFeed } from '../subscriptions/index.ts'
import { operation } from './operation.ts'
import { Problem } from './problem.ts'
import { PROCESS_BASE } from './process/base.ts'
import { numberCursor } from './shapes.ts'

const HEARTBEAT_MS = 15_000
const PAGE = 100
const MOST_STREAMS = 200
let open = 0

const CloudEventShape = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    subject: z.string(),
    time: z.string().meta({ format: 'date-time' }),
    datacontenttype: z.literal('application/json'),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0: the data of one server-sent event, and the body of one webhook.' })

export const streamEvents = operation({
  method: 'get',
  base: PROCESS_BASE,
  path: '/events',
  scope: 'events:read',
  summary: 'Business events as they are committed, in order, as server-sent events.',
  query: z.strictObject({
    types: z
      .string()
      .regex(/^[\w.-]+(,[\w.-]+)*$/, 'must be types with commas between them')
      .max(2000)
      .optional()
      .meta({ description: 'Only these types, with commas between them.' }),
    after: numberCursor.meta({ description: 'Id of the last event that is known; Last-Event-ID wins. Without both: from now on. 0: from the beginning.' }),
  }),
  headers: { 'last-event-id': 'Id of the last event that came; a browser sends it when it connects again.' },
  answer: CloudEventShape,
  answerType: 'text/event-stream',
  problems: { 503: 'Too many streams are open.' },
  async handle({ query, raw }, { feed, installation }) {
    const last = raw.header('last-event-id')
    if (last !== '' && !/^\d{1,15}$/.test(last))
      throw new Problem(400, { detail: 'Last-Event-ID is no id of an event.', findings: [{ place: 'header.last-event-id', text: 'must be a number' }] })
    if (open >= MOST_STREAMS || feed.stopped)
      throw new Problem(503, { detail: 'Too many event streams are open.', cure: 'Close one, or use a webhook.', headers: { 'retry-after': '30' } })
    const from = last !== '' ? Number(last) : (query.after ?? (await feed.head()))
    const stop = new AbortController()
    const stream = Readable.from(frames(feed, from, query.types?.split(',') ?? [], installation, stop.signal), { objectMode: false, highWaterMark: 65_536 })
    open += 1
    stream.once('close', () => {
      open -= 1
      stop.abort()
    })
    return { status: 200, body: stream, contentType: 'text/event-stream; charset=utf-8', headers: { 'x-accel-buffering': 'no' } }
  },
})

/** Frames are made as the client takes them: a slow one makes nothing pile up. */
async function* frames(feed: NoticeFeed, from: number, types: readonly string[], installation: string, signal: AbortSignal): AsyncGenerator<string> {
  let cursor = from
  yield ': open\nretry: 2000\n\n'
  while (!signal.aborted && !feed.stopped) {
    const { notices, upTo } = await feed.read(cursor, types, PAGE)
    for (const notice of notices) {
      yield `id: ${String(notice.seq)}\nevent: ${notice.type.replaceAll(/[\r\n]/g, ' ')}\ndata: ${JSON.stringify(cloudEventOf(notice, installation))}\n\n`
    }
    cursor = Math.max(cursor, upTo)
    if (notices.length === PAGE) continue
    const before = cursor
    await feed.wait(cursor, HEARTBEAT_MS, signal)
    // A line that says nothing: proxies and dead clients show themselves.
    if (cursor === before) yield ': \n\n'
  }
}
