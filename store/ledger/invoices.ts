/** Invoices that wait or are held: rows under their event's id, so that whoever reads invoices sees them. The bridge books none of them. */
import { UNBOOKED_INVOICES } from '../../channels/contract/index.ts'
import type { NoticeType, StandingInvoice } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom, textOf, updateOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { unscaled } from './amount.ts'
import { notifyOf } from './notify.ts'
import type { Writing } from './writing.ts'

/** Types of events that may stand as an invoice. */
export const isInvoice = (type: string): boolean => type === 'InvoiceReceived'

const { invoice: table } = tables.bridgeTables
const selectRows = selectFrom(table)
const upsert = insertInto(table, 'replace')
const reject = updateOf(table, ['state', 'reason', 'at'], { column: 'state', among: ['held', 'waiting'] })

export interface Standing {
  readonly id: string
  readonly message: number
  readonly n: number
  readonly invoice: StandingInvoice
}

function fact(row: Row) {
  return {
    number: textOf(row['number']),
    order: textOf(row['order_number']),
    supplier: textOf(row['supplier']),
    amount: unscaled(numberOf(row['total'])),
    currency: textOf(row['currency']),
    status: textOf(row['state']),
    reason: textOf(row['reason']),
  }
}

const notice = (type: NoticeType, row: Row) => ({ type, subject: textOf(row['invoice']), body: fact(row) })

/** Keeps what they say; tells of those that are held, or are held for something else now. */
export async function showInvoices(w: Writing, standing: readonly Standing[]): Promise<void> {
  if (standing.length === 0) return
  const known = new Map(
    (
      await w.sql.select(
        selectRows,
        standing.map(({ id }) => [id]),
      )
    ).map((row) => [textOf(row['invoice']), row]),
  )
  const rows = standing.map(({ id, message, n, invoice }): Row => {
    const { orderNumber, ...said } = invoice
    const rest = { purchase_order: '', variance: 0, document: '', released_by: '' }
    return { ...said, ...rest, invoice: id, order_number: orderNumber, message, n, at: w.now }
  })
  const changed = rows.filter((row) => {
    const before = known.get(textOf(row['invoice']))
    return before === undefined || ['state', 'reason', 'total'].some((column) => before[column] !== row[column])
  })
  await w.sql.insert(
    upsert,
    changed.map((row): Cell[] => Object.keys(table.columns).map((column) => row[column] ?? null)),
  )
  await notifyOf(
    w,
    changed.filter((row) => row['state'] === 'held').map((row) => notice('invoice.held', row)),
  )
}

/** They were applied, or are told no more: what is booked stands under its own key. */
export async function dropInvoices(w: Writing, ids: readonly string[]): Promise<void> {
  const states = UNBOOKED_INVOICES.map(() => '?').join(', ')
  for (const id of ids) await w.sql.run(`delete from invoice where invoice = ? and state in (${states})`, [id, ...UNBOOKED_INVOICES])
}

/** A named person will not have them. */
export async function rejectInvoices(w: Writing, ids: readonly string[], { by, reason }: { readonly by: string; readonly reason: string }): Promise<void> {
  if (ids.length === 0) return
  await w.sql.update(
    reject,
    ids.map((id) => ['rejected', `${by}: ${reason}`, w.now, id]),
  )
  const rows = await w.sql.select(
    selectRows,
    ids.map((id) => [id]),
  )
  await notifyOf(
    w,
    rows.map((row) => notice('invoice.rejected', row)),
  )
}
