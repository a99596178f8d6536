import type { Clock } from '../../../channels/contract/index.ts'

/** A clock that moves only when it is told to. */
export class StandingClock implements Clock {
  #now: number
  #tasks: { at: number; task: () => void }[] = []

  constructor(now = Date.UTC(2026, 2, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  after(ms: number, task: () => void): () => void {
    const entry = { at: this.#now + ms, task }
    this.#tasks.push(entry)
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== entry)
    }
  }

  /** Moves on, running what falls due, and lets promises settle in between. */
  async move(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      await settle()
      const next = this.#tasks.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#tasks = this.#tasks.filter((entry) => entry !== next)
      this.#now = Math.max(this.#now, next.at)
      next.task()
    }
    this.#now = until
    await settle()
  }
}

/** Lets everything that only waits for promises happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((wake) => setImmediate(wake))
}
