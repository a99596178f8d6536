/** What a resource and the resources contained in it say about each other. */
import type { Json, JsonObject } from '../content.ts'
import { isArray, isObject } from '../json.ts'

/** One outermost resource: an entry of a bundle is one of its own. */
export interface Scope {
  readonly resource: JsonObject
  /** Id → type of the contained resources. */
  readonly contained: ReadonlyMap<string, string>
  /** Local ids that were pointed at; '' is the container itself. */
  readonly pointed: Set<string>
  /** Contained resources that point at their container, which keeps them. */
  readonly pointing: Set<string>
}

export function scopeOf(resource: JsonObject): Scope {
  const inner = isArray(resource['contained']) ? resource['contained'].filter(isObject) : []
  return {
    resource,
    contained: new Map(inner.map((each) => [text(each['id']), text(each['resourceType'])])),
    pointed: new Set(),
    pointing: new Set(),
  }
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

const RELATIVE = /^([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\S+$/i
const REST = /^https?:\/\/\S*\/([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/

/** The type that a reference is to, '' when it does not tell, null when it is no reference. */
export function typeReferred(reference: string, { contained }: Scope): string | null {
  if (reference === '#') return ''
  if (reference.startsWith('#')) return contained.get(reference.slice(1)) ?? null
  const relative = RELATIVE.exec(reference)?.[1]
  if (relative !== undefined) return relative
  return ABSOLUTE.test(reference) ? (REST.exec(reference)?.[1] ?? '') : null
}
