/** HTTP calls to the sandbox ERP. Every outcome is a value: an answer, or none and whether anything was sent. */
import { Pool } from 'undici'
import { AqueductError } from '../../../channels/contract/index.ts'
import type { DestinationDefinition } from '../../../channels/contract/index.ts'
import type { CallResult } from '../connector.ts'

/** Errors that arise before a connection stands: no byte of the request has left. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])
const MAX_RETRY_AFTER_S = 86_400

export interface Client {
  call(method: 'GET' | 'POST', path: string, body: unknown, signal: AbortSignal): Promise<CallResult>
  stop(): Promise<void>
}

export function createClient(definition: DestinationDefinition): Client {
  if (!URL.canParse(definition.url)) throw new AqueductError('INTERNAL', `destination ${definition.name} has no usable url`)
  const url = new URL(definition.url)
  const base = url.pathname.replace(/\/$/, '')
  const pool = new Pool(url.origin, {
    connections: definition.concurrency,
    pipelining: 1,
    headersTimeout: definition.timeoutMs,
    bodyTimeout: definition.timeoutMs,
    connect: { timeout: definition.timeoutMs },
  })
  const inFlight = new WeakMap<AbortSignal, Set<AbortController>>()

  /** One listener for each of the caller's signals, however many calls run under it. */
  function callsUnder(signal: AbortSignal): Set<AbortController> {
    const known = inFlight.get(signal)
    if (known) return known
    const calls = new Set<AbortController>()
    inFlight.set(signal, calls)
    signal.addEventListener('abort', () => calls.forEach((call) => call.abort()), { once: true })
    return calls
  }

  return {
    async call(method, path, body, signal) {
      if (signal.aborted) return { kind: 'no-answer', sent: false, why: 'stopping' }
      const calls = callsUnder(signal)
      const controller = new AbortController()
      calls.add(controller)
      // The pool's own timeouts are coarse; this one keeps to the definition.
      const late = AbortSignal.timeout(definition.timeoutMs)
      const giveUp = (): void => controller.abort()
      late.addEventListener('abort', giveUp)
      try {
        const response = await pool.request({
          method,
          path: base + path,
          headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...definition.headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: controller.signal,
        })
        const retryAfter = response.headers['retry-after']
        const text = await response.body.text()
        const retryAfterMs = typeof retryAfter === 'string' && /^\d+$/.test(retryAfter) ? Math.min(Number(retryAfter), MAX_RETRY_AFTER_S) * 1000 : null
        return { kind: 'answer', status: response.statusCode, body: parsed(text), retryAfterMs }
      } catch (error) {
        const { code, name } = error as { readonly code?: string; readonly name: string }
        return { kind: 'no-answer', sent: !NOT_SENT.has(code ?? ''), why: code ?? name }
      } finally {
        calls.delete(controller)
        late.removeEventListener('abort', giveUp)
      }
    },
    stop: () => pool.destroy(),
  }
}

/** Undefined when it is no JSON: then the status alone speaks. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
