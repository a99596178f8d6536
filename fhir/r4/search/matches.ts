/** One resource against a query, in memory: what the store does in SQL. */
import type { ResourceCriterion, ResourceKey, ResourceMatch, ResourceQuery } from '../../../channels/contract/index.ts'

export interface Findable {
  readonly type: string
  readonly id: string
  /** Milliseconds: meta.lastUpdated. */
  readonly updated: number
  readonly keys: readonly ResourceKey[]
}

/** Would the query find it? Sort, offset and limit are not looked at. */
export function matches(query: ResourceQuery, resource: Findable): boolean {
  if (!query.types.includes(resource.type)) return false
  if (query.ids !== null && !query.ids.includes(resource.id)) return false
  const { updated } = resource
  return query.updated.every((range) => compares(range, updated, updated)) && query.criteria.every((each) => holds(each, resource.keys))
}

function holds(criterion: ResourceCriterion, keys: readonly ResourceKey[]): boolean {
  const own = keys.filter(({ param }) => param === criterion.param)
  if (criterion.missing !== undefined && (own.length === 0) !== criterion.missing) return false
  if (criterion.missing !== undefined && criterion.any.length === 0) return true
  const found = own.some((key) => criterion.any.some((match) => fits(match, key)))
  return criterion.not === true ? !found : found
}

function fits({ system, value, how = 'equal', range }: ResourceMatch, key: ResourceKey): boolean {
  if (system !== undefined && key.system !== system) return false
  if (value !== undefined && !like(how, key.value, value)) return false
  return range === undefined || compares(range, key.low, key.high)
}

function like(how: NonNullable<ResourceMatch['how']>, stored: string, asked: string): boolean {
  switch (how) {
    case 'equal':
      return stored === asked
    case 'starts':
      return stored.startsWith(asked)
    case 'contains':
      return stored.includes(asked)
    case 'below':
      return stored === asked || stored.startsWith(`${asked}/`)
  }
}

/** R4 §3.1.1.5.7: `low` and `high` are what is stored, the range what is asked. */
export function compares({ prefix, low: from, high: to }: NonNullable<ResourceMatch['range']>, low: number, high: number): boolean {
  const within = low >= from && high <= to
  switch (prefix) {
    case 'eq':
      return within
    case 'ne':
      return !within
    case 'gt':
      return high > to
    case 'lt':
      return low < from
    case 'ge':
      return high > to || within
    case 'le':
      return low < from || within
    case 'sa':
      return low > to
    case 'eb':
      return high < from
    case 'ap':
      return low <= to && high >= from
  }
}
