/** Counts what failed, by who tried it, and says when it was too often. */
import type { Clock } from '../../../channels/contract/index.ts'

const MOST_FAILURES = 30
const WINDOW_MS = 60_000
/** Who is remembered; beyond it the oldest is forgotten, so that invented names cost no memory. */
const MOST_NAMES = 2_000

export interface Throttle {
  /** Milliseconds until this one may try again; 0: now. */
  blockedFor(who: string): number
  failed(who: string): void
}

export function createThrottle(clock: Clock): Throttle {
  const counts = new Map<string, { readonly since: number; failures: number }>()
  const current = (who: string) => {
    const found = counts.get(who)
    if (found === undefined || clock.now() < found.since + WINDOW_MS) return found
    counts.delete(who)
    return undefined
  }
  return {
    blockedFor(who) {
      const found = current(who)
      return found === undefined || found.failures < MOST_FAILURES ? 0 : found.since + WINDOW_MS - clock.now()
    },
    failed(who) {
      const found = current(who)
      if (found !== undefined) {
        found.failures++
        return
      }
      const oldest = counts.size < MOST_NAMES ? undefined : counts.keys().next().value
      if (oldest !== undefined) counts.delete(oldest)
      counts.set(who, { since: clock.now(), failures: 1 })
    },
  }
}
