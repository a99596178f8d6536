/** Between canonical documents and the sandbox ERP's words. Pure. */
import type { DeliveryOutcome, DocumentKind, LookupAnswer } from '../../../channels/contract/index.ts'
import { DOCUMENT_KINDS } from '../../../channels/contract/index.ts'
import type { CallResult, ErpDocument, ErpStatus } from '../connector.ts'

/** The step between creating an order and submitting it. */
export const CREATED = 'created'

/** The body of `POST /sandbox/v1/documents`. */
export function toErp(document: ErpDocument): { readonly kind: string; readonly key: string; readonly document: Readonly<Record<string, unknown>> } {
  const { key: _, ...body } = document.body
  return { kind: document.kind, key: document.key, document: body }
}

export function mustSubmit(document: ErpDocument): boolean {
  return document.kind === 'purchase-order' && document.body['state'] === 'submitted'
}

interface ErpRow extends ErpStatus {
  /** The state in which the sender wants it in the end. */
  readonly wanted: string
}

function rowOf(value: unknown): ErpRow | null {
  if (typeof value !== 'object' || value === null) return null
  const { number, key, kind, state, wanted } = value as Readonly<Record<string, unknown>>
  if (typeof number !== 'string' || typeof key !== 'string' || typeof state !== 'string' || typeof kind !== 'string') return null
  if (!(DOCUMENT_KINDS as readonly string[]).includes(kind)) return null
  return { kind: kind as DocumentKind, key, reference: number, state, wanted: typeof wanted === 'string' ? wanted : state }
}

/** The rows of a listing, or null when the answer is none. */
export function rowsOf(body: unknown): readonly ErpRow[] | null {
  const items: unknown = typeof body === 'object' && body !== null ? (body as { items?: unknown }).items : undefined
  if (!Array.isArray(items)) return null
  const rows = items.map(rowOf)
  return rows.every((row) => row !== null) ? rows : null
}

export function numberOf(body: unknown): string | null {
  return rowOf(body)?.reference ?? null
}

/** A draft that was to be submitted is half done; everything else that is there is there. */
export function lookupOf(rows: readonly ErpRow[]): LookupAnswer {
  const row = rows[0]
  if (row === undefined) return { kind: 'absent' }
  return row.state === 'draft' && row.wanted === 'submitted' ? { kind: 'partial', step: CREATED } : { kind: 'present', reference: row.reference }
}

/** The ERP's reason code and words. Its refusals name fields and codes, never values. */
function reasonOf(body: unknown): string {
  const { code, message } = (typeof body === 'object' && body !== null ? body : {}) as { readonly code?: unknown; readonly message?: unknown }
  return [code, message].filter((word): word is string => typeof word === 'string').join(': ')
}

/** The failure that a call stands for. A 5xx after sending says nothing about what was stored: it is looked up. */
export function failureOf(result: CallResult): Extract<DeliveryOutcome, { kind: 'failed' }> {
  if (result.kind === 'no-answer') {
    return result.sent
      ? { kind: 'failed', code: 'NO_ANSWER', text: `The ERP gave no answer (${result.why}).` }
      : { kind: 'failed', code: 'DESTINATION_UNREACHABLE', text: `The ERP could not be reached (${result.why}).` }
  }
  const { status, body, retryAfterMs } = result
  const reason = reasonOf(body)
  const text = `The ERP answered ${String(status)}${reason === '' ? '' : ` ${reason}`}.`
  if (status === 429 || status === 503) return { kind: 'failed', code: 'DESTINATION_BUSY', text, ...(retryAfterMs === null ? {} : { retryAfterMs }) }
  if (status === 401 || status === 403) return { kind: 'failed', code: 'ERP_AUTH', text }
  if (status === 409 && reason.startsWith('PERIOD_CLOSED')) return { kind: 'failed', code: 'ERP_PERIOD_CLOSED', text }
  if (status >= 400 && status < 500 && status !== 408) return { kind: 'failed', code: 'ERP_REFUSED', text }
  return { kind: 'failed', code: 'NO_ANSWER', text }
}
