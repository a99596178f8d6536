/** Waits between attempts: they grow, and end at once when what waits is stopped. */
import type { Clock } from '../../channels/contract/index.ts'

export interface RetryPlan {
  /** Milliseconds of the first wait after a failure, and of the longest. */
  readonly firstMs: number
  readonly maxMs: number
  /** Failures in a row after which no more is tried. */
  readonly failures: number
}

export function waitAfter(failures: number, { firstMs, maxMs }: Pick<RetryPlan, 'firstMs' | 'maxMs'>): number {
  return Math.min(maxMs, firstMs * 2 ** (failures - 1))
}

/** Resolves after `ms`, or when `signal` aborts. */
export function pauseFor(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal.addEventListener('abort', end, { once: true })
  })
}
