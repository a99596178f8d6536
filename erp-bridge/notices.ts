/** Business events for subscribers: numbers, states and amounts, never anything of a patient. */
import { newRow } from '../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, NoticeType, RowSet } from '../channels/contract/index.ts'

export type Notify = (type: NoticeType, subject: string, body: Readonly<Record<string, string>>) => void

/** Where notices begin that one decision may put beside its others: each is told of its own document, by its number. */
export const NOTICE_AFTER = { supplier: 100, requisition: 200, order: 500 } as const

/** Puts notices of one event, numbered from `after` + 1. The ledger gives them their place in the order of commits. */
export function notices(rows: RowSet, event: BridgeEvent, context: BridgeContext, after = 0): Notify {
  let line = after
  return (type, subject, body) => {
    line += 1
    const filled = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''))
    rows.put('notice', newRow('notice', { message: event.message, n: event.n, line, at: context.now, type, subject, body: JSON.stringify(filled) }))
  }
}
