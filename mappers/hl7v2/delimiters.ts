/** The separators of one message, as its MSH-1 and MSH-2 state them (HL7 v2.9.1 §2.5.4). */
export interface Delimiters {
  readonly field: string
  readonly component: string
  readonly repetition: string
  /** Empty when MSH-2 stops before it. */
  readonly escape: string
  readonly subcomponent: string
  /** Fifth character of MSH-2 (v2.7 and later), or empty. */
  readonly truncation: string
}

export const STANDARD_DELIMITERS: Delimiters = { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&', truncation: '' }

/** Letters, digits, white space and control characters cannot separate fields: text such as `MSH is …` is no header. */
const NO_FIELD_SEPARATOR = /[\p{L}\p{N}\s\p{C}]/u

/**
 * Reads the delimiters of a header that starts at `start`. They are taken literally, in the order of MSH-2 (component, repetition,
 * escape, subcomponent, truncation), whichever characters they are; a delimiter that MSH-2 leaves out is the empty string.
 *
 * @returns null when there is no `MSH`, no usable MSH-1, or an empty MSH-2
 */
export function readDelimiters(text: string, start: number): Delimiters | null {
  if (!text.startsWith('MSH', start)) return null
  if (isStandard(text, start)) return STANDARD_DELIMITERS
  const field = text.charAt(start + 3)
  if (field === '' || NO_FIELD_SEPARATOR.test(field)) return null
  let end = start + 4
  while (end < start + 9 && end < text.length && text[end] !== field && text[end] !== '\r' && text[end] !== '\n') end++
  const [component = '', repetition = '', escape = '', subcomponent = '', truncation = ''] = text.slice(start + 4, end).split('')
  return component === '' ? null : { field, component, repetition, escape, subcomponent, truncation }
}

/** MSH-2 as it is written back: four characters at most, because many receivers refuse the fifth. */
export function encodingCharacters(delimiters: Delimiters): string {
  return delimiters.component + delimiters.repetition + delimiters.escape + delimiters.subcomponent
}

function isStandard(text: string, start: number): boolean {
  return text.startsWith('|^~\\&|', start + 3)
}
