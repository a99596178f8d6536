/** FHIR R4 in JSON as the engine knows a format: a resource or a Bundle in, an {@link Inbound} out. */
import type { AckCode, FailureCode, Fault, Inbound, MessageFormat, ResourceLookup } from '../../channels/contract/index.ts'
import { FHIR_FORMAT, isObject, isResourceType, NOTIFICATION_SYSTEM, operationOutcome, parseFhirJson, referencesOf } from '../../fhir/r4/index.ts'
import type { FhirContent, IssueCode, Json, JsonObject, ToldResource } from '../../fhir/r4/index.ts'
import { contentOf, localName, resolverOf, UNSAID } from './content.ts'

/** Reads FHIR. Never throws: what is wrong is the inbound's fault. */
export const fhirFormat: MessageFormat = {
  name: FHIR_FORMAT,
  read(raw) {
    let source: string
    try {
      source = new TextDecoder('utf-8', { fatal: true }).decode(raw)
    } catch {
      return unreadable(raw, { code: 'WRONG_CHARSET', text: 'FHIR is UTF-8; these bytes are not.' })
    }
    const parsed = parseFhirJson(source)
    if (!parsed.ok) return unreadable(raw, { code: 'NOT_FHIR', place: parsed.at, text: parsed.text })
    const type = textAt(parsed.value, 'resourceType')
    if (!isResourceType(type)) return unreadable(raw, { code: 'NOT_FHIR', place: 'resourceType', text: 'This is no resource type of R4.' })
    return inboundOf(raw, parsed.value, contentOf(parsed.value))
  },
  async prepare(inbound, message, resources) {
    // A deletion has no body, and a transaction's names for its resources are not those under which they are kept.
    const content = await storedContent(message, resources)
    return content === null ? inbound : { ...inbound, fault: null, content }
  },
}

const textAt = (value: Json | undefined, ...keys: readonly string[]): string => {
  let at: Json | undefined = value
  for (const key of keys) at = isObject(at) ? at[key] : undefined
  return typeof at === 'string' ? at : ''
}

function inboundOf(raw: Uint8Array, body: JsonObject, content: FhirContent): Inbound {
  const type = textAt(body, 'resourceType')
  const entries = body['entry']
  const first = Array.isArray(entries) && isObject(entries[0]) ? entries[0]['resource'] : undefined
  const header = type === 'Bundle' && textAt(body, 'type') === 'message' ? first : undefined
  return {
    raw,
    controlId: controlIdOf(body, header),
    sender: textAt(header, 'source', 'endpoint') || textAt(body, 'meta', 'source') || (content.server === UNSAID ? '' : content.server),
    type: type === 'Bundle' ? bundleType(body, content) : type,
    fault: faultOf(body),
    content,
    acknowledge,
  }
}

/** What a search or a subscription told goes by the types of its resources, as if each had been sent. */
function bundleType(body: JsonObject, { told }: FhirContent): string {
  const kind = textAt(body, 'type')
  const types = [...new Set(told.map(({ type }) => type))]
  return (kind === 'searchset' || kind === 'history') && types.length > 0 ? types.join('+') : `Bundle^${kind}`
}

/** What a resend is known by; a version of a resource has a name of its own. */
function controlIdOf(body: JsonObject, header: Json | undefined): string {
  if (body['resourceType'] === 'Bundle') return textAt(header, 'id') || notificationId(body) || textAt(body, 'id')
  const [id, version] = [textAt(body, 'id'), textAt(body, 'meta', 'versionId')]
  return id === '' || version === '' ? '' : `${textAt(body, 'resourceType')}/${id}/_history/${version}`
}

/** What changes the meaning of an element in a way that is not understood must not be passed over (R4 §2.33.2.1, §2.26.3.3). */
function faultOf(body: JsonObject): Fault | null {
  const open: [Json, string][] = [[body, textAt(body, 'resourceType')]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, at] = next
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value)) value.forEach((inner: Json, i) => open.push([inner, `${at}[${i}]`]))
    else {
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'modifierExtension' || key === 'implicitRules')
          return { code: 'NOT_FHIR', place: `${at}.${key}`, text: `${key} changes what the resource means, and this one is not understood.` }
        if (typeof inner === 'object') open.push([inner as Json, `${at}.${key}`])
      }
    }
  }
  return null
}

function notificationId(body: JsonObject): string {
  return textAt(body, 'identifier', 'system') === NOTIFICATION_SYSTEM ? textAt(body, 'identifier', 'value') : ''
}

function unreadable(raw: Uint8Array, fault: Fault): Inbound {
  return { raw, controlId: '', sender: '', type: '', fault, content: null, acknowledge }
}

const ISSUES: Readonly<Partial<Record<FailureCode, IssueCode>>> = {
  NOT_FHIR: 'structure',
  WRONG_CHARSET: 'structure',
  UNKNOWN_TYPE: 'not-supported',
  MISSING_FIELD: 'required',
  BAD_VALUE: 'value',
  UNMAPPED_CODE: 'code-invalid',
  UNKNOWN_CURRENCY: 'value',
  FRAME_TOO_LARGE: 'too-long',
  TOO_MANY_EVENTS: 'too-costly',
  STORE_FULL: 'transient',
  STORE_FAILED: 'transient',
  NO_ANSWER: 'timeout',
  INTERNAL: 'exception',
}

const NOTHING = new Uint8Array(0)

/** An OperationOutcome; nothing when all is well. */
function acknowledge(code: AckCode, { fault }: { readonly fault?: Fault }): Uint8Array {
  if (code === 'AA' || fault === undefined) return NOTHING
  return Buffer.from(JSON.stringify(operationOutcome(ISSUES[fault.code] ?? 'processing', fault.text, fault.place)))
}

/** How far references are followed in what is stored, and how many. */
const HOPS = 2
const MOST = 500

/** What a message of the FHIR face wrote, with what that refers to now; null when it wrote nothing, so that its bytes say all. */
async function storedContent(message: number, resources: ResourceLookup): Promise<FhirContent | null> {
  const versions = await resources.resourcesOf(message)
  if (versions.length === 0) return null
  const told = new Map<string, ToldResource>()
  for (const { type, id, body, updated } of versions) told.set(`${type}/${id}`, { type, id, resource: read(body), updated })
  const known = new Map<string, JsonObject>()
  for (const [name, { resource }] of told) if (resource) known.set(name, resource)
  const asked = new Set(told.keys())
  let last = [...known.values()]
  for (let hop = 0; hop < HOPS && last.length > 0; hop++) {
    const names = last.flatMap((resource) => referencesOf(resource).map(({ reference }) => (reference.includes(':') ? null : localName(reference))))
    const wanted = [...new Set(names)].filter((name): name is string => name !== null && !asked.has(name)).slice(0, MOST)
    for (const name of wanted) asked.add(name)
    const found = await Promise.all(
      wanted.map(async (name) => {
        const [type = '', id = ''] = name.split('/')
        const resource = read((await resources.resource(type, id))?.body ?? null)
        if (resource) known.set(name, resource)
        return resource
      }),
    )
    last = found.filter((resource) => resource !== null)
  }
  return { server: '', told: [...told.values()], resolve: resolverOf([...known]) }
}

function read(body: string | null): JsonObject | null {
  const parsed = body === null ? null : parseFhirJson(body)
  return parsed?.ok === true ? parsed.value : null
}
