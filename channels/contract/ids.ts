/**
 * Ids: a message id is a 53-bit integer that sorts by time of receipt; everything below a message is addressed under it.
 *
 * Layout of a message id: milliseconds since {@link ID_EPOCH} × 4096 + counter (8 bits) × 16 + node (4 bits). One integer is
 * a primary key, an order and a date: content tables per day are found from the id alone.
 */

/** 2026-01-01T00:00:00Z. 41 bits of milliseconds last until 2095. */
export const ID_EPOCH = 1767225600000

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const ID_LENGTH = 11

/** Milliseconds since 1970 at which the message was received. */
export function receivedAt(id: number): number {
  return Math.floor(id / 4096) + ID_EPOCH
}

/** UTC day of an id as `YYYYMMDD`: the name of its content tables. */
export function dayOf(id: number): string {
  return new Date(receivedAt(id)).toISOString().slice(0, 10).replaceAll('-', '')
}

/** `m` and 11 characters of Crockford's base32: sorts as the integer does. */
export function formatMessageId(id: number): string {
  let rest = id
  let text = ''
  for (let i = 0; i < ID_LENGTH; i++) {
    text = ALPHABET.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return 'm' + text
}

/** The integer of a formatted message id, or null when the text is not one. */
export function parseMessageId(text: string): number | null {
  if (text.length !== ID_LENGTH + 1 || text[0] !== 'm') return null
  let id = 0
  for (const character of text.slice(1)) {
    const digit = ALPHABET.indexOf(character)
    if (digit < 0) return null
    id = id * 32 + digit
  }
  return Number.isSafeInteger(id) ? id : null
}

/** Event id (DESIGN §4): message id + mapping rule + anchor, e.g. `m0c1….usage.FT1[2]`. A resend makes the same one. */
export function formatEventId(message: number, rule: string, anchor: string): string {
  return `${formatMessageId(message)}.${rule}.${anchor}`
}

/** Delivery id: message id and the delivery's number within it, e.g. `m0c1….d2`. */
export function formatDeliveryId(message: number, n: number): string {
  return `${formatMessageId(message)}.d${n}`
}

/** What a text names: a message, an event of it, or a delivery of it; null when it has none of these shapes. */
export function parseId(
  text: string,
):
  | { kind: 'message'; message: number }
  | { kind: 'event'; message: number; rule: string; anchor: string }
  | { kind: 'delivery'; message: number; n: number }
  | null {
  const [head = '', middle, ...rest] = text.split('.')
  const message = parseMessageId(head)
  if (message === null) return null
  if (middle === undefined) return { kind: 'message', message }
  if (rest.length === 0) {
    const n = /^d(\d+)$/.exec(middle)
    return n ? { kind: 'delivery', message, n: Number(n[1]) } : null
  }
  return { kind: 'event', message, rule: middle, anchor: rest.join('.') }
}

/** Makes message ids: strictly rising, also when the clock goes back or a millisecond is full. */
export interface IdSource {
  next(): number
}

/**
 * @param now milliseconds since 1970
 * @param node 0–15, this engine's number among those that share a store
 * @param after the highest id that is already in the store; ids start above it
 */
export function createIdSource(now: () => number, node = 0, after = 0): IdSource {
  let last = after
  return {
    next() {
      const fromClock = (now() - ID_EPOCH) * 4096 + node
      const step = Math.floor(last / 16) * 16 + 16 + node
      last = fromClock > last ? fromClock : step
      return last
    },
  }
}
