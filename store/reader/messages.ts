/** Messages as the outside sees them. */
import { formatDeliveryId, formatEventId, formatMessageId, parseMessageId, receivedAt, statusOf } from '../../channels/contract/index.ts'
import type {
  DeliveryState,
  DeliveryView,
  EventState,
  EventView,
  Fault,
  MessageQuery,
  MessageState,
  MessageStatus,
  MessageView,
  Page,
} from '../../channels/contract/index.ts'
import { bodiesOf, keyOf } from '../ledger/writing.ts'
import { numberOf, textOf, textOrNull } from '../sql/port.ts'
import type { Row } from '../sql/port.ts'
import { byMessages, iso, messagesWithControlId } from './source.ts'
import type { Source } from './source.ts'

const CHUNK = 500
/** A page looks at this many messages at most; `next` goes on from there. */
const LOOKED_AT = 20_000

/** States that few messages are in, and where those few are found. */
const FEW: Readonly<Partial<Record<MessageStatus, string>>> = {
  RECEIVED: `select id as message from message where state = 'RECEIVED'`,
  ERROR: `select id as message from message where state = 'ERROR'`,
  HELD: `select message from delivery where state = 'HELD'`,
  WAITING: `select message from event where state = 'WAITING'`,
  QUEUED: `select message from delivery where destination >= '' and state <> 'SENT' and state <> 'CANCELLED' union all select message from event where state = 'READY'`,
}

const columns = 'id, channel, control_id, type, lane, state, accepted_config, run_config, ack_code, ack_at, bytes, fault'

export async function listMessages(source: Source, query: MessageQuery): Promise<Page<MessageView>> {
  const limit = Math.min(500, Math.max(1, Math.trunc(query.limit ?? 50)))
  let before = query.after === undefined ? Number.MAX_SAFE_INTEGER : (parseMessageId(query.after) ?? 0)
  const items: MessageView[] = []
  let last = before
  for (let looked = 0; looked < LOOKED_AT;) {
    const rows = await candidates(source, query, before, query.state === undefined ? limit + 1 - items.length : CHUNK)
    if (rows.length === 0) return { items, next: null }
    for (const view of await views(source, rows, false)) {
      const id = parseMessageId(view.id) ?? 0
      if (query.state === undefined || view.state === query.state) {
        if (items.length === limit) return { items, next: formatMessageId(last) }
        items.push(view)
      }
      last = id
    }
    looked += rows.length
    before = last
  }
  return { items, next: formatMessageId(last) }
}

/** Rows of `message` below an id, newest first, through whatever index the query names. */
async function candidates(source: Source, query: MessageQuery, before: number, limit: number): Promise<readonly Row[]> {
  if (query.controlId !== undefined) {
    const ids = (await messagesWithControlId(source, query.controlId)).filter((id) => id < before).slice(0, limit)
    const rows = await byMessages(source, `select ${columns} from message where id = ?`, ids)
    return [...rows].filter((row) => query.channel === undefined || row['channel'] === query.channel).sort((a, b) => numberOf(b['id']) - numberOf(a['id']))
  }
  const few = query.state && FEW[query.state]
  const channel = query.channel === undefined ? '' : ' and channel = ?'
  const text = few
    ? `select ${columns} from message where id in (${few}) and id < ?${channel} order by id desc limit ?`
    : `select ${columns} from message where id < ?${channel} order by id desc limit ?`
  return source.sql.all(text, query.channel === undefined ? [before, limit] : [before, query.channel, limit])
}

export async function oneMessage(source: Source, id: number): Promise<MessageView | null> {
  const rows = await source.sql.all(`select ${columns} from message where id = ?`, [id])
  return (await views(source, rows, true))[0] ?? null
}

