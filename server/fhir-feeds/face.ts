/** What is added to the FHIR face: the engine's own resources are only its own to write, and subscriptions are judged and answered for. */
import type { Authority, FaceAddition, FaceAnswer, FaceRequest } from '../../fhir/index.ts'
import { operationOutcome, parseFhirJson, writeFhirJson } from '../../fhir/r4/index.ts'
import type { IssueCode, JsonObject } from '../../fhir/r4/index.ts'
import { isOwnResource } from '../../fhir/record/index.ts'
import { admitSubscription, subscriptionCapability } from '../../fhir/subscriptions/index.ts'
import type { PayloadContent } from '../../fhir/subscriptions/index.ts'
import { termRules } from './criteria.ts'
import type { FhirSubscriptions } from './subscriptions.ts'

/** Own resources say what the bridge did; a client that could write them could say otherwise. */
export const ownResources: FaceAddition = {
  admit({ type, id, resource }) {
    if (!isOwnResource(type, id)) return { ok: true, resource }
    const diagnostics = 'This resource is the engine’s own record of what it did. It follows what happens; it cannot be written.'
    return { ok: false, status: 405, issues: [{ severity: 'error', code: 'not-supported', diagnostics, expression: `${type}.id` }] }
  },
}

const CONTENTS: readonly PayloadContent[] = ['empty', 'id-only', 'full-resource']

export function subscriptionsOnFace(subscriptions: FhirSubscriptions, authority: Authority, now: () => number): FaceAddition {
  async function status(id: string | null, request: FaceRequest, asked: Asked): Promise<FaceAnswer> {
    const ids = id === null ? asked.all('id').map((each) => each.replace(/^.*Subscription\//, '')) : [id]
    const statuses = asked.all('status')
    const bundle = await subscriptions.status(ids.length === 0 ? null : ids, statuses.length === 0 ? null : statuses, `${request.base}/${request.path}`)
    return id !== null && bundle['total'] === 0 ? refused(404, 'not-found', 'There is no such subscription.') : good(bundle, '$status', id)
  }
  async function events(id: string, request: FaceRequest, asked: Asked): Promise<FaceAnswer> {
    const range = { since: numberOf(asked.all('eventsSinceNumber')[0]), until: numberOf(asked.all('eventsUntilNumber')[0]) }
    const [wanted] = asked.all('content')
    const content = wanted === undefined ? null : CONTENTS.find((each) => each === wanted)
    if (Number.isNaN(range.since) || Number.isNaN(range.until) || content === undefined)
      return refused(400, 'value', 'eventsSinceNumber and eventsUntilNumber are numbers of events; content is empty, id-only or full-resource.')
    const bundle = await subscriptions.events(id, { ...range, content }, (type) => authority.mayReceive(request.caller, type))
    return bundle === null ? refused(404, 'not-found', 'There is no such subscription.') : good(bundle, '$events', id)
  }
  return {
    admit({ type, resource, mayRead }) {
      if (type !== 'Subscription' || resource === null) return { ok: true, resource }
      const admitted = admitSubscription(resource, termRules(now()), mayRead)
      return admitted.ok ? admitted : { ...admitted, status: admitted.issues.some(({ code }) => code === 'forbidden') ? 403 : 422 }
    },
    operation({ type, id, name }, request) {
      if (type !== 'Subscription' || (name !== 'status' && name !== 'events')) return null
      if (name === 'events' && id === null) return Promise.resolve(refused(404, 'not-found', '$events is asked of one subscription.'))
      if (request.method !== 'GET' && request.method !== 'POST') return Promise.resolve(refused(405, 'not-supported', 'Use GET or POST.'))
      const said = authority.authorize(request.caller, id === null ? 'search-type' : 'read', type)
      if (!said.ok) return Promise.resolve(refused(403, 'forbidden', `This needs the scope ${said.missing}.`))
      const asked = askedOf(request)
      if (asked === null) return Promise.resolve(refused(400, 'structure', 'The body must be a Parameters resource as application/fhir+json.'))
      return name === 'status' ? status(id, request, asked) : events(id ?? '', request, asked)
    },
    capability: (type) => (type === 'Subscription' ? subscriptionCapability() : {}),
  }
}

interface Asked {
  all(name: string): readonly string[]
}

/** Parameters of an operation, from the URL or a Parameters resource; null when the body is none. */
function askedOf(request: FaceRequest): Asked | null {
  const inUrl = new URLSearchParams(request.query)
  if (request.method === 'GET' || request.body.length === 0) return { all: (name) => inUrl.getAll(name).flatMap((value) => value.split(',')) }
  const parsed = parseFhirJson(Buffer.from(request.body).toString('utf8'))
  if (!parsed.ok || parsed.value['resourceType'] !== 'Parameters') return null
  const list = parsed.value['parameter']
  const parameters = Array.isArray(list) ? (list as readonly JsonObject[]) : []
  return {
    all: (name) =>
      parameters
        .filter((parameter) => parameter['name'] === name)
        .flatMap((parameter) => Object.entries(parameter).flatMap(([key, value]) => (key.startsWith('value') ? [String(value)] : []))),
  }
}

/** NaN for what is no number of an event. */
function numberOf(text: string | undefined): number | null {
  if (text === undefined) return null
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}

function good(bundle: JsonObject, what: string, id: string | null): FaceAnswer {
  return {
    status: 200,
    headers: {},
    body: writeFhirJson(bundle),
    shows: { what: `asked ${what}`, subject: id === null ? 'Subscription' : `Subscription/${id}` },
  }
}

function refused(status: number, code: IssueCode, diagnostics: string): FaceAnswer {
  return { status, headers: {}, body: JSON.stringify(operationOutcome(code, diagnostics)) }
}
