/** Hands what was told to the engine and waits until it is durable. */
import type { Intake } from '../../channels/contract/index.ts'
import { parseFhirJson, writeFhirJson } from '../../fhir/r4/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { objectsOf } from './json.ts'

/** kept: stored, whatever became of it; later: nothing is stored, and the same may be told again. */
export type Kept = 'kept' | 'later'

const HEAD_BYTES = 65_536
/** Issue types of an answer that says that nothing was stored and that it may be sent again. */
const LATER = new Set(['transient', 'throttled', 'no-store', 'timeout', 'lock-error', 'exception', 'incomplete'])

export function tell(intake: Intake, bundle: JsonObject, maxBytes: number, signal: AbortSignal): Promise<Kept> {
  const bytes = Buffer.from(writeFhirJson(bundle), 'utf8')
  // Memory of its own: the bytes cross a thread.
  const raw = new Uint8Array(bytes)
  return new Promise((resolve) => {
    if (signal.aborted) return resolve('later')
    const stopped = () => resolve('later')
    signal.addEventListener('abort', stopped, { once: true })
    const answer = (reply: Uint8Array | null) => {
      signal.removeEventListener('abort', stopped)
      resolve(reply === null ? 'later' : keptOf(reply))
    }
    const take = () => {
      if (signal.aborted) return
      if (raw.length > maxBytes) intake.takeOversized(raw.slice(0, HEAD_BYTES), raw.length, answer)
      else intake.take(raw, answer)
    }
    if (intake.ready()) take()
    else intake.whenReady(take)
  })
}

/** A FHIR message is acknowledged with nothing, or with an OperationOutcome. What is not understood says nothing of being stored. */
export function keptOf(reply: Uint8Array): Kept {
  if (reply.length === 0) return 'kept'
  const outcome = parseFhirJson(Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString('utf8'))
  if (!outcome.ok || outcome.value['resourceType'] !== 'OperationOutcome') return 'later'
  const errors = objectsOf(outcome.value['issue']).filter(({ severity }) => severity === 'error' || severity === 'fatal')
  return errors.some(({ code }) => typeof code === 'string' && LATER.has(code)) ? 'later' : 'kept'
}
