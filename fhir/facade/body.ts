/** From the bytes of a request to a resource that may be stored, or why not. */
import { parseFhirJson, refuses, validateResource } from '../r4/index.ts'
import type { Issue, JsonObject } from '../r4/index.ts'
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
  if (kind !== 'json') return refuse(415, 'not-supported', 'A form is taken by _search only, a patch by PATCH; send application/fhir+json.', 'Content-Type')
  const text = utf8(request.body)
  if (text === null) return refuse(400, 'structure', 'The body is not UTF-8.')
  const read = parseFhirJson(text)
  return read.ok ? read.value : refuse(400, 'structure', `The body is no JSON that can be taken: ${read.text}`, read.at)
}

export function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Null when the resource may be stored. All that is wrong is told at once. */
export function refuseContent(resource: JsonObject, { profiles }: Pick<FaceParts, 'profiles'>): Refusal | null {
  const type = typeof resource['resourceType'] === 'string' ? resource['resourceType'] : ''
  const { issues, unknown } = judge(resource, profiles.of(type), profiles)
  const errors = issues.filter((issue) => refuses([issue]))
  if (unknown.length > 0)
    errors.push({ severity: 'error', code: 'not-supported', diagnostics: `A channel asks for a profile of ${type} that is not loaded here.`, expression: type })
  if (errors.length === 0) return null
  // What is no R4 at all is a bad request, what breaks a rule of it is content that cannot be processed.
  return refuseWith(errors.some(({ code }) => code === 'structure') ? 400 : 422, errors)
}

/** What R4 and these profiles say of a resource, and which of the profiles nobody here has. */
export function judge(
  resource: JsonObject,
  urls: readonly string[],
  { find }: FaceParts['profiles'],
): { readonly issues: readonly Issue[]; readonly unknown: readonly string[] } {
  const found = urls.flatMap((url) => find(url) ?? [])
  return { issues: validateResource(resource, { profiles: found }), unknown: urls.filter((url) => find(url) === undefined) }
}
