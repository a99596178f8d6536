/** What the sandbox ERP does with a document: checks it, books it under its own number, moves it between states. */
import { check, prefixOf } from './check.ts'
import type { Books, Row } from './database.ts'
import type { Faults } from './faults.ts'

export interface Reply {
  readonly status: number
  readonly body: unknown
}

function refused(code: string, message: string): Reply {
  return { status: 422, body: { code, message } }
}
const CLOSED: Reply = { status: 409, body: { code: 'PERIOD_CLOSED', message: 'the posting date is in a closed period' } }

/** A row as the API shows it. */
export function shown(row: Row): object {
  const { body, seq: _, ...rest } = row
  return { ...rest, document: JSON.parse(body) as unknown }
}

interface Request {
  readonly kind: string
  readonly key: string
  readonly document: {
    readonly postingDate: string
    readonly state?: string
    readonly mirrorOf?: string
    readonly originalReference?: string
    readonly lines: readonly { readonly quantity?: string }[]
  }
}

/** Which kind of document a mirror undoes. */
const ORIGINALS: Readonly<Record<string, string>> = { 'goods-return': 'goods-issue', 'order-cancellation': 'purchase-order', journal: 'journal' }
const SIX = 6
function size(lines: Request['document']['lines']): bigint {
  return lines.reduce((sum, { quantity = '0' }) => {
    const [whole = '0', part = ''] = quantity.split('.')
    return sum + BigInt(whole + part.padEnd(SIX, '0'))
  }, 0n)
}
function sizeOf(row: Row): bigint {
  return size((JSON.parse(row.body) as Request['document']).lines)
}

/** The document that a mirror undoes: by the sender's key, else by our own number. */
function originalOf(books: Books, { kind, document: { mirrorOf, originalReference } }: Request): Row | undefined {
  const wanted = ORIGINALS[kind] ?? ''
  if (mirrorOf === undefined) return undefined
  return (
    books.find({ key: mirrorOf, kind: wanted })[0] ?? (originalReference === undefined ? undefined : books.find({ number: originalReference, kind: wanted })[0])
  )
}

/** A mirror needs its original, and may not undo more than that. */
function mirrorFault(books: Books, request: Request): Reply | null {
  const { mirrorOf, lines } = request.document
  if (mirrorOf === undefined) return null
  const original = originalOf(books, request)
  if (original === undefined) return refused('ORIGINAL_UNKNOWN', 'neither mirrorOf nor originalReference names a document here')
  if (request.kind === 'journal') return null
  const undone = books.mirrors(mirrorOf).reduce((sum, row) => sum + sizeOf(row), 0n)
  return undone + size(lines) > sizeOf(original) ? refused('MORE_THAN_REMAINS', 'it undoes more than remains of its original') : null
}

/** Takes a document. It does not look whether it has the key already: that is the sender's business (R30). */
export function take(books: Books, faults: Faults, body: unknown): Reply {
  const refusal = check(body)
  if (refusal) return refused(refusal.code, refusal.message)
  if (faults.hits('refuse')) return refused('SANDBOX_REFUSED', 'a fault switch refuses it')
  const request = body as Request
  const { document, kind, key } = request
  if (faults.hits('close-period') || books.isClosed(document.postingDate.slice(0, 'YYYY-MM'.length))) return CLOSED
  return books.atomically(() => {
    const fault = mirrorFault(books, request)
    if (fault) return fault
    const order = kind === 'purchase-order' || kind === 'requisition'
    const state = order ? 'draft' : 'posted'
    const row = books.create(
      {
        kind,
        key,
        state,
        wanted: document.state ?? state,
        postingDate: document.postingDate,
        mirrorOf: document.mirrorOf ?? '',
        body: JSON.stringify(document),
      },
      prefixOf(kind) ?? '',
    )
    if (kind === 'order-cancellation') cancelOrder(books, request)
    return { status: 201, body: shown(row) }
  })
}

function cancelOrder(books: Books, request: Request): void {
  const order = originalOf(books, request)
  if (order && books.mirrors(request.document.mirrorOf ?? '').reduce((sum, row) => sum + sizeOf(row), 0n) === sizeOf(order))
    books.move(order.number, 'cancelled')
}

/** Draft orders can be submitted. Approval is a person's in the ERP and no call here (R42). */
export function submit(books: Books, number: string): Reply {
  const row = books.find({ number })[0]
  if (row === undefined) return { status: 404, body: { code: 'NUMBER_UNKNOWN', message: 'no such document' } }
  if (row.kind !== 'purchase-order' || row.state !== 'draft') return refused('STATE_WRONG', `a ${row.kind} that is ${row.state} can't be submitted`)
  books.move(number, 'submitted')
  return { status: 200, body: shown({ ...row, state: 'submitted' }) }
}

/** Marks a posted document as reversed; a second time changes nothing. */
export function reverse(books: Books, number: string): Reply {
  const row = books.find({ number })[0]
  if (row === undefined) return { status: 404, body: { code: 'NUMBER_UNKNOWN', message: 'no such document' } }
  books.move(number, 'reversed')
  return { status: 200, body: shown({ ...row, state: 'reversed' }) }
}
