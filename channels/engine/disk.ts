/** Looks again and again whether the disk that the store writes to is nearly full. */
import type { Clock, Emit, Fault } from '../contract/index.ts'

const LOOK_MS = 5_000

interface DiskDeps {
  readonly clock: Clock
  readonly emit: Emit
  readonly freeBytes: () => Promise<number>
  /** Bytes that must stay free. */
  readonly least: () => number
}

export class Disk {
  readonly #deps: DiskDeps
  #full: Fault | null = null
  #stopped = false
  #cancel = (): void => undefined

  constructor(deps: DiskDeps) {
    this.#deps = deps
  }

  /** Why nothing can be taken now, or null. */
  get full(): Fault | null {
    return this.#full
  }

  /** Looks, and then at intervals until stopped. */
  async watch(): Promise<void> {
    const least = this.#deps.least()
    // A disk that cannot be asked is not full: the store itself refuses what it cannot keep.
    const free = await this.#deps.freeBytes().catch(() => Infinity)
    const full: Fault = {
      code: 'STORE_FULL',
      text: `Less than ${String(Math.round(least / 1_000_000))} MB are free on the disk; nothing is taken until there is more. Send it again later.`,
    }
    if (free < least && !this.#full) this.#deps.emit('store:problem', full)
    this.#full = free < least ? full : null
    if (!this.#stopped) this.#cancel = this.#deps.clock.after(LOOK_MS, () => void this.watch())
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
  }
}
