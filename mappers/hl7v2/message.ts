/**
 * One HL7 v2 message, read lazily and without loss: parsing notes where segments start and end, the first look into a segment
 * where its fields are, and a leaf is cut out and unescaped when it is asked for.
 */
import { charsetOf, UTF_8 } from './charset.ts'
import type { Charset } from './charset.ts'
import { readDelimiters, STANDARD_DELIMITERS } from './delimiters.ts'
import type { Delimiters } from './delimiters.ts'
import { unescapeText } from './escapes.ts'
import { groupEnd } from './groups.ts'

const CR = 0x0d
const LF = 0x0a

/** Segments `start` to before `end`, in the order of the message; `occurrence` counts the anchor from 1. */
export interface SegmentGroup {
  readonly start: number
  readonly end: number
  readonly occurrence: number
}

export class Hl7Message {
  /** The decoded text; what follows an ADD segment has been joined to the segment before it (§2.10.2). */
  readonly text: string
  readonly delimiters: Delimiters
  private readonly starts: readonly number[]
  private readonly ends: readonly number[]
  /** Per segment: the start of each field, and one past the end of the last. */
  private readonly bounds: (readonly number[] | undefined)[] = []
  private readonly statedCharset: Charset | null
  private readonly codes: DelimiterCodes

  private constructor(text: string, start: number, delimiters: Delimiters, charset: Charset | null) {
    this.text = text
    this.delimiters = delimiters
    this.statedCharset = charset
    this.codes = delimiters === STANDARD_DELIMITERS ? STANDARD_CODES : codesOf(delimiters)
    const starts: number[] = []
    const ends: number[] = []
    if (text.includes('\n')) indexMixed(text, start, starts, ends)
    else indexSegments(text, start, starts, ends)
    this.starts = starts
    this.ends = ends
  }

  /**
   * @param text the whole message, segments ended by CR, LF, CRLF or a mixture; a byte order mark and blanks before MSH are passed over
   * @param charset the set it was decoded from, for `\Xhh\` escapes; null or left out: what MSH-18 names, else UTF-8
   * @returns null when it does not begin with a header whose delimiters can be read
   */
  static parse(text: string, charset: Charset | null = null): Hl7Message | null {
    const start = text.startsWith('MSH') ? 0 : firstSegment(text)
    const delimiters = readDelimiters(text, start)
    if (delimiters === null) return null
    return new Hl7Message(joinContinuations(text, delimiters.field), start, delimiters, charset)
  }

  /** The set of `\Xhh\` escapes, and of an answer to this message. */
  get charset(): Charset {
    return this.statedCharset ?? charsetOf(this.raw(0, 18)) ?? UTF_8
  }

  get segmentCount(): number {
    return this.starts.length
  }

  /** What stands before the first field separator, `''` for an index out of range. */
  segmentName(segment: number): string {
    const start = this.starts[segment]
    const end = this.ends[segment]
    if (start === undefined || end === undefined) return ''
    const separator = this.text.indexOf(this.delimiters.field, start)
    return this.text.slice(start, separator < 0 || separator > end ? end : separator)
  }

  /** Index of the `occurrence`th (from 1) segment of that name among `from` (inclusive) to `to` (exclusive), or -1. */
  find(name: string, occurrence: number, from = 0, to = this.starts.length): number {
    let left = occurrence
    for (let i = Math.max(from, 0); i < to; i++) {
      if (this.isNamed(i, name) && --left === 0) return i
    }
    return -1
  }

  /** How many segments of that name are among `from` to before `to`. */
  count(name: string, from = 0, to = this.starts.length): number {
    let count = 0
    for (let i = Math.max(from, 0); i < to; i++) {
      if (this.isNamed(i, name)) count++
    }
    return count
  }

  /** The anchor's segments, each with what belongs to it (rules: groups.ts). */
  groups(anchor: string): readonly SegmentGroup[] {
    const groups: SegmentGroup[] = []
    const type = this.value(0, 9, 1, 1, 0)
    const trigger = this.value(0, 9, 1, 2, 0)
    let start = this.find(anchor, 1)
    while (start >= 0) {
      const end = groupEnd(this, anchor, start, type, trigger)
      groups.push({ start, end, occurrence: groups.length + 1 })
      start = this.find(anchor, 1, end)
    }
    return groups
  }

  /** The segment's text without its terminator, undecoded. */
  rawSegment(segment: number): string {
    const start = this.starts[segment]
    return start === undefined ? '' : this.text.slice(start, this.ends[segment])
  }

  /** Number of the segment's last field (of MSH as HL7 counts: MSH-1 is the separator). */
  fieldCount(segment: number): number {
    return this.boundsOf(segment).length - 2 + (segment === 0 ? 1 : 0)
  }

  /** How often the field repeats: 0 when it is empty or absent. */
  repetitions(segment: number, field: number): number {
    if (segment === 0 && field <= 2) return 1
    const { start, end } = this.fieldRange(segment, field)
    if (start >= end) return 0
    const separator = this.codes.repetition
    let count = 1
    for (let i = start; i < end; i++) {
      if (this.text.charCodeAt(i) === separator) count++
    }
    return count
  }

  /** The whole field, undecoded; `''` when it is absent. */
  raw(segment: number, field: number): string {
    if (segment === 0 && field === 1) return this.delimiters.field
    const { start, end } = this.fieldRange(segment, field)
    return this.text.slice(start, end)
  }

