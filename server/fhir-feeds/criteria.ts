/** Which writes a subscription is told of. */
import { isResourceType, matches, parseSearch } from '../../fhir/r4/index.ts'
import type { ResourceQuery } from '../../channels/contract/index.ts'
import { isEvent, readTerms } from '../../fhir/subscriptions/index.ts'
import type { TermRules, Terms } from '../../fhir/subscriptions/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import { refusalOf } from '../subscriptions/index.ts'
import type { ReadVersion } from './versions.ts'

/** Parameters that shape an answer are no criteria. */
const SHAPING: ReadonlySet<string> = new Set(['_count', '_sort', '_include', '_revinclude', '_summary', '_elements', '_format', '_total', '_lastUpdated'])

type Criteria = { readonly ok: true; readonly query: ResourceQuery } | { readonly ok: false; readonly text: string }

/** `Type?name=value`: an R4 search that a resource can be held against by itself. */
function readCriteria(criteria: string): Criteria {
  const [, type = '', search = ''] = /^([A-Za-z]+)(?:\?(.*))?$/.exec(criteria) ?? []
  if (!isResourceType(type)) return { ok: false, text: 'must be a search of a type of R4, like SupplyDelivery?status=completed' }
  if (type === 'Subscription') return { ok: false, text: 'must not be about subscriptions' }
  const pairs = [...new URLSearchParams(search)]
  if (pairs.some(([name]) => SHAPING.has(name) || name.startsWith('_has') || name.includes('.')))
    return { ok: false, text: 'may hold only parameters that one resource meets or does not' }
  const parsed = parseSearch(type, pairs, { strict: true })
  return 'issue' in parsed ? { ok: false, text: 'holds a parameter or value that this server does not search by' } : { ok: true, query: parsed.query }
}

export function termRules(now: number): TermRules {
  return {
    now,
    endpoint: refusalOf,
    search(criteria) {
      const read = readCriteria(criteria)
      return read.ok ? null : read.text
    },
  }
}

export interface Criterion {
  readonly terms: Terms
  isMet(version: ReadVersion): boolean
}

/** What a stored Subscription asks for, whenever it ends; null when this server can't do it (any more). */
export function criterionOf(subscription: JsonObject): Criterion | null {
  const read = readTerms(subscription, termRules(0))
  if (!read.ok) return null
  const { terms } = read
  const { topic, filters } = terms
  if (topic !== null) return { terms, isMet: ({ type, id, resource }) => resource !== null && isEvent(topic, filters, type, id, resource) }
  const criteria = readCriteria(terms.search)
  return criteria.ok ? { terms, isMet: (version) => version.resource !== null && matches(criteria.query, version) } : null
}
