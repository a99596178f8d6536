/**
 * Delivers business events to webhooks: in order for each subscription from its stored cursor, at least once, with waits that grow. A
 * receiver that keeps failing pauses its subscription with the reason; the others go on.
 */
import type { Clock, Reader, SubscriptionOp } from '../../channels/contract/index.ts'
import { cloudEventOf } from './cloud-event.ts'
import type { Notice, NoticeFeed } from './feed.ts'
import { pauseFor, waitAfter } from './pause.ts'
import { postWebhook } from './post.ts'
import { signatureOf } from './signature.ts'

export type Subscription = Omit<SubscriptionOp, 'op'>

export interface DispatcherOptions {
  readonly reader: Pick<Reader, 'subscriptions'>
  readonly save: (subscription: Subscription) => Promise<void>
  readonly feed: NoticeFeed
  readonly clock: Clock
  readonly installation: string
  /** Milliseconds of the first wait after a failure, the longest wait, and the failures in a row that pause. */
  readonly retry?: { readonly firstMs: number; readonly maxMs: number; readonly failures: number }
  readonly timeoutMs?: number
}

export interface Dispatcher {
  /** Stops delivering for one subscription and waits until nothing of it is under way. */
  halt(id: string): Promise<void>
  /** Reads the subscriptions again and delivers for those that are active. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

/** About an hour of trying. */
const RETRY = { firstMs: 1_000, maxMs: 600_000, failures: 15 }
const TIMEOUT_MS = 10_000
const PAGE = 100
const IDLE_MS = 60_000

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { reader, feed, clock, save, installation, retry = RETRY, timeoutMs = TIMEOUT_MS } = options
  const running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>()
  let stopped = false

  const post = (subscription: Subscription, notice: Notice, signal: AbortSignal) => {
    const body = JSON.stringify(cloudEventOf(notice, installation))
    const id = `${subscription.id}.${String(notice.seq)}`
    const seconds = Math.floor(clock.now() / 1000)
    const headers = {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'aqueduct',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signatureOf(subscription.secret, id, seconds, body),
    }
    return postWebhook(subscription.url, body, headers, { timeoutMs, signal })
  }
  const pause = (ms: number, signal: AbortSignal) => pauseFor(clock, ms, signal)

  /** One subscription until it pauses or is stopped. */
  async function deliver(subscription: Subscription, signal: AbortSignal): Promise<void> {
    let { cursor } = subscription
    let failures = 0
    while (!signal.aborted) {
      const { notices, upTo } = await feed.read(cursor, subscription.types, PAGE)
      for (const notice of notices) {
        const posted = await post(subscription, notice, signal)
        if (signal.aborted && !posted.ok) return
        if (posted.ok) {
          failures = 0
          cursor = notice.seq
          await save({ ...subscription, cursor, failure: '' })
          if (signal.aborted) return
          continue
        }
        failures += 1
        const isLast = posted.gone || failures >= retry.failures
        const failure = `event ${String(notice.seq)}: ${posted.text}${failures > 1 ? `, ${String(failures)} times` : ''}`
        await save({ ...subscription, cursor, failure, state: isLast ? 'paused' : 'active' })
        if (isLast) return
        await pause(waitAfter(failures, retry), signal)
        break
      }
      if (failures > 0) continue
      cursor = Math.max(cursor, upTo)
      if (notices.length < PAGE) await feed.wait(cursor, IDLE_MS, signal)
    }
  }

  /** The store may fail for a while: what was not saved is delivered again. */
  async function keepOn(first: Subscription, signal: AbortSignal): Promise<void> {
    let subscription: Subscription | undefined = first
    while (!signal.aborted && subscription?.state === 'active') {
      try {
        return await deliver(subscription, signal)
      } catch {
        await pause(retry.firstMs, signal)
        const known: readonly Subscription[] | null = await reader.subscriptions().catch(() => null)
        if (known !== null) subscription = known.find(({ id }) => id === first.id)
      }
    }
  }

  return {
    async halt(id) {
      const run = running.get(id)
      run?.stop.abort()
      await run?.done
    },
    async refresh() {
      const known = await reader.subscriptions()
      for (const subscription of known) {
        if (stopped || subscription.state !== 'active' || running.has(subscription.id)) continue
        const stop = new AbortController()
        const done = keepOn(subscription, stop.signal).finally(() => running.delete(subscription.id))
        running.set(subscription.id, { stop, done })
      }
    },
    async stop() {
      stopped = true
      const runs = [...running.values()]
      for (const { stop } of runs) stop.abort()
      await Promise.all(runs.map(({ done }) => done))
    },
  }
}
