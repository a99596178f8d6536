/** Ways out. A destination sends one delivery at a time when asked and says how it went; order, retries and state are the engine's. */
import type { InjectedEvent } from './control.ts'
import type { FailureClass, FailureCode } from './failures.ts'

/** One delivery as the destination sees it. */
export interface Outgoing {
  /** Delivery id, for logs and headers. */
  readonly id: string
  /** The 12-character document key for an ERP; the delivery id for the others. The same at every attempt. */
  readonly key: string
  /** Document kind for an ERP, event type for the others. */
  readonly kind: string
  readonly controlId: string
  readonly lane: string
  /** JSON of the document or event. */
  readonly body: string
  /** The last step that a multi-step document is known to have reached. */
  readonly step: string | null
  readonly attempt: number
}

export type DeliveryOutcome =
  | { readonly kind: 'sent'; /** The destination's own reference (ERP number). */ readonly reference: string | null }
  | {
      readonly kind: 'failed'
      readonly code: FailureCode
      /** Overrides the table's class where the destination knows better. */
      readonly class?: FailureClass
      /** The destination's answer, without content of the message. */
      readonly text: string
      readonly retryAfterMs?: number
      readonly step?: string
    }

/** `absent` counts only after {@link Destination.settleMs}; `partial` names the step from which `deliver` resumes. */
export type LookupAnswer =
  | { readonly kind: 'absent' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'partial'; readonly step: string }
  | { readonly kind: 'present'; readonly reference: string | null }
  | { readonly kind: 'failed'; readonly text: string }

/** What an ERP can be asked to give, by change date. Master data first: what documents stand on. */
export const PULL_KINDS = [
  'items',
  'suppliers',
  'prices',
  'locations',
  'cost-centres',
  'service-lines',
  'accounts',
  'periods',
  'stock',
  'requisitions',
  'orders',
  'receipts',
  'invoices',
  'ledger-totals',
] as const
export type PullKind = (typeof PULL_KINDS)[number]

/** A page of what changed in an ERP: canonical events without envelope, and the cursor after it. `more`: ask again at once. */
export interface PulledPage {
  readonly events: readonly InjectedEvent[]
  readonly next: string
  readonly more: boolean
}

export interface Destination {
  readonly name: string
  /** Can be asked by key: then SENDING is committed before the first byte, and no answer means UNKNOWN, never a blind resend. */
  readonly lookup: ((key: string, kind: string, signal: AbortSignal) => Promise<LookupAnswer>) | null
  readonly settleMs: number
  /** Never rejects for what a destination can do wrong; a rejection is a defect (INTERNAL). */
  deliver(work: Outgoing, signal: AbortSignal): Promise<DeliveryOutcome>
  /** What changed since a cursor (null: everything). Undefined when it can't be asked. A failure is a value. */
  readonly pull?: (kind: PullKind, since: string | null, signal: AbortSignal) => Promise<PulledPage | { readonly failed: FailureCode; readonly text: string }>
  readonly pulls?: readonly PullKind[]
  stop(): Promise<void>
}

/** Destination types that take events as they are; every other type gets the bridge's documents. */
export const EVENT_DESTINATION_TYPES: readonly string[] = ['http', 'mllp', 'fhir', 'file', 'stream']

/** Destination types that take documents and are no ERP: no bridge decides for them. */
const SUPPLIER_DESTINATION_TYPES: readonly string[] = ['x12']

/** Is a destination of this type an ERP, whose bridge decides on events? */
export function isErp(type: string): boolean {
  return type !== '' && !EVENT_DESTINATION_TYPES.includes(type) && !SUPPLIER_DESTINATION_TYPES.includes(type)
}
