/** The whole face: one request in, one answer out. */
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import { answerOf } from './exchange.ts'
import { readBody, utf8 } from './body.ts'
import { runBundle } from './bundle.ts'
import type { Reading } from './entry.ts'
import { processMessage } from './message.ts'
import { capabilityStatement } from './metadata.ts'
import { bodyKind, refuseFormat } from './negotiate.ts'
import type { FaceParts } from './ports.ts'
import { readHistory, readResource, readVersion } from './read.ts'
import { isRefusal, refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { searchResources } from './search.ts'
import { isKept, pairsOf } from './search-string.ts'
import { patchResource } from './patch.ts'
import { validateOperation } from './validate.ts'
import { createResource, deleteResource, updateResource } from './write.ts'

/** @throws AqueductError when the store fails */
export async function handleFhir(request: FaceRequest, parts: FaceParts): Promise<FaceAnswer> {
  const refused = refuseFormat(request.header('accept'), new URLSearchParams(request.query).get('_format'))
  const answer = refused ?? (await route(request, parts))
  if (isRefusal(answer)) return answerOf(answer)
  // What was looked at stands in the audit before it is shown: one line a request.
  if (answer.shows) await parts.control.audit(request.caller.name, answer.shows.what, answer.shows.subject)
  return answer
}

async function route(request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const { method, path } = request
  const steps = path === '' ? [] : path.split('/')
  const [first = ''] = steps
  if (path === 'metadata') return method === 'GET' ? { status: 200, headers: {}, body: capabilityStatement(request.base, parts) } : not(method, 'GET')
  if (path === '') return atBase(request, parts)
  if (path === '$process-message') return method === 'POST' ? withBody(request, (body) => processMessage(body, request, parts)) : not(method, 'POST')
  if (path === '_history') return method === 'GET' ? readHistory('', '', request, parts) : not(method, 'GET')
  if (path === '_search') return method === 'POST' ? postedSearch('', request, parts) : not(method, 'POST')
  if (!isKept(first)) return refuse(404, 'not-found', 'There is no such resource type in R4, nor such an operation here.')
  return steps.length === 1 ? ofType(first, request, parts) : below(first, steps.slice(1), request, parts)
}

function atBase(request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> | Refusal {
  if (request.method === 'GET') return searchResources('', pairsOf(request.query), request, parts)
  if (request.method !== 'POST') return not(request.method, 'GET, POST')
  return withBody(request, (body) => {
    if (body['resourceType'] !== 'Bundle')
      return refuse(400, 'invalid', 'The base takes a Bundle; create a resource at the URL of its type.', 'Bundle.resourceType')
    if (body['type'] === 'message') return processMessage(body, request, parts)
    if (body['type'] !== 'transaction' && body['type'] !== 'batch')
      return refuse(400, 'value', 'The base takes Bundles of type transaction, batch and message.', 'Bundle.type')
    return runBundle(body, request, parts, (reading) => readWithin(reading, request, parts))
  })
}

/** A GET inside a Bundle: the caller is the same, the audit is the Bundle's. */
async function readWithin({ path, query, ifNoneMatch }: Reading, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer> {
  const header = (name: string) => (name === 'if-none-match' ? ifNoneMatch : name === 'prefer' ? request.header('prefer') : '')
  const answer = await route({ ...request, method: 'GET', path, query, header, body: new Uint8Array(0) }, parts)
  return isRefusal(answer) ? answerOf(answer) : answer
}

function ofType(type: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> | Refusal {
  switch (request.method) {
    case 'GET':
      return searchResources(type, pairsOf(request.query), request, parts)
    case 'POST':
      return createResource(type, request, parts)
    case 'PUT':
    case 'DELETE':
      if (request.query === '') return refuse(405, 'not-supported', `${request.method} needs an id, or a condition.`, undefined, { allow: 'GET, HEAD, POST' })
      return request.method === 'PUT' ? updateResource(type, null, request, parts) : deleteResource(type, null, request, parts)
    default:
      return not(request.method, 'GET, HEAD, POST, PUT, DELETE')
  }
}

function below(
  type: string,
  [second = '', third, fourth, ...rest]: readonly string[],
  request: FaceRequest,
  parts: FaceParts,
): Promise<FaceAnswer | Refusal> | FaceAnswer | Refusal {
  const { method } = request
  if (rest.length > 0) return NOTHING
  if (second === '_search' && third === undefined) return method === 'POST' ? postedSearch(type, request, parts) : not(method, 'POST')
  if (second === '_history' && third === undefined) return method === 'GET' ? readHistory(type, '', request, parts) : not(method, 'GET')
  if (second.startsWith('$')) return third === undefined ? operate(type, null, second.slice(1), request, parts) : NOTHING
  if (second.startsWith('_')) return NOTHING
  if (third === undefined) return ofInstance(type, second, request, parts)
  if (third.startsWith('$')) return fourth === undefined ? operate(type, second, third.slice(1), request, parts) : NOTHING
  if (third !== '_history') return NOTHING
  if (method !== 'GET') return not(method, 'GET')
  return fourth === undefined ? readHistory(type, second, request, parts) : readVersion(type, second, fourth, request, parts)
}

function operate(type: string, id: string | null, name: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> | FaceAnswer | Refusal {
  for (const addition of parts.additions) {
    const answer = addition.operation?.({ type, id, name }, request) ?? null
    if (answer !== null) return answer
  }
  if (name !== 'validate') return NOTHING
  return request.method === 'POST' ? validateOperation(type, id, request, parts) : not(request.method, 'POST')
}

function ofInstance(type: string, id: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> | Refusal {
  switch (request.method) {
    case 'GET':
      return readResource(type, id, request, parts)
    case 'PUT':
      return updateResource(type, id, request, parts)
    case 'DELETE':
      return deleteResource(type, id, request, parts)
    case 'PATCH':
      return patchResource(type, id, request, parts)
    default:
      return not(request.method, 'GET, HEAD, PUT, PATCH, DELETE')
  }
}

const NOTHING = refuse(404, 'not-found', 'Nothing is here; /metadata says what there is.')

function not(method: string, allow: string): Refusal {
  return refuse(405, 'not-supported', `${/^[A-Z]{1,10}$/.test(method) ? method : 'This method'} is not offered here; use ${allow}.`, undefined, { allow })
}

async function withBody(request: FaceRequest, then: (body: Exclude<ReturnType<typeof readBody>, Refusal>) => Promise<FaceAnswer | Refusal> | Refusal) {
  const body = readBody(request)
  return isRefusal(body) ? body : then(body)
}

/** A search whose parameters come as a form, with those of the URL. */
function postedSearch(type: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> | Refusal {
  const kind = bodyKind(request)
  if (typeof kind === 'object') return kind
  if (kind === 'json' || kind === 'patch') return refuse(415, 'not-supported', '_search takes application/x-www-form-urlencoded.', 'Content-Type')
  const form = kind === 'none' ? '' : utf8(request.body)
  if (form === null) return refuse(400, 'structure', 'The body is not UTF-8.')
  return searchResources(type, [...pairsOf(request.query), ...pairsOf(form)], request, parts)
}
