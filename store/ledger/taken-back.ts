/** The events that take back what stands no longer, made from the originals as they are stored: what persons corrected is in them. */
import { createHash } from 'node:crypto'
import { formatEventId } from '../../channels/contract/index.ts'
import type { EventRecord, RunRecord, SearchKey } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { numberOf, selectFrom, textOf, textOrNull } from '../sql/port.ts'
import type { Row } from '../sql/port.ts'
import { cancelEvents, eventsOf } from './event.ts'
import type { EventKey } from './event.ts'
import { bodiesOf, keyOf } from './writing.ts'
import type { Writing } from './writing.ts'

/** The rule of an event that takes another back; its anchor is the other's id. */
export const TAKEN_BACK = 'taken-back'

/** A run of a message that tells things whole. */
export interface Telling {
  readonly message: number
  readonly channel: string
  readonly controlId: string
  readonly run: RunRecord
}
/** A line that stands, and the event that tells it. */
export interface Standing {
  readonly subject: string
  readonly line: string
  readonly message: number
  readonly n: number
  readonly digest: string
  readonly reversal: string
}
interface Route {
  readonly destination: string
  readonly lane: string
}
type Reversals = Map<Telling, { readonly record: EventRecord; readonly deliveries: readonly Route[] }[]>

const selectDeliveries = selectFrom(tables.delivery, { columns: ['message', 'n', 'event', 'destination', 'lane', 'state', 'key'], key: ['message'] })
const selectOrigins = selectFrom(tables.origin)

const ENVELOPE: ReadonlySet<string> = new Set(['id', 'recordedAt', 'source', 'version'])

type Body = Readonly<Record<string, unknown>>

/** What an event says, whichever message says it and in whatever order: its body without envelope, and what it lacks. */
export function digestOf(record: Pick<EventRecord, 'type' | 'body' | 'needs'>): string {
  const body = JSON.parse(record.body) as Body
  const said = Object.entries(body).filter(([name]) => !ENVELOPE.has(name))
  const lacks = record.needs.map((need) => `${need.field} ${need.kind} ${need.subject}`).sort()
  return createHash('sha256')
    .update(JSON.stringify([record.type, sorted(Object.fromEntries(said)), lacks]))
    .digest('base64url')
    .slice(0, 24)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  )
}

/**
 * What ends: an original that was applied gets its reversal; one that was not is cancelled, and only destinations that were told of it are
 * told that it is none.
 */
export async function takeBack(
  w: Writing,
  endings: readonly { readonly telling: Telling; readonly ended: readonly Standing[] }[],
): Promise<{ readonly reversals: Reversals; readonly items: readonly number[] }> {
  const reversals: Reversals = new Map()
  const all = endings.flatMap(({ ended }) => ended)
  if (all.length === 0) return { reversals, items: [] }
  const keys = all.map(({ message, n }): EventKey => [message, n])
  const events = new Map((await eventsOf(w, keys)).map((row) => [keyOf(numberOf(row['message']), numberOf(row['n'])), row]))
  const bodies = await bodiesOf(w, keys)
  const origins = await originsOf(w, [...events.values()])
  const told = await toldOf(w, keys)
  const open = keys.filter(([message, n]) => isOpen(events.get(keyOf(message, n))))
  const items = await cancelEvents(w, open)
  for (const { telling, ended } of endings) {
    const made = ended.flatMap((standing) => {
      const key = keyOf(standing.message, standing.n)
      const event = events.get(key)
      if (!event || standing.reversal === '') return []
      const applied = event['state'] === 'APPLIED'
      const before = told.get(key) ?? []
      if (!applied && before.length === 0) return []
      const origin = origins.get(numberOf(event['origin'])) ?? '{}'
      const { bridge, routes } = routesOf(telling.run, event, before)
      const record = reversalOf(w, telling, { standing, event, body: bodies.get(key), origin, bridge: applied ? bridge : null })
      return [{ record, deliveries: applied ? routes : before }]
    })
    reversals.set(telling, made)
  }
  return { reversals, items }
}

const isOpen = (event: Row | undefined): boolean => event?.['state'] === 'READY' || event?.['state'] === 'WAITING'

