/** Stores messages with their events and deliveries, many at a time; tells resends apart. The hot path: nothing here awaits per message. */
import { formatMessageId, receivedAt } from '../../channels/contract/index.ts'
import type { Ack, AckCode, EventRecord, IntakeAnswer, IntakeOp } from '../../channels/contract/index.ts'
import { contentOf, daySpan, windowAt, windowSpan } from '../schema/content.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, textOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { workOf } from '../work.ts'
import { keyRow, logKeys } from './search.ts'
import { SUPERSEDED, keepLines, restate, tells } from './statements.ts'
import type { Telling } from './statements.ts'
import { answerNeeds, needKey } from './translation.ts'
import { closeOrphans, wait } from './worklist.ts'
import type { Waiting } from './worklist.ts'
import { ContentRows, contentFor, internOrigins, joinBodies, messagesOf } from './writing.ts'
import type { Writing } from './writing.ts'

const DAY_MS = 86_400_000
const NO_BYTES = new Uint8Array(0)

const insertMessage = insertInto(tables.message)
const insertEvent = insertInto(tables.event)
const insertDelivery = insertInto(tables.delivery)
const insertPlanned = insertInto(tables.planned)

export async function intake(w: Writing, ops: readonly IntakeOp[]): Promise<IntakeAnswer[]> {
  const duplicates = await findDuplicates(w, ops)
  await storeMessages(w, duplicates.size === 0 ? ops : ops.filter((op) => !duplicates.has(op)))
  return ops.map((op) => duplicates.get(op) ?? { kind: 'stored' })
}

/** Stores messages that are no duplicates. Those that tell the same thing whole follow each other. */
export async function storeMessages(w: Writing, fresh: readonly IntakeOp[]): Promise<void> {
  if (!fresh.some(tells)) return storeTold(w, fresh)
  let subjects = new Set<string>()
  let apart: IntakeOp[] = []
  for (const op of fresh) {
    const own = tells(op) ? (op.restates ?? []).map(({ subject }) => subject) : []
    if (own.some((subject) => subjects.has(subject))) {
      await storeWhole(w, apart)
      subjects = new Set()
      apart = []
    }
    for (const subject of own) subjects.add(subject)
    apart.push(op)
  }
  await storeWhole(w, apart)
}

/** Messages some of which tell things whole, none of them the same thing. */
async function storeWhole(w: Writing, ops: readonly IntakeOp[]): Promise<void> {
  const tellings = new Map(ops.filter(tells).map((op): [IntakeOp, Telling] => [op, { message: op.id, channel: op.channel, controlId: op.controlId, run: op }]))
  const restated = await restate(w, [...tellings.values()])
  const telt = (op: IntakeOp) => {
    const telling = tellings.get(op)
    return telling && restated.get(telling)
  }
  await storeTold(
    w,
    ops.map((op) => ({ ...op, ...telt(op)?.run })),
  )
  const items: number[] = []
  for (const op of ops) {
    const each = telt(op)
    if (!each) continue
    items.push(...each.items)
    await keepLines(w, op.id, each.lines, ({ event }) => event)
  }
  await closeOrphans(w, items, SUPERSEDED)
}

async function storeTold(w: Writing, fresh: readonly IntakeOp[]): Promise<void> {
  if (fresh.length === 0) return
  const messages: Cell[][] = []
  const raws = new ContentRows()
  const identities = new ContentRows()
  for (const op of fresh) {
    const ack = op.ack
    messages.push([
      op.id,
      op.channel,
      op.controlId,
      op.sender,
      op.type,
      op.lane,
      op.state,
      op.config,
      op.config,
      ack?.code ?? null,
      ack?.bytes ?? null,
      ack?.at ?? null,
      op.raw.length,
      faultText(op),
    ])
    raws.addTo(await contentFor(w, 'raw', daySpan(op.id)), [op.id, op.raw])
    if (op.controlId !== '')
      identities.addTo(await contentFor(w, 'identity', windowSpan(op.id)), [op.controlId, op.id, op.sender, op.dedupe ? op.hash : NO_BYTES])
  }
  await w.sql.insert(insertMessage, messages)
  await raws.write(w)
  await identities.write(w)
  await storeEvents(w, fresh)
}

