/** Searching: the matches of a page, and what they include. */
import type { ResourceVersion } from '../../channels/contract/index.ts'
import { forbid } from './authorize.ts'
import { bundleText, entryText, searchEntry } from './bundle-text.ts'
import { preferenceOf } from './exchange.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import { pageLinks, subjectOf } from './read.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { AS_OF, OFFSET, readSearch, typesOf } from './search-string.ts'
import type { Include, Pairs } from './search-string.ts'

/** At most so many resources are included with a page; more is a page that is too large. */
const MOST_INCLUDED = 1000
const MOST_ROUNDS = 5

/** @param type '' for the whole server */
export async function searchResources(type: string, pairs: Pairs, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const { base, caller } = request
  const { authority, clock, reader, rules } = parts
  const refused = type === '' ? forbid(authority, caller, 'search-system', null) : forbid(authority, caller, 'search-type', type)
  if (refused) return refused
  const types = type === '' ? typesOf(pairs, rules) : [type]
  if (isRefusal(types)) return types
  const received = types.filter((each) => authority.mayReceive(caller, each))
  const { strict } = preferenceOf(request.header('prefer'))
  const search = readSearch(received, pairs, { rules, base, strict, now: clock.now() })
  if (isRefusal(search)) return search
  const found = received.length === 0 ? { items: [], total: 0 } : await reader.resources(search.query)
  const included = search.countOnly ? [] : await includedWith(found.items, search.includes, request, parts)
  const path = type === '' ? base : `${base}/${type}`
  const link = (more: Pairs) => {
    const query = new URLSearchParams([...search.used, ...more].map(([name, value]): [string, string] => [name, value])).toString()
    return query === '' ? path : `${path}?${query}`
  }
  const page = (offset: number) => link([['_count', String(search.count)], [OFFSET, String(offset)], [AS_OF, String(search.asOf)]])
  const self = search.offset > 0 ? page(search.offset) : link(pairs.some(([name]) => name === '_count') ? [['_count', String(search.count)]] : [])
  const outcome = included.length >= MOST_INCLUDED ? [entryText(null, TOO_MUCH, { search: { mode: 'outcome' } })] : []
  const links = search.countOnly ? [{ relation: 'self' as const, url: self }] : pageLinks(self, page, { ...search, total: found.total })
  return {
    status: 200,
    headers: {},
    body: bundleText({ type: 'searchset', id: parts.newId(), timestamp: new Date(clock.now()).toISOString(), ...(search.total ? { total: found.total } : {}), link: links }, [
      ...found.items.map((each) => searchEntry(base, each, 'match')),
      ...included.map((each) => searchEntry(base, each, 'include')),
      ...outcome,
    ]),
    shows: { what: `search ${type === '' ? '*' : type}`, subject: subjectOf([...found.items, ...included]) },
  }
}

const TOO_MUCH = JSON.stringify({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'warning', code: 'too-costly', diagnostics: `Not more than ${String(MOST_INCLUDED)} resources are included with a page.` }],
})

async function includedWith(
  matches: readonly ResourceVersion[],
  includes: readonly Include[],
  request: FaceRequest,
  parts: FaceParts,
): Promise<readonly ResourceVersion[]> {
  const seen = new Set(matches.map(nameOf))
  const all: ResourceVersion[] = []
  let from = matches
  for (let round = 0; round < MOST_ROUNDS && from.length > 0; round++) {
    const next: ResourceVersion[] = []
    for (const include of includes) {
      if (round > 0 && !include.iterate) continue
      const found = include.reverse ? await referring(from, include, request, parts) : await referred(from, include, request, parts)
      for (const each of found) {
        if (seen.has(nameOf(each)) || all.length >= MOST_INCLUDED) continue
        seen.add(nameOf(each))
        all.push(each)
        next.push(each)
      }
    }
    from = next
  }
  return all
}

const nameOf = ({ type, id }: ResourceVersion): string => `${type}/${id}`

/** `_include`: what the parameter's references of these resources name. */
async function referred(from: readonly ResourceVersion[], { source, param, target }: Include, { base, caller }: FaceRequest, { authority, reader, rules }: FaceParts) {
  const names = new Set<string>()
  for (const { type, body } of from) {
    if (body === null || (source !== '*' && source !== type)) continue
    const read = rules.parse(body)
    if (!read.ok) continue
    const references = new Set(rules.searchParams(type).filter((each) => each.type === 'reference' && (param === '*' || each.name === param)).map(({ name }) => name))
    for (const key of rules.keys(read.value, base)) if (references.has(key.param)) names.add(key.value)
  }
  const found = await Promise.all(
    [...names].slice(0, MOST_INCLUDED).map((name) => {
      const [type = '', id = '', ...rest] = name.split('/')
      const may = rest.length === 0 && rules.types.includes(type) && (target === '' || target === type) && authority.mayReceive(caller, type)
      return may ? reader.resource(type, id) : null
    }),
  )
  return found.filter((each) => each !== null && each.body !== null) as readonly ResourceVersion[]
}

/** `_revinclude`: what refers to these resources by the parameter. */
async function referring(from: readonly ResourceVersion[], { source, param, target }: Include, { caller }: FaceRequest, { authority, reader, rules }: FaceParts) {
  const named = from.filter(({ type }) => target === '' || target === type).map((each) => ({ value: nameOf(each) }))
  if (named.length === 0 || !authority.mayReceive(caller, source)) return []
  const params = param === '*' ? rules.searchParams(source).filter(({ type }) => type === 'reference').map(({ name }) => name) : [param]
  const found: ResourceVersion[] = []
  for (const each of params) {
    const { items } = await reader.resources({
      types: [source],
      ids: null,
      updated: [],
      criteria: [{ param: each, any: named }],
      sort: [],
      offset: 0,
      limit: MOST_INCLUDED,
    })
    found.push(...items)
  }
  return found
}
