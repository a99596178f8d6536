/** Searching: the matches of a page, and what they include. */
import type { ResourceVersion } from '../../channels/contract/index.ts'
import { keysOf, parseFhirJson } from '../r4/index.ts'
import type { Include } from '../r4/index.ts'
import { forbid } from './authorize.ts'
import { bundleText, entryText, searchEntry } from './bundle-text.ts'
import { preferenceOf } from './exchange.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import { pageLinks, subjectOf } from './read.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { AFTER, AS_OF, isKept, isSteady, readSearch, typesOf } from './search-string.ts'
import type { Pairs, SearchRequest } from './search-string.ts'

/** At most so many resources are included with a page; more is a page that is too large. */
const MOST_INCLUDED = 1000
const MOST_ROUNDS = 5

/** @param type '' for the whole server */
export async function searchResources(type: string, pairs: Pairs, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const { base, caller } = request
  const { authority, clock, reader } = parts
  const refused = type === '' ? forbid(authority, caller, 'search-system', null) : forbid(authority, caller, 'search-type', type)
  if (refused) return refused
  const types = type === '' ? typesOf(pairs) : [type]
  if (isRefusal(types)) return types
  const received = types.filter((each) => authority.mayReceive(caller, each))
  const { strict } = preferenceOf(request.header('prefer'))
  const search = readSearch(received, pairs, { base, strict, now: clock.now() })
  if (isRefusal(search)) return search
  const found = received.length === 0 ? NONE : await pageOf(search, reader)
  const included = search.countOnly ? [] : await includedWith(found.items, search, request, parts)
  const path = type === '' ? base : `${base}/${type}`
  const link = (...more: readonly string[]) => {
    const asked = search.self.filter((each) => !/^_(count|offset)=/.test(each))
    const named = pairs.filter(([name]) => name === '_type').map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    const query = [...named, ...asked, ...more].join('&')
    return query === '' ? path : `${path}?${query}`
  }
  const { offset, limit: count } = search.query
  const page = (at: number, after: SearchRequest['after'] = null) =>
    link(
      `_count=${String(count)}`,
      `_offset=${String(at)}`,
      ...(after == null ? [] : [`${AFTER}=${String(after.updated)}.${after.type}/${after.id}`]),
      `${AS_OF}=${String(search.asOf)}`,
    )
  const self = offset > 0 ? page(offset, search.after) : link(...(pairs.some(([name]) => name === '_count') ? [`_count=${String(count)}`] : []))
  const outcome = included.length >= MOST_INCLUDED ? [entryText(null, TOO_MUCH, { search: { mode: 'outcome' } })] : []
  const links = search.countOnly
    ? [{ relation: 'self' as const, url: self }]
    : pageLinks(self, (at) => page(at, at > offset ? found.last : null), {
        offset,
        count,
        total: found.more ? offset + count + 1 : 0,
      })
  return {
    status: 200,
    headers: {},
    body: bundleText(
      {
        type: 'searchset',
        id: parts.newId(),
        timestamp: new Date(clock.now()).toISOString(),
        ...(pairs.some(([name, value]) => name === '_total' && value === 'none') ? {} : { total: found.total }),
        link: links,
      },
      [...found.items.map((each) => searchEntry(base, each, 'match')), ...included.map((each) => searchEntry(base, each, 'include')), ...outcome],
    ),
    shows: { what: `search ${type === '' ? '*' : type}`, subject: subjectOf([...found.items, ...included]) },
  }
}

interface Page {
  readonly items: readonly ResourceVersion[]
  readonly total: number
  readonly more: boolean
  /** Where the next page begins; null: at its offset. */
  readonly last: SearchRequest['after']
}

const NONE: Page = { items: [], total: 0, more: false, last: null }

/**
 * Without a sort, or by `_lastUpdated`, the next page begins behind the last resource of this one: what leaves the pages read before shifts nothing out of those to come.
 * One more is asked for than is shown, since by then the total says no more how many are left.
 */
async function pageOf({ query, after }: SearchRequest, reader: FaceParts['reader']): Promise<Page> {
  const { offset, limit } = query
  if (limit === 0 || !isSteady(query)) {
    const found = await reader.resources(query)
    return { ...found, more: offset + limit < found.total, last: null }
  }
  const { items, total } = await reader.resources({ ...query, limit: limit + 1, ...(after == null ? {} : { offset: 0, after }) })
  const shown = items.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown, total, more: items.length > limit, last: last ?? null }
}

const TOO_MUCH = JSON.stringify({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'warning', code: 'too-costly', diagnostics: `Not more than ${String(MOST_INCLUDED)} resources are included with a page.` }],
})

async function includedWith(
  matches: readonly ResourceVersion[],
  { include, revinclude }: { readonly include: readonly Include[]; readonly revinclude: readonly Include[] },
  request: FaceRequest,
  parts: FaceParts,
): Promise<readonly ResourceVersion[]> {
  const seen = new Set(matches.map(nameOf))
  const all: ResourceVersion[] = []
  let from = matches
  for (let round = 0; round < MOST_ROUNDS && from.length > 0; round++) {
    const next: ResourceVersion[] = []
    const now = ({ iterate }: Include) => round === 0 || iterate
    for (const each of include.filter(now)) next.push(...(await referred(from, each, request, parts)))
    for (const each of revinclude.filter(now)) next.push(...(await referring(from, each, request, parts)))
    from = next.filter((each) => {
      if (seen.has(nameOf(each)) || all.length >= MOST_INCLUDED) return false
      seen.add(nameOf(each))
      return all.push(each) > 0
    })
  }
  return all
}

const nameOf = ({ type, id }: ResourceVersion): string => `${type}/${id}`

/** `_include`: what the parameter's references of these resources name. */
async function referred(
  from: readonly ResourceVersion[],
  { type: source, param, target }: Include,
  { base, caller }: FaceRequest,
  { authority, reader }: FaceParts,
) {
  const names = new Set<string>()
  for (const { type, body } of from) {
    const read = body === null || source !== type ? null : parseFhirJson(body)
    if (read?.ok === true) for (const key of keysOf(read.value, base)) if (key.param === param) names.add(key.value)
  }
  const found = await Promise.all(
    [...names].slice(0, MOST_INCLUDED).map((name) => {
      const [type = '', id = '', ...rest] = name.split('/')
      return rest.length === 0 && isKept(type) && (target === null || target === type) && authority.mayReceive(caller, type) ? reader.resource(type, id) : null
    }),
  )
  return found.filter((each): each is ResourceVersion => each?.body != null)
}

/** `_revinclude`: what refers to these resources by the parameter. */
async function referring(from: readonly ResourceVersion[], { type, param, target }: Include, { caller }: FaceRequest, { authority, reader }: FaceParts) {
  const any = from.filter((each) => target === null || target === each.type).map((each) => ({ value: nameOf(each) }))
  if (any.length === 0 || !authority.mayReceive(caller, type)) return []
  const query = { types: [type], ids: null, updated: [], criteria: [{ param, any }], sort: [], offset: 0, limit: MOST_INCLUDED }
  return (await reader.resources(query)).items
}
