/**
 * HL7 paths as analysts write them. Grammar (no blanks inside):
 *
 *     path       = segment [ "(" n ")" ] "-" field [ "[" repetition "]" ] [ "." component [ "." subcomponent ] ]
 *     segment    = a capital letter and two capital letters or digits: PID, FT1, ZPA
 *     repetition = n | "*" [ "." component [ "." subcomponent ] ] "=" text
 *
 * `n`, fields, components and subcomponents count from 1. `PID-3[*.5=MR].1` is the first repetition whose component 5 is MR.
 */

export interface PathMatch {
  readonly component: number
  readonly subcomponent: number
  readonly text: string
}

export interface Path {
  /** The path as written. */
  readonly text: string
  readonly segment: string
  /** From 1, or null when the path names none. */
  readonly occurrence: number | null
  readonly field: number
  /** A number from 1, a condition, or null (the first). */
  readonly repetition: number | PathMatch | null
  /** From 1, or null when the path ends at the field. */
  readonly component: number | null
  readonly subcomponent: number | null
  /** What stands after the segment: `-3[2].4`. */
  readonly tail: string
}

/** Why a text is no path, and what was perhaps meant. */
export interface PathProblem {
  readonly reason: string
  readonly suggestion?: string
}

export type PathAnswer = { readonly ok: true; readonly path: Path } | { readonly ok: false; readonly problem: PathProblem }

const PATH = /^([A-Z][A-Z0-9]{2})(?:\((\d{1,5})\))?-(\d{1,3})(?:\[([^\]]*)\])?(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?$/
const REPETITION = /^(?:(\d{1,4})|\*(?:\.(\d{1,3})(?:\.(\d{1,3}))?)?=(.+))$/

/** Reads one path. Never throws. */
export function parsePath(text: string): PathAnswer {
  const found = PATH.exec(text)
  if (!found) return { ok: false, problem: problemOf(text) }
  const [, segment = '', occurrence, field = '', repetition, component, subcomponent] = found
  const numbers = [occurrence, field, component, subcomponent].filter((part) => part !== undefined)
  if (numbers.some((part) => Number(part) === 0)) return refuse('counting starts at 1, there is no 0')
  const readRepetition = repetition === undefined ? null : parseRepetition(repetition)
  if (readRepetition !== null && typeof readRepetition === 'object' && 'reason' in readRepetition) return { ok: false, problem: readRepetition }
  return {
    ok: true,
    path: {
      text,
      segment,
      occurrence: occurrence === undefined ? null : Number(occurrence),
      field: Number(field),
      repetition: readRepetition,
      component: component === undefined ? null : Number(component),
      subcomponent: subcomponent === undefined ? null : Number(subcomponent),
      tail: text.slice(text.indexOf('-')),
    },
  }
}

function parseRepetition(text: string): number | PathMatch | PathProblem {
  const found = REPETITION.exec(text)
  if (!found) return { reason: `[${text}] is neither a number nor a match like [*.5=MR]` }
  const [, index, component, subcomponent, wanted = ''] = found
  if (index !== undefined) return Number(index) === 0 ? { reason: 'repetitions count from 1', suggestion: '[1]' } : Number(index)
  return { component: Number(component ?? 0), subcomponent: Number(subcomponent ?? 0), text: wanted }
}

function refuse(reason: string, suggestion?: string): PathAnswer {
  return { ok: false, problem: suggestion === undefined ? { reason } : { reason, suggestion } }
}

/** Ordered guesses at what went wrong: each pattern, its reason, and the text that would be a path. */
const MISTAKES: readonly { readonly pattern: RegExp; readonly reason: string; readonly suggest: (found: RegExpExecArray) => string }[] = [
  { pattern: /^(.+?-\d+(?:\[[^\]]*\])?\.\d+\.\d+)(?:\.\d+)+$/, reason: 'a path ends at the subcomponent', suggest: (m) => m[1] ?? '' },
  { pattern: /^([A-Za-z]\w\w)(\(\d+\))?[.:_](\d.*)$/, reason: 'the field follows the segment after a hyphen', suggest: (m) => `${m[1]}${m[2] ?? ''}-${m[3]}` },
  { pattern: /^([A-Za-z]\w\w)\[(\d+)\](-.*)$/, reason: 'the occurrence of a segment stands in round brackets', suggest: (m) => `${m[1]}(${m[2]})${m[3]}` },
  {
    pattern: /^([A-Za-z]\w\w(?:\(\d+\))?-\d+)\((\d+)\)(.*)$/,
    reason: 'the repetition of a field stands in square brackets',
    suggest: (m) => `${m[1]}[${m[2]}]${m[3]}`,
  },
  {
    pattern: /^([A-Za-z]\w\w(?:\(\d+\))?-\d+(?:\[[^\]]*\])?)-(\d.*)$/,
    reason: 'components follow the field after a point',
    suggest: (m) => `${m[1]}.${(m[2] ?? '').replaceAll('-', '.')}`,
  },
  {
    pattern: /^([A-Za-z]\w\w(?:\(\d+\))?-\d+)((?:\.\d+)+)(\[[^\]]*\])$/,
    reason: 'the repetition stands right after the field',
    suggest: (m) => `${m[1]}${m[3]}${m[2]}`,
  },
  { pattern: /^([A-Za-z]\w{2})\w+(-\d.*)$/, reason: 'a segment name has three characters', suggest: (m) => `${m[1]}${m[2]}` },
  { pattern: /^([A-Z]\w\w(?:\(\d+\))?)$/, reason: 'a path names a field of the segment', suggest: (m) => `${m[1]}-1` },
]

function problemOf(text: string): PathProblem {
  const bare = text.replaceAll(/\s/g, '')
  const upper = bare.replace(/^[a-z]\w\w/, (name) => name.toUpperCase())
  if (bare !== text && PATH.test(upper)) return { reason: 'a path has no blanks', suggestion: upper }
  if (upper !== bare && PATH.test(upper)) return { reason: 'segment names are in capitals', suggestion: upper }
  for (const { pattern, reason, suggest } of MISTAKES) {
    const found = pattern.exec(upper)
    if (!found) continue
    const suggestion = suggest(found)
    return PATH.test(suggestion) ? { reason, suggestion } : { reason }
  }
  return { reason: 'this is no HL7 path; one looks like PID-3.1 or FT1-7' }
}