/** Events, bodies, search keys and deliveries of messages that have none yet. */
async function storeEvents(w: Writing, ops: readonly IntakeOp[]): Promise<void> {
  await internOrigins(w, originsOf(ops))
  const answered = await answerNeeds(
    w,
    ops.flatMap((op) => op.events.flatMap((event) => event.needs)),
  )
  const events: Cell[][] = []
  const deliveries: Cell[][] = []
  const planned: Cell[][] = []
  const bodies = new ContentRows()
  const searches: Cell[][] = []
  const waiting: Waiting[] = []
  const told: Cell[][] = []
  for (const op of ops) {
    if (op.state === 'ERROR' && op.fault) {
      waiting.push({
        kind: op.fault.code,
        subject: formatMessageId(op.id),
        text: op.fault.text,
        message: op.id,
        what: 'message',
        n: 0,
        field: '',
        place: op.fault.place ?? '',
      })
    }
    if (op.events.length === 0) continue
    const lines: string[] = []
    for (const event of op.events) {
      const open = event.needs.length === 0 ? event.needs : event.needs.filter((need) => !answered.has(needKey(need)))
      const state = open.length > 0 ? 'WAITING' : event.bridge === null ? 'APPLIED' : 'READY'
      if (state === 'READY') w.memory.numbers.ready = true
      events.push(eventRow(w, op.id, event, state, 1))
      lines[event.n - 1] = event.needs.length === 0 ? event.body : await answered.fill(w, op.id, event)
      for (const key of event.keys) searches.push(keyRow(w, op.id, event.n, key))
      for (const need of open) waiting.push(waitingOf(op.id, event.n, need))
    }
    bodies.addTo(await contentFor(w, 'body', daySpan(op.id)), [op.id, joinBodies(lines)])
    for (const delivery of op.deliveries) {
      const event = op.events[delivery.event - 1]
      if (event && event.needs.length > 0) {
        if (event.needs.some((need) => !answered.has(needKey(need)))) {
          planned.push([op.id, delivery.n, delivery.event, delivery.destination, delivery.lane])
          continue
        }
      }
      const row = deliveryRow(w, op.id, delivery, event?.type ?? '')
      deliveries.push(row)
      // The engine sends what it submitted; what waited for a value it did not know of is told, and what a message that tells things whole has left.
      if (op.restates !== undefined || (event && event.needs.length > 0)) told.push(row)
    }
  }
  await w.sql.insert(insertEvent, events)
  await bodies.write(w)
  await logKeys(w, searches)
  await w.sql.insert(insertDelivery, deliveries)
  await w.sql.insert(insertPlanned, planned)
  await wait(w, waiting)
  if (told.length > 0) w.work.push(...(await workOf(w, told.map(asRow))))
}

export function eventRow(w: Writing, message: number, event: EventRecord, state: string, run: number): Cell[] {
  return [
    message,
    event.n,
    event.rule,
    event.anchor,
    event.type,
    state,
    event.businessKey,
    event.caseKey,
    w.memory.origins.get(event.origin) ?? 0,
    run,
    event.bridge,
    null,
    null,
  ]
}

export function deliveryRow(
  w: Writing,
  message: number,
  delivery: { readonly n: number; readonly event: number; readonly destination: string; readonly lane: string },
  type: string,
): Cell[] {
  return [message, delivery.n, delivery.event, delivery.destination, delivery.lane, ++w.memory.numbers.seq, 'QUEUED', 0, 0, null, null, null, null, type, '']
}

