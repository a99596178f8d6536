/** Moves of events between READY, WAITING, APPLIED and CANCELLED, and who goes on because of them. */
import { formatEventId } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom, textOf, textOrNull, updateOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { workOf } from '../work.ts'
import { dropInvoices, isInvoice, rejectInvoices } from './invoices.ts'
import { openItemsOf, release } from './worklist.ts'
import type { Writing } from './writing.ts'

export type EventKey = readonly [message: number, n: number]

const selectEvents = selectFrom(tables.event)
const insertDelivery = insertInto(tables.delivery)
const applyUpdate = updateOf(tables.event, ['state', 'later_until'], { column: 'state', among: ['READY', 'WAITING'] })
const readyUpdate = updateOf(tables.event, ['state', 'later_until', 'config'], { column: 'state', among: ['WAITING'] })
const waitUpdate = updateOf(tables.eventWaiting, ['state', 'later_until', 'later_because'], { column: 'state', among: ['READY', 'WAITING'] })
const selectWaitingByKey = selectFrom(tables.event, { key: ['business_key'], where: `"state" = 'WAITING'` })
const selectLaterByKey = selectFrom(tables.event, {
  columns: ['message', 'n'],
  key: ['business_key'],
  where: `"state" = 'WAITING' and "later_until" is not null`,
})
const selectLaterByCase = selectFrom(tables.event, { columns: ['message', 'n'], key: ['case_key'], where: `"later_until" is not null` })

export async function eventsOf(w: Writing, keys: readonly EventKey[]): Promise<readonly Row[]> {
  return w.sql.select(selectEvents, keys)
}

/** WAITING → READY, to be decided under the active configuration. */
export async function makeReady(w: Writing, keys: readonly EventKey[]): Promise<number> {
  if (keys.length === 0) return 0
  w.memory.numbers.ready = true
  const config = w.memory.numbers.active === '' ? null : w.memory.numbers.active
  const changed = await w.sql.update(
    readyUpdate,
    keys.map(([message, n]) => ['READY', null, config, message, n]),
  )
  return changed.filter(Boolean).length
}

/** READY → WAITING: for worklist items, behind another event, or until a time (milliseconds). */
export async function makeWaiting(
  w: Writing,
  rows: readonly { readonly key: EventKey; readonly until: number | null; readonly because?: string }[],
): Promise<void> {
  if (rows.some((row) => row.until !== null)) w.memory.numbers.later = true
  await w.sql.update(
    waitUpdate,
    rows.map(({ key: [message, n], until, because = null }) => ['WAITING', until, because, message, n]),
  )
}

/** → APPLIED, or CANCELLED; gives those that moved. */
export async function finish(w: Writing, keys: readonly EventKey[], state: 'APPLIED' | 'CANCELLED'): Promise<readonly EventKey[]> {
  const changed = await w.sql.update(
    applyUpdate,
    keys.map(([message, n]) => [state, null, message, n]),
  )
  return keys.filter((_, i) => changed[i])
}

/** Deliveries that waited for their events are made now, and told. */
export async function releasePlanned(w: Writing, keys: readonly EventKey[]): Promise<void> {
  const rows: Cell[][] = []
  for (const [message, n] of keys) {
    for (const plan of await w.sql.all(
      'select p.n, p.destination, p.lane, e.type from planned p join event e on e.message = p.message and e.n = p.event where p.message = ? and p.event = ? order by p.n',
      [message, n],
    )) {
      rows.push([
        message,
        numberOf(plan['n']),
        n,
        textOf(plan['destination']),
        textOf(plan['lane']),
        ++w.memory.numbers.seq,
        'QUEUED',
        0,
        0,
        null,
        null,
        null,
        null,
        textOf(plan['type']),
        '',
      ])
    }
    await w.sql.run('delete from planned where message = ? and event = ?', [message, n])
  }
  if (rows.length === 0) return
  await w.sql.insert(insertDelivery, rows)
  const columns = Object.keys(tables.delivery.columns)
  w.work.push(
    ...(await workOf(
      w,
      rows.map((cells) => Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? null]))),
    )),
  )
}

/**
 * Events whose worklist items may have closed: those that wait for nothing more go on, to the bridge or straight to APPLIED.
 * Returns how many went on.
 */
