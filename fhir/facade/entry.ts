/** An entry of a transaction or batch as what it asks for. */
import { isArray, isObject, rewriteReferences } from '../r4/index.ts'
import type { Json, JsonObject } from '../r4/index.ts'
import { refuseContent } from './body.ts'
import { readBase } from './entry-url.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal, refuse, within } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { isKept } from './search-string.ts'
import { isConditional } from './stamp.ts'
import { ifMatchOf, refuseIdentity } from './step.ts'
import type { Step } from './step.ts'

/** A read within a Bundle. */
export interface Reading {
  readonly n: number
  readonly place: string
  readonly path: string
  readonly query: string
  readonly ifNoneMatch: string
}
export type Asked = { readonly kind: 'write'; readonly step: Step } | { readonly kind: 'read'; readonly reading: Reading }

export const placeOf = (n: number): string => `Bundle.entry[${String(n)}]`

export function entriesOf(bundle: JsonObject): readonly Json[] {
  const { entry } = bundle
  return isArray(entry) ? entry : []
}

const object = (value: Json | undefined): JsonObject | null => (isObject(value) ? value : null)
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** As it is judged: conditional references, which only a Bundle may have, as references to their type. */
function plainly(resource: JsonObject): JsonObject {
  return rewriteReferences(resource, (link) => (isConditional(link) ? `${link.slice(0, link.indexOf('?'))}/0` : undefined))
}

/** What the entry asks for, with its resource judged; a refusal names the entry. */
export async function readEntry(entry: Json, n: number, parts: FaceParts, base: string): Promise<Asked | Refusal> {
  const place = placeOf(n)
  const asked = await readWithin(object(entry), n, place, parts, base)
  return isRefusal(asked) ? within(place, asked) : asked
}

async function readWithin(entry: JsonObject | null, n: number, place: string, parts: FaceParts, base: string): Promise<Asked | Refusal> {
  const request = object(entry?.['request'])
  if (entry === null || request === null) return refuse(400, 'required', 'An entry needs a request with method and url.', `${place}.request`)
  const method = text(request['method'])
  const url = readBase(text(request['url']), base)
  if (url === null) return refuse(400, 'value', 'The url is none of this server.', `${place}.request.url`)
  const { path, query } = url
  const [type = '', id, ...deeper] = path.split('/')
  if (method === 'GET' || method === 'HEAD') return { kind: 'read', reading: { n, place, path, query, ifNoneMatch: text(request['ifNoneMatch']) } }
  if (method !== 'POST' && method !== 'PUT' && method !== 'DELETE')
    return refuse(400, 'not-supported', 'An entry may GET, POST, PUT or DELETE.', `${place}.request.method`)
  if (!isKept(type) || deeper.length > 0) return refuse(400, 'value', 'The url names no resource type of R4.', `${place}.request.url`)
  const ifMatch = ifMatchOf(text(request['ifMatch']), `${place}.request.ifMatch`)
  if (isRefusal(ifMatch)) return ifMatch
  const resource = object(entry['resource'])
  const common = { n, place, type, ifMatch, onlyNew: text(request['ifNoneMatch']) === '*', fullUrl: text(entry['fullUrl']) }
  if (method === 'DELETE') {
    if (id === undefined && query === '') return refuse(400, 'value', 'A deletion names an id or a condition.', `${place}.request.url`)
    return { kind: 'write', step: { ...common, method, id: id ?? null, search: id === undefined ? query : null, resource: null } }
  }
  if (resource === null) return refuse(400, 'required', 'The entry needs a resource.', `${place}.resource`)
  if (method === 'POST') {
    if (id !== undefined) return refuse(400, 'not-supported', 'An entry that POSTs creates: its url is a resource type.', `${place}.request.url`)
    const refused = refuseIdentity(resource, type, null) ?? refuseContent(plainly(resource), parts)
    const search = text(request['ifNoneExist'])
    return refused ?? { kind: 'write', step: { ...common, method, id: null, search: search === '' ? null : search, resource, ifMatch: null, onlyNew: false } }
  }
  if (id === undefined && query === '') return refuse(400, 'value', 'An update names an id or a condition.', `${place}.request.url`)
  const refused = refuseIdentity(resource, type, id ?? null) ?? refuseContent(plainly(resource), parts)
  return refused ?? { kind: 'write', step: { ...common, method, id: id ?? null, search: id === undefined ? query : null, resource } }
}
