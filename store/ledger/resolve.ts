/** What a person decides about a worklist item: retry, edit, link, discard, release. Each resolution is audited. */
import { parseId } from '../../channels/contract/index.ts'
import type { FailureCode, ResolveAnswer, ResolveOp } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { numberOf, textOf, updateOf } from '../sql/port.ts'
import type { Row } from '../sql/port.ts'
import { audit } from './administration.ts'
import { correctedOf } from './ready.ts'
import { decideAll } from './decide.ts'
import { moveDelivery, reopenDelivery } from './delivery.ts'
import { cancelEvents, eventsOf, makeReady, resume, touch } from './event.ts'
import type { EventKey } from './event.ts'
import { fieldOf, fillField } from './fill.ts'
import { RELEASABLE } from './severity.ts'
import { correct, remember } from './translation.ts'
import { closeItems, closeOrphans, openItemsOf, waitersOf } from './worklist.ts'
import { bodiesOf, keyOf, writeBodies } from './writing.ts'
import type { Writing } from './writing.ts'

const filterMessage = updateOf(tables.message, ['state'], { column: 'state', among: ['ERROR'] })

const cancelQueued = updateOf(tables.delivery, ['state', 'due'], { column: 'state', among: ['QUEUED'] })

/** The field that a release alone fills. */
const RELEASED = 'released'

const checkReceipt = updateOf(tables.bridgeTables.timer, ['due'])

type Waiters = Readonly<Record<'message' | 'event' | 'bridge' | 'delivery', readonly Row[]>>

export async function resolve(w: Writing, op: ResolveOp): Promise<ResolveAnswer> {
  const item = (await w.sql.all('select * from worklist where id = ?', [op.item]))[0]
  if (!item) return refused('There is no such item.')
  if (item['state'] !== 'open') return refused(`The item was closed before (${textOf(item['action'])} by ${textOf(item['by'])}).`)
  if ((op.action === 'link' || op.action === 'discard' || op.action === 'release') && op.reason.trim() === '')
    return refused(`A reason is needed to ${op.action}.`, 'reason')
  const all = await waitersOf(w, op.item)
  const of = (what: string) => all.filter((row) => row['what'] === what)
  const waiters: Waiters = { message: of('message'), event: of('event'), bridge: of('bridge'), delivery: of('delivery') }
  const answer = await { retry, edit, link, discard, release: letPass }[op.action](w, op, waiters, item)
  if (answer.kind === 'resolved')
    await audit(w, [
      { op: 'audit', who: op.by, what: `worklist.${op.action}`, subject: `${String(op.item)} ${textOf(item['kind'])} ${textOf(item['subject'])}` },
    ])
  return answer
}

/** Mapping is run again by the engine; decisions here; a held delivery goes to its lane, through lookup after any attempt. */
async function retry(w: Writing, op: ResolveOp, waiters: Waiters): Promise<ResolveAnswer> {
  let resumed = 0
  for (const row of waiters.delivery) if (await reopenDelivery(w, numberOf(row['message']), numberOf(row['n']))) resumed++
  if (waiters.delivery.length > 0) await closeItems(w, [op.item], op)
  if (waiters.bridge.length > 0) resumed += await retryDecisions(w, [op.item], op)
  if (waiters.bridge.length + waiters.event.length + waiters.message.length + waiters.delivery.length === 0) await closeItems(w, [op.item], op)
  return { kind: 'resolved', resumed, rerun: [...new Set([...waiters.message, ...waiters.event].map((row) => numberOf(row['message'])))] }
}

