/** Worklist items: one per (kind, subject) while open, however many wait for it. */
import type { FailureCode, Policies, Weight } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom, textOf, updateOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { policiesOf } from './policies.ts'
import { NO_WEIGHT, dueOf, heavier, isAbove, ownerOf, severityOf, weightsOf } from './severity.ts'
import type { Severity, Weights } from './severity.ts'
import { notify } from './notify.ts'
import type { ItemNotice } from './notify.ts'
import type { Writing } from './writing.ts'

export type WaiterKind = 'message' | 'event' | 'bridge' | 'delivery'

export interface Waiting {
  readonly kind: FailureCode
  readonly subject: string
  readonly text: string
  readonly message: number
  readonly what: WaiterKind
  readonly n: number
  readonly field: string
  readonly place: string
  readonly owner?: string
  readonly weight?: Weight
  readonly story?: Readonly<Record<string, unknown>>
  readonly releasable?: false
}

const selectOpen = selectFrom(tables.worklist, { key: ['kind', 'subject'], where: `"state" = 'open'` })
const insertItem = insertInto(tables.worklist)
const insertWaiter = insertInto(tables.waiter, 'ignore')
const closeItem = updateOf(tables.worklist, ['state', 'action', 'by', 'at', 'reason'], { column: 'state', among: ['open'] })
const riseItem = updateOf(tables.worklist, ['text', 'severity', 'due', 'care', 'supply', 'money', 'currency', 'story', 'releasable'], {
  column: 'state',
  among: ['open'],
})

const subjectOf = (of: { readonly kind: string; readonly subject: string }): string => `${of.kind}\u0001${of.subject}`

/** Opens what is not open yet and lets everything wait for its item. An open item that gets a heavier waiter rises. */
export async function wait(w: Writing, waiting: readonly Waiting[]): Promise<void> {
  if (waiting.length === 0) return
  const subjects = new Map<string, Waiting[]>()
  for (const each of waiting) {
    const same = subjects.get(subjectOf(each))
    if (same) same.push(each)
    else subjects.set(subjectOf(each), [each])
  }
  const policies = await policiesOf(w, w.memory.numbers.active)
  const known = new Map<string, Row>()
  for (const row of await w.sql.select(
    selectOpen,
    [...subjects.values()].flatMap(([each]) => (each ? [[each.kind, each.subject]] : [])),
  )) {
    known.set(subjectOf({ kind: textOf(row['kind']), subject: textOf(row['subject']) }), row)
  }
  const ids = new Map<string, number>()
  const items: Cell[][] = []
  const opened: ItemNotice[] = []
  const risen: Cell[][] = []
  for (const [subject, same] of subjects) {
    const [first] = same
    const last = same.at(-1)
    if (!first || !last) continue
    const row = known.get(subject)
    const weight = same.reduce((sum, each) => heavier(sum, weightsOf(each.weight)), row ? weightsIn(row) : NO_WEIGHT)
    const story = same.reduce((text, each) => (each.story ? JSON.stringify(each.story) : text), textOf(row?.['story']))
    const releasable = Number(!same.some((each) => each.releasable === false))
    if (row) {
      ids.set(subject, numberOf(row['id']))
      const rise = risenItem(w, row, last, { weight, story, releasable }, policies)
      if (rise) risen.push(rise)
      continue
    }
    const id = ++w.memory.numbers.item
    ids.set(subject, id)
    const severity = severityOf(first.kind, weight)
    const owner = ownerOf(first.kind, first.owner, policies)
    const closed = [null, null, null, null]
    const weights = [weight.care, weight.supply, weight.money, weight.currency]
    opened.push({ item: id, type: 'worklist.opened', body: { kind: first.kind, subject: first.subject, owner, severity } })
    items.push([
      id,
      first.kind,
      first.subject,
      'open',
      first.text,
      owner,
      severity,
      w.now,
      w.now + dueOf(severity, policies),
      ...closed,
      '',
      0,
      ...weights,
      story,
      releasable,
    ])
  }
  await w.sql.insert(insertItem, items)
  await notify(w, opened)
  await w.sql.update(riseItem, risen)
  await w.sql.insert(
    insertWaiter,
    waiting.map((each) => [ids.get(subjectOf(each)) ?? 0, each.message, each.what, each.n, each.field, each.place]),
  )
}

function weightsIn(row: Row): Weights {
  return { care: numberOf(row['care']), supply: numberOf(row['supply']), money: numberOf(row['money']), currency: textOf(row['currency']) }
}

interface Newest {
  readonly weight: Weights
  readonly story: string
  /** As its newest decision says: what was wrong may have been mended since. */
  readonly releasable: number
}

/** The cells of an open item as its heaviest waiter and the newest words make it; null when nothing of it changes. */
function risenItem(w: Writing, row: Row, last: Waiting, newest: Newest, policies: Policies | null): Cell[] | null {
  const { weight, story, releasable } = newest
  const before = textOf(row['severity']) as Severity
  const now = severityOf(last.kind, weight)
  const severity = isAbove(now, before) ? now : before
  const due = severity === before ? numberOf(row['due']) : Math.min(numberOf(row['due']), w.now + dueOf(severity, policies))
  const cells: Cell[] = [last.text, severity, due, weight.care, weight.supply, weight.money, weight.currency, story, releasable]
  return riseItem.set.some((column, i) => row[column] !== cells[i]) ? [...cells, numberOf(row['id'])] : null
}

export interface Resolution {
  readonly action: string
  readonly by: string
  readonly reason: string
}

export async function closeItems(w: Writing, items: readonly number[], resolution: Resolution): Promise<number> {
  const closed = await w.sql.update(
    closeItem,
    items.map((id) => ['closed', resolution.action, resolution.by, w.now, resolution.reason, id]),
  )
  const ended = items.filter((_, i) => closed[i])
  await notify(
    w,
    ended.map((item) => ({ item, type: 'worklist.closed', body: { action: resolution.action } })),
  )
  return ended.length
}

const openWaiters = 'select w.item, w.message, w.what, w.n, w.field, w.place, i.kind, i.subject from waiter w join worklist i on i.id = w.item'

/** What waits for an item. */
export async function waitersOf(w: Writing, item: number): Promise<readonly Row[]> {
  return w.sql.all(`${openWaiters} where w.item = ? order by w.message, w.n`, [item])
}

/** The open items that one event, delivery or message waits for. */
export async function openItemsOf(w: Writing, message: number, n: number, whats: readonly WaiterKind[]): Promise<readonly Row[]> {
  const rows = await w.sql.all(`${openWaiters} where w.message = ? and w.n = ? and i.state = 'open'`, [message, n])
  return rows.filter((row) => whats.includes(textOf(row['what']) as WaiterKind))
}

/** Lets one event, delivery or message wait no longer; gives the open items it waited for. */
export async function release(w: Writing, message: number, n: number, whats: readonly WaiterKind[]): Promise<readonly number[]> {
  const items = new Set<number>()
  for (const row of await openItemsOf(w, message, n, whats)) {
    items.add(Number(row['item']))
    await w.sql.run('delete from waiter where item = ? and message = ? and what = ? and n = ?', [Number(row['item']), message, textOf(row['what']), n])
  }
  return [...items]
}

/** Closes those of `items` that nothing waits for any more; gives how many. */
export async function closeOrphans(w: Writing, items: Iterable<number>, resolution: Resolution): Promise<number> {
  const orphans: number[] = []
  for (const item of new Set(items)) {
    if ((await w.sql.all('select 1 as there from waiter where item = ? limit 1', [item])).length === 0) orphans.push(item)
  }
  return closeItems(w, orphans, resolution)
}
