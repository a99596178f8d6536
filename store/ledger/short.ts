/** Texts of the outside as keys: PostgreSQL's index entries are small, so what is long stands there by its beginning and its hash. */
import { createHash } from 'node:crypto'

const LONGEST = 400
const KEPT = 300

export function shortKey(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, KEPT)}#${createHash('sha256').update(text).digest('hex')}`
}
