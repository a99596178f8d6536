/** Modes `rest-hook` (R4 itself: a notification says that something changed, or what) and `poll`: what changed is searched for by its time. */
import type { FhirFailure } from '../../fhir/client/index.ts'
import { LATER, TAKEN } from './answer.ts'
import type { Answer } from './answer.ts'
import type { Delivery, HookOptions } from './hook.ts'
import { keep } from './keeper.ts'
import { Missed } from './missed.ts'
import { textOf } from './json.ts'
import { topicStateOf } from './cursor.ts'
import type { TopicState } from './cursor.ts'
import type { Source, SourceDeps } from './source.ts'
import { partOf, wantedOf } from './subscription.ts'
import type { Wanted } from './subscription.ts'

/** One criterion: its own subscription, its own cursor. */
interface Watched {
  readonly criterion: string
  readonly part: string
  readonly wanted: Wanted | null
  /** Null: not read from the store yet. */
  state: TopicState | null
}

export class SearchSource implements Source {
  readonly #options: HookOptions
  readonly #deps: SourceDeps
  readonly #missed: Missed
  readonly #watched: readonly Watched[]

  constructor(options: HookOptions, deps: SourceDeps) {
    this.#options = options
    this.#deps = deps
    this.#missed = new Missed({ ...deps, include: options.include })
    const wanted = wantedOf(options)
    this.#watched = options.criteria.map((criterion) => {
      const part = partOf(criterion)
      return { criterion, part, wanted: wanted.find((one) => one.part === part) ?? null, state: null }
    })
  }

  /** One criterion that fails holds up no other. */
  async round(renew: boolean): Promise<FhirFailure | null> {
    let first: FhirFailure | null = null
    for (const watched of this.#watched) {
      if (this.#deps.signal.aborted) break
      const failure = (await this.#keep(watched, renew)) ?? (await this.#look(watched))
      first ??= failure
    }
    return first
  }

  atOnce({ path, body, method }: Delivery): Answer | null {
    const [part = '', type, id, ...rest] = path
    if (!this.#watched.some((one) => one.part === part) || rest.length > 0)
      return { status: 404, issue: 'not-found', text: 'This is the place of no subscription.' }
    if (body === null && path.length === 1) return null
    const [own, name] = [textOf(body?.['resourceType']), textOf(body?.['id'])]
    if (own === null || name === null) return { status: 400, issue: 'required', text: 'A notification is empty, or a resource with its id.', at: 'id' }
    if (method === 'PUT' ? own !== type || name !== id : path.length > 1) {
      return { status: 400, issue: 'value', text: 'The resource is sent with PUT to its own type and id below this place, or with POST to the place itself.' }
    }
    return null
  }

  async take({ path, body }: Delivery): Promise<Answer> {
    const watched = this.#watched.find((one) => one.part === path[0])
    if (watched === undefined) return LATER
    const failure = body === null ? await this.#look(watched) : await this.#missed.resource(body)
    if (failure === null) return TAKEN
    this.#deps.problem(`event not taken: ${failure.code}`)
    return LATER
  }

  async #keep(watched: Watched, renew: boolean): Promise<FhirFailure | null> {
    const { client, clock, signal } = this.#deps
    const { wanted } = watched
    if (wanted === null) return null
    const state = await this.#state(watched)
    const kept = await keep({ client, clock, checkMs: this.#options.pollMs }, wanted, state.subscription, state.mark, renew, signal)
    if (!kept.ok) return kept
    if (kept.id !== state.subscription || kept.written) await this.#move(watched, { subscription: kept.id, mark: wanted.mark })
    return null
  }

  async #look(watched: Watched): Promise<FhirFailure | null> {
    const { at } = await this.#state(watched)
    const looked = await this.#missed.look(watched.criterion, at)
    if (!looked.ok) return looked
    if (looked.at > at) await this.#move(watched, { at: looked.at })
    return null
  }

  /** The first time it begins now, and that is stored before anything is asked. */
  async #state(watched: Watched): Promise<TopicState> {
    const { clock, cursor } = this.#deps
    watched.state ??= topicStateOf(await cursor.read(`search:${watched.part}`))
    if (watched.state === null) await this.#move(watched, { at: clock.now() })
    return watched.state ?? { subscription: null, event: 0, at: clock.now(), mark: '' }
  }

  /** Only after what lies before it is durable. */
  async #move(watched: Watched, change: Partial<TopicState>): Promise<void> {
    const state = { subscription: null, event: 0, at: 0, mark: '', ...watched.state, ...change }
    await this.#deps.cursor.move(`search:${watched.part}`, JSON.stringify(state))
    watched.state = state
  }
}
