/** Who calls and what they may: the engine's own token, or an API key with scopes. */
import type { Context, Middleware } from 'koa'
import { bearerOf } from '../security/index.ts'
import type { Caller, KeyRing, Scope } from '../security/index.ts'
import { Problem } from './problem.ts'

/** Paths below these need a token or key; the CapabilityStatement is open, as FHIR asks. */
const GUARDED = ['/api', '/fhir']
const OPEN = ['/fhir/metadata']

const REFUSALS = {
  unknown: 'The token or key is not known; the engine’s own token is made anew at every start.',
  expired: 'The API key or access token has expired.',
  revoked: 'The API key was revoked, or the client is no longer registered.',
} as const

/** 401 with WWW-Authenticate (RFC 6750 §3) unless the request carries the engine's token or a key that holds. */
export function identify(ring: KeyRing): Middleware {
  return async (context, next) => {
    if (GUARDED.some((path) => context.path === path || context.path.startsWith(`${path}/`)) && !OPEN.includes(context.path)) {
      const presented = context.get('x-api-key') || bearerOf(context.get('authorization') || undefined)
      const answer = presented === null ? null : await ring.identify(presented)
      if (answer === null || answer.kind === 'refused') {
        throw new Problem(401, {
          detail: answer === null ? 'The request has no token.' : REFUSALS[answer.why],
          cure: 'Send Authorization: Bearer TOKEN with an API key (aqueduct keys create), or with the token of engine.json in the data directory.',
          headers: { 'www-authenticate': answer === null ? 'Bearer realm="aqueduct"' : 'Bearer realm="aqueduct", error="invalid_token"' },
        })
      }
      context.state['caller'] = answer.caller
    }
    await next()
  }
}

/** Who was found to call. */
export function callerOf(context: Context): Caller {
  const caller = context.state['caller'] as Caller | undefined
  return caller ?? { key: null, scopes: [] }
}

/** @throws Problem 403 naming the scope that is missing (RFC 6750 §3.1) */
export function requireScope(context: Context, scope: Scope): void {
  const caller = callerOf(context)
  if (caller.scopes.includes('*') || caller.scopes.includes(scope)) return
  throw new Problem(403, {
    detail: `The API key may not do this: it lacks the scope ${scope}.`,
    cure: `Use a key with ${scope}; aqueduct keys create makes one.`,
    headers: { 'www-authenticate': `Bearer realm="aqueduct", error="insufficient_scope", scope="${scope}"` },
    more: { missing: scope, scopes: caller.scopes },
  })
}
