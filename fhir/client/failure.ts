/** What another FHIR server's refusal means: by status, and by the codes of its OperationOutcome. Pure. */
import { FAILURES } from '../../channels/contract/index.ts'
import type { FailureClass, FailureCode } from '../../channels/contract/index.ts'
import { isArray, isObject } from '../r4/index.ts'
import type { JsonObject } from '../r4/index.ts'

export interface FhirFailure {
  readonly ok: false
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly code: FailureCode
  readonly class: FailureClass
  /** Status, issue codes and places of the outcome. Never its words, which may quote content. */
  readonly text: string
  readonly retryAfterMs?: number
  /** Issue types of the outcome's errors (`duplicate`, `throttled`). */
  readonly issues: readonly string[]
}

/** Issue types (R4 issue-type) of which a later attempt may come out otherwise. */
const PASSING = new Set(['transient', 'lock-error', 'no-store', 'timeout', 'throttled', 'too-costly', 'incomplete'])
/** Issue types that the content earns: the same content earns them again, also under a 5xx. */
const LASTING = new Set(['invalid', 'structure', 'required', 'value', 'invariant', 'code-invalid', 'extension', 'business-rule', 'not-supported', 'duplicate'])
/** A place that is only names and indexes; anything else might quote content. */
const PLAIN_PLACE = /^[A-Za-z][A-Za-z0-9]*(\[\d+\])?(\.[A-Za-z0-9]+(\[\d+\])?)*$/
const DAY_MS = 86_400_000

/** @param now milliseconds, for a Retry-After that is a date */
export function failureOf(status: number, retryAfter: string | null, body: JsonObject | null, now: number): FhirFailure {
  const issues = issuesOf(body)
  const types = issues.map(({ type }) => type)
  const places = issues.flatMap(({ place }) => (place === null ? [] : [place]))
  const told =
    types.length === 0 ? '' : ` (${[...new Set(types)].join(', ')}${places.length === 0 ? '' : ` at ${[...new Set(places)].slice(0, 5).join(', ')}`})`
  const code = codeOf(status, types)
  const retryAfterMs = FAILURES[code].class === 'transient' ? retryAfterOf(retryAfter, now) : null
  return {
    ok: false,
    status,
    code,
    class: FAILURES[code].class,
    text: `The server answered ${String(status)}${told}.`,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    issues: types,
  }
}

function codeOf(status: number, types: readonly string[]): FailureCode {
  if (status === 401) return 'DESTINATION_AUTH'
  // 409 and 423: somebody else writes the same; 412: what was read is not current any more.
  if (status === 408 || status === 409 || status === 412 || status === 423 || status === 425 || status === 429 || status === 503) return 'DESTINATION_BUSY'
  if (types.some((type) => PASSING.has(type))) return 'DESTINATION_BUSY'
  if (status === 501) return 'DESTINATION_REFUSED'
  if (status >= 500) return types.length > 0 && types.every((type) => LASTING.has(type)) ? 'DESTINATION_REFUSED' : 'DESTINATION_FAILED'
  return 'DESTINATION_REFUSED'
}

/** Errors of an OperationOutcome; no issues when it is something else. */
function issuesOf(body: JsonObject | null): readonly { readonly type: string; readonly place: string | null }[] {
  if (body?.['resourceType'] !== 'OperationOutcome' || !isArray(body['issue'])) return []
  return body['issue'].filter(isObject).flatMap((issue) => {
    const { code, severity, expression } = issue
    if ((severity !== 'error' && severity !== 'fatal') || typeof code !== 'string' || !/^[a-z-]{1,32}$/.test(code)) return []
    const [place] = isArray(expression) ? expression : []
    return [{ type: code, place: typeof place === 'string' && place.length <= 200 && PLAIN_PLACE.test(place) ? place : null }]
  })
}

/** Retry-After (RFC 9110 §10.2.3) in milliseconds: seconds or an HTTP date; at most a day; null when absent or unreadable. */
function retryAfterOf(header: string | null, now: number): number | null {
  if (header === null) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), DAY_MS)
}

const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** No answer: unreachable when no byte can have left, else unknown. */
export function noAnswer(error: unknown): FhirFailure {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown }
  const word = typeof code === 'string' ? code : typeof name === 'string' ? name : 'unknown reason'
  const known: FailureCode = NOT_SENT.has(word) ? 'DESTINATION_UNREACHABLE' : 'NO_ANSWER'
  return { ok: false, status: 0, code: known, class: FAILURES[known].class, text: `The connection failed (${word}).`, issues: [] }
}

/** A failure that is none of HTTP's. */
export function failed(code: FailureCode, text: string, status = 0): FhirFailure {
  return { ok: false, status, code, class: FAILURES[code].class, text, issues: [] }
}
