/** A new mapping run of a stored message: what it makes now is laid over what it made before, by rule and anchor. */
import { MESSAGE_MOVES, formatMessageId, mayMove } from '../../channels/contract/index.ts'
import type { EventRecord, MessageState, RerunOp } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, textOf, updateOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { workOf } from '../work.ts'
import { lastNumbers } from './delivery.ts'
import { cancelEvents, finish, followers } from './event.ts'
import type { EventKey } from './event.ts'
import { asRow, deliveryRow, eventRow, faultText, waitingOf } from './intake.ts'
import { keyRow, logKeys } from './search.ts'
import { SUPERSEDED, TAKEN_BACK, dropLines, keepLines, restate, tells } from './statements.ts'
import type { Telt } from './statements.ts'
import { answerNeeds, needKey } from './translation.ts'
import { closeOrphans, release, wait } from './worklist.ts'
import type { Waiting } from './worklist.ts'
import { internOrigins, messagesOf, writeBodies } from './writing.ts'
import type { Writing } from './writing.ts'

const updateMessage = updateOf(tables.message, ['state', 'run_config', 'fault', 'lane'])
const updateEvent = updateOf(tables.event, ['type', 'state', 'business_key', 'case_key', 'origin', 'run', 'bridge', 'config', 'later_until'], {
  column: 'state',
  among: ['READY', 'WAITING'],
})
/** A replay takes up again what a person discarded. */
const reviveEvent = updateOf(tables.event, ['type', 'state', 'business_key', 'case_key', 'origin', 'run', 'bridge', 'config', 'later_until'], {
  column: 'state',
  among: ['CANCELLED'],
})
const insertRun = insertInto(tables.run)
const insertEvent = insertInto(tables.event)
const insertDelivery = insertInto(tables.delivery)
const insertPlanned = insertInto(tables.planned, 'replace')
const resendUpdate = updateOf(tables.delivery, ['state', 'attempts', 'due', 'failure', 'seq'], { column: 'state', among: ['SENT'] })

export async function rerun(w: Writing, given: RerunOp): Promise<{ readonly events: number }> {
  const message = (await messagesOf(w, [given.message])).get(given.message)
  if (!message) return { events: 0 }
  const before = textOf(message['state']) as MessageState
  // What was mapped stays MAPPED: its events are facts that went out.
  const mapped: MessageState = before === 'MAPPED' ? 'MAPPED' : given.state
  if (before === mapped ? before === 'REJECTED' : !mayMove(MESSAGE_MOVES, before, mapped)) return { events: 0 }
  const telt = await whole(w, given, message)
  const op = telt ? { ...given, ...telt.run } : given
  const after: MessageState = before === 'MAPPED' ? 'MAPPED' : op.state
  await w.sql.update(updateMessage, [[after, op.config, faultText(op), op.lane, op.message]])
  const run = numberOf((await w.sql.all('select max(run) as run from run where message = ?', [op.message]))[0]?.['run'])
  const number = Math.max(run, 1) + 1
  await w.sql.insert(insertRun, [[op.message, number, op.config, op.reason, op.by, w.now]])

  const items = [...(await release(w, op.message, 0, ['message']))]
  if (op.state === 'ERROR' && op.fault) {
    await wait(w, [
      {
        kind: op.fault.code,
        subject: formatMessageId(op.message),
        text: op.fault.text,
        message: op.message,
        what: 'message',
        n: 0,
        field: '',
        place: op.fault.place ?? '',
      },
    ])
  }
  // A run that failed says nothing about the events that exist.
  let events = 0
  if (op.state === 'MAPPED' || op.state === 'FILTERED') {
    const laid = await layOver(w, op, number, telt)
    items.push(...laid.items)
    events = laid.changed
  }
  await closeOrphans(w, items, { action: 'remapped', by: op.by, reason: op.reason })
  if (telt) await closeOrphans(w, telt.items, SUPERSEDED)
  return { events }
}

/** The run as it is to be laid over, when it tells things whole. */
async function whole(w: Writing, op: RerunOp, message: Row): Promise<Telt | null> {
  if (!tells(op)) return null
  const telling = { message: op.message, channel: textOf(message['channel']), controlId: textOf(message['control_id']), run: op }
  return (await restate(w, [telling])).get(telling) ?? null
}

const placeOf = (of: { readonly rule: string; readonly anchor: string }): string => `${of.rule}\u0001${of.anchor}`

