/** Does a resource meet a query? As the store decides it, for resources that are not stored yet: those of the same transaction. */
import type { ResourceCriterion, ResourceKey, ResourceMatch, ResourceQuery } from '../../channels/contract/index.ts'

export interface Candidate {
  readonly type: string
  readonly id: string
  /** Milliseconds. */
  readonly updated: number
  readonly keys: readonly ResourceKey[]
}

export function meets(query: Pick<ResourceQuery, 'types' | 'ids' | 'updated' | 'criteria'>, candidate: Candidate): boolean {
  if (!query.types.includes(candidate.type)) return false
  if (query.ids !== null && !query.ids.includes(candidate.id)) return false
  const moment = { low: candidate.updated, high: candidate.updated }
  return query.updated.every((range) => inRange(moment, range)) && query.criteria.every((criterion) => holds(criterion, candidate.keys))
}

function holds(criterion: ResourceCriterion, keys: readonly ResourceKey[]): boolean {
  const own = keys.filter(({ param }) => param === criterion.param)
  if (criterion.missing !== undefined) return (own.length === 0) === criterion.missing
  const found = own.some((key) => criterion.any.some((match) => fits(match, key)))
  return criterion.not === true ? !found : found
}

function fits(match: ResourceMatch, key: ResourceKey): boolean {
  if (match.system !== undefined && match.system !== key.system) return false
  if (match.value !== undefined && !valueFits(key.value, match.value, match.how ?? 'equal')) return false
  return match.range === undefined || inRange(key, match.range)
}

function valueFits(stored: string, asked: string, how: NonNullable<ResourceMatch['how']>): boolean {
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

/** R4 §3.1.1.4.2: the stored span against the span that was asked for. */
function inRange(stored: { readonly low: number; readonly high: number }, { prefix, low, high }: NonNullable<ResourceMatch['range']>): boolean {
  switch (prefix) {
    case 'eq':
      return stored.low >= low && stored.high <= high
    case 'ne':
      return !(stored.low >= low && stored.high <= high)
    case 'gt':
      return stored.high > high
    case 'lt':
      return stored.low < low
    case 'ge':
      return stored.high >= low
    case 'le':
      return stored.low <= high
    case 'sa':
      return stored.low > high
    case 'eb':
      return stored.high < low
    case 'ap':
      return stored.low <= high && stored.high >= low
  }
}