export function waitingOf(message: number, n: number, need: EventRecord['needs'][number], what: 'event' | 'bridge' = 'event'): Waiting {
  return {
    kind: need.kind,
    subject: need.subject,
    text: need.text,
    message,
    what,
    n,
    field: need.field,
    place: need.place,
    ...(need.owner === undefined ? {} : { owner: need.owner }),
    ...(need.weight === undefined ? {} : { weight: need.weight }),
    ...(need.story === undefined ? {} : { story: need.story }),
    ...(need.releasable === undefined ? {} : { releasable: need.releasable }),
  }
}

const deliveryColumns = Object.keys(tables.delivery.columns)
/** A row of `delivery` as it would be read back. */
export function asRow(cells: readonly Cell[]): Row {
  return Object.fromEntries(deliveryColumns.map((column, i) => [column, cells[i] ?? null]))
}

export function faultText(op: { readonly fault: IntakeOp['fault'] }): string | null {
  return op.fault ? JSON.stringify(op.fault) : null
}

function* originsOf(ops: readonly IntakeOp[]): Iterable<string> {
  for (const op of ops) for (const event of op.events) yield event.origin
}

/** Resends: the same sender, control id and content within the window, or within this batch. */
export async function findDuplicates(w: Writing, ops: readonly IntakeOp[]): Promise<Map<IntakeOp, IntakeAnswer>> {
  const duplicates = new Map<IntakeOp, IntakeAnswer>()
  const first = new Map<string, IntakeOp[]>()
  for (const op of ops) {
    if (!op.dedupe || op.controlId === '') continue
    const same = first.get(op.controlId)
    if (!same) first.set(op.controlId, [op])
    else {
      const original = same.find((other) => other.sender === op.sender && sameBytes(other.hash, op.hash))
      if (original) duplicates.set(op, { kind: 'duplicate', message: original.id, ack: original.ack })
      else same.push(op)
    }
  }
  if (first.size === 0) return duplicates
  const oldest = w.now - w.setting.dedupeDays * DAY_MS
  const keys = [...first.keys()].map((controlId) => [controlId])
  const known = new Map<IntakeOp, number>()
  // Ids never go back, a clock may: the newest window is that of the newest id.
  const newest = Math.max(w.now, ...ops.map((op) => receivedAt(op.id)))
  for (let window = Number(windowAt(oldest)), last = Number(windowAt(newest)); window <= last; window++) {
    const content = contentOf('identity', String(window).padStart(4, '0'))
    if (!w.memory.tables.has(content.table.name)) continue
    for (const row of await w.sql.select(content.select, keys)) {
      const op = first.get(textOf(row['control_id']))?.find((other) => other.sender === row['sender'] && sameBytes(row['hash'], other.hash))
      if (op && receivedSince(row, oldest) && !known.has(op)) known.set(op, numberOf(row['message']))
    }
  }
  if (known.size === 0) return duplicates
  const originals = await messagesOf(w, known.values())
  for (const [op, message] of known) duplicates.set(op, { kind: 'duplicate', message, ack: ackOf(originals.get(message)) })
  // A second resend in this batch joins the stored message, not the first resend.
  for (const [op, answer] of duplicates) {
    if (answer.kind !== 'duplicate') continue
    const original = [...known].find(([other]) => other.id === answer.message)
    const stored = original && duplicates.get(original[0])
    if (stored) duplicates.set(op, stored)
  }
  return duplicates
}

function receivedSince(row: Row, oldest: number): boolean {
  return receivedAt(numberOf(row['message'])) >= oldest
}

function ackOf(row: Row | undefined): Ack | null {
  const bytes = row?.['ack_bytes']
  return row && bytes instanceof Uint8Array ? { code: textOf(row['ack_code']) as AckCode, bytes, at: numberOf(row['ack_at']) } : null
}

function sameBytes(a: Cell | undefined, b: Uint8Array): boolean {
  if (!(a instanceof Uint8Array) || a.length !== b.length) return false
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false
  return true
}
