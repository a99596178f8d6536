/** READY events as the bridge gets them. */
import { formatEventId, parseId, receivedAt } from '../../channels/contract/index.ts'
import type { BridgeEvent, EventState } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { numberOf, selectFrom, textOf, textOrNull } from '../sql/port.ts'
import type { Row } from '../sql/port.ts'
import type { EventKey } from './event.ts'
import type { Ready } from './outcome.ts'
import { bodiesOf, keyOf, messagesOf } from './writing.ts'
import type { Writing } from './writing.ts'

/** Events with everything that a decision may look at, read in bulk. */
export async function readyEvents(w: Writing, rows: readonly Row[]): Promise<Ready[]> {
  const keys = rows.map((row): EventKey => [numberOf(row['message']), numberOf(row['n'])])
  const bodies = await bodiesOf(w, keys)
  const messages = await messagesOf(
    w,
    keys.map(([message]) => message),
  )
  const corrected = await correctedOf(w, keys)
  const tellers = await tellersOf(w, keys)
  const events = rows.map((row): Ready => {
    const message = numberOf(row['message'])
    const n = numberOf(row['n'])
    const teller = tellers.get(keyOf(message, n))
    const of = messages.get(message)
    return {
      message,
      n,
      id: formatEventId(message, textOf(row['rule']), textOf(row['anchor'])),
      type: textOf(row['type']),
      channel: textOf(of?.['channel']),
      businessKey: textOf(row['business_key']),
      caseKey: textOf(row['case_key']),
      body: JSON.parse(bodies.get(keyOf(message, n)) ?? '{}') as Record<string, unknown>,
      destination: textOf(row['bridge']),
      receivedAt: receivedAt(message),
      ...(teller === undefined ? {} : { teller }),
      corrected: corrected.get(keyOf(message, n)) ?? [],
      config: textOrNull(row['config']) ?? textOf(of?.['run_config']),
    }
  })
  return withOriginals(w, events)
}

const selectTellers = selectFrom(tables.statement, { columns: ['message', 'n', 'subject'], key: ['message', 'n'] })

/** The things told whole that events are lines of. */
async function tellersOf(w: Writing, keys: readonly EventKey[]): Promise<Map<string, string>> {
  if (!w.memory.numbers.statements) return new Map()
  const rows = await w.sql.select(selectTellers, keys)
  return new Map(rows.map((row) => [keyOf(numberOf(row['message']), numberOf(row['n'])), textOf(row['subject'])]))
}

const selectPlaces = selectFrom(tables.event, { columns: ['message', 'n', 'rule', 'anchor', 'state'], key: ['message'] })

/** Finds the events that reversals name by their ids. */
async function withOriginals(w: Writing, events: Ready[]): Promise<Ready[]> {
  const named = new Map<Ready, string>()
  for (const event of events) {
    const id = originalIdOf(event.body)
    if (id !== null) named.set(event, id)
  }
  if (named.size === 0) return events
  const messages = new Set([...named.values()].flatMap((id) => parseId(id)?.message ?? []))
  const places = new Map<string, NonNullable<BridgeEvent['original']>>()
  for (const row of await w.sql.select(
    selectPlaces,
    [...messages].map((message) => [message]),
  )) {
    const [message, n] = [numberOf(row['message']), numberOf(row['n'])]
    places.set(formatEventId(message, textOf(row['rule']), textOf(row['anchor'])), { message, n, state: textOf(row['state']) as EventState })
  }
  return events.map((event) => {
    const id = named.get(event)
    return id === undefined ? event : { ...event, original: places.get(id) ?? null }
  })
}

function originalIdOf(body: Readonly<Record<string, unknown>>): string | null {
  const [first] = Array.isArray(body['reverses']) ? (body['reverses'] as readonly unknown[]) : []
  const { by, value } = (typeof first === 'object' && first !== null ? first : {}) as { readonly by?: unknown; readonly value?: unknown }
  return by === 'event' && typeof value === 'string' ? value : null
}

const selectCorrections = selectFrom(tables.correction, { columns: ['message', 'n', 'field'], key: ['message', 'n'] })

/** Fields that persons gave, by event. */
export async function correctedOf(w: Writing, keys: readonly EventKey[]): Promise<Map<string, string[]>> {
  const fields = new Map<string, string[]>()
  for (const row of await w.sql.select(selectCorrections, keys)) {
    const key = keyOf(numberOf(row['message']), numberOf(row['n']))
    const field = textOf(row['field'])
    const list = fields.get(key)
    if (!list) fields.set(key, [field])
    else if (!list.includes(field)) list.push(field)
  }
  return fields
}
