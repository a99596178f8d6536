/** Paths compiled to closures over a message: what runs for every field of every event. */
import type { Hl7Message, SegmentGroup } from '../hl7v2/index.ts'
import { parsePath } from './path.ts'
import type { Path, PathProblem } from './path.ts'

/**
 * Where a rule reads: the whole message, or one group of it. A path whose segment lies in the group reads the group's; otherwise
 * the nearest before the group that lies in no other group (of an RQD: its ORC), and at last what follows the last group.
 * Another group's segments are never read.
 */
export interface Scope {
  readonly message: Hl7Message
  /** Name of the anchor segment, or '' for the whole message. */
  readonly anchor: string
  readonly groups: readonly SegmentGroup[]
  /** Which of the groups, from 0. */
  readonly index: number
  /** First segment of the group and the one after its last. */
  readonly start: number
  readonly end: number
}

const NO_GROUPS: readonly SegmentGroup[] = []

/** The scope of a rule without for_each, and of `accept`. */
export function messageScope(message: Hl7Message): Scope {
  return { message, anchor: '', groups: NO_GROUPS, index: 0, start: 0, end: message.segmentCount }
}

/** The scope of one group of an anchor. */
export function groupScope(message: Hl7Message, anchor: string, groups: readonly SegmentGroup[], index: number): Scope {
  const group = groups[index]
  return { message, anchor, groups, index, start: group?.start ?? 0, end: group?.end ?? 0 }
}

/** Segments that open what follows them: the nearest before a group counts, not the first. */
const OPENERS: ReadonlySet<string> = new Set(['ORC', 'OBR', 'RQD', 'RGS', 'MFE', 'IVT', 'PID'])

/** One path, ready to read. */
export interface Reader {
  readonly path: Path
  /** Index of the segment in the message, or -1. */
  segment(scope: Scope): number
  /** Number of the repetition from 1, or 0 when none matches. */
  repetition(message: Hl7Message, segment: number): number
  /** The leaf the path names, unescaped, without surrounding blanks; '' when it is absent or the HL7 null. */
  read(scope: Scope): string
  /** Is the field the HL7 null (`""`)? */
  isNull(scope: Scope): boolean
  /** The place for a person: `FT1(2)-10`; `(n)` counts in the message and is left out for the first. */
  place(scope: Scope): string
}

export type ReaderAnswer = { readonly ok: true; readonly reader: Reader } | { readonly ok: false; readonly problem: PathProblem }

const NULL = '""'

export function compilePath(text: string): ReaderAnswer {
  const answer = parsePath(text.trim())
  return answer.ok ? { ok: true, reader: createReader(answer.path) } : answer
}

/** `A | B`: the first that has a value. */
export type SourceAnswer = { readonly ok: true; readonly readers: readonly Reader[] } | { readonly ok: false; readonly problem: PathProblem }

export function compileSource(text: string): SourceAnswer {
  const readers: Reader[] = []
  for (const part of text.split(/\|(?![^[]*\])/)) {
    const answer = compilePath(part)
    if (!answer.ok) return answer
    readers.push(answer.reader)
  }
  return { ok: true, readers }
}

/** Text of the first reader that has one, or ''. */
export function readFirst(readers: readonly Reader[], scope: Scope): string {
  for (const reader of readers) {
    const text = reader.read(scope)
    if (text !== '') return text
  }
  return ''
}

function createReader(path: Path): Reader {
  const { field } = path
  const component = path.component ?? 1
  const subcomponent = path.subcomponent ?? 1
  const segment = segmentFinder(path.segment, path.occurrence)
  const repetition = repetitionFinder(path)
  return {
    path,
    segment,
    repetition,
    read(scope) {
      const at = segment(scope)
      if (at < 0) return ''
      const n = repetition(scope.message, at)
      return n === 0 ? '' : leaf(scope.message, at, field, n, component, subcomponent)
    },
    isNull(scope) {
      const at = segment(scope)
      return at >= 0 && scope.message.isNull(at, field)
    },
    place(scope) {
      const at = segment(scope)
      const n = at < 0 ? (path.occurrence ?? 1) : scope.message.count(path.segment, 0, at + 1)
      return `${path.segment}${n > 1 ? `(${n})` : ''}${path.tail}`
    },
  }
}

/** One leaf without surrounding blanks; '' for the HL7 null. */
export function leaf(message: Hl7Message, segment: number, field: number, repetition: number, component: number, subcomponent: number): string {
  const text = message.value(segment, field, repetition, component, subcomponent)
  return text === NULL ? '' : text.trim()
}

/** Finds the segment of a path in a scope: see {@link Scope}. */
export function segmentFinder(name: string, occurrence: number | null): (scope: Scope) => number {
  if (name === 'MSH') return occurrence === null || occurrence === 1 ? () => 0 : () => -1
  const n = occurrence ?? 1
  const nearest = occurrence === null && OPENERS.has(name)
  return (scope) => {
    const { message, anchor } = scope
    if (anchor === '') return message.find(name, n)
    if (anchor === name) return occurrence === null ? scope.start : message.find(name, n)
    const inGroup = message.find(name, n, scope.start, scope.end)
    if (inGroup >= 0 || (n > 1 && message.find(name, 1, scope.start, scope.end) >= 0)) return inGroup
    return outside(scope, name, n, nearest)
  }
}

function outside({ message, groups, index }: Scope, name: string, n: number, nearest: boolean): number {
  for (let i = index; i >= 0; i--) {
    const from = groups[i - 1]?.end ?? 0
    const to = groups[i]?.start ?? 0
    const found = message.find(name, nearest ? message.count(name, from, to) || 1 : n, from, to)
    if (found >= 0) return found
  }
  return message.find(name, n, groups[groups.length - 1]?.end ?? 0)
}

function repetitionFinder(path: Path): (message: Hl7Message, segment: number) => number {
  const { field, repetition } = path
  if (repetition === null) return () => 1
  if (typeof repetition === 'number') return () => repetition
  const { component, subcomponent, text } = repetition
  return (message, segment) => {
    const count = message.repetitions(segment, field)
    for (let n = 1; n <= count; n++) {
      if (leaf(message, segment, field, n, component || 1, subcomponent || 1) === text) return n
    }
    return 0
  }
}
