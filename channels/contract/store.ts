/**
 * The store's port. One ledger writes (group commit: whatever waits goes into one transaction and one sync), readers read.
 * Ops and answers are plain data that can cross a thread. `raw` and ack bytes are Uint8Array.
 */
import type { DeliveryState, MessageState } from './states.ts'
import type { Fault } from './failures.ts'
import type { AckCode, Need, Restated, SearchKey, Statement } from './mapper.ts'
import type { Policies } from './channel.ts'
import type { OnceOp, ResourcesAnswer, ResourcesOp } from './resources.ts'
import type { BridgeTables } from './tables.ts'

export interface Ack {
  readonly code: AckCode
  readonly bytes: Uint8Array
  /** Milliseconds. */
  readonly at: number
}

export interface EventRecord {
  /** 1, 2, … within the message. */
  readonly n: number
  readonly rule: string
  readonly anchor: string
  readonly type: string
  readonly businessKey: string
  readonly caseKey: string
  /** JSON of the canonical event. */
  readonly body: string
  /** JSON of the field origins; interned by the store. */
  readonly origin: string
  readonly keys: readonly SearchKey[]
  readonly needs: readonly Need[]
  /** Name of the ERP destination whose bridge must decide on it, or null: then it is APPLIED at once. */
  readonly bridge: string | null
  readonly statement?: Statement
}

/** A delivery of an event to a destination that is no ERP. (ERP deliveries are made by the bridge, in the ledger.) */
export interface DeliveryRecord {
  /** 1, 2, … within the message. */
  readonly n: number
  readonly event: number
  readonly destination: string
  readonly lane: string
}

/** What a mapping run gave, ready to store. */
export interface RunRecord {
  readonly state: MessageState
  readonly fault: Fault | null
  readonly lane: string
  readonly events: readonly EventRecord[]
  readonly deliveries: readonly DeliveryRecord[]
  /**
   * Things that the message tells whole. The ledger leaves out events whose statement stands as it is, and adds reversals, under the same
   * destinations, for those that stand no longer; when nothing remains the message is FILTERED. It tells the deliveries of such a message
   * itself, after the commit ({@link Ledger.onWork}).
   */
  readonly restates?: readonly Restated[]
}

export interface IntakeOp extends RunRecord {
  readonly op: 'intake'
  readonly id: number
  readonly channel: string
  /** Configuration id: stamped as accepted_config. */
  readonly config: string
  readonly controlId: string
  readonly sender: string
  readonly type: string
  readonly raw: Uint8Array
  /** 16 bytes of sha256 over the raw bytes: with sender and control id, the identity of a resend. */
  readonly hash: Uint8Array
  /** null while the acknowledgement waits (when-delivered). */
  readonly ack: Ack | null
  /** False for refused messages and those without control id: they are never duplicates of anything. */
  readonly dedupe: boolean
}
export type IntakeAnswer =
  | { readonly kind: 'stored' }
  /** The same message was taken before: its ack, or null while it still waits for one. */
  | { readonly kind: 'duplicate'; readonly message: number; readonly ack: Ack | null }

/** A new mapping run of a stored message: recovery and retry under the accepted configuration, release and replay under the active one. */
export interface RerunOp extends RunRecord {
  readonly op: 'rerun'
  readonly message: number
  readonly config: string
  readonly reason: 'recovery' | 'release' | 'replay'
  readonly by: string
  /** For a replay: deliveries that are SENT are queued again under the same key (destinations that are no ERP). */
  readonly resend: boolean
}

/** QUEUED → SENDING, committed before the first byte goes to a destination that can be asked. Refused when it is no longer QUEUED. */
export interface ClaimOp {
  readonly op: 'claim'
  readonly message: number
  readonly n: number
  readonly attempts: number
}

export interface SettleOp {
  readonly op: 'settle'
  readonly message: number
  readonly n: number
  readonly state: DeliveryState
  readonly attempts: number
  /** Milliseconds; when to look again. */
  readonly due: number
  readonly failure: Fault | null
  readonly reference: string | null
  readonly step: string | null
}

export interface AcknowledgeOp {
  readonly op: 'acknowledge'
  readonly message: number
  readonly ack: Ack
}

export interface ResolveOp {
  readonly op: 'resolve'
  readonly item: number
  /**
   * `release`: goes on as it is, on this person's word with a reason (a held invoice, an expired lot). The event's field `released` says so:
   * `BY: REASON [KIND KIND]`, the kinds of all items that were released on it so far in the bracket at its end (several words are joined by
   * `; `). A release holds for the kinds in the bracket and for nothing else. `by` must name a person.
   */
  readonly action: 'retry' | 'edit' | 'link' | 'discard' | 'release'
  readonly by: string
  readonly reason: string
  /** `edit`: the value for the field that is missing (for all waiting events, and for later ones when the subject is a code). */
  readonly value: string | null
  /** `link`: the document's reference in the ERP. */
  readonly erpRef: string | null
}
/** `place`: the member of the request that was refused. `rerun`: messages that the engine must map again under the active configuration. `resumed`: events that went on. */
export type ResolveAnswer =
  | { readonly kind: 'resolved'; readonly resumed: number; readonly rerun: readonly number[] }
  | { readonly kind: 'refused'; readonly text: string; readonly place?: 'value' | 'reason' }

