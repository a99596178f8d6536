/** Notices of the ledger itself, for subscribers: what became of worklist items. */
import type { NoticeType } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto } from '../sql/port.ts'
import type { Cell } from '../sql/port.ts'
import type { Writing } from './writing.ts'

const insertNotice = insertInto(tables.bridgeTables.notice)

export interface ItemNotice {
  readonly item: number
  readonly type: 'worklist.opened' | 'worklist.escalated' | 'worklist.closed'
  readonly body: Readonly<Record<string, unknown>>
}

/** They belong to no message: they stand under message 0, their item and their own number. */
export async function notify(w: Writing, notices: readonly ItemNotice[]): Promise<void> {
  if (notices.length === 0) return
  const rows = notices.map(({ item, type, body }): Cell[] => {
    const seq = ++w.memory.numbers.notice
    return [0, item, seq, seq, w.now, type, String(item), JSON.stringify({ item, ...body })]
  })
  await w.sql.insert(insertNotice, rows)
}

/** Notices about something else than an item. */
export async function notifyOf(
  w: Writing,
  notices: readonly { readonly type: NoticeType; readonly subject: string; readonly body: Readonly<Record<string, string>> }[],
): Promise<void> {
  const rows = notices.map(({ type, subject, body }): Cell[] => {
    const seq = ++w.memory.numbers.notice
    const said = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''))
    return [0, 0, seq, seq, w.now, type, subject, JSON.stringify(said)]
  })
  if (rows.length > 0) await w.sql.insert(insertNotice, rows)
}
