/** The bridge's port to the ledger: pure rules that turn an event into documents (DESIGN §4 "The bridge's rules are pure"). */
import type { Policies } from './channel.ts'
import type { Need } from './mapper.ts'
import type { Read, RowSet } from './rows.ts'
import type { EventState } from './states.ts'

/** An event as the store hands it to the bridge. */
export interface BridgeEvent {
  readonly message: number
  readonly n: number
  /** Formatted event id. */
  readonly id: string
  readonly type: string
  readonly channel: string
  readonly businessKey: string
  readonly caseKey: string
  /** Canonical body, with corrections applied. */
  readonly body: Readonly<Record<string, unknown>>
  /** Destination that the channel names for the bridge's documents. */
  readonly destination: string
  /** Milliseconds at which the engine received it: limits of waiting count from here. */
  readonly receivedAt: number
  /** Who tells it, when that is a thing told whole; else its channel does. */
  readonly teller?: string
  /** The event that its first matcher names (`by: event`): null when there is none of that id, undefined when no matcher names one. */
  readonly original?: { readonly message: number; readonly n: number; readonly state: EventState } | null
  /** Fields that a person's edit gave: what a person says of a lot wins over the label. */
  readonly corrected?: readonly string[]
}

/** A document for the ERP. `id` is the event id + kind: its key follows from it, so deciding twice makes no second one. */
export interface DocumentDraft {
  readonly id: string
  readonly kind: DocumentKind
  /** Deliveries with the same chain go strictly in order (order before receipt before invoice, original before mirror). */
  readonly chain: string
  readonly destination: string
  /** The canonical document; `key` is added by the ledger. */
  readonly body: Readonly<Record<string, unknown>>
  /** Key of the document this one undoes. */
  readonly mirrorOf?: string
  /** Why it exists, for the trace: "stock of … at … fell to 38, min is 40". No patient data. */
  readonly because: string
}

export const DOCUMENT_KINDS = [
  'goods-issue',
  'goods-return',
  'stock-transfer',
  'stock-adjustment',
  'requisition',
  'purchase-order',
  'order-cancellation',
  'supplier-order',
  'goods-receipt',
  'supplier-return',
  'supplier-invoice',
  'journal',
  'supplier',
  'item',
] as const
export type DocumentKind = (typeof DOCUMENT_KINDS)[number]

export type Decision =
  | {
      readonly kind: 'applied'
      readonly documents: readonly DocumentDraft[]
      /** Keys of documents that were not sent yet and are not to be. */ readonly cancel: readonly string[]
    }
  /**
   * Worklist items must close first. With `until` (milliseconds) it is also looked at again then, and when something with the same business
   * key or case is applied or settled: what is missing may come by itself.
   */
  | { readonly kind: 'needs'; readonly needs: readonly Need[]; readonly until?: number; readonly standing?: StandingInvoice }
  /** Looked at again at `until` (milliseconds), or when something with the same business key or case is applied or settled. */
  | { readonly kind: 'later'; readonly until: number; readonly because: string; readonly standing?: StandingInvoice }

/**
 * What an invoice that waits or is held says, for whoever reads invoices. The ledger keeps it as a row `invoice` under the event's id until
 * the invoice is applied; a person's discard leaves it as `rejected`.
 */
export interface StandingInvoice {
  readonly state: 'held' | 'waiting'
  readonly number: string
  readonly supplier: string
  readonly company: string
  readonly currency: string
  readonly day: string
  readonly orderNumber: string
  readonly kind: 'invoice' | 'credit'
  /** Scaled by 10⁶. */
  readonly total: number
  readonly reason: string
}

/** States of an invoice that is not booked, whatever becomes of it. */
export const UNBOOKED_INVOICES: readonly string[] = ['held', 'waiting', 'rejected']

export interface BridgeContext {
  readonly now: number
  readonly policies: Policies
  /** Key of a document id: 12 characters of base32(sha256(installation, id, generation)), DESIGN §4 Ids. */
  keyOf(documentId: string): string
}

export interface Bridge {
  /** Lookups that the decision needs and that `rows` has not been asked for yet. Called until it gives none: later lookups may depend on earlier rows. */
  reads(event: BridgeEvent, rows: RowSet, context: BridgeContext): readonly Read[]
  /** Decides. May put rows. On `needs` and `later` it has put nothing: what an invoice says meanwhile is the decision's `standing`. */
  decide(event: BridgeEvent, rows: RowSet, context: BridgeContext): Decision
}
