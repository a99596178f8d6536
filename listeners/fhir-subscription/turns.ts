/** One thing at a time, in the order in which they came. */
export class Turns {
  readonly #most: number
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @param most how many may wait */
  constructor(most: number) {
    this.#most = most
  }

  get full(): boolean {
    return this.#waiting >= this.#most
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    this.#waiting++
    const next = this.#last.then(task).finally(() => this.#waiting--)
    this.#last = next.catch(() => undefined)
    return next
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<unknown> {
    return this.#last
  }
}
