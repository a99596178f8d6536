/** `$validate`: what a resource would be refused for, and what is merely odd. Nothing is stored. */
import { isArray, isObject } from '../r4/index.ts'
import type { Issue, JsonObject } from '../r4/index.ts'
import { forbid } from './authorize.ts'
import { judge, readBody } from './body.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal, outcomeText, refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { pairsOf } from './search-string.ts'

export function validateOperation(type: string, id: string | null, request: FaceRequest, parts: FaceParts): FaceAnswer | Refusal {
  const refused = forbid(parts.authority, request.caller, 'validate', type)
  if (refused) return refused
  const body = readBody(request)
  if (isRefusal(body)) return body
  const asked = parametersOf(body)
  if (asked.resource === null) return refuse(400, 'required', 'Send the resource itself, or Parameters with it as `resource`.', 'Parameters.parameter')
  const profiles = [...pairsOf(request.query).flatMap(([name, value]) => (name === 'profile' ? [value] : [])), ...asked.profiles]
  const { resource } = asked
  const mismatched: Issue[] = []
  if (resource['resourceType'] !== type)
    mismatched.push({ severity: 'error', code: 'invalid', diagnostics: `The resource is no ${type}, which the URL says.`, expression: `${type}.resourceType` })
  if (id !== null && resource['id'] !== undefined && resource['id'] !== id)
    mismatched.push({ severity: 'error', code: 'invalid', diagnostics: 'The id of the resource is not the id of the URL.', expression: `${type}.id` })
  const judged = judge(resource, profiles, parts.profiles)
  const issues = [
    ...mismatched,
    ...judged.issues,
    ...judged.unknown.map((): Issue => ({
      severity: 'warning',
      code: 'not-found',
      diagnostics: 'A profile that was named is not loaded here: it was not looked at.',
      expression: 'profile',
    })),
  ]
  return {
    status: 200,
    headers: {},
    body: outcomeText(issues.length > 0 ? issues : [{ severity: 'information', code: 'informational', diagnostics: 'The resource is valid.' }]),
  }
}

function parametersOf(body: JsonObject): { readonly resource: JsonObject | null; readonly profiles: readonly string[] } {
  if (body['resourceType'] !== 'Parameters') return { resource: body, profiles: [] }
  const given = isArray(body['parameter']) ? body['parameter'].filter(isObject) : []
  const resource = given.find(({ name }) => name === 'resource')?.['resource']
  const profiles = given.flatMap((each) => {
    const value = each['valueUri'] ?? each['valueCanonical'] ?? each['valueString']
    return each['name'] === 'profile' && typeof value === 'string' ? [value] : []
  })
  return { resource: isObject(resource) ? resource : null, profiles }
}
