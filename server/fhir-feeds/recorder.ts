/**
 * Writes what the bridge did into the store of resources, in the order in which it happened. The place in the feed of business events moves
 * in the commit of what was written for it, so an event is recorded once, whenever the engine is killed.
 */
import type { Clock, Reader } from '../../channels/contract/index.ts'
import { keysOf } from '../../fhir/r4/index.ts'
import { recordOf, RECORDED } from '../../fhir/record/index.ts'
import type { RecordParts } from '../../fhir/record/index.ts'
import { pauseFor } from '../subscriptions/index.ts'
import type { NoticeFeed } from '../subscriptions/index.ts'
import type { FhirWriting } from './writing.ts'

export interface RecorderOptions {
  readonly reader: RecordParts['reader'] & Pick<Reader, 'rows'>
  readonly writing: FhirWriting
  readonly feed: NoticeFeed
  readonly clock: Clock
  readonly installation: string
  /** A round failed; it is tried again. */
  readonly problem: (error: unknown) => void
}

export interface Recorder {
  /** Ends after the round that is under way. */
  stop(): Promise<void>
}

const SOURCE = 'fhir'
const KIND = 'record'
const PAGE = 100
const IDLE_MS = 60_000
const AGAIN_MS = 1_000
/** Places without anything to record are kept only every so often: after a restart they are passed over again. */
const KEEP_EVERY = 10_000

export function startRecorder({ reader, writing, feed, clock, installation, problem }: RecorderOptions): Recorder {
  const stop = new AbortController()
  const { signal } = stop
  const parts: RecordParts = { reader, keys: (resource) => keysOf(resource), now: () => clock.now(), installation }

  const stored = async () => Number((await reader.rows({ table: 'cursor', where: { source: SOURCE, kind: KIND } })).items[0]?.value ?? 0)

  async function run(): Promise<void> {
    let kept = await stored()
    let place = kept
    while (!signal.aborted) {
      const { notices, upTo } = await feed.read(place, RECORDED, PAGE)
      const writes = await recordOf(notices, parts)
      if (notices.length > 0 || upTo - kept >= KEEP_EVERY) {
        const answer = await writing.resources({ writes, cursor: { source: SOURCE, kind: KIND, value: String(upTo) } })
        // Another node was faster, or this one did it and did not hear of it.
        if (answer.kind !== 'stored') return
        kept = upTo
      }
      place = Math.max(place, upTo)
      if (notices.length < PAGE) await feed.wait(place, IDLE_MS, signal)
    }
  }

  async function keepOn(): Promise<void> {
    while (!signal.aborted) {
      await run().catch(problem)
      await pauseFor(clock, AGAIN_MS, signal)
    }
  }
  const done = keepOn()
  return {
    async stop() {
      stop.abort()
      await done
    },
  }
}
