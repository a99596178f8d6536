/** Timers of the bridge that are due become events. The bridge switches a timer off when it decides; the same due time is told once. */
import type { Clock, InjectAnswer, InjectRequest, Reader } from '../contract/index.ts'

const AT_ONCE = 200

export interface TimerDeps {
  readonly reader: Pick<Reader, 'dueTimers'>
  readonly clock: Clock
  readonly inject: (request: InjectRequest) => Promise<InjectAnswer>
}

export class Timers {
  readonly #deps: TimerDeps
  /** Told and still due: what the bridge has not switched off. A restart tells them again, and the store knows them. */
  readonly #told = new Set<string>()
  /** How many nobody could decide on at the last look: their ERP may come back, so they are tried each time. */
  #refused = 0

  constructor(deps: TimerDeps) {
    this.#deps = deps
  }

  /** Looks once. Gives how many were told. */
  async fire(): Promise<number> {
    const { clock, inject, reader } = this.#deps
    // Those that stay due must not hide the ones behind them.
    const due = await reader.dueTimers(clock.now(), AT_ONCE + this.#told.size + this.#refused)
    const names = new Set(due.map(nameOf))
    for (const name of this.#told) if (!names.has(name)) this.#told.delete(name)
    let fired = 0
    this.#refused = 0
    for (const timer of due) {
      const name = nameOf(timer)
      if (this.#told.has(name)) continue
      const body = { occurredAt: new Date(timer.due).toISOString(), name: timer.name, subject: timer.subject, due: String(timer.due) }
      const answer = await inject({
        channel: 'bridge/timer',
        controlId: name,
        sender: 'timer',
        type: `timer^${timer.name}`,
        raw: JSON.stringify(body),
        events: [{ type: 'TimerFired', businessKey: '', caseKey: timer.subject, body, keys: [] }],
        bridge: timer.destination === '' ? null : timer.destination,
        deliver: [],
      })
      if (answer.kind === 'refused') {
        this.#refused++
        continue
      }
      this.#told.add(name)
      fired++
    }
    return fired
  }
}

function nameOf(timer: { readonly name: string; readonly subject: string; readonly due: number }): string {
  return `timer:${timer.name}:${timer.subject}:${String(timer.due)}`
}
