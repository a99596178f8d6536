/** Keys of documents. */
import { createHash } from 'node:crypto'

/** 12 characters of Crockford's base32 over sha256(installation, document id, generation): DESIGN §4 Ids. */
export function documentKey(installation: string, id: string, generation = 0): string {
  const digest = createHash('sha256')
    .update(`${installation}|${id}|${String(generation)}`)
    .digest()
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  let bits = digest.readBigUInt64BE(0)
  let key = ''
  for (let i = 0; i < 12; i++) {
    key += alphabet.charAt(Number(bits >> 59n))
    bits = (bits << 5n) & 0xffffffffffffffffn
  }
  return key
}
