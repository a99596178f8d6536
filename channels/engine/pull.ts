/**
 * What changed in an ERP, asked for by kind at its interval. A page is stored as a message before its cursor moves: after a crash
 * it comes again, and the store knows it. A kind that fails waits longer each time and holds up no other, and no delivery.
 */
import { PULL_KINDS, faultOf } from '../contract/index.ts'
import type {
  BridgeTables,
  Clock,
  CursorOp,
  Destination,
  DestinationDefinition,
  Emit,
  FailureCode,
  InjectAnswer,
  InjectRequest,
  PullKind,
  PullStatus,
  Reader,
} from '../contract/index.ts'
import { backoff } from './retry.ts'

export interface PullDeps {
  readonly reader: Pick<Reader, 'rows'>
  readonly clock: Clock
  readonly random: () => number
  readonly emit: Emit
  readonly inject: (request: InjectRequest) => Promise<InjectAnswer>
  readonly moveCursors: (rows: CursorOp['rows']) => Promise<unknown>
  /** Most events of one message. */
  readonly most: () => number
}

/** A kind that is pulled: when it is due, and how it went. */
interface Task {
  readonly kind: PullKind
  readonly everyMs: number
  due: number
  /** undefined: not read from the store yet. */
  cursor: string | null | undefined
  /** Milliseconds at which the last full pull began; 0: never. */
  full: number
  /** A full pull that failed on its way goes on where it was. */
  under: { readonly began: number; readonly since: string | null } | null
  failures: number
  lastOk: number | null
  events: number
  failure: string | null
}

const WEEK_MS = 7 * 86_400_000

type Pull = NonNullable<Destination['pull']>
/** A page that its ERP could not give, or the engine could not take: with words for the status page. */
class PullFailed extends Error {
  readonly code: FailureCode
  constructor(code: FailureCode, text: string) {
    super(`${code} ${text}`)
    this.code = code
  }
}

export class Puller {
  readonly #definition: DestinationDefinition
  readonly #pull: Pull
  readonly #deps: PullDeps
  readonly #tasks: Task[]
  readonly #abort = new AbortController()
  #cancel: (() => void) | null = null
  #running: Promise<void> | null = null

