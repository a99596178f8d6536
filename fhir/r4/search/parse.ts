/** From a search's parameters to a query of the store (R4 §3.1.1). */
import type { ResourceCriterion, ResourceQuery } from '../../../channels/contract/index.ts'
import type { Issue, IssueCode } from '../operation-outcome.ts'
import { isResourceType } from '../tables.ts'
import { criterionOf } from './criterion.ts'
import { searchTable } from './parameters.ts'
import type { SearchParam } from './parameters.ts'
import { rangeOfDate } from './ranges.ts'
import { splitAt, unescaped } from './values.ts'

export interface SearchOptions {
  /** `Prefer: handling=strict`: what is not known is refused instead of ignored. */
  readonly strict?: boolean
  /** Absolute base URL of this server, without a final slash. */
  readonly base?: string
  /** `_count` when none is given, and its limit. Defaults 50 and 1000. */
  readonly count?: number
  readonly most?: number
}

/** `_include=SupplyDelivery:patient:Patient`. */
export interface Include {
  readonly type: string
  readonly param: string
  /** Only resources of this type; null: any. */
  readonly target: string | null
  /** `:iterate`: also of what was included. */
  readonly iterate: boolean
}

export interface Search {
  readonly query: ResourceQuery
  readonly include: readonly Include[]
  readonly revinclude: readonly Include[]
  /** `_summary=count`: the bundle carries the total alone. */
  readonly countOnly: boolean
  /** What was understood, encoded, for the self link: `identifier=a%7C1`. */
  readonly self: readonly string[]
  /** Names of parameters that were ignored. */
  readonly ignored: readonly string[]
}
export type ParsedSearch = Search | { readonly issue: Issue }

/** Values that one search may ask for, and those of one parameter that are each a lookup of its own; a database takes no more in one statement. */
const MOST_VALUES = 5000
const MOST_LOOKUPS = 200

/** How an answer is written, not what is found: the server's affair. */
const PRESENTATION: ReadonlySet<string> = new Set(['_format', '_pretty'])
/** Ignoring them would find something else than was asked. */
const NEVER_IGNORED: ReadonlySet<string> = new Set(['_has', '_filter', '_query', '_list', '_text', '_content', '_contained', '_type'])

class Refusal extends Error {
  readonly issue: Issue
  constructor(code: IssueCode, diagnostics: string, expression: string) {
    super(diagnostics)
    this.issue = { severity: 'error', code, diagnostics, expression }
  }
}
const refuse = (code: IssueCode, text: string, name: string): never => {
  throw new Refusal(code, text, name)
}

/** @param type one type, or several of which only common parameters can be used; @param params name and value, decoded */
export function parseSearch(
  type: string | readonly string[],
  params: readonly (readonly [name: string, value: string])[],
  options: SearchOptions = {},
): ParsedSearch {
  const types = typeof type === 'string' ? [type] : type
  try {
    const reader = new SearchReader(types, options)
    for (const [name, value] of params) reader.take(name, value)
    return reader.search()
  } catch (error) {
    if (error instanceof Refusal) return { issue: error.issue }
    throw error
  }
}

class SearchReader {
  readonly #types: readonly string[]
  readonly #options: SearchOptions
  readonly #criteria: ResourceCriterion[] = []
  readonly #updated: ResourceQuery['updated'][number][] = []
  readonly #sort: ResourceQuery['sort'][number][] = []
  readonly #include: Include[] = []
  readonly #revinclude: Include[] = []
  readonly #self: string[] = []
  readonly #ignored: string[] = []
  #ids: readonly string[] | null = null
  #limit: number | null = null
  #offset = 0
  #countOnly = false
  #values = 0

  constructor(types: readonly string[], options: SearchOptions) {
    this.#types = types
    this.#options = options
    for (const type of types) if (!isResourceType(type)) refuse('not-supported', 'R4 has no such resource type.', type)
  }

