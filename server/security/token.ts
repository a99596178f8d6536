/** The operations token: 256 random bits, made at every start, shared through `engine.json` only. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new token: 43 characters of base64url. */
export function createToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Is the presented token the expected one? Takes as long for a wrong one as for the right one, whatever its length. */
export function checkToken(expected: string, presented: string): boolean {
  // Digests have one length, so that not even the length of the token shows.
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest()
  return timingSafeEqual(digest(expected), digest(presented)) && expected !== ''
}

/** The token of an `Authorization: Bearer …` header (RFC 6750 §2.1), or null. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(header ?? '')?.[1] ?? null
}