  private constructor(definition: DestinationDefinition, destination: Destination, pull: Pull, deps: PullDeps) {
    this.#definition = definition
    this.#pull = pull.bind(destination)
    this.#deps = deps
    const every = definition.pull?.every ?? {}
    const able = destination.pulls ?? PULL_KINDS
    this.#tasks = PULL_KINDS.filter((kind) => able.includes(kind)).flatMap((kind) => {
      const everyMs = every[kind]
      if (everyMs === undefined) return []
      return [{ kind, everyMs, due: 0, cursor: undefined, full: 0, under: null, failures: 0, lastOk: null, events: 0, failure: null }]
    })
  }

  /** Null when nothing is to be pulled, or the destination cannot be asked. */
  static of(definition: DestinationDefinition, destination: Destination, deps: PullDeps): Puller | null {
    if (!definition.pull || !destination.pull) return null
    return new Puller(definition, destination, destination.pull, deps)
  }

  start(): void {
    this.#look()
  }

  /** Asks nothing more; waits for what is under way, as long as the grace lasts. */
  async stop(graceMs: number): Promise<void> {
    this.#cancel?.()
    this.#abort.abort()
    if (!this.#running) return
    let cancel = () => undefined as void
    const late = new Promise<void>((resolve) => (cancel = this.#deps.clock.after(graceMs, resolve)))
    await Promise.race([this.#running, late])
    cancel()
  }

  status(): readonly PullStatus[] {
    return this.#tasks.map(({ kind, lastOk, events, failure }) => ({
      kind,
      events,
      failure,
      lastOkAt: lastOk === null ? null : new Date(lastOk).toISOString(),
    }))
  }

  /** What is due goes one kind after another, in the order in which documents stand on it. */
  #look(): void {
    this.#cancel = null
    this.#running = this.#round().finally(() => {
      this.#running = null
      if (this.#abort.signal.aborted) return
      const next = Math.min(...this.#tasks.map(({ due }) => due))
      if (next === Infinity) return
      this.#cancel = this.#deps.clock.after(Math.max(1, next - this.#deps.clock.now()), () => this.#look())
    })
  }

  async #round(): Promise<void> {
    const { clock, emit, random } = this.#deps
    for (const task of this.#tasks) {
      if (this.#abort.signal.aborted) return
      if (task.due > clock.now()) continue
      try {
        await this.#task(task)
        task.failures = 0
        task.failure = null
        task.lastOk = clock.now()
        task.due = clock.now() + task.everyMs
      } catch (error) {
        if (this.#abort.signal.aborted) return
        task.failures++
        const fault = error instanceof PullFailed ? { code: error.code, text: error.message } : faultOf(error, 'INTERNAL')
        task.failure = fault.text
        task.due = clock.now() + backoff(this.#definition.retry, task.failures, random)
        emit('pull:failed', { destination: this.#definition.name, kind: task.kind, code: fault.code })
      }
    }
  }

  /** All pages of one kind: since its cursor, or from the beginning when a full pull is due. */
  async #task(task: Task): Promise<void> {
    await this.#readCursor(task)
    const now = this.#deps.clock.now()
    if (task.cursor === null || now - task.full >= (this.#definition.pull?.fullMs ?? WEEK_MS)) task.under ??= { began: now, since: null }
    const full = task.under !== null
    const began = task.under?.began ?? now
    let since = task.under ? task.under.since : (task.cursor ?? null)
    for (;;) {
      const page = await this.#pull(task.kind, since, this.#abort.signal)
      if ('failed' in page) throw new PullFailed(page.failed, page.text)
      await this.#take(task, full ? `full:${String(began)}:${page.next}` : page.next, page.events)
      const moved = page.next !== since
      since = page.next
      if (full) task.under = { began, since }
      const ended = !page.more || !moved
      if (moved || (full && ended)) await this.#moveCursor(task, since, full && ended ? began : null)
      // An ERP that says more and gives the same cursor again would be asked for ever.
      if (ended || this.#abort.signal.aborted) return
    }
  }

  async #readCursor(task: Task): Promise<void> {
    if (task.cursor !== undefined) return
    const source = this.#definition.name
    const { items } = await this.#deps.reader.rows({ table: 'cursor', where: { source, kind: [task.kind, `full:${task.kind}`] } })
    task.cursor = items.find((row) => row.kind === task.kind)?.value ?? null
    task.full = items.find((row) => row.kind !== task.kind)?.at ?? 0
  }

  /** Stores a page as messages, before the cursor moves over it. */
  async #take(task: Task, name: string, events: InjectRequest['events']): Promise<void> {
    const { name: source, pull } = this.#definition
    const most = this.#deps.most()
    for (let at = 0; at < events.length; at += most) {
      const part = events.slice(at, at + most)
      const answer = await this.#deps.inject({
        channel: 'bridge/pull',
        controlId: `pull:${source}:${task.kind}:${name}${at === 0 ? '' : `#${String(at)}`}`,
        sender: source,
        type: `pull^${task.kind}`,
        raw: JSON.stringify(part),
        events: part,
        bridge: source,
        deliver: pull?.deliver ?? [],
      })
      if (answer.kind === 'refused') throw new PullFailed('STORE_FAILED', answer.text)
      task.events += part.length
    }
  }

  /** @param full when the full pull began that ended with this page */
  async #moveCursor(task: Task, value: string, full: number | null): Promise<void> {
    const { name: source } = this.#definition
    const rows: BridgeTables['cursor'][] = [{ source, kind: task.kind, value, at: this.#deps.clock.now() }]
    if (full !== null) rows.push({ source, kind: `full:${task.kind}`, value: '', at: full })
    await this.#deps.moveCursors(rows)
    task.cursor = value
    if (full === null) return
    task.full = full
    task.under = null
  }
}
