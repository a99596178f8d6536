/** What readers are shown: messages, worklists, traces, rows. Read only, on a connection of their own. */
import type { AckCode } from './mapper.ts'
import type { Fault, FailureCode } from './failures.ts'
import type { ResourceLookup, ResourceQuery, ResourceVersion } from './resources.ts'
import type { DeliveryState, EventState, MessageState, MessageStatus } from './states.ts'
import type { ApiKeyOp, DeliveryWork, LoadTable, ResolveOp, SubscriptionOp, TranslationView } from './store.ts'
import type { BridgeTable, BridgeTables } from './tables.ts'

export interface MessageView {
  readonly id: string
  readonly channel: string
  readonly controlId: string
  readonly type: string
  readonly lane: string
  readonly state: MessageStatus
  readonly ack: { readonly code: string; readonly at: string } | null
  readonly acceptedConfig: string
  readonly runConfig: string
  readonly receivedAt: string
  readonly bytes: number
  readonly fault: Fault | null
  readonly events: readonly EventView[]
}
/** What was stored about a message when it was taken. */
export interface MessageHeader {
  readonly channel: string
  readonly controlId: string
  readonly sender: string
  readonly type: string
  readonly acceptedConfig: string
  readonly state: MessageState
  readonly ack: AckCode | null
}
export interface EventView {
  readonly id: string
  readonly type: string
  readonly state: EventState
  readonly businessKey: string
  readonly case: string
  readonly body: Readonly<Record<string, unknown>>
  readonly origin: Readonly<Record<string, unknown>>
  readonly deliveries: readonly DeliveryView[]
  /** Worklist item ids, `event …` when it waits behind an earlier event, or words on what it waits for until a time. */
  readonly waitsFor: readonly (number | string)[]
}
export interface DeliveryView {
  readonly id: string
  readonly destination: string
  readonly kind: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly key: string | null
  readonly erpRef: string | null
  readonly failure: Fault | null
  readonly because: string
}
export interface WorklistView {
  readonly id: number
  readonly kind: FailureCode
  readonly subject: string
  readonly state: 'open' | 'closed'
  readonly text: string
  readonly owner: string
  readonly severity: 'low' | 'normal' | 'high'
  readonly openedAt: string
  readonly dueAt: string
  readonly waiting: number
  /** Ids of up to 20 events, messages or deliveries that wait for it. */
  readonly waiters: readonly string[]
  /** What can close it while it is open, the likeliest first. */
  readonly actions?: readonly ResolveOp['action'][]
  /** Who works on it; '' is nobody yet. */
  readonly assignee: string
  /** How often it was escalated: past its due time it goes to the next owner of the policies. */
  readonly escalated: number
  readonly care: number
  readonly supply: number
  readonly money: { readonly amount: string; readonly currency: string } | null
  /** The whole story as data; only in the view of one item. */
  readonly story?: Readonly<Record<string, unknown>>
  readonly comments?: readonly { readonly at: string; readonly by: string; readonly text: string }[]
  readonly resolution: { readonly action: string; readonly by: string; readonly at: string; readonly reason: string } | null
}
export interface TraceNode {
  readonly kind: 'message' | 'event' | 'document' | 'delivery' | 'worklist' | 'correction'
  readonly id: string
  /** The ERP's number for a document, the control id for a message, the state for the rest. */
  readonly ref: string
  readonly label: string
}
export interface TraceView {
  readonly nodes: readonly TraceNode[]
  readonly edges: readonly { readonly from: string; readonly to: string; readonly because: string }[]
}
export interface MessageQuery {
  readonly controlId?: string
  readonly channel?: string
  readonly state?: MessageStatus
  /** Cursor: the `next` of the page before. */
  readonly after?: string
  /** 1–500, default 50. */
  readonly limit?: number
}
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

export interface RowQuery<T extends BridgeTable> {
  readonly table: T
  readonly where?: { readonly [C in keyof BridgeTables[T]]?: BridgeTables[T][C] | readonly BridgeTables[T][C][] }
  readonly after?: readonly (string | number)[]
  /** 1–1000, default 100. */
  readonly limit?: number
}

