/** What a listener does with the other server, by mode: keep a subscription, take its notifications, look for what was missed. */
import type { Clock } from '../../channels/contract/index.ts'
import type { FhirClient, FhirFailure } from '../../fhir/client/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import type { Answer } from './answer.ts'
import type { CursorPort } from './cursor.ts'
import type { Delivery, HookOptions } from './hook.ts'
import type { Kept } from './teller.ts'

export interface SourceDeps {
  readonly client: FhirClient
  readonly clock: Clock
  readonly cursor: CursorPort
  readonly tell: (bundle: JsonObject) => Promise<Kept>
  readonly problem: (what: string) => void
  readonly signal: AbortSignal
  /** Has a round run now, behind what waits. */
  readonly wake: () => void
}

export interface Source {
  /** Looks after the subscription and what was missed; null when all is well. One at a time. @param renew nothing was heard for too long */
  round(renew: boolean): Promise<FhirFailure | null>
  /** Answered at once, beside whatever is under way; null: it waits for its turn. */
  atOnce(delivery: Delivery): Answer | null
  take(delivery: Delivery): Promise<Answer>
}

export type { HookOptions }
