/** What a client's assertion must be, besides signed (SMART Backend Services §“Protocol details”, RFC 7523 §3). Pure. */
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export const ALGORITHMS = ['RS384', 'ES384'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** Longest life of an assertion. */
const LIFE_S = 300
/** By how much the clocks of two machines that ask a time server may differ: for the bounds of `exp`. */
const SKEW_S = 5
/** `iat` and `nbf` bound nothing that `exp` does not, so a clock that is ahead harms nobody. */
const AHEAD_S = 30
const MAX_TEXT = 255

export interface AssertionHeader {
  readonly ok: true
  readonly algorithm: Algorithm
  readonly kid: string
  /** Where the client says that its keys are; null: not said. */
  readonly jku: string | null
}

/** @param header the protected header, decoded and not trusted */
export function readHeader(header: Readonly<Record<string, unknown>>): AssertionHeader | Refusal {
  const { alg, typ, kid, jku, crit } = header
  const algorithm = ALGORITHMS.find((each) => each === alg)
  if (algorithm === undefined) return refuse('invalid_client', `The assertion must be signed with ${ALGORITHMS.join(' or ')} (alg).`)
  // Left out by many libraries. Another type is a token for another purpose, such as our own access token.
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')) return refuse('invalid_client', 'The assertion’s typ must be JWT.')
  if (crit !== undefined) return refuse('invalid_client', 'The assertion has critical extensions (crit) that are not known here.')
  if (!isText(kid)) return refuse('invalid_client', 'The assertion does not name its key (kid).')
  if (jku !== undefined && typeof jku !== 'string') return refuse('invalid_client', 'The assertion’s jku must be an address.')
  return { ok: true, algorithm, kid, jku: jku ?? null }
}

export interface AssertionClaims {
  readonly ok: true
  readonly jti: string
  /** Milliseconds until which the jti must be remembered. */
  readonly until: number
}

/**
 * @param claims of an assertion whose signature holds
 * @param now milliseconds
 */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: { readonly client: string; readonly audience: string },
  now: number,
): AssertionClaims | Refusal {
  const { iss, sub, aud, exp, iat, nbf, jti } = claims
  const seconds = now / 1_000
  if (iss !== expected.client || sub !== expected.client) return refuse('invalid_client', 'The assertion’s iss and sub must both be the client id.')
  // One audience alone: what is meant for others too could have been sent on by them.
  if (aud !== expected.audience && !(Array.isArray(aud) && aud.length === 1 && aud[0] === expected.audience))
    return refuse('invalid_client', `The assertion’s aud must be the token endpoint, ${expected.audience}.`)
  if (!isTime(exp)) return refuse('invalid_client', 'The assertion does not say when it expires (exp, in seconds).')
  if (exp <= seconds - SKEW_S) return refuse('invalid_client', 'The assertion has expired (exp).')
  if (exp > seconds + LIFE_S + SKEW_S) return refuse('invalid_client', 'The assertion expires more than five minutes ahead (exp).')
  for (const [name, value] of [
    ['iat', iat],
    ['nbf', nbf],
  ] as const) {
    if (value !== undefined && !isTime(value)) return refuse('invalid_client', `The assertion’s ${name} must be a number of seconds.`)
    if (value !== undefined && value > seconds + AHEAD_S) return refuse('invalid_client', `The assertion’s ${name} is in the future.`)
  }
  if (!isText(jti)) return refuse('invalid_client', 'The assertion has no id of its own (jti).')
  return { ok: true, jti, until: Math.ceil((exp + SKEW_S) * 1_000) }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= MAX_TEXT
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0
