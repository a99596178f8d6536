/** When to try again: exponential backoff with full jitter above half, and a circuit breaker. Pure; randomness is handed in. */
import type { DestinationDefinition } from '../contract/index.ts'

/**
 * Milliseconds until the next attempt. `attempts` were made so far (1 after the first). Half of the step is certain and half is
 * drawn, so that lanes which failed together do not come back together.
 */
export function backoff(retry: DestinationDefinition['retry'], attempts: number, random: () => number): number {
  const step = Math.min(retry.maxMs, retry.firstMs * 2 ** Math.min(attempts - 1, 30))
  return Math.round(step / 2 + (step / 2) * random())
}

/**
 * The circuit breaker of a destination: after so many failures in a row nothing is sent for a while, then one probe decides.
 * States: closed → (failures in a row) → open → (time) → half-open → closed | open.
 */
export class Breaker {
  readonly #failures: number
  readonly #openMs: number
  #inRow = 0
  #openUntil = 0
  #probing = false

  constructor(settings: DestinationDefinition['breaker']) {
    this.#failures = settings.failures
    this.#openMs = settings.openMs
  }

  state(now: number): 'closed' | 'open' | 'half-open' {
    if (this.#openUntil === 0) return 'closed'
    return now < this.#openUntil ? 'open' : 'half-open'
  }

  /** May one more be sent now? In half-open only one at a time may. */
  admits(now: number): boolean {
    const state = this.state(now)
    return state === 'closed' || (state === 'half-open' && !this.#probing)
  }

  /** Milliseconds since 1970 at which a probe may go, or null when it is not open. */
  opensAgainAt(): number | null {
    return this.#openUntil === 0 ? null : this.#openUntil
  }

  started(now: number): void {
    if (this.state(now) === 'half-open') this.#probing = true
  }

  /** What was started came to nothing before it reached the destination: it says nothing about it. */
  released(): void {
    this.#probing = false
  }

  /** A destination that answers is up, also when it refuses the content. Returns true when this closed it. */
  answered(): boolean {
    const wasOpen = this.#openUntil !== 0
    this.#inRow = 0
    this.#openUntil = 0
    this.#probing = false
    return wasOpen
  }

  /** Returns true when this opened it. */
  failed(now: number): boolean {
    this.#inRow++
    const wasOpen = this.#openUntil !== 0
    if (wasOpen && !this.#probing) return false
    this.#probing = false
    if (wasOpen || this.#inRow >= this.#failures) {
      this.#openUntil = now + this.#openMs
      return !wasOpen
    }
    return false
  }
}
