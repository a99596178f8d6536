/** The query string of a search as the face reads it: R4's grammar is fhir/r4's, pages and conditions are ours. */
import type { ResourceQuery } from '../../channels/contract/index.ts'
import { isResourceType, parseSearch, resourceTypes } from '../r4/index.ts'
import type { Search } from '../r4/index.ts'
import { refuse, refuseWith } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export type Pairs = readonly (readonly [string, string])[]

/** Moment of the first page, in the links of the others: they show nothing newer. */
export const AS_OF = '_asof'

/** The last resource of the page before, `1773300000000.Type/id`: the next page begins behind it, wherever it or those before it have gone. */
export const AFTER = '_after'

export function pairsOf(query: string): Pairs {
  return [...new URLSearchParams(query)]
}

/** Types that can be kept. Parameters has no endpoint in FHIR (R4 §2.37). */
export const isKept = (type: string): boolean => isResourceType(type) && type !== 'Parameters'
export const keptTypes = (): readonly string[] => resourceTypes().filter(isKept)

export interface SearchRequest extends Search {
  readonly asOf: number
  /** Where the page begins; null: at its offset. */
  readonly after: ResourceQuery['after'] | null
}

export function readSearch(
  types: readonly string[],
  pairs: Pairs,
  { base, strict, now }: { base: string; strict: boolean; now: number },
): SearchRequest | Refusal {
  const stamp = pairs.find(([name]) => name === AS_OF)?.[1]
  if (stamp !== undefined && !/^\d{1,15}$/.test(stamp)) return refuse(400, 'value', 'A page is found by the links of the one before.', AS_OF)
  const asOf = stamp === undefined ? now : Number(stamp)
  const mark = pairs.find(([name]) => name === AFTER)?.[1]
  const behind = mark === undefined ? null : /^(\d{1,15})\.([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(mark)
  if (mark !== undefined && behind === null) return refuse(400, 'value', 'A page is found by the links of the one before.', AFTER)
  const read = parseSearch(
    types,
    pairs.filter(([name]) => name !== AS_OF && name !== AFTER && name !== '_type'),
    { base, strict },
  )
  if ('issue' in read) return refuseWith(400, [read.issue])
  const { query } = read
  const [, updated, type = '', id = ''] = behind ?? []
  const begun = behind !== null && isSteady(query) ? { type, id, updated: Number(updated) } : null
  if (stamp === undefined) return { ...read, asOf, after: begun }
  return { ...read, asOf, after: begun, query: { ...query, updated: [...query.updated, { prefix: 'le', low: asOf, high: asOf }] } }
}

/** Sorted so that a page can begin behind a resource. */
export function isSteady({ sort: [first, second] }: ResourceQuery): boolean {
  return first === undefined || (first.param === '_lastUpdated' && second === undefined)
}

/** The query of a conditional interaction: all of it must be understood, and something must be asked, or it would fit everything. */
export function conditionQuery(type: string, search: string, base: string): ResourceQuery | Refusal {
  // What is decoded by guess finds nothing, and a write on a condition would then make a double.
  if (!isDecodable(search)) return refuse(400, 'value', 'The condition is not percent-encoded as UTF-8.')
  const read = parseSearch(type, pairsOf(bareOf(type, search)), { base, strict: true })
  if ('issue' in read) return refuseWith(400, [read.issue])
  const { criteria, ids, updated } = read.query
  if (criteria.length === 0 && ids === null && updated.length === 0) return refuse(400, 'required', 'The condition asks for nothing.')
  return { ...read.query, sort: [], offset: 0, limit: 2 }
}

/** HAPI's client says the whole URL, `https://host/fhir/Patient?identifier=…`, and others `Patient?identifier=…`; the search alone is meant. */
function bareOf(type: string, search: string): string {
  const [url = '', ...query] = search.split('?')
  return query.length > 0 && (url === '' || url === type || url.endsWith(`/${type}`)) && !url.includes('=') ? query.join('?') : search
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** Types of a search over the whole server: `_type`, else all. */
export function typesOf(pairs: Pairs): readonly string[] | Refusal {
  const named = pairs.filter(([name]) => name === '_type').flatMap(([, value]) => value.split(','))
  if (named.length === 0) return keptTypes()
  return named.every(isKept) ? named : refuse(400, 'value', '_type names a type that is none of R4.', '_type')
}