/** Where the message's own events go; those of a message that has none go where their original went. Lanes stay, so that order does. */
function routesOf(run: RunRecord, event: Row, before: readonly Route[]): { readonly bridge: string | null; readonly routes: readonly Route[] } {
  const [own] = run.events
  if (!own) return { bridge: textOrNull(event['bridge']), routes: before }
  const routes = run.deliveries.filter((delivery) => delivery.event === own.n)
  return {
    bridge: own.bridge,
    routes: routes.map(({ destination, lane }) => before.find((each) => each.destination === destination) ?? { destination, lane }),
  }
}

/** Destinations that are no ERP and were told of each event. */
async function toldOf(w: Writing, keys: readonly EventKey[]): Promise<Map<string, Route[]>> {
  const told = new Map<string, Route[]>()
  const messages = [...new Set(keys.map(([message]) => message))].map((message) => [message])
  for (const row of await w.sql.select(selectDeliveries, messages)) {
    if (row['key'] !== null || row['state'] === 'CANCELLED') continue
    const key = keyOf(numberOf(row['message']), numberOf(row['event']))
    const route = { destination: textOf(row['destination']), lane: textOf(row['lane']) }
    const list = told.get(key)
    if (list) list.push(route)
    else told.set(key, [route])
  }
  return told
}

async function originsOf(w: Writing, events: readonly Row[]): Promise<Map<number, string>> {
  const ids = [...new Set(events.map((row) => numberOf(row['origin'])))].map((id) => [id])
  return new Map((await w.sql.select(selectOrigins, ids)).map((row) => [numberOf(row['id']), textOf(row['json'])]))
}

interface Original {
  readonly standing: Standing
  readonly event: Row
  readonly body: string | undefined
  readonly origin: string
  readonly bridge: string | null
}

function reversalOf(w: Writing, telling: Telling, { standing, event, body: text, origin, bridge }: Original): EventRecord {
  const originalId = formatEventId(standing.message, textOf(event['rule']), textOf(event['anchor']))
  const businessKey = textOf(event['business_key'])
  const caseKey = textOf(event['case_key'])
  // A body past its retention leaves what the bridge finds by the original alone; the rest a person gives.
  const { released: _, ...said } = JSON.parse(text ?? '{}') as Record<string, unknown>
  const source = said['source'] as { readonly system?: string } | undefined
  const body: Body = {
    ...said,
    // The other way.
    ...(standing.reversal === 'StockMoved' ? { location: said['toLocation'], toLocation: said['location'] } : {}),
    // Of a ward's request; what calls it off has no such fields.
    ...(standing.reversal === 'DemandCancelled' ? { neededAt: undefined, priority: undefined } : {}),
    id: formatEventId(telling.message, TAKEN_BACK, originalId),
    type: standing.reversal,
    version: 1,
    recordedAt: new Date(w.now).toISOString(),
    source: { channel: telling.channel, system: source?.system ?? '', controlId: telling.controlId, position: standing.line },
    businessKey,
    reverses: matchersOf(originalId, said, businessKey, caseKey),
  }
  const keys = keysOf(body, caseKey)
  return {
    n: 0,
    rule: TAKEN_BACK,
    anchor: originalId,
    type: standing.reversal,
    businessKey,
    caseKey,
    body: JSON.stringify(body),
    origin,
    keys,
    needs: [],
    bridge,
  }
}

function matchersOf(originalId: string, body: Body, businessKey: string, caseKey: string): readonly object[] {
  const item = codeOf(body['item']) || codeOf(body['charge'])
  return [
    { by: 'event', value: originalId },
    ...(businessKey === '' ? [] : [{ by: 'businessKey', value: businessKey }]),
    ...(caseKey === '' || item === '' ? [] : [{ by: 'case-item', case: caseKey, item }]),
  ]
}

function partOf(value: unknown, name: string): string {
  const part: unknown = typeof value === 'object' && value !== null ? (value as Body)[name] : undefined
  return typeof part === 'string' ? part : ''
}

const codeOf = (value: unknown): string => (typeof value === 'string' ? value : partOf(value, 'code'))

/** As the original's: it is found where the original is. */
function keysOf(body: Body, caseKey: string): readonly SearchKey[] {
  const keys: SearchKey[] = caseKey === '' ? [] : [{ kind: 'case', value: caseKey }]
  for (const kind of ['lot', 'serial', 'order'] as const) {
    const value = body[kind]
    if (typeof value === 'string' && value !== '') keys.push({ kind, value })
  }
  const di = partOf(body['udi'], 'di')
  return di === '' ? keys : [...keys, { kind: 'di', value: di }]
}
