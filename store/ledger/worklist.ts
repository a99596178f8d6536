/** Worklist items: one per (kind, subject) while open, however many wait for it. */
import type { FailureCode } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, selectFrom, textOf, updateOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
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
}

const HOUR_MS = 3_600_000

/** Who looks after a kind first. */
const OWNERS: Readonly<Partial<Record<FailureCode, string>>> = {
  UNKNOWN_ITEM: 'supply-chain',
  ITEM_NOT_ACTIVE: 'supply-chain',
  UNKNOWN_LOCATION: 'supply-chain',
  UNKNOWN_SUPPLIER: 'supply-chain',
  UNKNOWN_UNIT: 'supply-chain',
  UNKNOWN_PRICE: 'supply-chain',
  MISSING_LOT: 'supply-chain',
  EXPIRED_LOT: 'supply-chain',
  UNKNOWN_DEPARTMENT: 'finance',
  UNKNOWN_COST_CENTRE: 'finance',
  UNKNOWN_CURRENCY: 'finance',
  NO_ORIGINAL: 'finance',
  REVERSAL_TOO_LARGE: 'finance',
  ERP_PERIOD_CLOSED: 'finance',
  ERP_REFUSED: 'finance',
}
/** Kinds that stop a lane, harm a patient's record or are a defect. */
const HIGH: readonly FailureCode[] = ['BRIDGE_FAILED', 'ATTEMPTS_EXHAUSTED', 'DESTINATION_REFUSED', 'ERP_REFUSED', 'EXPIRED_LOT', 'INTERNAL']

const selectOpen = selectFrom(tables.worklist, { columns: ['id', 'kind', 'subject'], key: ['kind', 'subject'], where: `"state" = 'open'` })
const insertItem = insertInto(tables.worklist)
const insertWaiter = insertInto(tables.waiter, 'ignore')
const closeItem = updateOf(tables.worklist, ['state', 'action', 'by', 'at', 'reason'], { column: 'state', among: ['open'] })

/** Opens what is not open yet and lets everything wait for its item. */
export async function wait(w: Writing, waiting: readonly Waiting[]): Promise<void> {
  if (waiting.length === 0) return
  const subjects = new Map<string, Waiting>()
  for (const each of waiting) {
    const subject = `${each.kind}\u0001${each.subject}`
    if (!subjects.has(subject)) subjects.set(subject, each)
  }
  const ids = new Map<string, number>()
  for (const row of await w.sql.select(
    selectOpen,
    [...subjects.values()].map((each) => [each.kind, each.subject]),
  )) {
    ids.set(`${textOf(row['kind'])}\u0001${textOf(row['subject'])}`, Number(row['id']))
  }
  const items: Cell[][] = []
  for (const [subject, each] of subjects) {
    if (ids.has(subject)) continue
    const id = ++w.memory.numbers.item
    ids.set(subject, id)
    const high = HIGH.includes(each.kind)
    const due = w.now + (high ? 4 : 24) * HOUR_MS
    items.push([
      id,
      each.kind,
      each.subject,
      'open',
      each.text,
      OWNERS[each.kind] ?? 'interfaces',
      high ? 'high' : 'normal',
      w.now,
      due,
      null,
      null,
      null,
      null,
    ])
  }
  await w.sql.insert(insertItem, items)
  await w.sql.insert(
    insertWaiter,
    waiting.map((each) => [ids.get(`${each.kind}\u0001${each.subject}`) ?? 0, each.message, each.what, each.n, each.field, each.place]),
  )
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
  return closed.filter(Boolean).length
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
