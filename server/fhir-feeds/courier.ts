/** Tells one subscriber: handshake, events in their order, heartbeats, and what becomes of it when it does not answer. */
import type { Clock, Reader } from '../../channels/contract/index.ts'
import type { NotificationType, SubscriptionEvent, Terms, Told } from '../../fhir/subscriptions/index.ts'
import { pauseFor, sendWebhook, waitAfter } from '../subscriptions/index.ts'
import type { RetryPlan } from '../subscriptions/index.ts'
import { criterionOf } from './criteria.ts'
import { eventsOf } from './events.ts'
import type { Fold } from './fold.ts'
import { statusOf } from './fold.ts'
import { coreRequest, topicRequest } from './request.ts'
import type { SubscriberRequest } from './request.ts'
import { sayStatus, subscriptionOf } from './status.ts'
import type { Stored } from './status.ts'
import type { Tally } from './tally.ts'
import type { FhirWriting } from './writing.ts'

export interface CourierParts {
  readonly reader: Pick<Reader, 'resource' | 'resourceVersion' | 'notices'>
  readonly writing: Pick<FhirWriting, 'resources'>
  readonly tally: Tally
  readonly fold: Fold
  readonly clock: Clock
  readonly base: () => string
  readonly newId: () => string
  readonly retry: RetryPlan
}

export interface Courier {
  /** Something of its subscription changed. */
  wake(): void
  stop(): Promise<void>
  /** Resolves when it has nothing to do any more: off, or deleted. */
  readonly done: Promise<void>
}

/** The longest look away: nothing depends on it, everything wakes the courier. */
const IDLE_MS = 600_000

export function startCourier(id: string, parts: CourierParts): Courier {
  const { reader, writing, tally, fold, clock, base, retry } = parts
  const stop = new AbortController()
  const { signal } = stop
  let news = new AbortController()
  let failures = 0
  let lastSent = clock.now()
  let sent: number | null = null

  const told = (status: string, terms: Terms, error = ''): Told => ({
    base: base(),
    id,
    status,
    topic: terms.topic?.url ?? '',
    content: terms.content,
    events: fold.head(id)?.events ?? 0,
    error,
  })
  const send = async (request: SubscriberRequest, terms: Terms) => {
    const answer = await sendWebhook(request, { timeoutMs: terms.timeoutMs, signal })
    if (answer.ok) lastSent = clock.now()
    return answer
  }
  const notify = (terms: Terms, status: string, type: NotificationType, events: readonly SubscriptionEvent[], upTo: number) =>
    send(topicRequest(terms, { ...told(status, terms), events: upTo }, type, events, { now: clock.now(), newId: parts.newId }), terms)
  const sleep = (ms: number) => pauseFor(clock, Math.max(0, Math.min(IDLE_MS, ms)), AbortSignal.any([signal, news.signal]))

  /** It is tried a few times; then the subscription is in error until its client asks again. Numbers go on meanwhile. */
  async function failed(stored: Stored, text: string, isLast: boolean): Promise<void> {
    failures += 1
    if (!isLast && failures < retry.failures) return pauseFor(clock, waitAfter(failures, retry), signal)
    const times = failures > 1 ? `, ${String(failures)} times` : ''
    failures = 0
    await sayStatus(writing, clock, id, stored, 'error', `The endpoint ${text}${times}.`)
  }

  async function begin(stored: Stored, terms: Terms): Promise<void> {
    if (terms.topic !== null) {
      const events = fold.head(id)?.events ?? 0
      const answer = await notify(terms, 'requested', 'handshake', [], events)
      if (signal.aborted) return
      if (!answer.ok) return failed(stored, `did not take the handshake: it ${answer.text}`, true)
    }
    failures = 0
    await sayStatus(writing, clock, id, stored, 'active', '')
  }

  /** The next events that it has not taken, as many as go together. */
  async function deliver(stored: Stored, terms: Terms, from: number, events: number): Promise<void> {
    const last = terms.topic === null ? from + 1 : Math.min(events, from + terms.maxCount)
    const batch = await eventsOf(reader, tally, { id, content: terms.content }, from + 1, last)
    const [first] = batch
    // What is not kept any more can't be told: its number is passed over, which the subscriber sees.
    if (first !== undefined) {
      const answer = await (terms.topic === null ? send(coreRequest(terms, first), terms) : notify(terms, 'active', 'event-notification', batch, last))
      if (signal.aborted && !answer.ok) return
      if (!answer.ok) return failed(stored, answer.text, answer.gone)
    }
    failures = 0
    sent = last
    await tally.keepSent(id, last)
  }

  /** True while there is something to come back for. */
  async function step(): Promise<boolean> {
    news = new AbortController()
    const stored = await subscriptionOf(reader, id)
    const status = statusOf(stored?.resource ?? null)
    if (stored === null || status === 'off') return false
    const terms = criterionOf(stored.resource)?.terms
    if (terms === undefined) {
      if (status !== 'error') await sayStatus(writing, clock, id, stored, 'error', 'This server cannot do what the subscription asks for any more.')
      else await sleep(IDLE_MS)
      return true
    }
    const now = clock.now()
    if (terms.end !== null && terms.end <= now) return !(await sayStatus(writing, clock, id, stored, 'off', ''))
    const untilEnd = terms.end === null ? IDLE_MS : terms.end - now
    if (status === 'requested') {
      await begin(stored, terms)
      return true
    }
    if (status !== 'active') {
      await sleep(untilEnd)
      return true
    }
    sent ??= await tally.sent(id)
    const events = fold.head(id)?.events ?? 0
    const untilBeat = terms.topic !== null && terms.heartbeatMs > 0 ? lastSent + terms.heartbeatMs - now : IDLE_MS
    if (sent < events) await deliver(stored, terms, sent, events)
    else if (untilBeat <= 0) {
      const answer = await notify(terms, 'active', 'heartbeat', [], events)
      if (!answer.ok && !signal.aborted) await failed(stored, answer.text, answer.gone)
      if (answer.ok) failures = 0
    } else await sleep(Math.min(untilEnd, untilBeat))
    return true
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      // The store may fail for a while: what was not kept is told again.
      const goesOn = await step().catch(async () => {
        await pauseFor(clock, retry.firstMs, signal)
        return true
      })
      if (!goesOn) return
    }
  }
  return {
    wake: () => news.abort(),
    done: run(),
    async stop() {
      stop.abort()
      await this.done
    },
  }
}