/** The value goes into every waiting event, and to later ones when the subject is a code that they may share. */
async function edit(w: Writing, op: ResolveOp, waiters: Waiters, item: Row): Promise<ResolveAnswer> {
  if (op.value === null || op.value.trim() === '') return refused('Editing needs the value.', 'value')
  const rows = [...waiters.event, ...waiters.bridge]
  if (rows.length === 0) return refused('No event waits here, so there is no field to fill; retry, link or discard.')
  if (rows.every((row) => row['field'] === '' || row['field'] === RELEASED) && rows.some((row) => row['field'] === RELEASED))
    return refused('A value does not let it go on: release it with a reason, or discard it.')
  if (rows.every((row) => row['field'] === '')) return refused('No single field is missing here; retry after the cause is mended, or discard.')
  const given = { value: op.value, by: op.by, item: op.item }
  const bodies = await bodiesOf(
    w,
    rows.map((row): EventKey => [numberOf(row['message']), numberOf(row['n'])]),
  )
  const types = new Map((await eventsOf(w, distinct(rows))).map((row) => [keyOf(numberOf(row['message']), numberOf(row['n'])), textOf(row['type'])]))
  const filled: (readonly [EventKey, string])[] = []
  for (const row of rows) {
    const key: EventKey = [numberOf(row['message']), numberOf(row['n'])]
    const field = textOf(row['field'])
    const body = bodies.get(keyOf(...key))
    if (field === '' || field === RELEASED || body === undefined) continue
    const next = fillField(body, field, op.value)
    const expected = w.setting.checkEdit(types.get(keyOf(...key)) ?? '', field, fieldOf(next, field))
    if (expected !== null) return refused(`The value does not fit ${field}: ${expected}.`, 'value')
    bodies.set(keyOf(...key), next)
    filled.push([key, field])
  }
  for (const [key, field] of filled) await correct(w, ...key, field, given, op.reason.trim() === '' ? 'edited' : op.reason)
  await writeBodies(
    w,
    rows.map((row) => ({
      message: numberOf(row['message']),
      n: numberOf(row['n']),
      body: bodies.get(keyOf(numberOf(row['message']), numberOf(row['n']))) ?? '{}',
    })),
  )
  const subject = textOf(item['subject'])
  if (parseId(subject) === null) await remember(w, textOf(item['kind']), subject, given)
  await closeItems(w, [op.item], op)
  const keys = distinct(rows)
  let resumed = await resume(
    w,
    keys.filter((key) => waiters.event.some((row) => isOf(row, key))),
  )
  const decided = keys.filter((key) => waiters.bridge.some((row) => isOf(row, key)))
  resumed += await goOn(w, decided, op)
  await decideAll(w)
  return { kind: 'resolved', resumed, rerun: [] }
}

/** The bridge decides these again; their other bridge items stay as long as the decision asks for them. */
async function goOn(w: Writing, keys: readonly EventKey[], op: ResolveOp): Promise<number> {
  const ready: EventKey[] = []
  for (const key of keys) if ((await openItemsOf(w, ...key, ['event'])).length === 0) ready.push(key)
  await makeReady(w, ready)
  await decideAll(w, op)
  return countNotWaiting(w, ready)
}

/** It is in the ERP already: a held delivery counts as sent under the ERP's number; an event is done with. */
async function link(w: Writing, op: ResolveOp, waiters: Waiters): Promise<ResolveAnswer> {
  if (op.erpRef === null || op.erpRef === '') return refused('Linking needs the reference in the ERP.')
  if (waiters.message.length > 0) return refused('The message was not mapped, so there is nothing to link; retry or discard.')
  let resumed = 0
  const settled: EventKey[] = []
  for (const row of waiters.delivery) {
    const moved = await moveDelivery(w, numberOf(row['message']), numberOf(row['n']), { state: 'SENT', erpRef: op.erpRef })
    if (!moved) continue
    resumed++
    settled.push([numberOf(moved['message']), numberOf(moved['event'])])
  }
  await closeItems(w, [op.item], op)
  await touch(w, settled)
  const events = distinct([...waiters.event, ...waiters.bridge])
  const items = await cancelEvents(w, events)
  await closeOrphans(w, items, op)
  await decideAll(w)
  return { kind: 'resolved', resumed: resumed + events.length, rerun: [] }
}

/**
 * Goes on as it is, on a person's word: the bodies of the events that wait say who, why and of what. For these events alone, never
 * for later ones of the same subject.
 */
async function letPass(w: Writing, op: ResolveOp, waiters: Waiters, item: Row): Promise<ResolveAnswer> {
  const kind = textOf(item['kind'])
  const by = op.by.trim()
  if (by === '' || by.toLowerCase() === 'engine') return refused('Releasing needs a named person.')
  if (!RELEASABLE.includes(kind as FailureCode)) return refused('This cannot be released: something is missing that a word does not replace.')
  if (numberOf(item['releasable']) === 0)
    return refused('This cannot be released: what is said cannot be judged as it is. Mend it, or discard it and have it sent again.')
  const keys = distinct(waiters.bridge)
  if (keys.length === 0) return refused('No event waits here for the bridge, so there is nothing to release.')
  const bodies = await bodiesOf(w, keys)
  const corrected = await correctedOf(w, keys)
  const changes: { message: number; n: number; body: string }[] = []
  for (const [message, n] of keys) {
    const body = JSON.parse(bodies.get(keyOf(message, n)) ?? '{}') as Record<string, unknown>
    // What a sender wrote there is no release.
    const before = corrected.get(keyOf(message, n))?.includes(RELEASED) ? body[RELEASED] : ''
    const released = releasedText(before, `${by}: ${op.reason.trim()}`, kind)
    await correct(w, message, n, RELEASED, { value: released, by, item: op.item }, op.reason)
    changes.push({ message, n, body: JSON.stringify({ ...body, released }) })
  }
  await writeBodies(w, changes)
  await closeItems(w, [op.item], op)
  const resumed = await goOn(w, keys, op)
  await decideAll(w)
  return { kind: 'resolved', resumed, rerun: [] }
}

