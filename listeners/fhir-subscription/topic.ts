/**
 * Events of a topic subscription, in the order of their numbers: each is taken in once, and a number that is missing is asked for before the
 * next is taken. Called one at a time.
 */
import type { FhirClient, FhirFailure } from '../../fhir/client/index.ts'
import type { JsonObject, Told } from '../../fhir/r4/index.ts'
import type { CursorPort, TopicState } from './cursor.ts'
import { instantOf, objectOf, objectsOf } from './json.ts'
import type { Missed } from './missed.ts'
import { readNotification, readStatus } from './notification.ts'
import type { Notification, NotificationEntry, NotificationEvent, SubscriptionStatus } from './notification.ts'
import { ownReference, relativeOf } from './references.ts'

/** Events that are asked for at once. */
const AT_ONCE = 100
export const TOPIC_CURSOR = 'topic'

export interface TopicDeps {
  readonly client: FhirClient
  readonly cursor: CursorPort
  /** Search strings that find what the topic tells, for servers without `$events`. */
  readonly searches: readonly string[]
  readonly missed: Missed
  readonly problem: (what: string) => void
  readonly signal: AbortSignal
}

export class Topic {
  readonly #deps: TopicDeps
  #state: TopicState

  constructor(state: TopicState, deps: TopicDeps) {
    this.#state = state
    this.#deps = deps
  }

  get state(): TopicState {
    return this.#state
  }

