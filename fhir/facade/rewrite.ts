/** References inside resources, and putting others in their place. Numbers keep the digits they were sent with. */
import { isArray, isObject, lexemeOf, mapFhirJson, withLexeme } from '../r4/index.ts'
import type { Json, JsonObject } from '../r4/index.ts'

/** `Patient?identifier=…`: a reference that names its target by a search. */
const CONDITIONAL = /^[A-Z][A-Za-z]+\?./

/** Every `reference` of a resource, contained resources included, each once. */
export function referencesOf(value: Json, found = new Set<string>()): Set<string> {
  if (isArray(value)) {
    for (const each of value) referencesOf(each, found)
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
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
export function rewrite(resource: JsonObject, target: (link: string) => string | undefined): JsonObject {
  return mapFhirJson(resource, (leaf, key) => {
    if (typeof leaf !== 'string' || key === 'value') return leaf
    return key === 'div' ? narrative(leaf, target) : (target(leaf) ?? leaf)
  }) as JsonObject
}

function narrative(text: string, target: (link: string) => string | undefined): string {
  return text.replaceAll(/\b(href|src)="([^"]*)"/g, (whole, name: string, link: string) => {
    const other = target(link)
    return other === undefined ? whole : `${name}="${other}"`
  })
}

/** A resource with these members in front (after `resourceType`) instead of its own. */
export function withInFront(resource: JsonObject, members: JsonObject): JsonObject {
  const { resourceType } = resource
  const made: Record<string, Json> = { ...(resourceType === undefined ? {} : { resourceType }), ...members }
  for (const [name, member] of Object.entries(resource)) {
    if (name in made) continue
    made[name] = member
    const lexeme = lexemeOf(resource, name)
    if (lexeme !== undefined) withLexeme(made, name, lexeme)
  }
  return made
}
