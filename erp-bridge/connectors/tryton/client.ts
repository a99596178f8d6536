/**
 * Tryton's JSON-RPC: one session for all calls, logged in again once when it has run out. A refused password is not tried again for a
 * while: Tryton throttles, and in the end locks out, who keeps trying.
 */
import { Pool } from 'undici'
import type { CallResult } from '../connector.ts'
import type { TrytonConfig } from './config.ts'
import { failureOf, faultIn } from './failures.ts'
import { Failure } from './values.ts'
import type { Failed, Row } from './values.ts'

/** Errors that arise before a connection stands: no byte of the request has left. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])
const MAX_RETRY_AFTER_S = 86_400
/** How long a refused login is not repeated. */
const LOGIN_REST_MS = 60_000
/** A login takes its time on purpose: the password is hashed slowly. */
const LOGIN_MS = 10_000
/** Methods that change nothing: without their answer nothing is in doubt. */
const READS = /\.(search|read|search_read|search_count|fields_get|default_get|get_preferences)$|^common\./

interface Session {
  readonly authorization: string
  readonly context: Row
}

/** Calls for one piece of work, under its signal. Each rejects with a {@link Failure}. */
export interface Calls {
  call(method: string, params: readonly unknown[], context?: Row): Promise<unknown>
  /** The user's company, employee, language …, as every call gets them. */
  context(): Promise<Row>
}

export interface Client {
  under(signal: AbortSignal): Calls
  stop(): Promise<void>
}

/** @param limits how long one call may take, and how many go on at once @param now milliseconds, for the rest after a refused login */
export function createClient(config: TrytonConfig, limits: { readonly timeoutMs: number; readonly connections: number }, now: () => number): Client {
  const { url, database, user, password } = config
  const path = `${url.pathname.replace(/\/$/, '')}/${encodeURIComponent(database)}/`
  const pool = new Pool(url.origin, {
    connections: limits.connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: limits.timeoutMs },
  })
  let session: Promise<Session> | null = null
  let refused: { readonly until: number; readonly failed: Failed } | null = null
  let calls = 0

  async function post(method: string, params: readonly unknown[], authorization: string | null, signal: AbortSignal): Promise<CallResult> {
    if (signal.aborted) return { kind: 'no-answer', sent: false, why: 'no time left' }
    calls += 1
    try {
      const response = await pool.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
        // Exactly these three: with any other key Tryton answers in another form.
        body: JSON.stringify({ id: calls, method, params }),
        signal,
      })
      const { 'retry-after': after } = response.headers
      const text = await response.body.text()
      const retryAfterMs = typeof after === 'string' && /^\d+$/.test(after) ? Math.min(Number(after), MAX_RETRY_AFTER_S) * 1000 : null
      return { kind: 'answer', status: response.statusCode, body: parsed(text), retryAfterMs }
    } catch (error) {
      const { code, name } = error as { readonly code?: string; readonly name: string }
      return { kind: 'no-answer', sent: !NOT_SENT.has(code ?? ''), why: code ?? name }
    }
  }

  async function login(outer: AbortSignal): Promise<Session> {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(Math.max(limits.timeoutMs, LOGIN_MS))])
    if (refused !== null && now() < refused.until) throw new Failure({ ...refused.failed, retryAfterMs: refused.until - now() })
    const result = await post('common.db.login', [user, { password }], null, signal)
    const answer = valueOf(result)
    if (result.kind === 'no-answer') throw new Failure(failureOf({ ...result, sent: false }))
    if (!Array.isArray(answer)) {
      const { status, retryAfterMs } = result
      const wait = retryAfterMs ?? LOGIN_REST_MS
      const known = status === 401 || status === 403 || status === 429 || (status === 200 && answer !== undefined)
      const failed: Failed = known
        ? { kind: 'failed', code: 'ERP_AUTH', text: `The ERP did not accept the login (${String(status)}).`, retryAfterMs: wait }
        : failureOf(result)
      if (known) refused = { until: now() + wait, failed }
      throw new Failure(failed.code === 'NO_ANSWER' ? { ...failed, code: 'DESTINATION_FAILED' } : failed)
    }
    refused = null
    const [id, key] = answer as readonly unknown[]
    const authorization = `Session ${Buffer.from(`${user}:${String(id)}:${String(key)}`).toString('base64')}`
    const preferences = valueOf(await post('model.res.user.get_preferences', [true, {}], authorization, signal))
    if (typeof preferences !== 'object' || preferences === null) throw new Failure({ kind: 'failed', code: 'ERP_AUTH', text: 'The ERP gave no session.' })
    return { authorization, context: { ...preferences, ...(config.company === null ? {} : { company: config.company }) } }
  }

  /** One login at a time, however many pieces of work need it; one that failed is forgotten. */
  function open(signal: AbortSignal): Promise<Session> {
    session ??= login(signal).catch((error: unknown) => {
      session = null
      throw error
    })
    return session
  }

  /** Answers a warning with yes, as its text says who may: the next call of the same user with the same name goes through. */
  async function accept(name: string, current: Session, signal: AbortSignal): Promise<boolean> {
    if (!config.accepts.some((start) => name.startsWith(start))) return false
    const id = Number(Buffer.from(current.authorization.slice('Session '.length), 'base64').toString().split(':')[1])
    return Array.isArray(valueOf(await post('model.res.user.warning.create', [[{ user: id, name }], current.context], current.authorization, signal)))
  }

  return {
    under(outer) {
      let wrote = false
      async function call(method: string, params: readonly unknown[], context: Row = {}): Promise<unknown> {
        const reads = READS.test(method)
        for (let again = true; ;) {
          const opened = open(outer)
          const current = await opened
          const signal = AbortSignal.any([outer, AbortSignal.timeout(limits.timeoutMs)])
          const result = await post(method, [...params, { ...current.context, ...context }], current.authorization, signal)
          if (result.kind === 'no-answer') throw new Failure(failureOf({ ...result, sent: result.sent && (wrote || !reads) }))
          const fault = faultIn(result.body)
          const value = valueOf(result)
          if (value !== undefined) {
            if (!reads) wrote = true
            return value
          }
          if (again && result.status === 401) {
            // Another piece of work may have logged in meanwhile.
            if (session === opened) session = null
          } else if (!again || fault?.kind !== 'UserWarning' || !(await accept(fault.words[0] ?? '', current, signal))) throw new Failure(failureOf(result))
          again = false
        }
      }
      return { call, context: async () => (await open(outer)).context }
    },
    stop: () => pool.destroy(),
  }
}

/** The result of an answer that succeeded; undefined when it did not. A call that returns nothing gives null. */
function valueOf(result: CallResult): unknown {
  if (result.kind !== 'answer' || result.status !== 200 || typeof result.body !== 'object' || result.body === null || faultIn(result.body) !== null)
    return undefined
  return (result.body as { readonly result?: unknown }).result ?? null
}

/** Undefined when it is no JSON: then the status alone speaks. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
