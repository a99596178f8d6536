/** What the operations API and the CLI ask of a running engine. Implemented by channels/engine, handed over by server/. */
import type { Issue } from './channel.ts'
import type { CommentOp, LoadAnswer, LoadOp, ResolveAnswer, ResolveOp } from './store.ts'
import type { SearchKey } from './mapper.ts'
import type { FailureCode } from './failures.ts'
import type { ResourceAnswer, ResourceRequest } from './resources.ts'

export interface ChannelStatus {
  readonly name: string
  readonly about: string
  readonly owner: string
  /** running; paused: the port stays open and nothing is read, so senders wait; stopped: the port is closed. Deliveries go on in each. */
  readonly state: 'running' | 'paused' | 'stopped'
  readonly listeners: readonly { readonly type: string; readonly host: string; readonly port: number; readonly connections: number }[]
  readonly config: string
  /** Since the engine started. */
  readonly taken: number
  readonly lastMessageAt: string | null
}

export interface DestinationStatus {
  readonly name: string
  readonly type: string
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly inFlight: number
  readonly blockedLanes: number
  /** What is pulled from it, by kind. */
  readonly pulls?: readonly PullStatus[]
}

export interface PullStatus {
  readonly kind: string
  /** When it last answered; null: not since the engine started. */
  readonly lastOkAt: string | null
  /** Events that it gave since the engine started. */
  readonly events: number
  /** Why it does not answer now, or null. */
  readonly failure: string | null
}

/** An event that came by another way than a channel: pulled from an ERP, asked for over the API, a timer. */
export interface InjectedEvent {
  readonly type: string
  readonly businessKey: string
  readonly caseKey: string
  /** Canonical body without envelope: the engine adds id, type, version, recordedAt, source and businessKey. */
  readonly body: Readonly<Record<string, unknown>>
  readonly keys: readonly SearchKey[]
}

/** A message that the engine makes itself. It is stored, deduplicated, traced and decided like any other. */
export interface InjectRequest {
  /** Stands where a message has its channel: `bridge/pull`, `bridge/timer`, `bridge/api`. */
  readonly channel: string
  /** The same control id, sender and raw within the dedupe window are the same message. */
  readonly controlId: string
  /** Who: destination name, API key name, `timer`. */
  readonly sender: string
  /** `pull^items`, `timer^requisition`, `api^usage`. */
  readonly type: string
  /** What came, as text; kept as the message's bytes. */
  readonly raw: string
  readonly events: readonly InjectedEvent[]
  /** Name of the ERP destination whose bridge decides. Null: the only one there is. */
  readonly bridge: string | null
  /** Destinations that also get each event as it is. */
  readonly deliver: readonly string[]
}
export type InjectAnswer =
  | { readonly kind: 'stored' | 'duplicate'; readonly message: string; readonly events: readonly string[] }
  | { readonly kind: 'refused'; readonly text: string; /** Set when it will pass by itself (store full, stopping). */ readonly code?: FailureCode }

export interface EngineControl {
  channels(): readonly ChannelStatus[]
  destinations(): readonly DestinationStatus[]
  /** Id of the active configuration. */
  configuration(): string
  setChannel(name: string, action: 'start' | 'stop' | 'pause'): Promise<{ readonly ok: true } | { readonly ok: false; readonly text: string }>
  /** Reads the folder again; applies it only when `check` finds no error in it. */
  reload(by: string): Promise<{ readonly applied: boolean; readonly id: string; readonly issues: readonly Issue[] }>
  /** Maps a stored message again under the active configuration, with a trail. */
  replay(message: number, by: string): Promise<{ readonly ok: true; readonly events: number } | { readonly ok: false; readonly text: string }>
  resolve(request: Omit<ResolveOp, 'op'>): Promise<ResolveAnswer>
  /** False when nothing is known of this code. */
  forget(kind: string, subject: string, by: string): Promise<boolean>
  load(request: Omit<LoadOp, 'op'>): Promise<LoadAnswer>
  audit(who: string, what: string, subject: string): Promise<void>
  inject(request: InjectRequest): Promise<InjectAnswer>
  /** Stores what the FHIR face writes, with a message for each channel that takes it: durable before the answer. */
  write(request: ResourceRequest): Promise<ResourceAnswer>
  /** Adds a comment to an open worklist item, or gives it to someone. False when there is no such item. */
  comment(request: Omit<CommentOp, 'op'>): Promise<boolean>
  /** True once listeners are up and recovery is done; false again while draining. */
  ready(): boolean
}
