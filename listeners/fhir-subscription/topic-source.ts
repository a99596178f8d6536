/** Mode `topic`: R4 with the subscriptions backport. */
import type { FhirFailure } from '../../fhir/client/index.ts'
import { LATER, TAKEN } from './answer.ts'
import type { Answer } from './answer.ts'
import { topicStateOf } from './cursor.ts'
import type { Delivery, HookOptions } from './hook.ts'
import { keep } from './keeper.ts'
import { Missed } from './missed.ts'
import { readNotification } from './notification.ts'
import type { Invalid, Notification } from './notification.ts'
import type { Source, SourceDeps } from './source.ts'
import { wantedOf } from './subscription.ts'
import { TOPIC_CURSOR, Topic } from './topic.ts'

export class TopicSource implements Source {
  readonly #options: HookOptions
  readonly #deps: SourceDeps
  #topic: Topic | null = null
  /** A server may send the handshake before it has answered who its subscription is. */
  #making = false

  constructor(options: HookOptions, deps: SourceDeps) {
    this.#options = options
    this.#deps = deps
  }

  async round(renew: boolean): Promise<FhirFailure | null> {
    const { client, clock, signal } = this.#deps
    const [wanted] = wantedOf(this.#options)
    if (wanted === undefined) return null
    const topic = (this.#topic ??= await this.#open())
    this.#making = true
    try {
      const kept = await keep({ client, clock, checkMs: this.#options.pollMs }, wanted, topic.state.subscription, topic.state.mark, renew, signal)
      if (!kept.ok) return kept
      const { id, written, date } = kept
      const failure = id !== topic.state.subscription ? await topic.changed(id, wanted.mark, date) : written ? await topic.marked(wanted.mark) : null
      if (failure !== null) return failure
    } finally {
      this.#making = false
    }
    const status = await topic.status()
    // A server that does not say how many there were is asked what changed.
    if (status === null) return topic.search()
    return 'ok' in status ? status : topic.catchUp(status)
  }

  /** The intent is stored before anything is made: after a crash in between, what was made is counted from its first event. */
  async #open(): Promise<Topic> {
    const { clock, cursor } = this.#deps
    const stored = topicStateOf(await cursor.read(TOPIC_CURSOR))
    const state = stored ?? { subscription: null, event: 0, at: clock.now(), mark: '' }
    if (stored === null) await cursor.move(TOPIC_CURSOR, JSON.stringify(state))
    const missed = new Missed({ ...this.#deps, include: this.#options.include })
    return new Topic(state, { ...this.#deps, searches: searchesOf(this.#options), missed })
  }

  atOnce({ body, path, method }: Delivery): Answer | null {
    if (path.length > 0) return { status: 404, issue: 'not-found', text: `Notifications are sent to ${this.#options.path} itself.` }
    if (method !== 'POST') return { status: 405, issue: 'not-supported', text: 'A notification is sent with POST.', headers: { allow: 'POST' } }
    const read = body === null ? ({ ok: false, at: 'Bundle', text: 'A notification is a Bundle.' } as const) : readNotification(body)
    if (!read.ok) return this.#refused(read)
    if (read.type === 'event-notification' || read.type === 'query-event') return null
    if (this.#topic === null) return LATER
    const known = this.#topic.state.subscription
    if (known !== read.subscription && !(this.#making && read.type === 'handshake')) return this.#notOurs()
    // What a heartbeat counts and we do not have was lost on its way.
    if (!this.#making && (read.status !== 'active' || read.total !== this.#topic.state.event)) this.#deps.wake()
    return TAKEN
  }

  async take({ body }: Delivery): Promise<Answer> {
    const read = readNotification(body ?? {})
    if (!read.ok) return this.#refused(read)
    const topic = this.#topic
    if (topic === null) return LATER
    if (topic.state.subscription !== read.subscription) return this.#notOurs()
    const failure = await topic.take(read)
    if (failure !== null) {
      this.#deps.problem(`event not taken: ${failure.code}`)
      return LATER
    }
    if (isBehind(read, topic)) this.#deps.wake()
    return TAKEN
  }

  #refused({ at, text }: Invalid): Answer {
    this.#deps.problem('notification is not valid')
    return { status: 400, issue: 'invalid', text, at }
  }

  #notOurs(): Answer {
    this.#deps.problem('notification of another subscription')
    return { status: 404, issue: 'not-found', text: 'This is no subscription of this channel.' }
  }
}

/** A number that was taken before, by a server that counts fewer than we have: it counts anew, or this one comes late. */
const isBehind = (read: Notification, topic: Topic): boolean => read.total < topic.state.event

/** Filters that are search strings find the same by search; else every type that is taken is searched. */
function searchesOf({ criteria, messages }: HookOptions): readonly string[] {
  const strings = criteria.filter((filter) => /^[A-Z][A-Za-z]+\?/.test(filter))
  return strings.length > 0 ? strings : messages.filter((type) => /^[A-Z][A-Za-z]+$/.test(type))
}