  take(name: string, value: string): void {
    if (PRESENTATION.has(name)) return
    // An empty parameter says nothing (R4 §3.1.1.4).
    if (value === '' && !name.includes(':')) return
    if (this.#understood(name, value)) this.#self.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    else this.#ignored.push(name)
  }

  search(): Search {
    const { count = 50, most = 1000 } = this.#options
    const query: ResourceQuery = {
      types: this.#types,
      ids: this.#ids,
      updated: this.#updated,
      criteria: this.#criteria,
      sort: this.#sort,
      offset: this.#offset,
      limit: this.#countOnly ? 0 : Math.min(this.#limit ?? count, most),
    }
    const countOnly = query.limit === 0
    return { query, include: this.#include, revinclude: this.#revinclude, countOnly, self: this.#self, ignored: this.#ignored }
  }

  #understood(name: string, value: string): boolean {
    switch (name) {
      case '_id':
        this.#narrow(
          name,
          splitAt(value, ',').map((id) => unescaped(id).replace(/^[A-Z][A-Za-z]*\//, '')),
        )
        return true
      case '_lastUpdated':
        // Any of several would need an or the store does not have; no client was seen to send it.
        this.#updated.push(rangeOfDate(unescaped(value)) ?? refuse('value', 'A date, dateTime or instant with or without a prefix is expected.', name))
        return true
      case '_count':
        this.#limit = whole(name, value)
        return true
      case '_offset':
        this.#offset = whole(name, value)
        return true
      case '_sort':
        for (const each of splitAt(value, ',')) this.#sortBy(each)
        return true
      case '_summary':
        if (!['true', 'false', 'text', 'data', 'count'].includes(value)) refuse('value', '_summary is true, false, text, data or count.', name)
        if (value !== 'count' && value !== 'false') return this.#unsupported(name)
        this.#countOnly = value === 'count'
        return true
      case '_total':
        if (!['none', 'estimate', 'accurate'].includes(value)) refuse('value', '_total is none, estimate or accurate.', name)
        return true
      case '_elements':
        return this.#unsupported(name)
      case '_include':
      case '_include:iterate':
      case '_include:recurse':
        this.#include.push(this.#included(name, value, false))
        return true
      case '_revinclude':
      case '_revinclude:iterate':
      case '_revinclude:recurse':
        this.#revinclude.push(this.#included(name, value, true))
        return true
      default:
        return this.#parameter(name, value)
    }
  }

  #parameter(name: string, value: string): boolean {
    const [bare = '', modifier = ''] = name.split(':', 2)
    if (NEVER_IGNORED.has(bare)) refuse('not-supported', `${bare} is not supported.`, bare)
    if (bare === '_id' || bare === '_lastUpdated') refuse('not-supported', `${bare} takes no modifier.`, name)
    // `subject.identifier`, `subject:Patient.identifier`: leaving the condition out would find too much.
    if (name.includes('.')) refuse('not-supported', 'Chained parameters are not supported.', name)
    const param = this.#known(bare)
    if (param === null) return this.#unsupported(bare)
    const criterion = criterionOf(param, modifier, value, this.#options.base ?? '')
    if ('text' in criterion) return refuse(criterion.code, criterion.text, name)
    const equal = criterion.any.filter(({ value: text, how = 'equal', range }) => text !== undefined && how === 'equal' && range === undefined)
    const lookups = criterion.any.length - equal.length + new Set(equal.map(({ system }) => system)).size
    this.#count(name, criterion.any.length, lookups)
    this.#criteria.push(criterion)
    return true
  }

  #count(name: string, values: number, lookups: number): void {
    this.#values += values
    if (this.#values > MOST_VALUES || lookups > MOST_LOOKUPS) refuse('too-costly', 'The search asks for too many values at once: ask in parts.', name)
  }

  /** Known to all types that are searched. */
  #known(name: string): SearchParam | null {
    const found = this.#types.map((type) => searchTable(type).get(name))
    const [first] = found
    return first === undefined || found.some((each) => each?.type !== first.type) ? null : first
  }

  #unsupported(name: string): false {
    if (this.#options.strict === true) refuse('not-supported', 'This search parameter is not supported here.', name)
    return false
  }

  #narrow(name: string, ids: readonly string[]): void {
    this.#count(name, ids.length, 1)
    const before = this.#ids
    this.#ids = before === null ? [...new Set(ids)] : before.filter((id) => ids.includes(id))
  }

  #sortBy(text: string): void {
    const descending = text.startsWith('-')
    const param = descending ? text.slice(1) : text
    if (param !== '_id' && param !== '_lastUpdated' && this.#known(param) === null) {
      if (this.#unsupported('_sort')) return
      this.#ignored.push('_sort')
      return
    }
    this.#sort.push({ param, descending })
  }

  #included(name: string, value: string, reverse: boolean): Include {
    const [type = '', param = '', target = null] = value.split(':')
    const known = isResourceType(type) ? searchTable(type).get(param) : undefined
    if (known?.type !== 'reference') refuse('not-supported', 'Expected Type:parameter, a search parameter of type reference.', name)
    if (!reverse && !this.#types.includes(type) && !name.includes(':')) refuse('not-supported', 'Includes start at the type that is searched.', name)
    if (target !== null && !isResourceType(target)) refuse('not-supported', 'R4 has no such target type.', name)
    return { type, param, target, iterate: name.includes(':') }
  }
}

function whole(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) refuse('value', 'A whole number is expected.', name)
  return Number(value)
}
