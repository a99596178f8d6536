/** The port of an ERP connector (DESIGN §7), and the destination that the engine makes of it. */
import { DOCUMENT_KINDS } from '../../channels/contract/index.ts'
import type {
  DeliveryOutcome,
  Destination,
  DestinationDefinition,
  DocumentKind,
  FailureCode,
  LookupAnswer,
  PulledPage,
  PullKind,
} from '../../channels/contract/index.ts'

/** A document as a connector gets it. `key` stands in the ERP's reference field; `step` is where an earlier attempt got to. */
export interface ErpDocument {
  readonly kind: DocumentKind
  readonly key: string
  readonly body: Readonly<Record<string, unknown>>
  readonly step: string | null
}

/** What the ERP says of one of its documents. */
export interface ErpStatus {
  readonly kind: DocumentKind
  readonly key: string
  readonly reference: string
  /** The ERP's own word: `draft`, `submitted`, `posted`, `cancelled`, `reversed` … */
  readonly state: string
}

/** How a call went, before anyone says what it means. `sent` is false only when no byte can have reached the ERP. */
export type CallResult =
  | { readonly kind: 'answer'; readonly status: number; readonly body: unknown; readonly retryAfterMs: number | null }
  | { readonly kind: 'no-answer'; readonly sent: boolean; readonly why: string }

type Failed = Extract<DeliveryOutcome, { kind: 'failed' }>
/** An answer, or why there is none: never a rejection. */
export type Asked<Value> = { readonly kind: 'value'; readonly value: Value } | Failed

/** A page of what changed, or why there is none: never a rejection. */
export type Pulled = PulledPage | { readonly failed: FailureCode; readonly text: string }

export interface Capabilities {
  /** Every kind of document that it takes; the others are refused before a byte is sent. */
  readonly kinds: readonly DocumentKind[]
  /** Orders can be made and submitted in steps. */
  readonly steps: boolean
  /** Has the ERP reverse its own documents ({@link Connector.reverse}). */
  readonly reverses: boolean
  /** What it can be asked for by change date. */
  readonly pulls: readonly PullKind[]
}

export interface Connector {
  capabilities(): Capabilities
  /** By the bridge's key: absent, pending, partial at a step, or present with the ERP's number. */
  lookup(key: string, kind: DocumentKind, signal: AbortSignal): Promise<LookupAnswer>
  /** Brings the document to its state, from the step it is at. Never repeats a step that an answer confirmed. */
  deliver(document: ErpDocument, signal: AbortSignal): Promise<DeliveryOutcome>
  status(reference: string, signal: AbortSignal): Promise<Asked<ErpStatus | null>>
  /** Has the ERP reverse one of its own documents. */
  reverse(reference: string, reason: string, date: string, signal: AbortSignal): Promise<DeliveryOutcome>
  /**
   * What changed after the cursor, oldest first, as canonical events without envelope; the cursor of the first call is null: everything.
   * Master data come as changes whose `attributes` are the columns of a load file; requisitions, orders and invoices as statuses with their
   * lines; receipts as GoodsReceived. Orders and what belongs to them have the caseKey `order:NUMBER`. The same change may come twice.
   */
  pull(kind: PullKind, since: string | null, signal: AbortSignal): Promise<Pulled>
  /** What a call that did not succeed means: what to retry, what to look up, what to give to a person. */
  classify(result: CallResult): Failed
  stop(): Promise<void>
}

function isKind(kind: string): kind is DocumentKind {
  return (DOCUMENT_KINDS as readonly string[]).includes(kind)
}

/** A connector as the engine's delivery sees it: it can be asked by key, so nothing is ever sent twice blindly (R30). */
export function destinationOf(connector: Connector, definition: DestinationDefinition): Destination {
  const { kinds, pulls } = connector.capabilities()
  return {
    name: definition.name,
    settleMs: definition.settleMs,
    lookup: (key, kind, signal) => (isKind(kind) ? connector.lookup(key, kind, signal) : Promise.resolve({ kind: 'absent' })),
    deliver(work, signal) {
      if (!isKind(work.kind) || !kinds.includes(work.kind))
        return Promise.resolve({ kind: 'failed', code: 'ERP_REFUSED', text: `The connector takes no ${work.kind}.` })
      const body = JSON.parse(work.body) as Readonly<Record<string, unknown>>
      return connector.deliver({ kind: work.kind, key: work.key, body, step: work.step }, signal)
    },
    ...(pulls.length === 0 ? {} : { pulls, pull: (kind, since, signal) => connector.pull(kind, since, signal) }),
    stop: () => connector.stop(),
  }
}
