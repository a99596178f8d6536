/** The query string of a search as the face reads it: R4's grammar is fhir/r4's, pages and conditions are ours. */
import type { ResourceQuery } from '../../channels/contract/index.ts'
import { isResourceType, parseSearch, resourceTypes } from '../r4/index.ts'
import type { Search } from '../r4/index.ts'
import { refuse, refuseWith } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export type Pairs = readonly (readonly [string, string])[]

/** Moment of the first page, in the links of the others: they show nothing newer. */
export const AS_OF = '_asof'

/** The last resource of the page before, `Type/id`: the next page begins behind it, wherever it or those before it have gone. */
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
  readonly after: string | null
}

export function readSearch(
  types: readonly string[],
  pairs: Pairs,
  { base, strict, now }: { base: string; strict: boolean; now: number },
): SearchRequest | Refusal {
  const stamp = pairs.find(([name]) => name === AS_OF)?.[1]
  if (stamp !== undefined && !/^\d{1,15}$/.test(stamp)) return refuse(400, 'value', 'A page is found by the links of the one before.', AS_OF)
  const asOf = stamp === undefined ? now : Number(stamp)
  const after = pairs.find(([name]) => name === AFTER)?.[1]
  if (after !== undefined && !/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(after))
    return refuse(400, 'value', 'A page is found by the links of the one before.', AFTER)
  const read = parseSearch(
    types,
    pairs.filter(([name]) => name !== AS_OF && name !== AFTER && name !== '_type'),
    { base, strict },
  )
  if ('issue' in read) return refuseWith(400, [read.issue])
  const { query } = read
  const begun = after !== undefined && query.sort.length === 0 ? after : null
  if (stamp === undefined) return { ...read, asOf, after: begun }
  return { ...read, asOf, after: begun, query: { ...query, updated: [...query.updated, { prefix: 'le', low: asOf, high: asOf }] } }
}

/** The query of a conditional interaction: all of it must be understood, and something must be asked, or it would fit everything. */
export function conditionQuery(type: string, search: string, base: string): ResourceQuery | Refusal {
  // What is decoded by guess finds nothing, and a write on a condition would then make a double.
  if (!isDecodable(search)) return refuse(400, 'value', 'The condition is not percent-encoded as UTF-8.')
  const read = parseSearch(type, pairsOf(search.replace(/^\?/, '')), { base, strict: true })
  if ('issue' in read) return refuseWith(400, [read.issue])
  const { criteria, ids, updated } = read.query
  if (criteria.length === 0 && ids === null && updated.length === 0) return refuse(400, 'required', 'The condition asks for nothing.')
  return { ...read.query, sort: [], offset: 0, limit: 2 }
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