/** Master data by `aqueduct load`: upserts, then closes the worklist items that it answers and lets their events go on. */
export interface LoadOp {
  readonly op: 'load'
  readonly table: LoadTable
  readonly rows: readonly Readonly<Record<string, string | number>>[]
  readonly by: string
  readonly source: string
}
export const LOAD_TABLES = [
  'items',
  'stock',
  'suppliers',
  'locations',
  'departments',
  'cost-centres',
  'units',
  'prices',
  'contracts',
  'service-lines',
  'accounts',
  'cost-rules',
  'cost-splits',
  'lots',
  'periods',
] as const
export type LoadTable = (typeof LOAD_TABLES)[number]
export interface LoadAnswer {
  readonly loaded: number
  readonly closed: number
  readonly resumed: number
}

/** Archives a configuration under its id, with what the bridge needs of it. Must be committed before a message is accepted under it. */
export interface ConfigurationOp {
  readonly op: 'configuration'
  readonly id: string
  readonly files: string
  readonly overrides: string
  readonly policies: Policies
}

/** One line of the hash-chained audit: who looked at or changed what. */
export interface AuditOp {
  readonly op: 'audit'
  readonly who: string
  readonly what: string
  readonly subject: string
}

/** A comment on a worklist item, and who has it now (null: unchanged). */
export interface CommentOp {
  readonly op: 'comment'
  readonly item: number
  readonly by: string
  readonly text: string
  readonly assignee: string | null
}

/** An API key: its hash (sha256 of 256 random bits, hex), never itself. Revoking sets `revoked`. */
export interface ApiKeyOp {
  readonly op: 'api-key'
  readonly name: string
  readonly hash: string
  readonly scopes: readonly string[]
  /** Milliseconds, or null. */
  readonly expires: number | null
  readonly revoked: boolean
  readonly by: string
}

/** A subscription to business events (webhook). `cursor`: seq of the last notice that was delivered. */
export interface SubscriptionOp {
  readonly op: 'subscription'
  readonly id: string
  readonly url: string
  readonly types: readonly string[]
  readonly secret: string
  readonly state: 'active' | 'paused' | 'removed'
  readonly cursor: number
  readonly failure: string
  readonly by: string
}

/** How far pulls have got: rows of `cursor`, after what was pulled is committed. */
export interface CursorOp {
  readonly op: 'cursor'
  readonly rows: readonly BridgeTables['cursor'][]
}

/** Takes back what a person's edit says about a code: later events that lack the same wait again. Audited. */
export interface ForgetOp {
  readonly op: 'forget'
  readonly kind: string
  readonly subject: string
  readonly by: string
}

/** What an edit on the worklist says about a code, for later events too. */
export interface TranslationView {
  readonly kind: string
  readonly subject: string
  readonly value: string
  readonly by: string
  readonly at: string
  readonly item: number
}

/** Looks again at what waits for time: events decided `later`. */
export interface TickOp {
  readonly op: 'tick'
}

export interface LedgerOps {
  intake: { op: IntakeOp; answer: IntakeAnswer }
  /** `events`: those that this run added, changed, revived, cancelled or sent again. */
  rerun: { op: RerunOp; answer: { readonly events: number } }
  claim: { op: ClaimOp; answer: { readonly claimed: boolean } }
  settle: { op: SettleOp; answer: { readonly settled: boolean } }
  acknowledge: { op: AcknowledgeOp; answer: { readonly done: true } }
  resolve: { op: ResolveOp; answer: ResolveAnswer }
  load: { op: LoadOp; answer: LoadAnswer }
  configuration: { op: ConfigurationOp; answer: { readonly done: true } }
  forget: { op: ForgetOp; answer: { readonly forgotten: boolean } }
  audit: { op: AuditOp; answer: { readonly done: true } }
  comment: { op: CommentOp; answer: { readonly done: boolean } }
  'api-key': { op: ApiKeyOp; answer: { readonly done: true } }
  subscription: { op: SubscriptionOp; answer: { readonly done: true } }
  cursor: { op: CursorOp; answer: { readonly done: true } }
  resources: { op: ResourcesOp; answer: ResourcesAnswer }
  once: { op: OnceOp; answer: { readonly first: boolean } }
  tick: { op: TickOp; answer: { readonly applied: number; /** Milliseconds of the next `later`, or null. */ readonly next: number | null } }
}
export type OpName = keyof LedgerOps
export type LedgerOp = LedgerOps[OpName]['op']
export type Answer<Name extends OpName> = { readonly ok: true; readonly value: LedgerOps[Name]['answer'] } | { readonly ok: false; readonly fault: Fault }

/** Work for the delivery side: an open delivery. */
export interface DeliveryWork {
  readonly message: number
  readonly n: number
  /** Order of commit: lanes are ordered by it. */
  readonly seq: number
  readonly destination: string
  readonly lane: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly due: number
  readonly step: string | null
  /** Document key, or null for an event delivery. */
  readonly key: string | null
  /** Document kind or event type. */
  readonly kind: string
  readonly controlId: string
  readonly messageLane: string
  /** JSON to send. */
  readonly body: string
}

export interface Ledger {
  /** Queues an op; `done` is called after the commit that holds it (or after its failure, alone). Order of calls = order of application. */
  submit<Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }, done: (answer: Answer<Name>) => void): void
  /** Deliveries made or re-opened inside the ledger (documents, releases), told after their commit. */
  onWork(tell: (work: readonly DeliveryWork[]) => void): void
  /** Ops that were submitted and not answered yet. */
  pending(): number
  stop(): Promise<void>
}
