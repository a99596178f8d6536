/** What the operations API and the CLI ask of a running engine. Implemented by channels/engine, handed over by server/. */
import type { Issue } from './channel.ts'
import type { LoadAnswer, LoadOp, ResolveAnswer, ResolveOp } from './store.ts'

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
}

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
  /** True once listeners are up and recovery is done; false again while draining. */
  ready(): boolean
}
