/** What a Subscription resource asks for, read and judged: R4 core (criteria is a search) and the R4 backport (criteria is a topic). */
import { isArray, isObject } from '../r4/index.ts'
import type { Issue, IssueCode, Json, JsonObject } from '../r4/index.ts'
import { BACKPORT, isCrossVersion } from './canonical.ts'
import { topicOf } from './topics.ts'
import type { Topic, TopicFilter } from './topics.ts'

export type PayloadContent = 'empty' | 'id-only' | 'full-resource'

/** What is sent, whom, and when. */
export interface Terms {
  /** Null: R4 core, by `search`. */
  readonly topic: Topic | null
  readonly filters: readonly TopicFilter[]
  /** R4 core: `Type?query`; '' for topics. */
  readonly search: string
  readonly content: PayloadContent
  readonly endpoint: string
  /** Lines as they are to be sent. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** Milliseconds; 0: none. */
  readonly heartbeatMs: number
  readonly timeoutMs: number
  readonly maxCount: number
  /** Milliseconds, or null. */
  readonly end: number | null
}

/** What the server knows and the resource does not. */
export interface TermRules {
  readonly now: number
  /** Why nothing may be sent there, or null. */
  endpoint(url: string): string | null
  /** Why a search cannot be a criterion, or null. */
  search(criteria: string): string | null
}

export type ReadTerms = { readonly ok: true; readonly terms: Terms } | { readonly ok: false; readonly issues: readonly Issue[] }

const TIMEOUT_MS = 30_000
const MOST_TIMEOUT_S = 300
const MOST_COUNT = 100
const LEAST_HEARTBEAT_S = 1
/** Headers that say how the body travels are ours. */
const OUR_HEADERS: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
  'host',
  'expect',
  'upgrade',
  'te',
  'trailer',
])
const MIME = /^application\/(fhir\+)?json(\s*;\s*(charset=utf-8|fhirVersion=4\.0))*$/i

type Extensions = readonly JsonObject[]

/** Reads it for what this server can do; whatever it can't is an issue. */
export function readTerms(resource: JsonObject, rules: TermRules): ReadTerms {
  const issues: Issue[] = []
  const tell = (code: IssueCode, diagnostics: string, place: string) =>
    void issues.push({ severity: 'error', code, diagnostics, expression: `Subscription${place === '' ? '' : `.${place}`}` })

  if (urlsIn(resource).some(isCrossVersion))
    tell('not-supported', 'Cross-version extensions are not understood here. Use the extensions of the Subscriptions R5 Backport guide.', '')
  const criteria = text(resource['criteria'])
  const filterExtensions = extensionsOf(resource['_criteria'])
  const isTopic = /^(https?|urn):/.test(criteria)
  const topic = isTopic ? (topicOf(criteria.split('|')[0] ?? '') ?? null) : null
  if (criteria === '') tell('required', 'criteria is a topic’s canonical URL, or a search like SupplyDelivery?status=completed.', 'criteria')
  else if (isTopic && topic === null) tell('not-supported', 'This server has no such topic; the CapabilityStatement lists its topics.', 'criteria')
  else if (!isTopic) {
    const wrong = rules.search(criteria)
    if (wrong !== null) tell('not-supported', `criteria ${wrong}`, 'criteria')
  }
  const filters: TopicFilter[] = []
  for (const { url, value } of named(filterExtensions)) {
    if (url !== BACKPORT.filter) continue
    const filter = topic === null || typeof value !== 'string' ? null : readFilter(topic, value)
    if (filter === null) {
      if (topic !== null || !isTopic)
        tell(
          'not-supported',
          topic === null ? 'Filters belong to topics.' : `This filter is none of the topic’s: ${Object.keys(topic.filters).join(', ')}, by =.`,
          'criteria',
        )
    } else filters.push(...filter)
  }

  const channel: JsonObject = isObject(resource['channel'] ?? null) ? (resource['channel'] as JsonObject) : {}
  if (text(channel['type']) !== 'rest-hook' || named(extensionsOf(channel['_type'])).some(({ url }) => url === BACKPORT.channelType))
    tell('not-supported', 'Only the channel type rest-hook is supported.', 'channel.type')
  const endpoint = text(channel['endpoint'])
  const refusal = endpoint === '' ? 'is missing' : rules.endpoint(endpoint)
  if (refusal !== null) tell(endpoint === '' ? 'required' : 'not-supported', `channel.endpoint ${refusal}.`, 'channel.endpoint')
  const payload = text(channel['payload'])
  const contentValue = valueOf(extensionsOf(channel['_payload']), BACKPORT.content)
  const content = contentOf(topic !== null || isTopic, payload, contentValue)
  if (payload !== '' && !MIME.test(payload)) tell('not-supported', 'channel.payload must be application/fhir+json.', 'channel.payload')
  if (content === null)
    tell(
      'not-supported',
      contentValue === undefined
        ? 'A topic needs the extension backport-payload-content.'
        : 'The payload content must be empty, id-only or full-resource, and needs channel.payload unless it is empty.',
      'channel.payload',
    )

  const headers = readHeaders(channel['header'])
  if (headers === null) tell('value', 'Each channel.header is one line `Name: value`, and none of how a body travels.', 'channel.header')
  const channelExtensions = extensionsOf(channel)
  const heartbeat = numberIn(channelExtensions, BACKPORT.heartbeat, LEAST_HEARTBEAT_S, 31_536_000)
  const timeout = numberIn(channelExtensions, BACKPORT.timeout, 1, MOST_TIMEOUT_S)
  const maxCount = numberIn(channelExtensions, BACKPORT.maxCount, 1, 1_000_000)
  if (heartbeat === null) tell('value', 'The heartbeat period is a number of seconds from 1 on.', 'channel')
  if (timeout === null) tell('value', `The timeout is a number of seconds from 1 to ${String(MOST_TIMEOUT_S)}.`, 'channel')
  if (maxCount === null) tell('value', 'The max count is a number from 1 on.', 'channel')

  const until = text(resource['end'])
  const end = until === '' ? null : Date.parse(until)
  if (end !== null && Number.isNaN(end)) tell('value', 'end must be an instant.', 'end')
  else if (end !== null && end <= rules.now) tell('business-rule', 'end is in the past.', 'end')

  if (issues.length > 0 || content === null || headers === null) return { ok: false, issues }
  return {
    ok: true,
    terms: {
      topic,
      filters,
      search: isTopic ? '' : criteria,
      content,
      endpoint,
      headers,
      heartbeatMs: (heartbeat ?? 0) * 1000,
      timeoutMs: timeout === undefined || timeout === null ? TIMEOUT_MS : timeout * 1000,
      maxCount: Math.min(maxCount ?? MOST_COUNT, MOST_COUNT),
      end,
    },
  }
}

