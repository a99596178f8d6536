/** From the bytes of a request to a resource that may be stored, or why not. */
import { isArray, isObject, parseFhirJson, refuses } from '../r4/index.ts'
import type { Issue, Json, JsonObject } from '../r4/index.ts'
import { bodyKind } from './negotiate.ts'
import type { FaceRequest } from './exchange.ts'
import type { FaceParts } from './ports.ts'
import { refuse, refuseWith } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** The body as JSON of R4, not judged yet. */
export function readBody(request: FaceRequest): JsonObject | Refusal {
  const kind = bodyKind(request)
  if (typeof kind === 'object') return kind
  if (kind === 'none') return refuse(400, 'required', 'The request has no body; a resource is needed.')
  if (kind === 'form') return refuse(415, 'not-supported', 'A form is taken by _search only; send application/fhir+json.', 'Content-Type')
  const text = utf8(request.body)
  if (text === null) return refuse(400, 'structure', 'The body is not UTF-8.')
  const read = parseFhirJson(text)
  return read.ok ? read.value : refuse(400, 'structure', `The body is no JSON that can be taken: ${read.text}.`, read.at)
}

export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Null when the resource may be stored. All that is wrong is told at once. */
export async function refuseContent(resource: JsonObject, parts: Pick<FaceParts, 'validate' | 'profilesOf'>): Promise<Refusal | null> {
  const type = typeof resource['resourceType'] === 'string' ? resource['resourceType'] : ''
  const issues = [...(await parts.validate(resource, parts.profilesOf(type))), ...unsupported(resource, type)]
  const errors = issues.filter((issue) => refuses([issue]))
  if (errors.length === 0) return null
  // What is no R4 at all is a bad request, what breaks a rule of it is content that cannot be processed.
  return refuseWith(errors.some(({ code }) => code === 'structure') ? 400 : 422, errors)
}

/**
 * What changes the meaning of a resource in a way that is not known here: it would be understood wrongly, so it is refused (R4 §2.1.0.2.1,
 * §2.27.4 implicitRules).
 */
export function unsupported(resource: JsonObject, type: string): readonly Issue[] {
  const issues: Issue[] = []
  const walk = (value: Json, path: string, isResource: boolean) => {
    if (isArray(value)) {
      for (const [n, each] of value.entries()) walk(each, `${path}[${String(n)}]`, isResource)
    } else if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        const place = `${path}.${name}`
        if (name === 'modifierExtension')
          issues.push({ severity: 'error', code: 'extension', diagnostics: 'A modifierExtension that is not known here changes the meaning: refused.', expression: place })
        else if (name === 'implicitRules' && isResource)
          issues.push({ severity: 'error', code: 'not-supported', diagnostics: 'implicitRules are not known here, and the resource cannot be understood without: refused.', expression: place })
        else walk(member, place, name === 'contained' || name === 'resource' || name === 'outcome')
      }
    }
  }
  walk(resource, type, true)
  return issues
}
