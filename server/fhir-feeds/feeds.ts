/** Recorder and subscriptions of one engine, and what they add to the FHIR face. */
import { randomUUID } from 'node:crypto'
import type { Clock, Reader } from '../../channels/contract/index.ts'
import type { Authority, FaceAddition } from '../../fhir/index.ts'
import type { NoticeFeed, RetryPlan } from '../subscriptions/index.ts'
import { ownResources, subscriptionsOnFace } from './face.ts'
import { startRecorder } from './recorder.ts'
import type { Recorder } from './recorder.ts'
import { createFhirSubscriptions } from './subscriptions.ts'
import type { FhirWriting } from './writing.ts'

export interface FhirFeedsOptions {
  readonly reader: Reader
  readonly writing: FhirWriting
  readonly feed: NoticeFeed
  readonly clock: Clock
  readonly installation: string
  readonly authority: Authority
  /** Absolute URL of the face, as subscribers know it. */
  readonly base: () => string
  /** Something failed that is tried again. */
  readonly problem: (error: unknown) => void
  readonly retry?: RetryPlan
}

export interface FhirFeeds {
  readonly additions: readonly FaceAddition[]
  start(): void
  stop(): Promise<void>
}

export function createFhirFeeds(options: FhirFeedsOptions): FhirFeeds {
  const subscriptions = createFhirSubscriptions({ ...options, newId: randomUUID })
  let recorder: Recorder | null = null
  return {
    additions: [ownResources, subscriptionsOnFace(subscriptions, options.authority, () => options.clock.now())],
    start() {
      recorder ??= startRecorder(options)
      subscriptions.start()
    },
    async stop() {
      await Promise.all([recorder?.stop(), subscriptions.stop()])
    },
  }
}
