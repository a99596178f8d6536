/** PATCH with JSON Patch: what is stored is read, changed and judged as a whole, and written only if nobody wrote it meanwhile. */
import { isArray, parseFhirJson } from '../r4/index.ts'
import type { Json } from '../r4/index.ts'
import { forbid } from './authorize.ts'
import { refuseContent, utf8 } from './body.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import { applyPatch } from './json-patch.ts'
import { JSON_PATCH, bodyKind } from './negotiate.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal, refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { ifMatchOf, refuseIdentity } from './step.ts'
import type { Step } from './step.ts'
import { ALONE, decided } from './write.ts'

export async function patchResource(type: string, id: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const refused = forbid(parts.authority, request.caller, 'patch', type)
  if (refused) return refused
  const operations = operationsOf(request)
  if (isRefusal(operations)) return operations
  const ifMatch = ifMatchOf(request.header('if-match'), 'If-Match')
  if (isRefusal(ifMatch)) return ifMatch
  const step = async (): Promise<Step | Refusal> => {
    const current = await parts.reader.resource(type, id)
    if (current === null) return refuse(404, 'not-found', `There is no ${type} with this id.`)
    const stored = current.body === null ? null : parseFhirJson(current.body)
    if (stored?.ok !== true) return refuse(410, 'deleted', `This ${type} was deleted.`)
    if (ifMatch !== null && ifMatch !== current.version)
      return refuse(412, 'conflict', 'The resource has another version than If-Match says: read it again.', 'If-Match')
    const patched = applyPatch(stored.value, operations)
    if (!patched.ok) return refuse(422, 'processing', patched.text, patched.at)
    const wrong = refuseIdentity(patched.value, type, id) ?? refuseContent(patched.value, parts)
    return wrong ?? { ...ALONE, method: 'PUT', type, id, search: null, resource: patched.value, ifMatch, onlyNew: false, from: current.version }
  }
  return decided(step, 'update', parts.authority.mayReceive(request.caller, type) ? request : silent(request), parts)
}

/** Who changes a part without being allowed to read does not get the whole in answer. */
function silent(request: FaceRequest): FaceRequest {
  return { ...request, header: (name) => (name.toLowerCase() === 'prefer' ? 'return=minimal' : request.header(name)) }
}

function operationsOf(request: FaceRequest): readonly Json[] | Refusal {
  const kind = bodyKind(request)
  if (isRefusal(kind)) return kind
  if (kind !== 'patch') return refuse(415, 'not-supported', `A patch is ${JSON_PATCH}; FHIRPath Patch is not offered.`, 'Content-Type')
  const text = utf8(request.body)
  // The reader of resources reads objects only; so the list hangs in one.
  const read = text === null ? null : parseFhirJson(`{"operations":${text}}`)
  const operations = read?.ok === true && Object.keys(read.value).length === 1 ? read.value['operations'] : undefined
  return isArray(operations) ? operations : refuse(400, 'structure', 'The body is no JSON array of operations.')
}
