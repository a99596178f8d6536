/** A client of another FHIR R4 server. Numbers of resources stay as they were written; every failure is a value. */
import type { Clock, FhirAuth } from '../../channels/contract/index.ts'
import { isArray, isObject, parseFhirJson, writeFhirJson } from '../r4/index.ts'
import type { Json, JsonObject } from '../r4/index.ts'
import { backendServices } from './auth.ts'
import type { Authorizer } from './auth.ts'
import { failed, failureOf } from './failure.ts'
import type { FhirFailure } from './failure.ts'
import { openWire } from './wire.ts'

export interface FhirClientOptions {
  /** Base URL of the server. */
  readonly base: string
  readonly auth: FhirAuth | null
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly timeoutMs: number
  readonly connections?: number
  readonly maxAnswerBytes?: number
  /** Instead of `auth`, for tests. */
  readonly authorizer?: Authorizer
}

export interface FhirOk {
  readonly ok: true
  readonly status: number
  /** Null when the answer has no body. */
  readonly resource: JsonObject | null
  /** `Type/id` of the Location header, or null. */
  readonly reference: string | null
  readonly etag: string | null
  /** The server's own clock, milliseconds, or null. */
  readonly date: number | null
}
export type FhirAnswer = FhirOk | FhirFailure

export interface SearchOk {
  readonly ok: true
  /** Entries of all pages, outcomes left out. */
  readonly entries: readonly JsonObject[]
  /** There are more pages than were asked for. */
  readonly cut: boolean
  readonly date: number | null
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

export interface SearchCall extends CallOptions {
  readonly pages?: number
  /** Gets each page's entries instead of the answer; a failure that it gives ends the search with it. */
  readonly each?: (entries: readonly JsonObject[]) => Promise<FhirFailure | null>
}

const PAGES = 1000
const MAX_ANSWER_BYTES = 64 * 1024 * 1024
const FHIR_JSON = 'application/fhir+json'

export interface FhirClient {
  readonly base: string
  read(type: string, id: string, call?: CallOptions): Promise<FhirAnswer>
  vread(type: string, id: string, version: string, call?: CallOptions): Promise<FhirAnswer>
  /** @param query `Procedure?status=completed`, values escaped */
  search(query: string, call?: SearchCall): Promise<SearchOk | FhirFailure>
  /** @param ifNoneExist a search string: when one resource fits, nothing is written */
  create(resource: JsonObject, call?: CallOptions & { readonly ifNoneExist?: string }): Promise<FhirAnswer>
  /** Updates `Type/id` of the resource, or with `where` the one that fits the search string, or makes it. */
  update(resource: JsonObject, call?: CallOptions & { readonly ifMatch?: string; readonly where?: string }): Promise<FhirAnswer>
  transaction(bundle: JsonObject, call?: CallOptions): Promise<FhirAnswer>
  /** GET of an operation: `Subscription/1/$status`. */
  operation(path: string, parameters?: Readonly<Record<string, string>>, call?: CallOptions): Promise<FhirAnswer>
  /** `Subscription/ID/$status`: where a topic subscription stands. */
  status(subscription: string, call?: CallOptions): Promise<FhirAnswer>
  /** `Subscription/ID/$events` of the numbers between, both included. */
  events(subscription: string, since: number, until: number, content: string, call?: CallOptions): Promise<FhirAnswer>
  close(): Promise<void>
}

export function createFhirClient(options: FhirClientOptions): FhirClient {
  const base = options.base.replace(/\/+$/, '')
  const root = new URL(base)
  const { clock } = options
  const wire = openWire({
    origin: root.origin,
    clock,
    timeoutMs: options.timeoutMs,
    connections: options.connections ?? 4,
    maxAnswerBytes: options.maxAnswerBytes ?? MAX_ANSWER_BYTES,
  })
  const authorizer = options.authorizer ?? (options.auth === null ? null : backendServices({ auth: options.auth, base, clock, timeoutMs: options.timeoutMs }))

  interface Asked {
    readonly method: 'GET' | 'POST' | 'PUT'
    /** Path and query from the origin's root. */
    readonly path: string
    readonly body?: JsonObject
    readonly headers?: Readonly<Record<string, string>>
  }

  async function ask(asked: Asked, signal: AbortSignal | undefined, again = true): Promise<FhirAnswer> {
    const shown = authorizer === null ? null : await authorizer.header(signal)
    if (shown !== null && !shown.ok) return shown
    const answer = await wire.exchange(
      {
        method: asked.method,
        path: asked.path,
        headers: {
          accept: FHIR_JSON,
          ...(asked.body === undefined ? {} : { 'content-type': `${FHIR_JSON}; charset=utf-8` }),
          ...options.headers,
          ...asked.headers,
          ...(shown === null ? {} : { authorization: shown.value }),
        },
        ...(asked.body === undefined ? {} : { body: writeFhirJson(asked.body) }),
      },
      signal,
    )
    if (!answer.ok) return answer
    if (answer.status === 401 && shown !== null && authorizer !== null) {
      authorizer.refused(shown.value)
      if (again) return ask(asked, signal, false)
    }
    const parsed = answer.text.trim() === '' ? null : parseFhirJson(answer.text)
    if (answer.status < 200 || answer.status >= 300) {
      return failureOf(answer.status, answer.header('retry-after'), parsed?.ok === true ? parsed.value : null, clock.now())
    }
    if (parsed?.ok === false)
      return failed('DESTINATION_FAILED', `The server answered ${String(answer.status)} with what is no FHIR JSON (${parsed.at}).`, answer.status)
    const date = Date.parse(answer.header('date') ?? '')
    return {
      ok: true,
      status: answer.status,
      resource: parsed?.value ?? null,
      reference: referenceOf(answer.header('location') ?? answer.header('content-location')),
      etag: answer.header('etag'),
      date: Number.isNaN(date) ? null : date,
    }
  }

  const at = (path: string): string => `${root.pathname.replace(/\/+$/, '')}/${path}`
  const get = (path: string, call: CallOptions = {}) => ask({ method: 'GET', path: at(path) }, call.signal)

  async function search(query: string, call: SearchCall = {}): Promise<SearchOk | FhirFailure> {
    const entries: JsonObject[] = []
    let path: string | null = at(query)
    let date: number | null = null
    for (let page = 0; path !== null; page++) {
      if (page >= (call.pages ?? PAGES)) return { ok: true, entries, cut: true, date }
      // Servers keep results of searches for a while; a question about what was just written must not get one.
      const answer = await ask({ method: 'GET', path, headers: { 'cache-control': 'no-cache' } }, call.signal)
      if (!answer.ok) return answer
      date ??= answer.date
      if (answer.resource?.['resourceType'] !== 'Bundle')
        return failed('DESTINATION_FAILED', 'The server answered a search with what is no Bundle.', answer.status)
      const found = objectsOf(answer.resource['entry']).filter((entry) => modeOf(entry) !== 'outcome')
      const stop = await call.each?.(found)
      if (stop !== undefined && stop !== null) return stop
      if (call.each === undefined) entries.push(...found)
      const next = nextOf(answer.resource)
      if (next === null) break
      const url = URL.canParse(next, `${base}/`) ? new URL(next, `${base}/`) : null
      // A link to somewhere else would take the credentials there.
      if (url?.origin !== root.origin) return failed('DESTINATION_FAILED', 'The server’s next page is at another address than the server.', answer.status)
      const following = url.pathname + url.search
      if (following === path) return failed('DESTINATION_FAILED', 'The server’s next page is the page itself.', answer.status)
      path = following
    }
    return { ok: true, entries, cut: false, date }
  }

  const operation: FhirClient['operation'] = (path, parameters = {}, call = {}) => {
    const query = new URLSearchParams(parameters).toString()
    return get(query === '' ? path : `${path}?${query}`, call)
  }

  return {
    base,
    read: (type, id, call) => get(`${type}/${encodeURIComponent(id)}`, call),
    vread: (type, id, version, call) => get(`${type}/${encodeURIComponent(id)}/_history/${encodeURIComponent(version)}`, call),
    search,
    create: (resource, call = {}) =>
      ask(
        {
          method: 'POST',
          path: at(textOf(resource['resourceType'])),
          body: resource,
          headers: call.ifNoneExist === undefined ? {} : { 'if-none-exist': call.ifNoneExist },
        },
        call.signal,
      ),
    update: (resource, call = {}) => {
      const type = textOf(resource['resourceType'])
      const path = call.where === undefined ? `${type}/${encodeURIComponent(textOf(resource['id']))}` : `${type}?${call.where}`
      return ask({ method: 'PUT', path: at(path), body: resource, headers: call.ifMatch === undefined ? {} : { 'if-match': call.ifMatch } }, call.signal)
    },
    transaction: (bundle, call = {}) => ask({ method: 'POST', path: root.pathname, body: bundle }, call.signal),
    operation,
    status: (subscription, call) => operation(`Subscription/${encodeURIComponent(subscription)}/$status`, {}, call),
    events: (subscription, since, until, content, call) =>
      operation(
        `Subscription/${encodeURIComponent(subscription)}/$events`,
        { eventsSinceNumber: String(since), eventsUntilNumber: String(until), content },
        call,
      ),
    async close() {
      await authorizer?.close()
      await wire.close()
    },
  }
}

/** `Type/id` at the end of a URL, its version left out. */
export function referenceOf(location: string | null): string | null {
  const found = /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[^/?#]+)?$/.exec(location ?? '')
  return found?.[1] ?? null
}

/** A list's objects; anything else is no entry. */
function objectsOf(value: Json | undefined): readonly JsonObject[] {
  return isArray(value) ? value.filter(isObject) : []
}

function modeOf(entry: JsonObject): Json | undefined {
  const [search] = objectsOf([entry['search'] ?? null])
  return search?.['mode']
}

function nextOf(bundle: JsonObject): string | null {
  const url = objectsOf(bundle['link']).find((link) => link['relation'] === 'next')?.['url']
  return typeof url === 'string' ? url : null
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