/** `Type?name=value`, `Type.name=value` and `name=value` are all in use; several are joined by `&`. */
function readFilter(topic: Topic, filter: string): readonly TopicFilter[] | null {
  const [, type, query = ''] = /^(?:([A-Z][A-Za-z]+)[?.])?(.+)$/.exec(filter) ?? []
  if (type !== undefined && type !== topic.resource) return null
  const read: TopicFilter[] = []
  for (const part of query.split('&')) {
    const [name = '', ...rest] = part.split('=')
    const asked = decoded(rest.join('='))
    if (!Object.hasOwn(topic.filters, name) || asked === null || asked === '') return null
    const any = asked.split(',').map((value) => {
      const bar = value.indexOf('|')
      return bar < 0 ? { system: null, value } : { system: value.slice(0, bar), value: value.slice(bar + 1) }
    })
    read.push({ name, any })
  }
  return read
}

function decoded(value: string): string | null {
  try {
    return decodeURIComponent(value.replaceAll('+', '%20'))
  } catch {
    return null
  }
}

function contentOf(isTopic: boolean, payload: string, content: Json | undefined): PayloadContent | null {
  if (!isTopic) return payload === '' ? 'empty' : 'full-resource'
  if (content === 'empty') return content
  return payload !== '' && (content === 'id-only' || content === 'full-resource') ? content : null
}

function readHeaders(value: Json | undefined): Terms['headers'] | null {
  const lines = value === undefined ? [] : isArray(value) ? value : [value]
  const headers: { name: string; value: string }[] = []
  for (const line of lines) {
    const match = typeof line === 'string' ? /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*)$/.exec(line) : null
    if (match === null || OUR_HEADERS.has((match[1] ?? '').toLowerCase())) return null
    headers.push({ name: match[1] ?? '', value: match[2] ?? '' })
  }
  return headers
}

/** Undefined: it is not there; null: it is none. */
function numberIn(extensions: Extensions, url: string, least: number, most: number): number | null | undefined {
  const value = valueOf(extensions, url)
  if (value === undefined) return undefined
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : null
}

function extensionsOf(element: Json | undefined): Extensions {
  const value = element !== undefined && isObject(element) ? element['extension'] : undefined
  return value !== undefined && isArray(value) ? value.filter(isObject) : []
}

function named(extensions: Extensions): readonly { readonly url: string; readonly value: Json | undefined }[] {
  return extensions.map((extension) => ({
    url: text(extension['url']),
    value: Object.entries(extension).find(([name]) => name.startsWith('value'))?.[1],
  }))
}

function valueOf(extensions: Extensions, url: string): Json | undefined {
  return named(extensions).find((extension) => extension.url === url)?.value
}

/** URLs of all extensions, however deep. */
function urlsIn(value: Json): readonly string[] {
  if (isArray(value)) return value.flatMap(urlsIn)
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === 'extension' || name === 'modifierExtension' ? (isArray(inner) ? inner.filter(isObject).map((each) => text(each['url'])) : []) : []),
    ...urlsIn(inner),
  ])
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
