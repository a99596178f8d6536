/** The query string of a search: what shapes the result, and what R4's search grammar reads. */
import type { ResourceQuery } from '../../channels/contract/index.ts'
import type { FaceRules } from './ports.ts'
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export type Pairs = readonly (readonly [string, string])[]

export interface Include {
  readonly reverse: boolean
  readonly iterate: boolean
  /** Type that has the reference; `*` for all. */
  readonly source: string
  /** Parameter; `*` for all. */
  readonly param: string
  /** Type that is referred to; '' for any. */
  readonly target: string
}

export interface SearchRequest {
  readonly query: ResourceQuery
  readonly countOnly: boolean
  readonly total: boolean
  readonly includes: readonly Include[]
  /** The parameters that were understood, for the self link. */
  readonly used: Pairs
  readonly count: number
  readonly offset: number
  /** Moment of the first page: pages after it show nothing newer. */
  readonly asOf: number
}

const DEFAULT_COUNT = 50
const MOST = 1000
/** Of the face's own making, in the links of pages. */
export const OFFSET = '_offset'
export const AS_OF = '_asof'

/** Without effect here, and known to every server. */
const IGNORED = ['_format', '_pretty']

export function pairsOf(query: string): Pairs {
  return [...new URLSearchParams(query)]
}

export interface SearchContext {
  readonly rules: FaceRules
  readonly base: string
  readonly strict: boolean
  readonly now: number
}

export function readSearch(types: readonly string[], pairs: Pairs, { rules, base, strict, now }: SearchContext): SearchRequest | Refusal {
  const shape = new Map(pairs.filter(([name]) => name !== '_include' && name !== '_revinclude'))
  const count = whole(shape.get('_count'), DEFAULT_COUNT)
  const offset = whole(shape.get(OFFSET), 0)
  const asOf = whole(shape.get(AS_OF), now)
  if (count === null || offset === null || asOf === null)
    return refuse(400, 'value', 'A count is a whole number from 0.', count === null ? '_count' : offset === null ? OFFSET : AS_OF)
  const summary = shape.get('_summary') ?? 'false'
  const shaping = ['_count', '_summary', '_total', OFFSET, AS_OF, ...IGNORED]
  const includes: Include[] = []
  const asked: [string, string][] = []
  const dropped: string[] = summary === 'count' || summary === 'false' ? [] : ['_summary']
  for (const [name, value] of pairs) {
    const [bare = '', modifier = ''] = name.split(':')
    if (bare === '_include' || bare === '_revinclude') {
      const include = includeOf(bare, modifier, value, rules)
      if (include === null) dropped.push(bare)
      else includes.push(include)
    } else if (name === '_elements' || name === '_contained' || name === '_containedType' || name === '_score') dropped.push(name)
    else if (!shaping.includes(name) && name !== '_type') asked.push([name, value])
  }
  const reading = rules.search(types, asked, base)
  if (reading.kind === 'wrong') return refuse(400, 'value', reading.text, reading.param)
  const unknown = [...reading.unknown, ...dropped]
  if (strict && unknown.length > 0) return refuse(400, 'not-supported', `Not supported here: ${unknown.map(shown).join(', ')}.`, shown(unknown[0] ?? ''))
  const countOnly = summary === 'count' || count === 0
  const limit = Math.min(count, MOST)
  return {
    query: {
      types,
      ...reading.query,
      updated: [...reading.query.updated, ...(offset === 0 ? [] : [{ prefix: 'le' as const, low: asOf, high: asOf }])],
      offset: countOnly ? 0 : offset,
      limit: countOnly ? 0 : limit,
    },
    countOnly,
    total: shape.get('_total') !== 'none',
    includes,
    used: pairs.filter(([name]) => !unknown.includes(name) && !unknown.includes(name.split(':')[0] ?? '') && name !== OFFSET && name !== AS_OF && name !== '_count'),
    count: limit,
    offset,
    asOf,
  }
}

/** The query of a conditional interaction: all of it must be understood, and something must be asked, or it would fit everything. */
export function conditionQuery(rules: FaceRules, type: string, search: string, base: string): ResourceQuery | Refusal {
  const reading = rules.search([type], pairsOf(search.replace(/^\?/, '')), base)
  if (reading.kind === 'wrong') return refuse(400, 'value', reading.text, reading.param)
  if (reading.unknown.length > 0) return refuse(400, 'not-supported', `A condition must be understood whole; not supported: ${reading.unknown.map(shown).join(', ')}.`)
  const { criteria, ids, updated } = reading.query
  if (criteria.length === 0 && ids === null && updated.length === 0) return refuse(400, 'required', 'The condition asks for nothing.')
  return { types: [type], ...reading.query, sort: [], offset: 0, limit: 2 }
}

function includeOf(name: string, modifier: string, value: string, rules: FaceRules): Include | null {
  const reverse = name === '_revinclude'
  if (modifier !== '' && modifier !== 'iterate' && modifier !== 'recurse') return null
  if (value === '*') return reverse ? null : { reverse, iterate: modifier !== '', source: '*', param: '*', target: '' }
  const [source = '', param = '', target = ''] = value.split(':')
  if (!rules.types.includes(source) || (target !== '' && !rules.types.includes(target))) return null
  if (param !== '*' && !rules.searchParams(source).some((each) => each.name === param && each.type === 'reference')) return null
  return { reverse, iterate: modifier !== '', source, param, target }
}

function whole(text: string | undefined, otherwise: number): number | null {
  if (text === undefined || text === '') return otherwise
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** A name as given may be anything; it is shown only as far as it looks like one. */
const shown = (name: string): string => (/^[\w.:-]{1,60}$/.test(name) ? name : 'a parameter')

/** Types of a search over the whole server: `_type`, else all. */
export function typesOf(pairs: Pairs, rules: FaceRules): readonly string[] | Refusal {
  const named = pairs.filter(([name]) => name === '_type').flatMap(([, value]) => value.split(','))
  if (named.length === 0) return rules.types
  return named.every((type) => rules.types.includes(type)) ? named : refuse(400, 'value', '_type names a type that is none of R4.', '_type')
}