/** `ann: agreed with the supplier [INVOICE_PRICE]`; what was released before stays in it. */
function releasedText(before: unknown, words: string, kind: string): string {
  const [, said = '', kinds = ''] = (typeof before === 'string' && /^(.*) \[([A-Z_ ]*)\]$/s.exec(before)) || []
  const all = new Set([...kinds.split(' ').filter((each) => each !== ''), kind])
  return `${said === '' ? '' : `${said}; `}${words} [${[...all].join(' ')}]`
}

async function discard(w: Writing, op: ResolveOp, waiters: Waiters): Promise<ResolveAnswer> {
  let resumed = 0
  const settled: EventKey[] = []
  for (const row of waiters.delivery) {
    const moved = await moveDelivery(w, numberOf(row['message']), numberOf(row['n']), { state: 'CANCELLED' })
    if (!moved) continue
    resumed++
    settled.push([numberOf(moved['message']), numberOf(moved['event'])])
    if (moved['key'] === null) continue
    settled.push(...(await cancelMirrors(w, textOf(moved['key']))))
    // What was received on it is taken back now, not when it would be looked at anyway.
    await w.sql.update(checkReceipt, [[w.now, 'receipt-check', textOf(moved['key'])]])
  }
  const filtered = await w.sql.update(
    filterMessage,
    waiters.message.map((row) => ['FILTERED', numberOf(row['message'])]),
  )
  await closeItems(w, [op.item], op)
  await touch(w, settled)
  const events = distinct([...waiters.event, ...waiters.bridge])
  await closeOrphans(w, await cancelEvents(w, events, op), op)
  await decideAll(w)
  return { kind: 'resolved', resumed: resumed + filtered.filter(Boolean).length + events.length, rerun: [] }
}

/** What undoes a document that never came to the ERP is not to come either. Gives the events of what was cancelled. */
async function cancelMirrors(w: Writing, original: string): Promise<readonly EventKey[]> {
  const cancelled: EventKey[] = []
  for (const mirror of await w.sql.all(`select key, message, n, delivery from document where mirror_of = ? and mirror_of <> '' order by key`, [original])) {
    const [moved] = await w.sql.update(cancelQueued, [['CANCELLED', 0, numberOf(mirror['message']), numberOf(mirror['delivery'])]])
    if (!moved) continue
    cancelled.push([numberOf(mirror['message']), numberOf(mirror['n'])], ...(await cancelMirrors(w, textOf(mirror['key']))))
  }
  return cancelled
}

/**
 * Lets the bridge decide again on every event that waits for these items. An item that a decision asks for again stays open
 * under its number; one that nothing asks for closes. Returns how many events went on.
 */
export async function retryDecisions(
  w: Writing,
  items: readonly number[],
  resolution: { readonly action: string; readonly by: string; readonly reason: string },
): Promise<number> {
  const keys = new Map<string, EventKey>()
  for (const item of items) {
    for (const row of await waitersOf(w, item)) {
      if (row['what'] !== 'bridge') continue
      const key: EventKey = [numberOf(row['message']), numberOf(row['n'])]
      if ((await openItemsOf(w, ...key, ['event'])).length === 0) keys.set(key.join('.'), key)
    }
  }
  await makeReady(w, [...keys.values()])
  await decideAll(w, resolution)
  await closeOrphans(w, items, resolution)
  return countNotWaiting(w, [...keys.values()])
}

async function countNotWaiting(w: Writing, keys: readonly EventKey[]): Promise<number> {
  return (await eventsOf(w, keys)).filter((row) => row['state'] !== 'WAITING').length
}

function distinct(rows: readonly Row[]): EventKey[] {
  return [
    ...new Map(rows.map((row) => [keyOf(numberOf(row['message']), numberOf(row['n'])), [numberOf(row['message']), numberOf(row['n'])] as EventKey])).values(),
  ]
}

function isOf(row: Row, key: EventKey): boolean {
  return numberOf(row['message']) === key[0] && numberOf(row['n']) === key[1]
}

function refused(text: string, place?: 'value' | 'reason'): ResolveAnswer {
  return place === undefined ? { kind: 'refused', text } : { kind: 'refused', place, text }
}
