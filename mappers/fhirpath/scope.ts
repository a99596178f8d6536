/** Where a FHIRPath reads: the resource told, the item that the rule is about, and what references of either mean. */
import { isObject } from '../../fhir/r4/index.ts'
import type { Json, JsonObject } from '../../fhir/r4/index.ts'

/** The reference's text → the resource, or null when it is not known. */
export type Resolve = (reference: string) => JsonObject | null

export class FhirScope {
  /** The resource told: `%resource`, and what a path that begins with its type means. */
  readonly resource: JsonObject
  /** What the rule is about: `%item`, and what every other path is relative to. */
  readonly item: unknown
  /** References that were followed and are not known, since {@link forget}. */
  readonly missing = new Set<string>()
  readonly #known: Known

  constructor(resource: JsonObject, item: unknown, resolve: Resolve | FhirScope) {
    this.resource = resource
    this.item = item
    this.#known = resolve instanceof FhirScope ? resolve.#known : new Known(resource, resolve)
  }

  /** The same resource, read from one of its items. */
  at(item: unknown): FhirScope {
    return new FhirScope(this.resource, item, this)
  }

  forget(): void {
    this.missing.clear()
  }

  /** FHIRPath of an object or array of the resource or of one that it refers to, undefined for what an expression made. */
  placeOf(value: object): string | undefined {
    return this.#known.placeOf(value)
  }

  /** What a Reference, or the text of one, means; null when that is not known. */
  follow(value: unknown): JsonObject | null {
    const reference = referenceText(value)
    const found = this.peek(value)
    if (found === null && reference !== '' && !reference.startsWith('#')) this.missing.add(reference)
    return found
  }

  /** The same for what is only better known: nothing waits for it. */
  peek(value: unknown): JsonObject | null {
    const reference = referenceText(value)
    return reference === '' ? null : this.#known.follow(value, reference)
  }
}

/** `Reference.reference`, or a canonical or uri as it is. */
export function referenceText(value: unknown): string {
  if (typeof value === 'string') return value
  if (!isObject(value)) return ''
  const { reference } = value
  return typeof reference === 'string' ? reference : ''
}

/** What is known of one told resource, for all scopes on it. */
class Known {
  readonly #resource: JsonObject
  readonly #resolve: Resolve
  readonly #places = new WeakMap<object, string>()
  /** Resource in which an object stands: its `#contained` are meant. */
  readonly #homes = new WeakMap<object, JsonObject>()
  readonly #followed = new Map<string, JsonObject | null>()
  #walked = false

  constructor(resource: JsonObject, resolve: Resolve) {
    this.#resource = resource
    this.#resolve = resolve
  }

  placeOf(value: object): string | undefined {
    this.#walkOnce()
    return this.#places.get(value)
  }

  follow(from: unknown, reference: string): JsonObject | null {
    this.#walkOnce()
    const home = (typeof from === 'object' && from !== null ? this.#homes.get(from) : undefined) ?? this.#resource
    if (reference.startsWith('#')) return containedIn(home, reference.slice(1))
    const known = this.#followed.get(reference)
    if (known !== undefined) return known
    const found = this.#resolve(reference)
    this.#followed.set(reference, found)
    if (found !== null && !this.#places.has(found)) {
      const place = typeof from === 'object' && from !== null ? this.#places.get(from) : undefined
      this.#walk(found, place === undefined ? typeOf(found) : `${place}.resolve()`, found)
    }
    return found
  }

  #walkOnce(): void {
    if (this.#walked) return
    this.#walked = true
    this.#walk(this.#resource, typeOf(this.#resource), this.#resource)
  }

  /** No recursion: how deep a resource is, its sender says. */
  #walk(root: JsonObject, path: string, home: JsonObject): void {
    const open: [Json, string][] = [[root, path]]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [value, at] = next
      if (typeof value !== 'object' || value === null || this.#places.has(value)) continue
      this.#places.set(value, at)
      this.#homes.set(value, home)
      if (Array.isArray(value)) value.forEach((inner: Json, i) => open.push([inner, `${at}[${i}]`]))
      else for (const [key, inner] of Object.entries(value)) if (typeof inner === 'object') open.push([inner as Json, `${at}.${key}`])
    }
  }
}

export function typeOf(resource: JsonObject): string {
  const type = resource['resourceType']
  return typeof type === 'string' ? type : 'Resource'
}

function containedIn(home: JsonObject, id: string): JsonObject | null {
  const { contained } = home
  if (!Array.isArray(contained)) return null
  return contained.find((each): each is JsonObject => isObject(each) && each['id'] === id) ?? null
}
