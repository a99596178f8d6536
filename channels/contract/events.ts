/** Everything the engine tells the outside about itself. One place (server/observability) turns these into logs and metrics. */
import type { FailureCode } from './failures.ts'

export interface EngineEvents {
  'message:taken': { channel: string; state: string; ack: string; bytes: number; ms: number }
  'message:duplicate': { channel: string }
  'message:failed': { channel: string; message: string; code: FailureCode; place: string }
  'delivery:settled': { destination: string; state: string; attempts: number; ms: number }
  'delivery:failed': { destination: string; delivery: string; code: FailureCode; attempts: number }
  'pull:failed': { destination: string; kind: string; code: FailureCode }
  'breaker:changed': { destination: string; open: boolean }
  'worklist:opened': { kind: string; item: number }
  'channel:changed': { channel: string; state: string }
  'configuration:applied': { id: string }
  'listener:problem': { channel: string; what: string; bytes: number }
  'store:problem': { code: FailureCode; text: string }
  'batch:committed': { ops: number; ms: number }
}
export type Emit = <Name extends keyof EngineEvents>(name: Name, event: EngineEvents[Name]) => void
