/**
 * Access tokens: JWTs under a secret of the data directory. Only this engine makes and reads them, so one secret serves (HS256), and nothing
 * has to be stored for each; it outlives a restart, so a token does too.
 */
import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { SignJWT, errors, jwtVerify } from 'jose'

const NAME = 'smart.key'
const TYPE = 'at+jwt'
const AUDIENCE = 'fhir'
const BYTES = 32

export interface TokenFacts {
  readonly client: string
  readonly scopes: readonly string[]
}

/** The secret in the data directory, made when there is none. Readable by its owner only. @throws Error of the file system */
export function loadTokenSecret(dataDir: string): Uint8Array {
  const path = join(dataDir, NAME)
  const kept = read(path)
  if (kept !== null) {
    chmodSync(path, 0o600)
    return kept
  }
  const secret = randomBytes(BYTES)
  const fresh = join(dataDir, `.${NAME}.${String(process.pid)}.${randomBytes(4).toString('hex')}`)
  try {
    const file = openSync(fresh, 'wx', 0o600)
    try {
      writeSync(file, secret)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
  return secret
}

/** Null when there is no whole secret: a new one costs clients no more than asking for a token again. */
function read(path: string): Uint8Array | null {
  try {
    const bytes = readFileSync(path)
    return bytes.length === BYTES ? bytes : null
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** @param now milliseconds */
export function signAccessToken(secret: Uint8Array, { client, scopes }: TokenFacts, issuer: string, now: number, lifetimeMs: number): Promise<string> {
  const seconds = Math.floor(now / 1_000)
  return new SignJWT({ client_id: client, scope: scopes.join(' ') })
    .setProtectedHeader({ alg: 'HS256', typ: TYPE })
    .setIssuer(issuer)
    .setSubject(client)
    .setAudience(AUDIENCE)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + Math.floor(lifetimeMs / 1_000))
    .sign(secret)
}

/** Whose token this is; why not, when it is none that holds. */
export async function readAccessToken(secret: Uint8Array, token: string, issuer: string, now: number): Promise<TokenFacts | 'unknown' | 'expired'> {
  try {
    const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'], typ: TYPE, issuer, audience: AUDIENCE, currentDate: new Date(now) })
    const { sub, scope } = payload
    return typeof sub === 'string' && typeof scope === 'string' ? { client: sub, scopes: scope.split(' ').filter((each) => each !== '') } : 'unknown'
  } catch (error) {
    return error instanceof errors.JWTExpired ? 'expired' : 'unknown'
  }
}
