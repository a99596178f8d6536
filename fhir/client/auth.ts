/**
 * SMART Backend Services as a client (SMART App Launch 2, "client-confidential-asymmetric"): where the token endpoint is, a signed assertion
 * for it, and the access token kept until it is nearly over. No token, assertion or key ever gets into a text.
 */
import { readFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { SignJWT, importJWK, importPKCS8 } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import type { Clock, FhirAuth } from '../../channels/contract/index.ts'
import { failed } from './failure.ts'
import type { FhirFailure } from './failure.ts'
import { openWire } from './wire.ts'
import type { Wire, WireAnswer } from './wire.ts'

export interface Authorizer {
  /** Value of the Authorization header. */
  header(signal?: AbortSignal): Promise<{ readonly ok: true; readonly value: string } | FhirFailure>
  /** The server did not accept `value`: it is asked for anew. */
  refused(value: string): void
  close(): Promise<void>
}

export interface AuthorizerOptions {
  readonly auth: FhirAuth
  /** Base URL of the FHIR server. */
  readonly base: string
  readonly clock: Clock
  readonly timeoutMs: number
  readonly jti?: () => string
}

/** An assertion lives for less than the five minutes that SMART allows, so that clocks may differ a little. */
const ASSERTION_SECONDS = 240
/** A server that does not say how long its token lives gets it renewed soon. */
const UNSAID_SECONDS = 60
const EARLY_MS = 30_000
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export function backendServices(options: AuthorizerOptions): Authorizer {
  const { auth, clock } = options
  const jti = options.jti ?? randomUUID
  const wires = new Map<string, Wire>()
  let token: { readonly value: string; readonly until: number } | null = null
  let endpoint: string | null = auth.tokenUrl
  let asking: Promise<{ readonly ok: true; readonly value: string } | FhirFailure> | null = null

  const wire = (origin: string): Wire => {
    const open = wires.get(origin) ?? openWire({ origin, clock, timeoutMs: options.timeoutMs, connections: 1, maxAnswerBytes: 1_000_000 })
    wires.set(origin, open)
    return open
  }

  async function discover(): Promise<string | FhirFailure> {
    const url = new URL(`${options.base.replace(/\/$/, '')}/.well-known/smart-configuration`)
    const answer = await wire(url.origin).exchange({ method: 'GET', path: url.pathname + url.search, headers: { accept: 'application/json' } })
    if (!answer.ok) return failed('DESTINATION_AUTH', `Its smart-configuration cannot be read: ${answer.text}`)
    if (answer.status !== 200)
      return failed('DESTINATION_AUTH', `Its smart-configuration was answered ${String(answer.status)}; name the token URL.`, answer.status)
    const told = objectOf(answer.text)
    const found = told['token_endpoint']
    if (typeof found !== 'string' || !URL.canParse(found)) return failed('DESTINATION_AUTH', 'Its smart-configuration names no token_endpoint.')
    if (url.protocol === 'https:' && new URL(found).protocol !== 'https:') return failed('DESTINATION_AUTH', 'Its token_endpoint is not https.')
    const algorithms = told['token_endpoint_auth_signing_alg_values_supported']
    if (Array.isArray(algorithms) && !algorithms.includes(auth.algorithm))
      return failed('DESTINATION_AUTH', `Its token endpoint does not take ${auth.algorithm}.`)
    return found
  }

  async function ask(): Promise<{ readonly ok: true; readonly value: string } | FhirFailure> {
    const where = endpoint ?? (await discover())
    if (typeof where !== 'string') return where
    const key = await keyOf(auth)
    if ('ok' in key) return key
    const url = new URL(where)
    const seconds = Math.floor(clock.now() / 1000)
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: auth.algorithm, typ: 'JWT', ...(key.id === null ? {} : { kid: key.id }) })
      .setIssuer(auth.clientId)
      .setSubject(auth.clientId)
      .setAudience(where)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + ASSERTION_SECONDS)
      .setJti(jti())
      .sign(key.key)
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: auth.scopes.join(' '),
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion,
    })
    const answer = await wire(url.origin).exchange({
      method: 'POST',
      path: url.pathname + url.search,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: form.toString(),
    })
    return tokenOf(answer)
  }

  function tokenOf(answer: WireAnswer | FhirFailure): { readonly ok: true; readonly value: string } | FhirFailure {
    if (!answer.ok) return failed('DESTINATION_AUTH', `The token endpoint did not answer: ${answer.text}`)
    const told = objectOf(answer.text)
    if (answer.status !== 200) {
      // The endpoint may have moved: it is looked for again, unless it was given.
      endpoint = auth.tokenUrl
      const { error } = told
      const word = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? ` (${error})` : ''
      return failed('DESTINATION_AUTH', `The token endpoint answered ${String(answer.status)}${word}.`, answer.status)
    }
    const { access_token: value, token_type: type, expires_in: life } = told
    if (typeof value !== 'string' || value === '' || typeof type !== 'string' || type.toLowerCase() !== 'bearer') {
      return failed('DESTINATION_AUTH', 'The token endpoint gave no bearer token.')
    }
    const ms = (typeof life === 'number' && life > 0 ? life : UNSAID_SECONDS) * 1000
    token = { value: `Bearer ${value}`, until: clock.now() + ms - Math.min(EARLY_MS, ms / 5) }
    return { ok: true, value: token.value }
  }

  return {
    async header() {
      if (token !== null && clock.now() < token.until) return { ok: true, value: token.value }
      // One question for all who wait for it.
      asking ??= ask()
        .catch(() => failed('DESTINATION_AUTH', 'The assertion could not be signed; is the key one for this algorithm?'))
        .finally(() => (asking = null))
      return asking
    },
    refused(value) {
      if (token?.value === value) token = null
    },
    async close() {
      await Promise.all([...wires.values()].map((each) => each.close()))
    },
  }
}

/** Read at every use of it, so that a key is changed by changing the file. */
async function keyOf(auth: FhirAuth): Promise<{ readonly key: CryptoKey | Uint8Array; readonly id: string | null } | FhirFailure> {
  let text: string
  try {
    text = (await readFile(auth.key, 'utf8')).trim()
  } catch (error) {
    return failed('DESTINATION_AUTH', `The key file ${auth.key} cannot be read (${String((error as NodeJS.ErrnoException).code)}).`)
  }
  try {
    if (!text.startsWith('{')) return { key: await importPKCS8(text, auth.algorithm), id: auth.keyId }
    const jwk = JSON.parse(text) as JWK
    return { key: await importJWK(jwk, auth.algorithm), id: auth.keyId ?? jwk.kid ?? null }
  } catch {
    return failed('DESTINATION_AUTH', `The key file ${auth.key} has no private key for ${auth.algorithm} (PEM, PKCS #8, or a JWK).`)
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
