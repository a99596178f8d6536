/** FHIR ids ([A-Za-z0-9-.]{1,64}) for event ids, which have brackets and may be longer. */
import { createHash } from 'node:crypto'
import { parseMessageId } from '../../channels/contract/index.ts'

const LEGAL = /^[A-Za-z0-9.-]{1,64}$/
const MESSAGE_ID_LENGTH = 12

/** Letters, digits and dots stay, everything else becomes `-` and its UTF-8 bytes in hex. */
export function encodeId(name: string): string {
  return name.replace(/[^A-Za-z0-9.]/gu, (character) =>
    Buffer.from(character, 'utf8').reduce((text, byte) => `${text}-${byte.toString(16).padStart(2, '0')}`, ''),
  )
}

/** The event id in the letters of FHIR ids; too long a result becomes the message id and a digest. */
export function resourceIdOf(eventId: string): string {
  const encoded = encodeId(eventId)
  if (LEGAL.test(encoded)) return encoded
  return `${eventId.slice(0, MESSAGE_ID_LENGTH)}.-${createHash('sha256').update(eventId, 'utf8').digest('hex').slice(0, 40)}`
}

/** The message that a resource id belongs to: its event is the one whose {@link resourceIdOf} is this id. Null when it is no such id. */
export function messageOfResourceId(id: string): number | null {
  return LEGAL.test(id) && id.charAt(MESSAGE_ID_LENGTH) === '.' ? parseMessageId(id.slice(0, MESSAGE_ID_LENGTH)) : null
}
