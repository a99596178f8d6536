/**
 * Delivers what is queued for one destination: takes heads of lanes, claims where the destination can be asked, sends, settles.
 * The state in the store is the truth; this holds a window of it. No answer is looked up before anything is sent again.
 */
import { FAILURES, faultOf, formatDeliveryId } from '../contract/index.ts'
import type {
  Clock,
  DeliveryOutcome,
  DeliveryWork,
  Destination,
  DestinationDefinition,
  DestinationStatus,
  Emit,
  Fault,
  Ledger,
  Outgoing,
  Reader,
  SettleOp,
} from '../contract/index.ts'
import { Lanes, idOf } from './lanes.ts'
import { Breaker, backoff } from './retry.ts'

/** Deliveries of one destination kept in memory; the rest waits in the store. */
const WINDOW = 10_000
const PAGE = 2_000
/** A commit that failed (disk full) is tried again after this; the outcome stays in memory meanwhile. */
const STORE_RETRY_MS = 1_000

export interface DeliveryDeps {
  readonly ledger: Ledger
  readonly reader: Pick<Reader, 'openWork' | 'laneWork'>
  readonly clock: Clock
  readonly emit: Emit
  readonly random: () => number
  /** Told after each settled outcome, for acknowledgements that wait for delivery. */
  readonly settled: (message: number) => void
}

export class DeliveryQueue {
  readonly #definition: DestinationDefinition
  readonly #destination: Destination
  readonly #deps: DeliveryDeps
  readonly #lanes = new Lanes()
  readonly #breaker: Breaker
  readonly #abort = new AbortController()
  /** Lanes that are being loaded again: what came to them meanwhile, and whether somebody asked for another look. */
  readonly #reloading = new Map<string, { readonly missed: DeliveryWork[]; again: boolean }>()
  /** While pages are read: what was in memory when that began or came since. A page may be older than what is in memory. */
  #seen: Set<string> | null = null
  #inFlight = 0
  /** Outcomes on their way into the store. */
  #settling = 0
  #behind = true
  #skipped = false
  #refilling: Promise<void> | null = null
  #cancelTimer: (() => void) | null = null
  #timerAt = Infinity
  #stopping = false
  #idle: (() => void) | null = null
  #pumpQueued = false

  constructor(definition: DestinationDefinition, destination: Destination, deps: DeliveryDeps) {
    this.#definition = definition
    this.#destination = destination
    this.#deps = deps
    this.#breaker = new Breaker(definition.breaker)
  }

  /** Loads what the store has open: after a crash SENDING is treated as UNKNOWN (DESIGN §4). */
  async start(): Promise<void> {
    await this.#refill()
  }

  status(): DestinationStatus {
    return {
      name: this.#definition.name,
      type: this.#definition.type,
      breaker: this.#breaker.state(this.#deps.clock.now()),
      inFlight: this.#inFlight,
      blockedLanes: this.#lanes.held().length,
    }
  }

  /** Takes committed work in. Beyond the window it is left to the store. */
  add(work: DeliveryWork): void {
    this.#reloading.get(work.lane)?.missed.push(work)
    if (this.#behind || this.#lanes.size >= WINDOW) {
      this.#behind = true
      this.#skipped = true
      return
    }
    this.#lanes.add(work, this.#deps.clock.now())
    this.#pumpSoon()
  }

  /** Work that the store made or re-opened. A lane that was held is loaded anew, oldest first. */
  reopened(work: DeliveryWork): void {
    if (this.#lanes.isHeld(work.lane)) this.#report(this.#reload(work.lane))
    else this.add(work)
  }

  /** Looks at every held lane again, after a person resolved something. */
  async recheckHeld(): Promise<void> {
    for (const lane of this.#lanes.held()) await this.#reload(lane)
  }

  /** Sends nothing more; resolves when what is out has come back and its outcome is committed, or the store cannot take it. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    this.#cancelTimer?.()
    if (this.#inFlight + this.#settling > 0) {
      const cancel = this.#deps.clock.after(graceMs, () => this.#abort.abort())
      await new Promise<void>((resolve) => (this.#idle = resolve))
      cancel()
    }
    await this.#refilling?.catch(() => undefined)
    await this.#destination.stop()
  }

  /** Loads a held lane anew. What is committed to it while the store is read comes behind what was read. */
  async #reload(lane: string): Promise<void> {
    const running = this.#reloading.get(lane)
    if (running) {
      running.again = true
      return
    }
    const state = { missed: [] as DeliveryWork[], again: false }
    this.#reloading.set(lane, state)
    try {
      let work: readonly DeliveryWork[]
      do {
        state.again = false
        work = await this.#deps.reader.laneWork(this.#definition.name, lane, WINDOW)
      } while (state.again)
      this.#lanes.forget(lane)
      const read = new Set(work.map(idOf))
      for (const each of work) this.#addFromStore(each)
      if (work.length < WINDOW) for (const each of state.missed) if (!read.has(idOf(each))) this.#addFromStore(each)
      if (work.length === WINDOW) {
        this.#behind = true
        this.#skipped = true
      }
    } finally {
      this.#reloading.delete(lane)
    }
    this.#pump()
  }

  /** SENDING has no owner any more: its bytes may still be on their way, so an "absent" counts only after the settle time. */
  #addFromStore(work: DeliveryWork): void {
    const now = this.#deps.clock.now()
    this.#seen?.add(idOf(work))
    this.#lanes.add(work.state === 'SENDING' ? { ...work, state: 'UNKNOWN', due: now + this.#destination.settleMs } : work, now)
  }

