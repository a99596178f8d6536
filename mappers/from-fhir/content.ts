/** What a posted resource or Bundle tells: its resources, from which server, and what they refer to within it. */
import { isObject } from '../../fhir/r4/index.ts'
import type { FhirContent, Json, JsonObject, ToldResource } from '../../fhir/r4/index.ts'

/** The server of what comes without saying where it is kept: its channel is then part of the subject instead. */
export const UNSAID = '-'

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const record = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

/** Members of `entry` that are objects. */
const entriesOf = (bundle: JsonObject): readonly JsonObject[] => (Array.isArray(bundle['entry']) ? bundle['entry'].filter(isObject) : [])

/** The resources of a body, in order; of several versions of one, the last that was written. */
export function contentOf(body: JsonObject): FhirContent {
  if (body['resourceType'] !== 'Bundle') {
    const told = toldOf(body, '')
    return { server: UNSAID, told: [told], resolve: resolverOf([[`${told.type}/${told.id}`, body]]) }
  }
  const entries = entriesOf(body)
  const named: [string, JsonObject][] = []
  for (const { fullUrl, resource } of entries) {
    if (!isObject(resource)) continue
    const { id, type } = toldOf(resource, text(fullUrl))
    if (text(fullUrl) !== '') named.push([text(fullUrl), resource])
    if (id !== '') named.push([`${type}/${id}`, resource])
  }
  return { server: serverOf(body, entries), told: latest(toldEntries(body, entries)), resolve: resolverOf(named) }
}

function toldEntries(bundle: JsonObject, entries: readonly JsonObject[]): readonly ToldResource[] {
  const isMessage = bundle['type'] === 'message'
  return entries.flatMap((entry, i): ToldResource | [] => {
    const { resource } = entry
    const request = record(entry['request'])
    const method = text(request['method'])
    // What a search found beside its matches is there to be referred to.
    if ((isMessage && i === 0) || ['include', 'outcome'].includes(text(record(entry['search'])['mode']))) return []
    if (method === 'DELETE') {
      const [type = '', id = ''] = text(request['url']).split(/[/?]/).slice(-2)
      return id === '' || text(request['url']).includes('?') ? [] : { type, id, resource: null, updated: momentOf(record(entry['response'])['lastModified']) }
    }
    return !isObject(resource) || method === 'GET' || method === 'PATCH' ? [] : toldOf(resource, text(entry['fullUrl']))
  })
}

function toldOf(resource: JsonObject, fullUrl: string): ToldResource {
  const id = text(resource['id']) || fullUrl.slice(Math.max(fullUrl.lastIndexOf('/'), fullUrl.lastIndexOf(':')) + 1)
  return { type: text(resource['resourceType']), id, resource, updated: momentOf(record(resource['meta'])['lastUpdated']) }
}

const momentOf = (value: Json | undefined): number => {
  const at = Date.parse(text(value))
  return Number.isNaN(at) ? 0 : at
}

/** A history tells a resource several times, the newest first; what was written last counts. */
function latest(all: readonly ToldResource[]): readonly ToldResource[] {
  const found = new Map<string, ToldResource>()
  for (const told of all) {
    const name = told.id === '' ? `#${found.size}` : `${told.type}/${told.id}`
    const before = found.get(name)
    if (before === undefined || told.updated > before.updated) found.set(name, told)
  }
  return [...found.values()]
}

const KEPT_AT = /^(https?:\/\/.+?)\/[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}(?:\/_history\/.*)?$/

/** A message says who sends it; other bundles where their entries are kept. */
function serverOf(bundle: JsonObject, entries: readonly JsonObject[]): string {
  if (bundle['type'] === 'message') return text(record(record(entries[0]?.['resource'])['source'])['endpoint']) || UNSAID
  const source = text(record(bundle['meta'])['source'])
  if (bundle['type'] === 'searchset' && source !== '') return source
  for (const { fullUrl } of entries) {
    const base = KEPT_AT.exec(text(fullUrl))?.[1]
    if (base !== undefined) return base
  }
  return UNSAID
}

const LOCAL = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]*)?$/

/** `Device/12` of `Device/12/_history/3` or an absolute URL; null for what names no resource that way. */
export function localName(reference: string): string | null {
  return LOCAL.exec(reference)?.[1] ?? null
}

/** By full URL first, then by type and id. */
export function resolverOf(named: readonly (readonly [string, JsonObject])[]): FhirContent['resolve'] {
  const known = new Map(named)
  return (reference) => known.get(reference) ?? known.get(localName(reference) ?? reference) ?? null
}
