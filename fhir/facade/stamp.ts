/** References that name their target by a search, and members that the server owns. */
import { lexemeOf, withLexeme } from '../r4/index.ts'
import type { Json, JsonObject } from '../r4/index.ts'

/** `Patient?identifier=…`: a reference that names its target by a search. */
export const isConditional = (reference: string): boolean => /^[A-Z][A-Za-z]+\?./.test(reference)

/** A resource with these members in front (after `resourceType`) instead of its own, as one likes to read it. */
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