async function layOver(w: Writing, op: RerunOp, run: number, telt: Telt | null): Promise<{ readonly items: readonly number[]; readonly changed: number }> {
  await internOrigins(
    w,
    op.events.map((event) => event.origin),
  )
  const answered = await answerNeeds(
    w,
    op.events.flatMap((event) => event.needs),
  )
  const existing = await w.sql.all('select * from event where message = ? order by n', [op.message])
  const byPlace = new Map(existing.map((row) => [placeOf({ rule: textOf(row['rule']), anchor: textOf(row['anchor']) }), row]))
  // What says nothing any more, and what was taken back, stays as it is.
  for (const record of telt?.left ?? []) byPlace.delete(placeOf(record))
  for (const [place, row] of byPlace) if (row['rule'] === TAKEN_BACK) byPlace.delete(place)
  let last = existing.reduce((n, row) => Math.max(n, numberOf(row['n'])), 0)
  const items: number[] = []
  const waiting: Waiting[] = []
  const applied: EventKey[] = []
  const resent: EventKey[] = []
  const bodies: { message: number; n: number; body: string }[] = []
  const searches: Cell[][] = []
  const events: Cell[][] = []
  /** Number in the op → number in the store and whether its deliveries go now, later, or exist. */
  const placed = new Map<number, { n: number; deliveries: 'now' | 'planned' | 'exist'; state: string }>()

  for (const event of op.events) {
    const place = placeOf(event)
    const row = byPlace.get(place)
    byPlace.delete(place)
    const state = row ? textOf(row['state']) : ''
    const revived = row && state === 'CANCELLED' && op.reason === 'replay' && !(await isLinked(w, op.message, numberOf(row['n'])))
    if (row && !revived && (state === 'APPLIED' || state === 'CANCELLED')) {
      const n = numberOf(row['n'])
      placed.set(event.n, { n, deliveries: 'exist', state })
      if (state === 'APPLIED') resent.push([op.message, n])
      continue
    }
    const n = row ? numberOf(row['n']) : ++last
    const record: EventRecord = { ...event, n }
    const open = event.needs.filter((need) => !answered.has(needKey(need)))
    const next = open.length > 0 ? 'WAITING' : event.bridge === null ? 'APPLIED' : 'READY'
    if (next === 'READY') w.memory.numbers.ready = true
    const body = event.needs.length === 0 ? event.body : await answered.fill(w, op.message, record)
    placed.set(event.n, { n, deliveries: next === 'WAITING' ? 'planned' : 'now', state: next })
    if (row) {
      items.push(...(await release(w, op.message, n, ['event', 'bridge'])))
      await w.sql.update(revived ? reviveEvent : updateEvent, [
        [event.type, next, event.businessKey, event.caseKey, w.memory.origins.get(event.origin) ?? 0, run, event.bridge, null, null, op.message, n],
      ])
      if (next === 'APPLIED') applied.push([op.message, n])
    } else {
      events.push(eventRow(w, op.message, record, next, run))
    }
    bodies.push({ message: op.message, n, body })
    for (const key of event.keys) searches.push(keyRow(w, op.message, n, key))
    for (const need of open) waiting.push(waitingOf(op.message, n, need))
  }
  await w.sql.insert(insertEvent, events)
  await writeBodies(w, bodies)
  await logKeys(w, searches)
  await wait(w, waiting)
  await deliver(w, op, placed)
  const again = op.resend ? await resend(w, resent) : 0

  await keepLines(w, op.message, telt?.lines ?? [], ({ event, isOwn }) => {
    const place = placed.get(event)
    // What was applied before stands as it was told then.
    return !place || (place.deliveries === 'exist' && (isOwn || place.state !== 'APPLIED')) ? null : place.n
  })

  const vanished = [...byPlace.values()].filter((row) => row['state'] === 'READY' || row['state'] === 'WAITING')
  const gone = vanished.map((row): EventKey => [op.message, numberOf(row['n'])])
  items.push(...(await cancelEvents(w, gone)))
  await dropLines(w, gone)
  await finish(w, applied, 'APPLIED')
  await followers(w, applied)
  return { items, changed: bodies.length + again + vanished.length }
}

/** Was the event closed with a link? Then the ERP has what it would make, and reviving it would make it twice. */
async function isLinked(w: Writing, message: number, n: number): Promise<boolean> {
  const rows = await w.sql.all(
    `select 1 as there from waiter w join worklist i on i.id = w.item where w.message = ? and w.n = ? and w.what in ('event','bridge') and i.action = 'link' limit 1`,
    [message, n],
  )
  return rows.length > 0
}

/** Deliveries of what this run made; those that an event has already are not doubled. */
async function deliver(
  w: Writing,
  op: RerunOp,
  placed: ReadonlyMap<number, { readonly n: number; readonly deliveries: 'now' | 'planned' | 'exist' }>,
): Promise<void> {
  const known = new Set<string>()
  for (const row of await w.sql.all('select event, destination from delivery where message = ? and key is null', [op.message]))
    known.add(`${String(row['event'])} ${textOf(row['destination'])}`)
  for (const { n, deliveries } of placed.values())
    if (deliveries !== 'exist') await w.sql.run('delete from planned where message = ? and event = ?', [op.message, n])
  let last = (await lastNumbers(w, [op.message])).get(op.message) ?? 0
  const now: Cell[][] = []
  const later: Cell[][] = []
  for (const delivery of op.deliveries) {
    const place = placed.get(delivery.event)
    const type = op.events.find((event) => event.n === delivery.event)?.type ?? ''
    if (!place || place.deliveries === 'exist' || known.has(`${String(place.n)} ${delivery.destination}`)) continue
    const n = ++last
    if (place.deliveries === 'planned') later.push([op.message, n, place.n, delivery.destination, delivery.lane])
    else now.push(deliveryRow(w, op.message, { ...delivery, n, event: place.n }, type))
  }
  await w.sql.insert(insertDelivery, now)
  await w.sql.insert(insertPlanned, later)
  w.work.push(...(await workOf(w, now.map(asRow))))
}

/** A replay sends again what destinations that are no ERP have had, under the same key. */
async function resend(w: Writing, keys: readonly EventKey[]): Promise<number> {
  const again: Row[] = []
  for (const [message, n] of keys) {
    for (const row of await w.sql.all(`select * from delivery where message = ? and event = ? and key is null and state = 'SENT' order by n`, [message, n])) {
      const seq = ++w.memory.numbers.seq
      await w.sql.update(resendUpdate, [['QUEUED', 0, 0, null, seq, message, numberOf(row['n'])]])
      again.push({ ...row, state: 'QUEUED', attempts: 0, due: 0, failure: null, seq })
    }
  }
  w.work.push(...(await workOf(w, again)))
  return new Set(again.map((row) => numberOf(row['event']))).size
}
