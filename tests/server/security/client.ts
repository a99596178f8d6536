/** A client of SMART Backend Services as the specification describes it, written apart from ours: keys, assertions, a server for its JWKS. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'

export interface Pair {
  readonly alg: string
  readonly kid: string
  readonly secret: CryptoKey
  readonly jwk: JWK
}

export async function pair(alg: 'RS384' | 'ES384' | 'RS256' | 'ES256', kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, secret: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export interface Assertion {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

let count = 0

/** A good assertion of a client, unless header or claims say otherwise; a claim that is undefined is left out. */
export function assertion(
  { alg, kid, secret }: Pair,
  client: string,
  audience: string,
  now: number,
  { header = {}, claims = {} }: Assertion = {},
): Promise<string> {
  const all = { iss: client, sub: client, aud: audience, exp: Math.floor(now / 1000) + 240, jti: `jti-${String(++count)}`, ...claims }
  return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)))
    .setProtectedHeader({ alg, kid, typ: 'JWT', ...header })
    .sign(secret)
}

export interface TokenBody {
  readonly access_token?: string
  readonly token_type?: string
  readonly expires_in?: number
  readonly scope?: string
  readonly error?: string
  readonly error_description?: string
}

/** Asks for a token. A parameter that is undefined is left out. */
export async function ask(
  base: string,
  signed: string,
  scope: string,
  more: Readonly<Record<string, string | undefined>> = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: TokenBody }> {
  const all = {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signed,
    scope,
    ...more,
  }
  const form = new URLSearchParams(Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined))
  const answer = await fetch(`${base}/auth/token`, { method: 'POST', body: form })
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as TokenBody }
}

export interface KeyServer {
  readonly url: string
  /** What it serves from now on. */
  keys: readonly JWK[]
  /** Answers instead of serving, when set. */
  instead: ((request: IncomingMessage, response: ServerResponse) => void) | null
  readonly asked: number
}

/** Serves public keys on a socket of its own. */
export async function keyServer(t: ExecutionContext, keys: readonly JWK[]): Promise<KeyServer> {
  let asked = 0
  const made = { keys, instead: null as KeyServer['instead'] }
  const server = createServer((request, response) => {
    asked++
    if (made.instead) return made.instead(request, response)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: made.keys }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/jwks.json`
  return Object.defineProperties(made, { url: { value: url }, asked: { get: () => asked } }) as unknown as KeyServer
}
