/** Search parameters of R4, parsed per type when first asked for. */
import { SEARCHES } from '../definitions/searches.ts'
import { parsePath } from './paths.ts'
import type { Path } from './paths.ts'

export type SearchType = 'token' | 'reference' | 'date' | 'string' | 'quantity' | 'number' | 'uri'
export interface SearchParam {
  readonly name: string
  readonly type: SearchType
  readonly paths: readonly Path[]
  /** Types that a reference parameter may point to; empty: any. */
  readonly targets: readonly string[]
}

const known = new Map<string, ReadonlyMap<string, SearchParam>>()

/** Name → parameter of a resource type; `_id` and `_lastUpdated` are not among them, they are the store's. */
export function searchTable(type: string): ReadonlyMap<string, SearchParam> {
  const table = known.get(type)
  if (table !== undefined) return table
  const text = Object.hasOwn(SEARCHES, type) ? (SEARCHES[type] ?? '[]') : '[]'
  const lines = JSON.parse(text) as readonly (readonly [string, SearchType, readonly string[], (readonly string[])?])[]
  const made = new Map(lines.map(([name, kind, paths, targets = []]) => [name, { name, type: kind, paths: paths.map(parsePath), targets }]))
  known.set(type, made)
  return made
}

/** For the CapabilityStatement: what can be searched. */
export function searchParamsOf(type: string): readonly { readonly name: string; readonly type: SearchType }[] {
  const always = [
    { name: '_id', type: 'token' },
    { name: '_lastUpdated', type: 'date' },
  ] as const
  return [...always, ...[...searchTable(type).values()].map(({ name, type: kind }) => ({ name, type: kind }))]
}
