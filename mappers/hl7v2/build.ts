/** Writing HL7 v2: segments ended by CR, trailing empty fields left out, MSH-2 of four characters. */
import type { Delimiters } from './delimiters.ts'
import { encodingCharacters } from './delimiters.ts'
import { escapeText } from './escapes.ts'

/** A field to write: text is one leaf and gets escaped; `raw` is written as it is; an array is components, whose arrays are subcomponents. */
export type FieldDraft = string | { readonly raw: string } | readonly (string | readonly string[])[]

/** One segment without its terminator. Field 1 comes first; for MSH the list starts with MSH-3. */
export function buildSegment(name: string, fields: readonly FieldDraft[], delimiters: Delimiters): string {
  const written = fields.map((field) => buildField(field, delimiters))
  const full = written.findLastIndex((field) => field !== '') + 1
  const head = name === 'MSH' ? [name, encodingCharacters(delimiters)] : [name]
  return [...head, ...written.slice(0, full)].join(delimiters.field)
}

/** The text of a message: every segment ended by CR. */
export function buildMessage(segments: readonly (readonly [name: string, fields: readonly FieldDraft[]])[], delimiters: Delimiters): string {
  return segments.map(([name, fields]) => buildSegment(name, fields, delimiters) + '\r').join('')
}

function buildField(field: FieldDraft, delimiters: Delimiters): string {
  if (typeof field === 'string') return escapeText(field, delimiters)
  if ('raw' in field) return field.raw
  const components = field.map((component) =>
    typeof component === 'string'
      ? escapeText(component, delimiters)
      : trimmed(component.map((part) => escapeText(part, delimiters))).join(delimiters.subcomponent),
  )
  return trimmed(components).join(delimiters.component)
}

function trimmed(parts: readonly string[]): readonly string[] {
  return parts.slice(0, parts.findLastIndex((part) => part !== '') + 1)
}

let writtenSecond = Number.NaN
let writtenText = ''

/** `YYYYMMDDHHMMSS+0000` of milliseconds since 1970. The last second is remembered: acknowledgements come by the thousand. */
export function formatTimestamp(at: number): string {
  const second = Math.floor(at / 1000)
  if (second !== writtenSecond) {
    writtenSecond = second
    writtenText = new Date(second * 1000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '') + '+0000'
  }
  return writtenText
}
