/** SMART Backend Services, the server's side: assertions in, access tokens out, access tokens recognised. */
import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK } from 'jose'
import type { Clock, Jwk, SmartClient, SmartSettings } from '../../../channels/contract/index.ts'
import type { Identified } from '../keys.ts'
import { loadTokenSecret, readAccessToken, signAccessToken } from './access-token.ts'
import { checkClaims, readHeader } from './assertion.ts'
import type { AssertionHeader } from './assertion.ts'
import { grantScopes } from './grant.ts'
import { createKeySets } from './key-sets.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { readTokenRequest } from './request.ts'
import { createThrottle } from './throttle.ts'

/** No client needs more, and whatever is longer is not worth taking apart. */
const MAX_ASSERTION = 16_384

export interface SmartOptions {
  /** Of the configuration that runs now; null: nobody may ask. */
  readonly settings: () => SmartSettings | null
  /** Where the secret of the access tokens is. */
  readonly dataDir: string
  /** Stands in every access token: one of another installation is none here. */
  readonly installation: string
  readonly clock: Clock
  /** True for the first use of a value; durable before it answers. */
  readonly once: (scope: string, value: string, until: number) => Promise<boolean>
  readonly audit: (who: string, what: string, subject: string) => Promise<void>
}

export interface IssuedToken {
  readonly ok: true
  readonly token: string
  readonly expiresIn: number
  readonly scope: string
}
export type TokenAnswer = IssuedToken | (Refusal & { /** Milliseconds to wait, when that is the reason. */ readonly waitMs?: number })

export interface Smart {
  settings(): SmartSettings | null
  /**
   * Answers a token request.
   * @param audience the address of the token endpoint, which the assertion must be for
   * @param from who asks, as the network sees it
   */
  token(form: string, audience: string, from: string): Promise<TokenAnswer>
  /** Whose access token this is. */
  identify(presented: string): Promise<Identified>
}

/** Nobody is told apart from a client by its id alone: what was not proved is written down without it. */
const UNKNOWN = 'unregistered client'