export interface Reader extends ResourceLookup {
  resourceVersion(type: string, id: string, version: number): Promise<ResourceVersion | null>
  /** Versions, newest first: of one resource, of a type, or of all ('' leaves open). `since` in milliseconds, inclusive. */
  resourceHistory(query: {
    readonly type: string
    readonly id: string
    readonly since: number
    readonly offset: number
    readonly limit: number
  }): Promise<{ readonly items: readonly ResourceVersion[]; readonly total: number }>
  resources(query: ResourceQuery): Promise<{ readonly items: readonly ResourceVersion[]; readonly total: number }>
  /** Newest first. Without bodies (`body` and `origin` are empty objects). */
  messages(query: MessageQuery): Promise<Page<MessageView>>
  /** One message with bodies and origins, or null. */
  message(id: number): Promise<MessageView | null>
  raw(id: number): Promise<Uint8Array | null>
  /** What was stored about a message when it was taken, for reruns. */
  header(id: number): Promise<MessageHeader | null>
  /** Messages a crash left RECEIVED, or MAPPED with no ack yet, oldest first. */
  unfinished(): Promise<readonly { readonly id: number; readonly state: MessageState; readonly acked: boolean }[]>
  /** Open deliveries of a destination with seq > after, oldest first: QUEUED, SENDING, UNKNOWN and HELD (which hold their lane). */
  openWork(destination: string, after: number, limit: number): Promise<readonly DeliveryWork[]>
  /** The open deliveries of one lane, oldest first. */
  laneWork(destination: string, lane: string, limit: number): Promise<readonly DeliveryWork[]>
  configuration(id: string): Promise<{ readonly files: Readonly<Record<string, string>>; readonly overrides: Readonly<Record<string, string>> } | null>
  worklist(query: { readonly state?: 'open' | 'closed'; readonly kind?: string; readonly after?: number; readonly limit?: number }): Promise<Page<WorklistView>>
  /** All of them, by kind and subject. */
  translations(): Promise<readonly TranslationView[]>
  /** The chain of whatever `id` names: control id, message, event, case, document key, ERP reference, lot, serial. */
  trace(id: string): Promise<TraceView>
  /** Counts for metrics and dashboards. */
  counts(): Promise<{
    readonly deliveries: readonly { readonly destination: string; readonly state: DeliveryState; readonly count: number }[]
    readonly worklist: readonly { readonly kind: string; readonly count: number }[]
    readonly waiting: number
  }>
  /** Highest message id and delivery seq in the store. */
  highest(): Promise<{ readonly message: number; readonly seq: number }>
  /** All master data rows by table, as they were loaded: for `explain` and exports. */
  masterData(): Promise<Readonly<Record<LoadTable, readonly Readonly<Record<string, string | number>>[]>>>
  /** Rows of the bridge for a location/item (stock over whichever ERP). */
  stock(filter: { readonly item?: string; readonly location?: string }): Promise<
    readonly {
      readonly location: string
      readonly item: string
      readonly onHand: string
      readonly min: string
      readonly max: string
      readonly onOrder: string
    }[]
  >
  /** One worklist item with its story and comments, or null. */
  worklistItem(id: number): Promise<WorklistView | null>
  /**
   * Rows of one of the bridge's tables in key order, for the system APIs and reports. `where`: columns that equal (or are among) values;
   * `after`: key of the last row of the page before. Amounts and quantities are still scaled integers.
   */
  rows<T extends BridgeTable>(query: RowQuery<T>): Promise<Page<BridgeTables[T]>>
  /** Timers that are due at `now`, the longest due first. */
  dueTimers(now: number, limit: number): Promise<readonly BridgeTables['timer'][]>
  /** Notices after a seq, in order of commit. */
  notices(query: { readonly after: number; readonly limit: number; readonly types?: readonly string[] }): Promise<readonly BridgeTables['notice'][]>
  apiKeys(): Promise<readonly (Omit<ApiKeyOp, 'op'> & { readonly created: number })[]>
  subscriptions(): Promise<readonly Omit<SubscriptionOp, 'op'>[]>
  audit(query: {
    readonly after?: number
    readonly limit?: number
  }): Promise<
    readonly { readonly n: number; readonly at: string; readonly who: string; readonly what: string; readonly subject: string; readonly hash: string }[]
  >
  stop(): Promise<void>
}
