/** What only a person of the ERP may do (R42): approve, reject, close, pay. The bridge has no such name and is refused. */
import type { Books, Row } from './database.ts'
import { CHANGES, moved, refused } from './reply.ts'
import type { Reply } from './reply.ts'
import { ORDERS_OF, orderOf } from './trade.ts'

/** Header that names the person; what a session would be elsewhere. */
export const PERSON_HEADER = 'x-sandbox-user'

interface Act {
  /** Names that may do it begin with one of these. */
  readonly who: readonly string[]
  readonly kinds: readonly string[]
  readonly from: readonly string[]
  readonly to: string
}
const ACTS: Readonly<Record<string, Act>> = {
  approve: { who: ['buyer'], kinds: ['requisition', 'purchase-order'], from: ['submitted', 'approved'], to: 'approved' },
  reject: { who: ['buyer'], kinds: ['requisition', 'purchase-order'], from: ['submitted'], to: 'rejected' },
  close: { who: ['buyer'], kinds: ['purchase-order'], from: ['ordered', 'part-received', 'received'], to: 'closed' },
  pay: { who: ['payer', 'buyer'], kinds: ['supplier-invoice'], from: ['posted'], to: 'paid' },
}

/** Approves: an order is ordered; of a requisition the ERP makes an order of its own when it knows a supplier. Within a transaction. */
export function approveRow(books: Books, row: Row, supplier: string | undefined): Row {
  if (row.kind === 'purchase-order') return moved(books, row, 'ordered')
  const order = orderOf(books, row, supplier)
  if (order === null) return moved(books, row, 'approved')
  const made = books.create(order, 'PO')
  books.changed(CHANGES[made.kind] ?? '', made.number)
  if (row.key !== '') books.putMaster(ORDERS_OF, row.key, { order: made.number })
  return moved(books, row, 'ordered')
}

/** @param person from {@link PERSON_HEADER} @param body an approval may name `supplier` */
export function act(books: Books, verb: string, number: string, person: string, body: unknown): Row | Reply {
  const known = Object.hasOwn(ACTS, verb) ? ACTS[verb] : undefined
  if (known === undefined) return refused('NOT_FOUND', 'no such path', 404)
  if (!known.who.some((name) => person.startsWith(name))) return refused('NOT_ALLOWED', `to ${verb} is not allowed to this user`, 403)
  const row = books.find({ number })[0]
  if (row === undefined) return refused('NUMBER_UNKNOWN', 'no such document', 404)
  if (!known.kinds.includes(row.kind) || !known.from.includes(row.state))
    return refused('STATE_WRONG', `a ${row.kind} that is ${row.state} can't be made ${known.to}`)
  const chosen = typeof body === 'object' && body !== null ? (body as { readonly supplier?: unknown }).supplier : undefined
  return books.atomically(() => (verb === 'approve' ? approveRow(books, row, typeof chosen === 'string' ? chosen : undefined) : moved(books, row, known.to)))
}