export function createSmart(options: SmartOptions): Smart {
  const { clock, installation } = options
  const keySets = createKeySets(clock)
  const throttle = createThrottle(clock)
  let known: SmartSettings | null = null
  const settings = () => {
    const current = options.settings()
    if (current !== known) {
      known = current
      keySets.keep(new Set(current?.clients.flatMap(({ keys }) => (keys.kind === 'url' ? [keys.url] : []))))
    }
    return current
  }
  let secret: Uint8Array | null = null
  const tokenSecret = () => (secret ??= loadTokenSecret(options.dataDir))

  const clientOf = (id: unknown): SmartClient | null => settings()?.clients.find((client) => client.id === id) ?? null

  /** The client that the assertion proves itself to be, and marks the assertion as used. */
  const authenticate = async (client: SmartClient, assertion: string, audience: string): Promise<{ readonly ok: true } | Refusal> => {
    const header = headerOf(assertion)
    if (!header.ok) return header
    if (header.jku !== null && (client.keys.kind !== 'url' || header.jku !== client.keys.url))
      return refuse('invalid_client', 'The assertion’s jku is not the address that the client is registered with.')
    const found = await keyOf(client, header)
    if (!found.ok) return found
    const claims = await verified(assertion, found.key, header)
    if (claims === null) return refuse('invalid_client', 'The assertion’s signature does not hold.')
    const checked = checkClaims(claims, { client: client.id, audience }, clock.now())
    if (!checked.ok) return checked
    // Last: an assertion that is refused for anything else must not use up an id.
    if (!(await options.once(`jti:${client.id}`, checked.jti, checked.until))) return refuse('invalid_client', 'The assertion was used before (jti).')
    return { ok: true }
  }

  const keyOf = async ({ keys }: SmartClient, header: AssertionHeader): Promise<{ readonly ok: true; readonly key: Jwk } | Refusal> => {
    const held = keys.kind === 'set' ? keys.keys : await keySets.keys(keys.url, false)
    if (held === null) return refuse('invalid_client', 'The client’s keys cannot be read from its jwks_url.')
    let key = pick(held, header)
    // It may have changed its keys since.
    if (key === null && keys.kind === 'url') key = pick((await keySets.keys(keys.url, true)) ?? [], header)
    return key === null ? refuse('invalid_client', 'The assertion’s key (kid) is not among the client’s public keys for its alg.') : { ok: true, key }
  }

  return {
    settings,
    async token(form, audience, from) {
      const request = readTokenRequest(form)
      if (!request.ok) return request
      const client = clientOf(claimed(request.assertion))
      const who = `${client?.id ?? ''}\n${from}`
      const waitMs = throttle.blockedFor(who)
      if (waitMs > 0) return { ...refuse('temporarily_unavailable', 'Too many requests failed; try again later.'), waitMs }
      const refused = async (refusal: Refusal) => {
        throttle.failed(who)
        await options.audit(client?.id ?? UNKNOWN, 'token refused', refusal.error)
        return refusal
      }
      if (client === null) return refused(refuse('invalid_client', 'The client is not registered here, or the assertion is no JWT.'))
      if (request.clientId !== '' && request.clientId !== client.id) return refused(refuse('invalid_client', 'client_id is another than the assertion’s iss.'))
      const proof = await authenticate(client, request.assertion, audience)
      if (!proof.ok) return refused(proof)
      // RFC 6749 §3.3 leaves it to us what no scope means. Many clients say none and expect what they are registered for.
      const scopes = grantScopes(request.scope === '' ? client.scopes.join(' ') : request.scope, client.scopes)
      if (scopes.length === 0) return refused(refuse('invalid_scope', 'The client is registered for none of these scopes.'))
      const lifetimeMs = settings()?.tokenLifetimeMs ?? 0
      const token = await signAccessToken(tokenSecret(), { client: client.id, scopes }, installation, clock.now(), lifetimeMs)
      const scope = scopes.join(' ')
      await options.audit(client.id, 'token issued', scope)
      return { ok: true, token, expiresIn: Math.floor(lifetimeMs / 1_000), scope }
    },
    async identify(presented) {
      if (settings() === null) return { kind: 'refused', why: 'unknown' }
      const facts = await readAccessToken(tokenSecret(), presented, installation, clock.now())
      if (typeof facts === 'string') return { kind: 'refused', why: facts }
      const client = clientOf(facts.client)
      if (client === null) return { kind: 'refused', why: 'revoked' }
      // What a reload took from the client, its tokens lose too.
      return { kind: 'known', caller: { key: client.id, scopes: grantScopes(facts.scopes.join(' '), client.scopes) } }
    },
  }
}

/** Who the assertion says it is from, before anything of it is proved. */
function claimed(assertion: string): unknown {
  if (assertion.length > MAX_ASSERTION) return undefined
  try {
    return decodeJwt(assertion).iss
  } catch {
    return undefined
  }
}

function headerOf(assertion: string): AssertionHeader | Refusal {
  try {
    return readHeader(decodeProtectedHeader(assertion))
  } catch {
    return refuse('invalid_client', 'The assertion is no JWT.')
  }
}

/** The key of this id that fits the algorithm; two of different kinds may share an id. */
function pick(keys: readonly Jwk[], { algorithm, kid }: AssertionHeader): Jwk | null {
  const fits = (key: Jwk) => (algorithm === 'RS384' ? key['kty'] === 'RSA' : key['kty'] === 'EC' && key['crv'] === 'P-384')
  const may = (key: Jwk) => (key['use'] === undefined || key['use'] === 'sig') && (key['alg'] === undefined || key['alg'] === algorithm)
  return keys.find((key) => key['kid'] === kid && fits(key) && may(key)) ?? null
}

/** The claims when the signature holds under the key, else null. */
async function verified(assertion: string, jwk: Jwk, { algorithm }: AssertionHeader): Promise<Readonly<Record<string, unknown>> | null> {
  const { kty, n, e, crv, x, y } = jwk
  try {
    // Only what makes a public key: nothing else in a client's set may decide how it is used.
    const key = await importJWK(kty === 'RSA' ? { kty, n: String(n), e: String(e) } : { kty: 'EC', crv: String(crv), x: String(x), y: String(y) }, algorithm)
    const { payload } = await compactVerify(assertion, key, { algorithms: [algorithm] })
    const claims: unknown = JSON.parse(Buffer.from(payload).toString('utf8'))
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? (claims as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}
