/** API keys: 256 random bits, shown once, kept as their sha256. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ApiKeyOp, Clock } from '../../channels/contract/index.ts'
import { checkToken } from './token.ts'

export const SCOPES = ['system:read', 'process:read', 'process:write', 'ops:read', 'ops:write', 'events:read', 'fhir:read', 'fhir:write', '*'] as const
export type Scope = Exclude<(typeof SCOPES)[number], '*'>

export interface Caller {
  /** Name of the API key, or id of the SMART client; null for the holder of the engine's own token. */
  readonly key: string | null
  readonly scopes: readonly string[]
}

export type Identified = { readonly kind: 'known'; readonly caller: Caller } | { readonly kind: 'refused'; readonly why: 'unknown' | 'expired' | 'revoked' }

export interface KeyRing {
  /** Who presents this token. An expired or revoked key is told from an unknown one: only its holder can ask. */
  identify(presented: string): Promise<Identified>
  /** Reads the keys again at the next question: one was made or revoked here. */
  forget(): void
}

/** A new key, with the hash under which it is kept: `aq_` and 43 characters of base64url. */
export function createApiKey(): { readonly key: string; readonly hash: string } {
  const key = `aq_${randomBytes(32).toString('base64url')}`
  return { key, hash: hashOf(key) }
}

/** sha256 in hex. The key's 256 random bits need no slow hash. */
function hashOf(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex')
}

/** Neither the engine's token nor a key has a dot in it. */
const JWT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** How long what another process did to the keys of a shared store may go unseen. */
const FRESH_MS = 5_000

/**
 * @param token the engine's own token, which may do everything
 * @param keys as the store has them
 * @param accessTokens who presents what has the form of a JWT; without it, nobody does
 */
export function createKeyRing(
  token: string,
  keys: () => Promise<readonly Omit<ApiKeyOp, 'op'>[]>,
  clock: Clock,
  accessTokens?: (presented: string) => Promise<Identified>,
): KeyRing {
  let held: { readonly keys: Promise<readonly Omit<ApiKeyOp, 'op'>[]>; readonly until: number } | null = null
  const current = () => {
    if (held === null || clock.now() >= held.until) {
      const reading = keys()
      held = { keys: reading, until: clock.now() + FRESH_MS }
      reading.catch(() => {
        held = null
      })
    }
    return held.keys
  }
  return {
    forget() {
      held = null
    },
    async identify(presented) {
      if (checkToken(token, presented)) return { kind: 'known', caller: { key: null, scopes: ['*'] } }
      if (accessTokens !== undefined && JWT_FORM.test(presented)) return accessTokens(presented)
      const hash = Buffer.from(hashOf(presented), 'hex')
      let found: Omit<ApiKeyOp, 'op'> | undefined
      // Every key is compared whole: how long it takes tells nothing of where the match is.
      for (const each of await current()) {
        const kept = Buffer.from(each.hash, 'hex')
        if (kept.length === hash.length && timingSafeEqual(kept, hash)) found = each
      }
      if (found === undefined) return { kind: 'refused', why: 'unknown' }
      if (found.revoked) return { kind: 'refused', why: 'revoked' }
      if (found.expires !== null && clock.now() >= found.expires) return { kind: 'refused', why: 'expired' }
      return { kind: 'known', caller: { key: found.name, scopes: found.scopes } }
    },
  }
}
