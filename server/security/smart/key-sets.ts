/** Public keys that clients serve under an address of theirs: fetched within bounds, kept for a while, fetched again for a key that is not there. */
import type { Clock, Jwk } from '../../../channels/contract/index.ts'

/** Fetched again after this even when nothing is missed: a key that the client took out must go. */
const FRESH_MS = 5 * 60_000
/** While the address does not answer, what it said last still holds for this long. */
const STALE_MS = 60 * 60_000
const TIMEOUT_MS = 5_000
const MAX_BYTES = 256 * 1024
const MAX_KEYS = 100
/** Fetches for keys that are not there, an address and minute: an invented kid must not make us knock without end. */
const MOST_EXTRA = 5
const MINUTE_MS = 60_000

export interface KeySets {
  /**
   * The keys under an address; null when it does not give any.
   * @param missing true: what is known lacks the key that is looked for
   */
  keys(url: string, missing: boolean): Promise<readonly Jwk[] | null>
  /** Lets go of addresses that no client is registered with any more. */
  keep(urls: ReadonlySet<string>): void
}

interface Held {
  keys: readonly Jwk[] | null
  /** When the keys were read. */
  at: number
  /** When they were last asked for, in vain or not. */
  asked: number
  extra: { since: number; count: number }
  reading: Promise<void> | null
}

export function createKeySets(clock: Clock, fetchKeys: (url: string) => Promise<readonly Jwk[] | null> = fetchKeySet): KeySets {
  const held = new Map<string, Held>()
  const read = (url: string, one: Held): Promise<void> => {
    one.asked = clock.now()
    one.reading ??= fetchKeys(url)
      .then((keys) => {
        if (keys === null) return
        one.keys = keys
        one.at = clock.now()
      })
      .finally(() => {
        one.reading = null
      })
    return one.reading
  }
  return {
    keep(urls) {
      for (const url of held.keys()) if (!urls.has(url)) held.delete(url)
    },
    async keys(url, missing) {
      const one = held.get(url) ?? { keys: null, at: -Infinity, asked: -Infinity, extra: { since: -Infinity, count: 0 }, reading: null }
      held.set(url, one)
      const now = clock.now()
      const isDue = now - one.at >= FRESH_MS
      if (one.reading !== null) await one.reading
      else if (isDue && one.asked === -Infinity) await read(url, one)
      else if (isDue || missing) {
        if (now - one.extra.since >= MINUTE_MS) one.extra = { since: now, count: 0 }
        if (++one.extra.count <= MOST_EXTRA) await read(url, one)
      }
      return clock.now() - one.at < STALE_MS ? one.keys : null
    },
  }
}

/** Gets a key set. Null for whatever goes wrong: no answer in time, a redirect, too much, no key set. */
async function fetchKeySet(url: string): Promise<readonly Jwk[] | null> {
  try {
    // A redirect would let whoever controls one path of the host name another place for the keys.
    const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS), headers: { accept: 'application/json' } })
    const text = answer.ok ? await textWithin(answer, MAX_BYTES) : null
    await answer.body?.cancel().catch(() => undefined)
    const set: unknown = text === null ? null : JSON.parse(text)
    if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) return null
    return set.keys.slice(0, MAX_KEYS).filter((key): key is Jwk => typeof key === 'object' && key !== null)
  } catch {
    return null
  }
}

async function textWithin(answer: Response, most: number): Promise<string | null> {
  if (answer.body === null) return null
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body) {
    bytes += chunk.byteLength
    if (bytes > most) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