async function views(source: Source, rows: readonly Row[], withBodies: boolean): Promise<MessageView[]> {
  const ids = rows.map((row) => numberOf(row['id']))
  const events = group(await byMessages(source, 'select * from event where message = ? order by message, n', ids))
  const deliveries = group(await byMessages(source, 'select * from delivery where message = ? order by message, n', ids))
  const waiting = [...events.values()].flat().filter((row) => row['state'] === 'WAITING')
  const waitsFor = await waitsOf(source, waiting)
  const bodies = withBodies
    ? await bodiesOf(
        source,
        [...events.values()].flat().map((row) => [numberOf(row['message']), numberOf(row['n'])] as const),
      )
    : new Map<string, string>()
  const origins = withBodies ? await originsOf(source, [...events.values()].flat()) : new Map<number, string>()
  return rows.map((row): MessageView => {
    const id = numberOf(row['id'])
    const own = events.get(id) ?? []
    const out = deliveries.get(id) ?? []
    const state = statusOf(
      textOf(row['state']) as MessageState,
      own.map((event) => textOf(event['state']) as EventState),
      out.map((delivery) => textOf(delivery['state']) as DeliveryState),
    )
    return {
      id: formatMessageId(id),
      channel: textOf(row['channel']),
      controlId: textOf(row['control_id']),
      type: textOf(row['type']),
      lane: textOf(row['lane']),
      state,
      ack: row['ack_code'] === null ? null : { code: textOf(row['ack_code']), at: iso(numberOf(row['ack_at'])) },
      acceptedConfig: textOf(row['accepted_config']),
      runConfig: textOf(row['run_config']),
      receivedAt: iso(receivedAt(id)),
      bytes: numberOf(row['bytes']),
      fault: faultOfText(row['fault']),
      events: own.map((event): EventView => {
        const n = numberOf(event['n'])
        return {
          id: formatEventId(id, textOf(event['rule']), textOf(event['anchor'])),
          type: textOf(event['type']),
          state: textOf(event['state']) as EventState,
          businessKey: textOf(event['business_key']),
          case: textOf(event['case_key']),
          body: objectOf(bodies.get(keyOf(id, n))),
          origin: objectOf(origins.get(numberOf(event['origin']))),
          deliveries: out.filter((delivery) => numberOf(delivery['event']) === n).map((delivery) => deliveryView(id, delivery)),
          waitsFor: waitsFor.get(keyOf(id, n)) ?? [],
        }
      }),
    }
  })
}

function deliveryView(message: number, row: Row): DeliveryView {
  return {
    id: formatDeliveryId(message, numberOf(row['n'])),
    destination: textOf(row['destination']),
    kind: textOf(row['kind']),
    state: textOf(row['state']) as DeliveryState,
    attempts: numberOf(row['attempts']),
    key: textOrNull(row['key']),
    erpRef: textOrNull(row['erp_ref']),
    failure: faultOfText(row['failure']),
    because: textOf(row['because']),
  }
}

/** Open items of waiting events, or the earlier event with the same business key. */
async function waitsOf(source: Source, rows: readonly Row[]): Promise<Map<string, readonly (number | string)[]>> {
  const waits = new Map<string, readonly (number | string)[]>()
  for (const row of rows) {
    const message = numberOf(row['message'])
    const n = numberOf(row['n'])
    const items = await source.sql.all(
      `select distinct w.item from waiter w join worklist i on i.id = w.item where w.message = ? and w.n = ? and w.what in ('event','bridge') and i.state = 'open' order by w.item`,
      [message, n],
    )
    if (items.length > 0)
      waits.set(
        keyOf(message, n),
        items.map((item) => numberOf(item['item'])),
      )
    else if (row['later_until'] !== null)
      waits.set(keyOf(message, n), [`${textOf(row['later_because'])} (looked at again by ${iso(numberOf(row['later_until']))})`])
    else if (row['business_key'] !== '') waits.set(keyOf(message, n), await earlier(source, row))
  }
  return waits
}

async function earlier(source: Source, row: Row): Promise<readonly string[]> {
  const message = numberOf(row['message'])
  const found = await source.sql.all(
    `select message, rule, anchor from event where business_key = ? and state = 'WAITING' and later_until is null and (message < ? or (message = ? and n < ?)) order by message, n limit 1`,
    [textOf(row['business_key']), message, message, numberOf(row['n'])],
  )
  return found.map((other) => `event ${formatEventId(numberOf(other['message']), textOf(other['rule']), textOf(other['anchor']))}`)
}

async function originsOf(source: Source, events: readonly Row[]): Promise<Map<number, string>> {
  const origins = new Map<number, string>()
  for (const id of new Set(events.map((row) => numberOf(row['origin'])))) {
    const row = (await source.sql.all('select json from origin where id = ?', [id]))[0]
    if (row) origins.set(id, textOf(row['json']))
  }
  return origins
}

function group(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>()
  for (const row of rows) {
    const id = numberOf(row['message'])
    const list = groups.get(id)
    if (list) list.push(row)
    else groups.set(id, [row])
  }
  return groups
}

function objectOf(json: string | undefined): Readonly<Record<string, unknown>> {
  return json === undefined || json === '' ? {} : (JSON.parse(json) as Record<string, unknown>)
}

export function faultOfText(cell: Row[string] | undefined): Fault | null {
  return typeof cell === 'string' ? (JSON.parse(cell) as Fault) : null
}