  /** Whether the field is `""`: delete what you have (an empty field says nothing). */
  isNull(segment: number, field: number): boolean {
    return this.raw(segment, field) === '""'
  }

  /**
   * One leaf, unescaped. Repetitions, components and subcomponents count from 1; component or subcomponent 0 asks for the field
   * as a simple type, which is the first part (v2.9.1 §2.6 on extended types). MSH-1 and MSH-2 are given literally.
   *
   * @returns `''` when absent, `""` when it is HL7's null
   */
  value(segment: number, field: number, repetition: number, component: number, subcomponent: number): string {
    if (segment === 0 && field <= 2) return this.raw(0, field)
    const bounds = this.boundsOf(segment)
    const at = segment === 0 ? field - 1 : field
    const first = bounds[at]
    const next = bounds[at + 1]
    if (first === undefined || next === undefined || at < 0) return ''
    const { text } = this
    const { repetition: repetitionMark, component: componentMark, subcomponent: subcomponentMark, escape: escapeMark } = this.codes
    let start = first
    let end = next - 1
    for (let left = repetition - 1; left > 0; left--) {
      while (start < end && text.charCodeAt(start) !== repetitionMark) start++
      if (start++ >= end) return ''
    }
    let skip = component - 1
    for (; skip > 0; skip--) {
      while (start < end && text.charCodeAt(start) !== componentMark) {
        if (text.charCodeAt(start) === repetitionMark) return ''
        start++
      }
      if (start++ >= end) return ''
    }
    for (skip = subcomponent - 1; skip > 0; skip--) {
      for (; start < end; start++) {
        const code = text.charCodeAt(start)
        if (code === subcomponentMark) break
        if (code === componentMark || code === repetitionMark) return ''
      }
      if (start++ >= end) return ''
    }
    let escaped = false
    for (let i = start; i < end; i++) {
      const code = text.charCodeAt(i)
      if (code === repetitionMark || code === componentMark || code === subcomponentMark) {
        end = i
        break
      }
      if (code === escapeMark) escaped = true
    }
    const leaf = text.slice(start, end)
    return escaped ? unescapeText(leaf, this.delimiters, this.charset) : leaf
  }

  private isNamed(segment: number, name: string): boolean {
    const start = this.starts[segment]
    if (start === undefined || !this.text.startsWith(name, start)) return false
    const after = start + name.length
    return after === this.ends[segment] || this.text[after] === this.delimiters.field
  }

  private fieldRange(segment: number, field: number): { readonly start: number; readonly end: number } {
    const bounds = this.boundsOf(segment)
    const at = segment === 0 ? field - 1 : field
    const start = bounds[at]
    const next = bounds[at + 1]
    return start === undefined || next === undefined ? NOWHERE : { start, end: next - 1 }
  }

  private boundsOf(segment: number): readonly number[] {
    const known = this.bounds[segment]
    if (known !== undefined) return known
    const start = this.starts[segment]
    const end = this.ends[segment]
    if (start === undefined || end === undefined) return NO_BOUNDS
    const bounds = [start]
    const { field } = this.delimiters
    for (let at = this.text.indexOf(field, start); at >= 0 && at < end; at = this.text.indexOf(field, at + 1)) bounds.push(at + 1)
    bounds.push(end + 1)
    this.bounds[segment] = bounds
    return bounds
  }
}

const NOWHERE = { start: 0, end: 0 }
const NO_BOUNDS: readonly number[] = [0]

/** No character has this code: a delimiter that the message does not declare. */
const ABSENT = -1

interface DelimiterCodes {
  readonly component: number
  readonly repetition: number
  readonly subcomponent: number
  readonly escape: number
}

function codesOf({ component, repetition, subcomponent, escape }: Delimiters): DelimiterCodes {
  return { component: codeOf(component), repetition: codeOf(repetition), subcomponent: codeOf(subcomponent), escape: codeOf(escape) }
}

function codeOf(delimiter: string): number {
  return delimiter === '' ? ABSENT : delimiter.charCodeAt(0)
}

const STANDARD_CODES = codesOf(STANDARD_DELIMITERS)

function firstSegment(text: string): number {
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (start < text.length && text.charCodeAt(start) <= 0x20) start++
  return start
}

/** `C|34` CR `ADD|5|678|` CR `ADD|90` is `C|345|678|90`. */
function joinContinuations(text: string, field: string): string {
  const mark = 'ADD' + field
  if (!text.includes(mark)) return text
  const parts = text.split(/(\r\n|\r|\n)/)
  let joined = parts[0] ?? ''
  for (let i = 1; i < parts.length; i += 2) {
    const segment = parts[i + 1] ?? ''
    joined += segment.startsWith(mark) ? segment.slice(mark.length) : (parts[i] ?? '') + segment
  }
  return joined
}

function indexSegments(text: string, first: number, starts: number[], ends: number[]): void {
  let start = first
  while (start < text.length) {
    let end = text.indexOf('\r', start)
    if (end < 0) end = text.length
    if (end > start) {
      starts.push(start)
      ends.push(end)
    }
    start = end + 1
  }
}

function indexMixed(text: string, first: number, starts: number[], ends: number[]): void {
  let start = first
  for (let i = first; i <= text.length; i++) {
    const code = i === text.length ? CR : text.charCodeAt(i)
    if (code !== CR && code !== LF) continue
    if (i > start) {
      starts.push(start)
      ends.push(i)
    }
    start = i + 1
  }
}
