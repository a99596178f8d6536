/** Signatures of webhooks as Standard Webhooks 1.0 says: HMAC-SHA256 over `id.timestamp.body`, so that a receiver can refuse what is forged or old. */
import { createHmac, randomBytes } from 'node:crypto'

const PREFIX = 'whsec_'

/** `whsec_` and base64 of 32 random bytes. */
export function createSecret(): string {
  return PREFIX + randomBytes(32).toString('base64')
}

/** The bytes that sign: what follows `whsec_` is base64, any other secret is taken as it is written. */
export function signingKey(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret, 'utf8')
}

/** Value of the header `webhook-signature`. @param seconds since 1970, as the header `webhook-timestamp` says */
export function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const mac = createHmac('sha256', signingKey(secret))
    .update(`${id}.${String(seconds)}.${body}`, 'utf8')
    .digest('base64')
  return `v1,${mac}`
}
