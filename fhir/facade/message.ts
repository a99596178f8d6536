/** FHIR messaging: a Bundle of type message, by $process-message or to the base, and the message that answers it (R4 §2.4). */
import { isArray, isObject } from '../r4/index.ts'
import type { Json, JsonObject, ToldResource } from '../r4/index.ts'
import { forbid } from './authorize.ts'
import { refuseContent } from './body.ts'
import { bundleText } from './bundle-text.ts'
import { commit } from './commit.ts'
import { entriesOf } from './entry.ts'
import type { FaceAnswer, FaceRequest } from './exchange.ts'
import { preferenceOf } from './exchange.ts'
import type { FaceParts } from './ports.ts'
import { isRefusal, outcomeText, refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'
import { isKept, pairsOf } from './search-string.ts'

/** MessageHeader.id (or Bundle.id, when the header has none) is what a message is known by again. */
export async function processMessage(bundle: JsonObject, request: FaceRequest, parts: FaceParts): Promise<FaceAnswer | Refusal> {
  const asked = new Map(pairsOf(request.query))
  if (asked.get('async') === 'true' || asked.has('response-url') || preferenceOf(request.header('prefer')).async)
    return refuse(
      400,
      'not-supported',
      'Messages are answered at once here: async and response-url are not supported.',
      asked.has('response-url') ? 'response-url' : 'async',
    )
  if (bundle['resourceType'] !== 'Bundle' || bundle['type'] !== 'message')
    return refuse(400, 'invalid', '$process-message takes a Bundle of type message.', 'Bundle.type')
  const resources = entriesOf(bundle).map((entry) => (isObject(entry) && isObject(entry['resource']) ? entry['resource'] : null))
  const [header] = resources
  if (header == null || header['resourceType'] !== 'MessageHeader')
    return refuse(400, 'invalid', 'The first entry of a message is its MessageHeader.', 'Bundle.entry[0].resource')
  const key = text(header['id']) || text(bundle['id'])
  if (key === '') return refuse(400, 'required', 'A message needs MessageHeader.id, by which it is known again.', 'Bundle.entry[0].resource.id')
  const content = contentOf(bundle, header)
  const types = [...new Set(content.told.map((told) => told.type))].filter(isKept)
  // A message about nothing that is known here is still one: who may tell everything may tell it.
  for (const type of types.length === 0 ? [null] : types) {
    const refused = forbid(parts.authority, request.caller, 'process-message', type)
    if (refused) return refused
  }
  const invalid = refuseContent(bundle, parts) ?? refuseFocus(header, content.resolve)
  const answerWith = (code: Code, outcome: Refusal | null) => answerMessage({ code, outcome, header, key, request, parts })
  if (invalid) return answerWith('fatal-error', invalid)
  const committed = await commit({
    parts,
    caller: request.caller,
    raw: request.body,
    controlId: key.slice(0, 200),
    interaction: 'message',
    decide: () => Promise.resolve({ writes: [], expects: [], told: content.told, done: [] }),
    answer: () => answerWith('ok', null),
    content: { content, types: [...new Set(content.told.map(({ type }) => type))] },
  })
  if (!isRefusal(committed)) return committed
  return answerWith(committed.status >= 500 || committed.status === 409 ? 'transient-error' : 'fatal-error', committed)
}

type Code = 'ok' | 'transient-error' | 'fatal-error'

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** The resources beside the header, under the server that sent them. */
function contentOf(bundle: JsonObject, header: JsonObject) {
  const told: ToldResource[] = []
  const byName = new Map<string, JsonObject>()
  for (const entry of entriesOf(bundle).slice(1)) {
    if (!isObject(entry) || !isObject(entry['resource'])) continue
    const { resource } = entry
    const type = text(resource['resourceType'])
    const fullUrl = text(entry['fullUrl'])
    const id = text(resource['id']) || fullUrl.slice(Math.max(fullUrl.lastIndexOf('/'), fullUrl.lastIndexOf(':')) + 1)
    const meta = resource['meta']
    const updated = isObject(meta) ? Date.parse(text(meta['lastUpdated'])) : NaN
    told.push({ type, id, resource, updated: Number.isNaN(updated) ? 0 : updated })
    byName.set(`${type}/${id}`, resource)
    if (fullUrl !== '') byName.set(fullUrl, resource)
  }
  const { source } = header
  const server = isObject(source) ? text(source['endpoint']) : ''
  const resolve = (reference: string) => byName.get(reference) ?? byName.get(/[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.exec(reference)?.[0] ?? '') ?? null
  return { server, told, resolve }
}

/** A focus by a name that only the Bundle can know, and which it does not: what the message tells is not in it. */
function refuseFocus(header: JsonObject, resolve: (reference: string) => JsonObject | null): Refusal | null {
  const focus = header['focus']
  for (const [n, each] of (isArray(focus) ? focus : []).entries()) {
    const reference = isObject(each) ? text(each['reference']) : ''
    if (/^urn:(uuid|oid):/.test(reference) && resolve(reference) === null)
      return refuse(422, 'not-found', 'The message has no entry with this fullUrl.', `Bundle.entry[0].resource.focus[${String(n)}]`)
  }
  return null
}

interface Reply {
  readonly code: Code
  readonly outcome: Refusal | null
  readonly header: JsonObject
  readonly key: string
  readonly request: FaceRequest
  readonly parts: FaceParts
}

const STATUS = { ok: 200, 'transient-error': 503, 'fatal-error': 422 } as const

function answerMessage({ code, outcome, header, key, request, parts }: Reply): FaceAnswer {
  const [bundle, answer, details] = [parts.newId(), parts.newId(), parts.newId()]
  const { source } = header
  const endpoint = isObject(source) ? text(source['endpoint']) : ''
  const event = header['eventCoding'] === undefined ? { eventUri: header['eventUri'] } : { eventCoding: header['eventCoding'] }
  const reply = {
    resourceType: 'MessageHeader',
    id: answer,
    ...(header['eventCoding'] === undefined && header['eventUri'] === undefined ? { eventUri: 'urn:aqueduct:message' } : event),
    ...(endpoint === '' ? {} : { destination: [{ endpoint }] }),
    source: { name: 'Aqueduct', endpoint: request.base },
    response: { identifier: key, code, ...(outcome === null ? {} : { details: { reference: `urn:uuid:${details}` } }) },
  }
  const entries = [
    `{"fullUrl":"urn:uuid:${answer}","resource":${JSON.stringify(reply)}}`,
    ...(outcome === null ? [] : [`{"fullUrl":"urn:uuid:${details}","resource":${outcomeText(outcome.issues)}}`]),
  ]
  return {
    status: STATUS[code],
    headers: { ...outcome?.headers },
    body: bundleText({ type: 'message', id: bundle, timestamp: new Date(parts.clock.now()).toISOString() }, entries),
  }
}
