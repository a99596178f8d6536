/** References inside resources, and putting others in their place. Numbers keep the digits they were sent with. */
import { lexemeOf, withLexeme } from '../r4/index.ts'
import type { Json, JsonObject } from '../r4/index.ts'

/** `Patient?identifier=…`: a reference that names its target by a search. */
const CONDITIONAL = /^[A-Z][A-Za-z]+\?./

/** Every `reference` of a resource, contained resources included, each once. */
export function referencesOf(value: Json, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) {
    for (const each of value as readonly Json[]) referencesOf(each, found)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value as JsonObject)) {
      if (key === 'reference' && typeof member === 'string') found.add(member)
      else referencesOf(member, found)
    }
  }
  return found
}

export const isConditional = (reference: string): boolean => CONDITIONAL.test(reference)

/**
 * The resource with other references. Whole strings are replaced wherever they stand (uri, url, canonical, extensions), but not as `value` of
 * an Identifier, which is a string of its own right; in narrative only the targets of links and images are.
 *
 * @param target the new text of a link, or undefined when it stays
 */
export function rewrite<Value extends Json>(value: Value, target: (link: string) => string | undefined): Value {
  return walk(value, '', target) as Value
}

function walk(value: Json, key: string, target: (link: string) => string | undefined): Json {
  if (typeof value === 'string') return key === 'value' ? value : key === 'div' ? narrative(value, target) : (target(value) ?? value)
  if (Array.isArray(value)) {
    const old = value as readonly Json[]
    const made = old.map((each) => walk(each, key, target))
    for (const [n, each] of old.entries()) if (typeof each === 'number') keep(old, made, String(n))
    return made
  }
  if (typeof value !== 'object' || value === null) return value
  return copy(value as JsonObject, (member, name) => walk(member, name, target))
}

function narrative(text: string, target: (link: string) => string | undefined): string {
  return text.replaceAll(/\b(href|src)="([^"]*)"/g, (whole, name: string, link: string) => {
    const other = target(link)
    return other === undefined ? whole : `${name}="${other}"`
  })
}

/** A resource with these members in front (after `resourceType`) instead of its own. */
export function withMembers(resource: JsonObject, members: JsonObject): JsonObject {
  const { resourceType } = resource
  const made: Record<string, Json> = { ...(resourceType === undefined ? {} : { resourceType }), ...members }
  for (const [name, member] of Object.entries(resource)) {
    if (name in made) continue
    made[name] = member
    if (typeof member === 'number') keep(resource, made, name)
  }
  return made
}

export function without(resource: JsonObject, ...names: readonly string[]): JsonObject {
  const made: Record<string, Json> = {}
  for (const [name, member] of Object.entries(resource)) {
    if (names.includes(name)) continue
    made[name] = member
    if (typeof member === 'number') keep(resource, made, name)
  }
  return made
}

function copy(value: JsonObject, change: (member: Json, name: string) => Json): JsonObject {
  const made: Record<string, Json> = {}
  for (const [name, member] of Object.entries(value)) {
    made[name] = change(member, name)
    if (typeof member === 'number') keep(value, made, name)
  }
  return made
}

/** What was sent as `1.00` is written as `1.00` again. */
function keep(from: object, to: object, key: string): void {
  const lexeme = lexemeOf(from as never, key)
  if (lexeme !== undefined) withLexeme(to as never, key, lexeme)
}
