/** Create, update and delete of one resource, conditional or not. */
import { refuseContent, readBody } from './body.ts'
import { commit } from './commit.ts'
import { preferenceOf } from './exchange.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import { plan } from './plan.ts'
import type { Done, Plan } from './plan.ts'
import type { FaceParts } from './ports.ts'
import { versionHeaders } from './read.ts'
import { isRefusal, outcomeText, refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { FHIR_ID, ifMatchOf, refuseIdentity } from './step.ts'
import type { Step } from './step.ts'

export const ALONE = { n: 0, place: '', fullUrl: '' } as const

export async function createResource(type: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const resource = readBody(request)
  if (isRefusal(resource)) return resource
  const refused = refuseIdentity(resource, type, null) ?? refuseContent(resource, parts)
  if (refused) return refused
  const search = request.header('if-none-exist')
  return single(
    { ...ALONE, method: 'POST', type, id: null, search: search === '' ? null : search, resource, ifMatch: null, onlyNew: false },
    'create',
    request,
    parts,
  )
}

/** @param id null: the one that the query finds */
export async function updateResource(type: string, id: string | null, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const resource = readBody(request)
  if (isRefusal(resource)) return resource
  const ifMatch = ifMatchOf(request.header('if-match'), 'If-Match')
  if (isRefusal(ifMatch)) return ifMatch
  const refused = refuseIdentity(resource, type, id) ?? refuseContent(resource, parts)
  if (refused) return refused
  const onlyNew = request.header('if-none-match').trim() === '*'
  return single({ ...ALONE, method: 'PUT', type, id, search: id === null ? request.query : null, resource, ifMatch, onlyNew }, 'update', request, parts)
}

export async function deleteResource(type: string, id: string | null, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  if (id !== null && !FHIR_ID.test(id)) return refuse(404, 'not-found', `There is no ${type} with this id.`)
  const ifMatch = ifMatchOf(request.header('if-match'), 'If-Match')
  if (isRefusal(ifMatch)) return ifMatch
  return single(
    { ...ALONE, method: 'DELETE', type, id, search: id === null ? request.query : null, resource: null, ifMatch, onlyNew: false },
    'delete',
    request,
    parts,
  )
}

function single(step: Step, interaction: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  return decided(() => Promise.resolve(step), interaction, request, parts)
}

/** @param step asked again at each decision: what it is may hang on what is stored */
export async function decided(step: () => Promise<Step | Refusal>, interaction: string, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const key = request.header('idempotency-key')
  if (key.length > MOST_KEY) return refuse(400, 'value', `An Idempotency-Key has at most ${String(MOST_KEY)} characters.`, 'Idempotency-Key')
  const newIds = [parts.newId()]
  const { base, caller } = request
  return commit({
    parts,
    caller,
    raw: request.body,
    // The bytes of a deletion, a patch and a conditional update do not say what they are about: under the same key, the URL tells them apart.
    controlId: key === '' || (request.body.length > 0 && request.method !== 'PATCH' && request.query === '') ? key : `${key} ${request.path}?${request.query}`,
    interaction,
    decide: async () => {
      const asked = await step()
      return isRefusal(asked) ? asked : plan([asked], { parts, base, caller, newIds, now: parts.clock.now() })
    },
    answer: (made) => answerTo(made, request),
  })
}

const MOST_KEY = 200

function answerTo({ done: [done] }: Plan, request: FaceRequest): FaceAnswer {
  if (done === undefined) return { status: 204, headers: {}, body: null }
  const { status } = done
  if (status === 204) return { status, headers: done.version === 0 ? {} : { etag: `W/"${String(done.version)}"` }, body: null }
  const headers = { ...versionHeaders(done), location: locationOf(done, request.base) }
  return { status, headers, body: bodyOf(done, request) }
}

function bodyOf(done: Done, request: FaceRequest): string | null {
  const { returns } = preferenceOf(request.header('prefer'))
  if (returns === 'minimal') return null
  return returns === 'representation' ? done.body : outcomeText([{ severity: 'information', code: 'informational', diagnostics: wordsOf(done) }])
}

export function locationOf({ type, id, version }: Pick<Done, 'type' | 'id' | 'version'>, base: string): string {
  return `${base}/${type}/${id}/_history/${String(version)}`
}

export function wordsOf({ status, type, id, version }: Done): string {
  const what = `${type}/${id} version ${String(version)}`
  return status === 201 ? `Created ${what}.` : status === 204 ? 'Deleted.' : `Stored is ${what}.`
}
