/**
 * Things that are told whole (a FHIR resource): what a message tells of one is compared with what stands. A line that stands as it is told
 * makes no event; one that is told otherwise, or no more, is taken back by the event that reverses it.
 */
import type { EventRecord, Restated, RunRecord } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { deleteFrom, insertInto, numberOf, selectFrom, textOf } from '../sql/port.ts'
import type { Cell } from '../sql/port.ts'
import { shortKey } from './short.ts'
import { digestOf, takeBack } from './taken-back.ts'
import type { Standing, Telling } from './taken-back.ts'
import type { Resolution } from './worklist.ts'
import type { Writing } from './writing.ts'

export type { Telling } from './taken-back.ts'
export { TAKEN_BACK } from './taken-back.ts'

/** What items are closed with when a later message no longer tells what waited for them. */
export const SUPERSEDED: Resolution = { action: 'superseded', by: 'engine', reason: 'a later message tells it otherwise' }

const selectTold = selectFrom(tables.told)
const selectStanding = selectFrom(tables.statement, { key: ['subject'] })
const insertTold = insertInto(tables.told, 'replace')
const insertStatement = insertInto(tables.statement, 'replace')
const deleteStatement = deleteFrom(tables.statement)
const deleteOfEvent = deleteFrom(tables.statement, ['message', 'n'])

/** A run as it is to be stored. */
export interface Telt {
  readonly run: RunRecord
  /** Events of the original run that are not stored: they stand already, or say nothing any more. */
  readonly left: readonly EventRecord[]
  /** Lines that its events tell from now on, by the event's number in `run`. */
  readonly lines: readonly {
    readonly event: number
    readonly cells: readonly [subject: string, line: string]
    readonly digest: string
    readonly reversal: string
    readonly isOwn: boolean
  }[]
  /** Worklist items that nothing may wait for any more. */
  readonly items: readonly number[]
}

interface Judged {
  readonly telling: Telling
  readonly kept: readonly EventRecord[]
  readonly left: readonly EventRecord[]
  readonly lines: readonly {
    readonly record: EventRecord
    readonly cells: readonly [string, string]
    readonly digest: string
    readonly reversal: string
    readonly isOwn: boolean
  }[]
  readonly ended: readonly Standing[]
  readonly told: readonly Cell[][]
}

/** Does a run tell things whole? One that failed says nothing of them. */
export function tells(run: RunRecord): boolean {
  return run.restates !== undefined && run.restates.length > 0 && run.state === 'MAPPED'
}

/** Runs of messages no two of which tell the same thing. What they end is ended when this returns; {@link keepLines} follows their events. */
export async function restate(w: Writing, tellings: readonly Telling[]): Promise<Map<Telling, Telt>> {
  const subjects = [...new Set(tellings.flatMap(({ run }) => (run.restates ?? []).map(({ subject }) => shortKey(subject))))].map((subject) => [subject])
  const last = new Map<string, { readonly at: number; readonly message: number }>()
  for (const row of await w.sql.select(selectTold, subjects)) last.set(textOf(row['subject']), { at: numberOf(row['at']), message: numberOf(row['message']) })
  const standing = new Map<string, Map<string, Standing>>()
  for (const row of await w.sql.select(selectStanding, subjects)) {
    const subject = textOf(row['subject'])
    const lines = standing.get(subject) ?? new Map<string, Standing>()
    standing.set(subject, lines)
    const line = textOf(row['line'])
    lines.set(line, {
      subject,
      line,
      message: numberOf(row['message']),
      n: numberOf(row['n']),
      digest: textOf(row['digest']),
      reversal: textOf(row['reversal']),
    })
  }
  const judged = tellings.map((telling) => judge(telling, last, standing))
  await w.sql.delete(
    deleteStatement,
    judged.flatMap(({ ended }) => ended.map(({ subject, line }) => [subject, line])),
  )
  await w.sql.insert(
    insertTold,
    judged.flatMap(({ told }) => told),
  )
  w.memory.numbers.statements = true
  const { reversals, items } = await takeBack(
    w,
    judged.map(({ telling, ended }) => ({ telling, ended })),
  )
  return new Map(judged.map((each) => [each.telling, telt(each, reversals.get(each.telling) ?? [], items)]))
}

