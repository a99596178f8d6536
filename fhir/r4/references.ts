/** References inside a resource: found with their places, and rewritten wherever a transaction must (R4 §3.1.0.11.2). */
import type { Json, JsonObject } from './content.ts'
import { isArray, isObject, mapFhirJson } from './json.ts'

export interface PlacedReference {
  /** FHIRPath of the element of type Reference: `Procedure.focalDevice[0].manipulated`. */
  readonly path: string
  /** Its `reference` as it stands: `Device/1`, `urn:uuid:…`, `#contained`, `Patient?identifier=…`. */
  readonly reference: string
}

/** Every `Reference.reference`, also in extensions, contained resources and entries. */
export function referencesOf(resource: JsonObject): readonly PlacedReference[] {
  const found: PlacedReference[] = []
  const type = resource['resourceType']
  walk(resource, typeof type === 'string' ? type : 'Resource', found)
  return found
}

function walk(value: Json, path: string, found: PlacedReference[]): void {
  if (isArray(value)) value.forEach((inner, index) => walk(inner, `${path}[${index}]`, found))
  else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'reference' && typeof inner === 'string') found.push({ path, reference: inner })
      else if (typeof inner === 'object' && inner !== null) walk(inner, `${path}.${key.startsWith('_') ? key.slice(1) : key}`, found)
    }
  }
}

/** Elements that hold text or an id, never a link, though they may look like one (Identifier.value is a string, R4 §2.24.0.10). */
const TEXTS: ReadonlySet<string> = new Set([
  'value',
  'valueString',
  'valueMarkdown',
  'valueId',
  'valueCode',
  'id',
  'display',
  'text',
  'description',
  'title',
  'name',
])
const URN = /^urn:(?:uuid|oid):/i
const LINK = /(\s(?:href|src)\s*=\s*)(["'])(.*?)\2/gis

/**
 * A copy in which every link is what `change` says, undefined: as it is. Links are `Reference.reference`, other values that are a URN of a
 * uuid or oid (uri, url, canonical, oid, uuid, also in extensions; what follows `|` or `#` stays), and `href` and `src` of narratives.
 */
export function rewriteReferences<T extends JsonObject>(resource: T, change: (reference: string) => string | undefined): T {
  const changed = (link: string): string | undefined => {
    const whole = change(link)
    if (whole !== undefined) return whole
    const end = URN.test(link) ? link.search(/[|#]/) : -1
    const head = end < 0 ? undefined : change(link.slice(0, end))
    return head === undefined ? undefined : head + link.slice(end)
  }
  return mapFhirJson(resource, (leaf, key) => {
    if (typeof leaf !== 'string') return leaf
    if (key === 'reference') return changed(leaf) ?? leaf
    if (key === 'div')
      return leaf.replace(LINK, (all: string, before: string, quote: string, link: string) => {
        const to = changed(unescaped(link))
        return to === undefined ? all : `${before}${quote}${escaped(to)}${quote}`
      })
    return URN.test(leaf) && !TEXTS.has(key) ? (changed(leaf) ?? leaf) : leaf
  }) as T
}

const unescaped = (text: string): string =>
  text.replace(/&(amp|quot|apos|lt|gt|#39);/g, (_all, name: string) => ({ amp: '&', quot: '"', lt: '<', gt: '>' })[name] ?? "'")
const escaped = (text: string): string => text.replace(/[&"'<>]/g, (mark) => `&#${mark.charCodeAt(0)};`)
