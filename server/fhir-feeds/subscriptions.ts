/** Subscriptions out: one fold over the feed of writes numbers events, one courier for each subscription tells them. */
import type { Clock, Reader } from '../../channels/contract/index.ts'
import type { Json, JsonObject } from '../../fhir/r4/index.ts'
import { notificationBundle, statusBundle } from '../../fhir/subscriptions/index.ts'
import type { PayloadContent, Told } from '../../fhir/subscriptions/index.ts'
import { pauseFor } from '../subscriptions/index.ts'
import type { NoticeFeed, RetryPlan } from '../subscriptions/index.ts'
import { startCourier } from './courier.ts'
import type { Courier } from './courier.ts'
import { criterionOf } from './criteria.ts'
import { eventsOf } from './events.ts'
import { Fold, statusOf } from './fold.ts'
import { subscriptionOf } from './status.ts'
import { Tally } from './tally.ts'
import { WRITES } from './versions.ts'
import type { FhirWriting } from './writing.ts'

export interface FhirSubscriptionsOptions {
  readonly reader: Pick<Reader, 'resource' | 'resourceVersion' | 'resources' | 'rows' | 'notices'>
  readonly writing: FhirWriting
  readonly feed: NoticeFeed
  readonly clock: Clock
  /** Absolute URL of the face, as subscribers know it. */
  readonly base: () => string
  readonly newId: () => string
  readonly problem: (error: unknown) => void
  readonly retry?: RetryPlan
}

export interface FhirSubscriptions {
  start(): void
  /** The searchset of `$status`. @param ids only these; null: all. @param statuses only those in these; null: all */
  status(ids: readonly string[] | null, statuses: readonly string[] | null, self: string): Promise<JsonObject>
  /** The Bundle of `$events`, or null when there is no such subscription. Numbers are inclusive; at most a thousand are given. Resources that the caller may not receive are left out. */
  events(
    id: string,
    range: { readonly since: number | null; readonly until: number | null; readonly content: PayloadContent | null },
    mayReceive: (type: string) => boolean,
  ): Promise<JsonObject | null>
  stop(): Promise<void>
}

/** Some two minutes of trying. */
const RETRY: RetryPlan = { firstMs: 1_000, maxMs: 60_000, failures: 8 }
const PAGE = 100
const IDLE_MS = 60_000
const AGAIN_MS = 1_000
const KEEP_EVERY = 10_000
const MOST_EVENTS = 1_000
const MOST_STATUS = 1_000

export function createFhirSubscriptions(options: FhirSubscriptionsOptions): FhirSubscriptions {
  const { reader, writing, feed, clock, base, newId, problem, retry = RETRY } = options
  const tally = new Tally(reader, writing, () => clock.now())
  const fold = new Fold(reader, tally)
  const couriers = new Map<string, Courier>()
  const stop = new AbortController()
  const { signal } = stop

  /** Wakes the courier of a subscription, or sends one out. */
  function tell(id: string): void {
    if (signal.aborted) return
    const known = couriers.get(id)
    if (known) return known.wake()
    const courier = startCourier(id, { reader, writing, tally, fold, clock, base, newId, retry })
    couriers.set(id, courier)
    void courier.done.then(() => {
      couriers.delete(id)
      // It may have been asked for again since it looked.
      if (asked.delete(id)) tell(id)
    })
  }
  const asked = new Set<string>()

  async function run(): Promise<void> {
    await fold.load()
    let kept = (await tally.place()) ?? 0
    let place = kept
    for (const id of fold.ids()) tell(id)
    while (!signal.aborted) {
      const { notices, upTo } = await feed.read(place, WRITES, PAGE)
      const isDue = upTo - kept >= KEEP_EVERY
      const changed = await fold.take(notices, upTo, isDue)
      if (changed.size > 0 || isDue) kept = upTo
      for (const id of changed) {
        if (couriers.has(id)) asked.add(id)
        tell(id)
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
  let done: Promise<void> | null = null

  async function toldOf(id: string): Promise<Told | null> {
    const stored = await subscriptionOf(reader, id)
    if (stored === null) return null
    const { resource } = stored
    const terms = criterionOf(resource)?.terms
    const events = fold.head(id)?.events ?? (await tally.head(id))?.events ?? 0
    return {
      base: base(),
      id,
      status: statusOf(resource),
      topic: terms?.topic?.url ?? '',
      content: terms?.content ?? 'empty',
      events,
      error: textOf(resource['error']),
    }
  }

  return {
    start() {
      done ??= keepOn()
    },
    async status(ids, statuses, self) {
      const query = { types: ['Subscription'], ids, updated: [], criteria: [], sort: [], offset: 0, limit: MOST_STATUS }
      const { items } = await reader.resources(query)
      const told = (await Promise.all(items.map(({ id }) => toldOf(id)))).filter((each) => each !== null)
      return statusBundle(
        told.filter(({ status }) => statuses === null || statuses.includes(status)),
        self,
        clock.now(),
      )
    },
    async events(id, { since, until, content }, mayReceive) {
      const told = await toldOf(id)
      if (told === null) return null
      const first = Math.max(1, since ?? 1)
      const last = Math.min(until ?? told.events, told.events, first + MOST_EVENTS - 1)
      const asAsked = { ...told, content: content ?? told.content }
      const events = last < first ? [] : await eventsOf(reader, tally, asAsked, first, last)
      const shown = events.map((event) => (mayReceive(event.type) ? event : { ...event, resource: null }))
      return notificationBundle(asAsked, 'query-event', shown, clock.now(), newId)
    },
    async stop() {
      stop.abort()
      await done
      await Promise.all([...couriers.values()].map((courier) => courier.stop()))
    },
  }
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