  /** Null when everything of it is stored. */
  async take(notification: Notification): Promise<FhirFailure | null> {
    for (const event of notification.events) {
      if (event.number <= this.#state.event) continue
      const failure = (await this.#fill(event.number - 1)) ?? (await this.#event(event, notification.entries))
      if (failure !== null) return failure
    }
    return null
  }

  /** Takes in what a server says to have sent and we do not have. `status` is what it says now. */
  async catchUp(status: SubscriptionStatus): Promise<FhirFailure | null> {
    // It counts anew: what is between is found by its time.
    if (status.total < this.#state.event) return (await this.search()) ?? (await this.#move({ event: 0 })) ?? (await this.#fill(status.total))
    return this.#fill(status.total)
  }

  /** The subscription is another one than before, and counts from 1; what was told to nobody meanwhile is looked for. */
  async changed(subscription: string, mark: string, date: number | null): Promise<FhirFailure | null> {
    const had = this.#state.subscription !== null
    if (had) {
      const failure = await this.search()
      if (failure !== null) return failure
    }
    return this.#move({ subscription, event: 0, mark, ...(date === null ? {} : { at: Math.max(date, this.#state.at) }) })
  }

  marked(mark: string): Promise<FhirFailure | null> {
    return this.#move({ mark })
  }

  /** `$status`: null when the server does not have it. */
  async status(): Promise<SubscriptionStatus | null | FhirFailure> {
    const { client, signal } = this.#deps
    const answer = await client.status(this.#state.subscription ?? '', { signal })
    if (!answer.ok) return answer.class === 'permanent' ? null : answer
    const { resource } = answer
    const found = resource?.['resourceType'] === 'Bundle' ? objectsOf(resource['entry']).map((entry) => objectOf(entry['resource'])) : [resource]
    for (const parameters of found) {
      const read = readStatus(parameters ?? {}, 'Parameters')
      if (!('ok' in read) && read.subscription === this.#state.subscription) return read
    }
    return null
  }

  /** What was changed since the last event, by its time. */
  async search(): Promise<FhirFailure | null> {
    let { at } = this.#state
    for (const criterion of this.#deps.searches) {
      const looked = await this.#deps.missed.look(criterion, this.#state.at)
      if (!looked.ok) return looked
      at = Math.max(at, looked.at)
    }
    return this.#move({ at })
  }

  async #fill(until: number): Promise<FhirFailure | null> {
    const { client, signal, problem } = this.#deps
    while (this.#state.event < until) {
      const since = this.#state.event + 1
      const last = Math.min(until, since + AT_ONCE - 1)
      const answer = await client.events(this.#state.subscription ?? '', since, last, 'full-resource', { signal })
      if (!answer.ok && answer.class !== 'permanent') return answer
      const read = answer.ok && answer.resource !== null ? readNotification(answer.resource) : null
      for (const event of read?.ok === true ? read.events : []) {
        if (event.number !== this.#state.event + 1 || event.number > last || read?.ok !== true) continue
        const failure = await this.#event(event, read.entries)
        if (failure !== null) return failure
      }
      if (this.#state.event >= last) continue
      // It keeps no events, or not so many: what they were of is found by its time.
      problem('events not kept: searched instead')
      const failure = (await this.search()) ?? (await this.#move({ event: until }))
      if (failure !== null) return failure
    }
    return null
  }

  async #event(event: NotificationEvent, entries: ReadonlyMap<string, NotificationEntry>): Promise<FhirFailure | null> {
    const { client, missed, problem } = this.#deps
    const known = event.focus === null ? await this.#named(event.number) : { event, entries }
    if (known !== null && 'ok' in known) return known
    const reference = known === null ? null : relativeOf(known.event.focus ?? '', client.base)
    if (known === null || reference === null) {
      // An empty notification, and nobody says of what.
      const failure = await this.search()
      return failure ?? this.#move({ event: event.number })
    }
    const focus = await this.#resource(reference, known.event.focus ?? '', known.entries)
    if ('failure' in focus) return focus.failure
    if (focus.told === null) {
      problem('focus of an event not found')
      return this.#passed(event)
    }
    const context = await this.#context(known.event, known.entries)
    if ('failure' in context) return context.failure
    const near = new Map(
      [...known.entries].flatMap(([name, { resource }]) => (resource === null ? [] : [[relativeOf(name, client.base) ?? name, resource] as const])),
    )
    const controlId = `Subscription/${this.#state.subscription ?? ''}#${String(event.number)}`
    const failure =
      focus.told.resource === null
        ? await missed.deleted(focus.told.reference, event.timestamp, controlId)
        : await missed.resource(focus.told.resource, { with: context.resources, near }, controlId)
    return failure ?? this.#passed(event)
  }

  /** What an event was of, which its notification did not say. Null when the server does not say it either. */
  async #named(number: number): Promise<{ readonly event: NotificationEvent; readonly entries: ReadonlyMap<string, NotificationEntry> } | null | FhirFailure> {
    const { client, signal } = this.#deps
    const answer = await client.events(this.#state.subscription ?? '', number, number, 'full-resource', { signal })
    if (!answer.ok) return answer.class === 'permanent' ? null : answer
    const read = answer.resource === null ? null : readNotification(answer.resource)
    if (read?.ok !== true) return null
    const event = read.events.find((one) => one.number === number)
    return event?.focus == null ? null : { event, entries: read.entries }
  }

  /** Told as null: it is not there, and nothing says that it was deleted. */
  async #resource(
    reference: string,
    name: string,
    entries: ReadonlyMap<string, NotificationEntry>,
  ): Promise<{ readonly told: Told | null } | { readonly failure: FhirFailure }> {
    const { client, signal } = this.#deps
    const entry = entries.get(name) ?? entries.get(reference) ?? entries.get(`${client.base}/${reference}`)
    if (entry?.deleted === true) return { told: { reference, resource: null } }
    if (entry?.resource != null) return { told: { reference: ownReference(entry.resource) ?? reference, resource: entry.resource } }
    const [type = '', id = ''] = reference.split('/')
    const answer = await client.read(type, id, { signal })
    if (answer.ok) return { told: answer.resource === null ? null : { reference, resource: answer.resource } }
    if (answer.status === 410) return { told: { reference, resource: null } }
    // A server may answer 404 for what it does not show us: that is no deletion, and must not take anything back.
    return answer.status === 404 ? { told: null } : { failure: answer }
  }

  async #context(
    event: NotificationEvent,
    entries: ReadonlyMap<string, NotificationEntry>,
  ): Promise<{ readonly resources: ReadonlyMap<string, JsonObject> } | { readonly failure: FhirFailure }> {
    const resources = new Map<string, JsonObject>()
    for (const name of event.context) {
      const reference = relativeOf(name, this.#deps.client.base)
      if (reference === null) continue
      const found = await this.#resource(reference, name, entries)
      if ('told' in found) {
        if (found.told?.resource != null) resources.set(reference, found.told.resource)
      } else if (found.failure.class !== 'permanent') return found
    }
    return { resources }
  }

  #passed(event: NotificationEvent): Promise<FhirFailure | null> {
    return this.#move({ event: event.number, at: Math.max(this.#state.at, instantOf(event.timestamp ?? undefined) ?? 0) })
  }

  /** Only after what lies before it is durable. */
  async #move(change: Partial<TopicState>): Promise<FhirFailure | null> {
    const state = { ...this.#state, ...change }
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return null
    await this.#deps.cursor.move(TOPIC_CURSOR, JSON.stringify(state))
    this.#state = state
    return null
  }
}