export async function resume(w: Writing, keys: readonly EventKey[]): Promise<number> {
  const ready: EventKey[] = []
  const applied: EventKey[] = []
  for (const row of await eventsOf(w, keys)) {
    const key: EventKey = [numberOf(row['message']), numberOf(row['n'])]
    if (row['state'] !== 'WAITING') continue
    if ((await openItemsOf(w, ...key, ['event'])).length > 0) continue
    if (textOrNull(row['bridge']) === null) applied.push(key)
    else {
      ready.push(key)
    }
  }
  await releasePlanned(w, [...ready, ...applied])
  const moved = await finish(w, applied, 'APPLIED')
  return moved.length + (await makeReady(w, ready))
}

/** Ends events on a person's word (`refusal`), or because a replay no longer makes them. Gives the items they waited for. */
export async function cancelEvents(
  w: Writing,
  keys: readonly EventKey[],
  refusal?: { readonly by: string; readonly reason: string },
): Promise<readonly number[]> {
  const items: number[] = []
  const moved = await finish(w, keys, 'CANCELLED')
  const invoices = (await eventsOf(w, moved)).filter((row) => isInvoice(textOf(row['type'])))
  const ids = invoices.map((row) => formatEventId(numberOf(row['message']), textOf(row['rule']), textOf(row['anchor'])))
  await (refusal ? rejectInvoices(w, ids, refusal) : dropInvoices(w, ids))
  for (const [message, n] of moved) {
    items.push(...(await release(w, message, n, ['event', 'bridge'])))
    await w.sql.run('delete from planned where message = ? and event = ?', [message, n])
  }
  await followers(w, moved)
  await touch(w, moved)
  return items
}

/** Events with the same business key that stood behind these go on. */
export async function followers(w: Writing, keys: readonly EventKey[]): Promise<void> {
  const businessKeys = new Set<string>()
  for (const row of await eventsOf(w, keys)) if (row['business_key'] !== '' && row['bridge'] !== null) businessKeys.add(textOf(row['business_key']))
  await followersOf(w, businessKeys)
}

export async function followersOf(w: Writing, businessKeys: ReadonlySet<string>): Promise<void> {
  const ready: EventKey[] = []
  for (const row of await waitingByKey(w, businessKeys)) {
    const key: EventKey = [numberOf(row['message']), numberOf(row['n'])]
    if (row['bridge'] === null || row['later_until'] !== null) continue
    if ((await openItemsOf(w, ...key, ['event', 'bridge'])).length === 0) ready.push(key)
  }
  await makeReady(w, ready)
}

export async function waitingByKey(w: Writing, businessKeys: ReadonlySet<string>): Promise<readonly Row[]> {
  return w.sql.select(
    selectWaitingByKey,
    [...businessKeys].map((key) => [key]),
  )
}

/** Events decided `later` look again: something with their business key or case changed. */
export async function touch(w: Writing, keys: readonly EventKey[]): Promise<void> {
  if (!w.memory.numbers.later || keys.length === 0) return
  const rows = await eventsOf(w, keys)
  const own = new Set(keys.map((key) => key.join('.')))
  const businessKeys = [...new Set(rows.map((row) => textOf(row['business_key'])))].filter((key) => key !== '')
  const cases = [...new Set(rows.map((row) => textOf(row['case_key'])))].filter((key) => key !== '')
  const later = [
    ...(await w.sql.select(
      selectLaterByKey,
      businessKeys.map((key) => [key]),
    )),
    ...(await w.sql.select(
      selectLaterByCase,
      cases.map((key) => [key]),
    )),
  ]
  const ready = new Map<string, EventKey>()
  for (const row of later) {
    const key: EventKey = [numberOf(row['message']), numberOf(row['n'])]
    if (!own.has(key.join('.'))) ready.set(key.join('.'), key)
  }
  await makeReady(w, [...ready.values()])
}

/** What waits for time and whose time has come. */
export async function wakeLater(w: Writing): Promise<void> {
  if (!w.memory.numbers.later) return
  const due = await w.sql.all('select message, n from event where later_until <= ?', [w.now])
  await makeReady(
    w,
    due.map((row) => [numberOf(row['message']), numberOf(row['n'])]),
  )
}

/** Milliseconds of the next `later`, or null. */
export async function nextLater(w: Writing): Promise<number | null> {
  const next = (await w.sql.all('select min(later_until) as at from event where later_until is not null'))[0]?.['at'] ?? null
  if (next === null) w.memory.numbers.later = false
  return next === null ? null : numberOf(next)
}