  #report(task: Promise<unknown>): void {
    task.catch((error: unknown) => this.#deps.emit('store:problem', { code: 'STORE_FAILED', text: faultOf(error, 'STORE_FAILED').text }))
  }

  #refill(): Promise<void> {
    this.#refilling ??= this.#readPages().finally(() => {
      this.#refilling = null
      this.#seen = null
    })
    return this.#refilling
  }

  async #readPages(): Promise<void> {
    for (;;) {
      this.#skipped = false
      const seen = (this.#seen = this.#lanes.known())
      let after = -1
      for (;;) {
        const page = await this.#deps.reader.openWork(this.#definition.name, after, PAGE)
        for (const work of page) {
          if (this.#lanes.size >= WINDOW) return this.#pump()
          if (!seen.has(idOf(work)) && !this.#lanes.isHeld(work.lane)) this.#addFromStore(work)
        }
        this.#pump()
        const last = page.at(-1)
        if (!last || page.length < PAGE) break
        after = last.seq
      }
      if (!this.#skipped) {
        this.#behind = false
        return
      }
    }
  }

  /** One pump for everything that a commit brings, not one for each. */
  #pumpSoon(): void {
    if (this.#pumpQueued) return
    this.#pumpQueued = true
    queueMicrotask(() => {
      this.#pumpQueued = false
      this.#pump()
    })
  }

  #pump(): void {
    if (this.#stopping) return
    const now = this.#deps.clock.now()
    const nextDue = this.#lanes.wakeDue(now)
    while (this.#inFlight < this.#definition.concurrency && this.#lanes.hasReady() && this.#breaker.admits(now)) {
      const work = this.#lanes.take()
      if (!work) break
      this.#inFlight++
      this.#breaker.started(now)
      this.#step(work)
    }
    const probeAt = this.#lanes.hasReady() && !this.#breaker.admits(now) ? this.#breaker.opensAgainAt() : null
    this.#wakeAt(Math.min(nextDue ?? Infinity, probeAt !== null && probeAt > now ? probeAt : Infinity))
    if (this.#behind && this.#lanes.size < WINDOW / 2 && !this.#refilling) {
      this.#report(this.#refill())
    }
  }

  #wakeAt(at: number): void {
    if (at >= this.#timerAt && this.#cancelTimer) return
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#timerAt = at
    if (at === Infinity) return
    this.#cancelTimer = this.#deps.clock.after(Math.max(1, at - this.#deps.clock.now()), () => {
      this.#cancelTimer = null
      this.#timerAt = Infinity
      this.#pump()
    })
  }

  #step(work: DeliveryWork): void {
    if (!this.#destination.lookup) return this.#send(work)
    if (work.state === 'UNKNOWN') return this.#lookUp(work, this.#destination.lookup)
    this.#deps.ledger.submit({ op: 'claim', message: work.message, n: work.n, attempts: work.attempts + 1 }, (answer) => {
      if (!answer.ok) {
        this.#release()
        this.#breaker.released()
        this.#lanes.delay({ ...work, due: this.#deps.clock.now() + STORE_RETRY_MS }, this.#deps.clock.now())
        this.#pump()
      } else if (answer.value.claimed) this.#send({ ...work, state: 'SENDING' })
      else {
        this.#release()
        this.#breaker.released()
        this.#lanes.finish(work.lane, this.#deps.clock.now())
        this.#pump()
      }
    })
  }

  #send(work: DeliveryWork): void {
    const started = this.#deps.clock.now()
    const attempt = work.attempts + 1
    const id = formatDeliveryId(work.message, work.n)
    const outgoing: Outgoing = {
      id,
      key: work.key ?? id,
      kind: work.kind,
      controlId: work.controlId,
      lane: work.messageLane,
      body: work.body,
      step: work.step,
      attempt,
    }
    const done = (outcome: DeliveryOutcome) => this.#outcome({ ...work, attempts: attempt }, outcome, started)
    this.#destination
      .deliver(outgoing, this.#abort.signal)
      .then(done, (error: unknown) =>
        done({ kind: 'failed', code: 'INTERNAL', class: this.#destination.lookup ? 'unknown' : 'transient', text: faultOf(error, 'INTERNAL').text }),
      )
  }

  #outcome(work: DeliveryWork, outcome: DeliveryOutcome, started: number): void {
    const now = this.#deps.clock.now()
    const base = { op: 'settle', message: work.message, n: work.n, attempts: work.attempts, due: 0, failure: null, reference: null, step: work.step } as const
    if (outcome.kind === 'sent') {
      this.#note(this.#breaker.answered(), false)
      this.#deps.emit('delivery:settled', { destination: work.destination, state: 'SENT', attempts: work.attempts, ms: now - started })
      return this.#settle(work, { ...base, state: 'SENT', reference: outcome.reference })
    }
    const failure: Fault = { code: outcome.code, text: outcome.text }
    const step = outcome.step ?? work.step
    this.#deps.emit('delivery:failed', {
      destination: work.destination,
      delivery: formatDeliveryId(work.message, work.n),
      code: outcome.code,
      attempts: work.attempts,
    })
    const kind = outcome.class ?? FAILURES[outcome.code].class
    if (kind === 'permanent') {
      this.#note(this.#breaker.answered(), false)
      return this.#settle(work, { ...base, state: 'HELD', failure, step })
    }
    this.#note(this.#breaker.failed(now), true)
    if (kind === 'unknown' && this.#destination.lookup) {
      return this.#settle(work, { ...base, state: 'UNKNOWN', failure, step, due: now + this.#destination.settleMs })
    }
    const { attempts } = this.#definition.retry
    if (attempts !== null && work.attempts >= attempts) {
      return this.#settle(work, {
        ...base,
        state: 'HELD',
        failure: { code: 'ATTEMPTS_EXHAUSTED', text: `${String(work.attempts)} attempts; the last: ${failure.code} ${failure.text}` },
        step,
      })
    }
    this.#settle(work, { ...base, state: 'QUEUED', failure, step, due: now + (outcome.retryAfterMs ?? this.#backoff(work.attempts)) })
  }

  #lookUp(work: DeliveryWork, lookup: NonNullable<Destination['lookup']>): void {
    const base = { op: 'settle', message: work.message, n: work.n, attempts: work.attempts, due: 0, failure: null, reference: null, step: work.step } as const
    const later = (text: string) => {
      const now = this.#deps.clock.now()
      const due = now + Math.max(this.#destination.settleMs, this.#backoff(Math.max(1, work.attempts)))
      this.#settle(work, { ...base, state: 'UNKNOWN', failure: { code: 'LOOKUP_FAILED', text }, due })
    }
    lookup(work.key ?? formatDeliveryId(work.message, work.n), work.kind, this.#abort.signal).then(
      (answer) => {
        if (answer.kind === 'failed') {
          this.#note(this.#breaker.failed(this.#deps.clock.now()), true)
          return later(answer.text)
        }
        this.#note(this.#breaker.answered(), false)
        switch (answer.kind) {
          case 'present':
            return this.#settle(work, { ...base, state: 'SENT', reference: answer.reference })
          case 'partial':
            return this.#settle(work, { ...base, state: 'QUEUED', step: answer.step })
          case 'absent':
            return this.#settle(work, { ...base, state: 'QUEUED' })
          case 'pending':
            return later('The destination is still working on it.')
        }
      },
      (error: unknown) => {
        this.#note(this.#breaker.failed(this.#deps.clock.now()), true)
        later(faultOf(error, 'LOOKUP_FAILED').text)
      },
    )
  }

  /** The slot is free at once; the lane goes on only after the outcome is committed, so that a crash cannot reorder it. */
  #settle(work: DeliveryWork, op: SettleOp): void {
    this.#settling++
    this.#release()
    const commit = () =>
      this.#deps.ledger.submit(op, (answer) => {
        if (!answer.ok && !this.#stopping) {
          this.#deps.clock.after(STORE_RETRY_MS, commit)
          return
        }
        this.#settling--
        this.#tellIdle()
        // Stopping without room for the outcome: the row stays open, and the next start asks or sends under the same key.
        if (!answer.ok) return
        const now = this.#deps.clock.now()
        const next: DeliveryWork = { ...work, state: op.state, due: op.due, attempts: op.attempts, step: op.step }
        // A row that could not move there was decided otherwise meanwhile: it is nobody's work here.
        if (!answer.value.settled) this.#lanes.finish(work.lane, now)
        else if (op.state === 'HELD') this.#lanes.hold(work.lane)
        else if (op.state === 'QUEUED' || op.state === 'UNKNOWN') this.#lanes.delay(next, now)
        else this.#lanes.finish(work.lane, now)
        this.#deps.settled(work.message)
        this.#pumpSoon()
      })
    commit()
    this.#pumpSoon()
  }

  #backoff(attempts: number): number {
    return backoff(this.#definition.retry, attempts, this.#deps.random)
  }

  #release(): void {
    this.#inFlight--
    this.#tellIdle()
  }

  #tellIdle(): void {
    if (this.#inFlight + this.#settling === 0) this.#idle?.()
  }

  #note(changed: boolean, open: boolean): void {
    if (changed) this.#deps.emit('breaker:changed', { destination: this.#definition.name, open })
  }
}