/** When versions say when they are of, the later one counts; else the message that came later. */
function isNewest(restated: Restated, message: number, last: { readonly at: number; readonly message: number } | undefined): boolean {
  if (!last) return true
  return restated.at > 0 && last.at > 0 && restated.at !== last.at ? restated.at > last.at : message >= last.message
}

function judge(
  telling: Telling,
  last: ReadonlyMap<string, { readonly at: number; readonly message: number }>,
  standing: ReadonlyMap<string, ReadonlyMap<string, Standing>>,
): Judged {
  const { message, run } = telling
  const newest = new Map<string, boolean>()
  const told: Cell[][] = []
  for (const restated of run.restates ?? []) {
    const subject = shortKey(restated.subject)
    const before = last.get(subject)
    const counts = isNewest(restated, message, before)
    newest.set(subject, counts)
    if (counts) told.push([subject, Math.trunc(restated.at || (before?.at ?? 0)), message])
  }
  const kept: EventRecord[] = []
  const left: EventRecord[] = []
  const lines: Judged['lines'][number][] = []
  const ended: Standing[] = []
  const toldLines = new Set<string>()
  for (const record of run.events) {
    const subject = record.statement ? shortKey(record.statement.subject) : ''
    const counts = newest.get(subject)
    if (!record.statement || counts === undefined) {
      kept.push(record)
      continue
    }
    const line = shortKey(record.statement.line)
    toldLines.add(`${subject}\u0001${line}`)
    const stands = standing.get(subject)?.get(line)
    const isOwn = stands?.message === message
    const digest = digestOf(record)
    // What an older version says counts only where it is still what stands.
    if (!isOwn && (!counts || stands?.digest === digest)) {
      left.push(record)
      continue
    }
    if (stands && !isOwn) ended.push(stands)
    kept.push(record)
    lines.push({ record, cells: [subject, line], digest, reversal: record.statement.reversal, isOwn })
  }
  for (const [subject, counts] of newest) {
    if (!counts) continue
    for (const stands of standing.get(subject)?.values() ?? [])
      if (stands.message !== message && !toldLines.has(`${subject}\u0001${stands.line}`)) ended.push(stands)
  }
  return { telling, kept, left, lines, ended, told }
}

/** Reversals come first: what is told otherwise is taken back before it is told anew. */
function telt(
  judged: Judged,
  reversals: readonly { readonly record: EventRecord; readonly deliveries: readonly { readonly destination: string; readonly lane: string }[] }[],
  items: readonly number[],
): Telt {
  const { run } = judged.telling
  const events: EventRecord[] = []
  const deliveries: RunRecord['deliveries'][number][] = []
  const numbers = new Map<EventRecord, number>()
  const add = (record: EventRecord, to: readonly { readonly destination: string; readonly lane: string }[]) => {
    const n = events.length + 1
    numbers.set(record, n)
    events.push({ ...record, n })
    for (const { destination, lane } of to) deliveries.push({ n: deliveries.length + 1, event: n, destination, lane })
  }
  for (const { record, deliveries: to } of reversals) add(record, to)
  for (const record of judged.kept)
    add(
      record,
      run.deliveries.filter((delivery) => delivery.event === record.n),
    )
  return {
    run: { ...run, state: events.length === 0 ? 'FILTERED' : run.state, events, deliveries },
    left: judged.left,
    lines: judged.lines.map(({ record, ...line }) => ({ ...line, event: numbers.get(record) ?? 0 })),
    items,
  }
}

/** Remembers which events tell what. `place` gives an event's number in the store, or null when the line stays as it is kept. */
export async function keepLines(w: Writing, message: number, lines: Telt['lines'], place: (line: Telt['lines'][number]) => number | null): Promise<void> {
  await w.sql.insert(
    insertStatement,
    lines.flatMap((line) => {
      const n = place(line)
      return n === null ? [] : [[...line.cells, message, n, line.digest, line.reversal]]
    }),
  )
}

/** What events told that are cancelled because their message does not make them any more stands no longer. */
export async function dropLines(w: Writing, keys: readonly (readonly [message: number, n: number])[]): Promise<void> {
  if (w.memory.numbers.statements) await w.sql.delete(deleteOfEvent, keys)
}
