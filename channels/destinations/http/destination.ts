/**
 * Posts each event to a URL. At least once: what was not answered is sent again with the same `Idempotency-Key` (the delivery
 * id), because an HTTP endpoint can't be asked what it took (promise 2).
 */
import { Pool } from 'undici'
import { AqueductError } from '../../contract/index.ts'
import type { DeliveryOutcome, Destination, DestinationDefinition, FailureCode, Outgoing } from '../../contract/index.ts'

/** What a status says about the delivery. 2xx is sent; 408, 425, 429 and 5xx are tried again; the rest is refused for good. */
export function outcomeOf(status: number, retryAfter: string | null, now: number): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: 'sent', reference: null }
  const text = `The destination answered ${String(status)}.`
  if (status === 408 || status === 425 || status === 429 || status === 503) {
    const retryAfterMs = retryAfterOf(retryAfter, now)
    return retryAfterMs === null ? { kind: 'failed', code: 'DESTINATION_BUSY', text } : { kind: 'failed', code: 'DESTINATION_BUSY', text, retryAfterMs }
  }
  if (status >= 500) return { kind: 'failed', code: 'DESTINATION_FAILED', text }
  return { kind: 'failed', code: 'DESTINATION_REFUSED', text }
}

/** Retry-After (RFC 9110 §10.2.3) in milliseconds: seconds or an HTTP date; at most a day; null when absent or unreadable. */
function retryAfterOf(header: string | null, now: number): number | null {
  if (header === null) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), 86_400_000)
}

const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

function failureOf(error: Error & { code?: string }): DeliveryOutcome {
  const code: FailureCode = NOT_SENT.has(error.code ?? '') ? 'DESTINATION_UNREACHABLE' : 'NO_ANSWER'
  // At least once with the same key is this destination's promise: no answer is simply tried again.
  return { kind: 'failed', code, class: 'transient', text: `The connection failed (${error.code ?? error.name}).` }
}

/** @param contentType what the bodies are */
export function createHttpDestination(definition: DestinationDefinition, now: () => number, contentType = 'application/json'): Destination {
  if (!URL.canParse(definition.url)) throw new AqueductError('INTERNAL', `destination ${definition.name} has no usable url`)
  const url = new URL(definition.url)
  const path = url.pathname + url.search
  const pool = new Pool(url.origin, {
    connections: definition.concurrency,
    pipelining: 1,
    headersTimeout: definition.timeoutMs,
    bodyTimeout: definition.timeoutMs,
    connect: { timeout: definition.timeoutMs },
    keepAliveTimeout: 30_000,
  })
  const fixed = Object.entries(definition.headers).flat()
  let watched: AbortSignal | null = null
  // One listener for the queue's signal instead of one a request: when it fires, everything that is out is given up.
  const watch = (signal: AbortSignal) => {
    if (watched === signal) return
    watched = signal
    signal.addEventListener('abort', () => void pool.destroy(), { once: true })
  }
  return {
    name: definition.name,
    lookup: null,
    settleMs: 0,
    deliver: (work: Outgoing, signal: AbortSignal) =>
      new Promise<DeliveryOutcome>((resolve) => {
        watch(signal)
        let status = 0
        let retryAfter: string | null = null
        // dispatch() is undici's lowest door: no stream and no body object are made for an answer that nobody reads.
        pool.dispatch(
          { path, method: 'POST', headers: ['content-type', contentType, 'idempotency-key', work.key, ...fixed], body: work.body },
          {
            onRequestStart() {
              // Nothing to prepare.
            },
            onResponseStart(_controller, statusCode, headers) {
              status = statusCode
              const value = headers['retry-after']
              retryAfter = typeof value === 'string' ? value : null
            },
            onResponseData() {
              // The answer's body is not used.
            },
            onResponseEnd() {
              resolve(outcomeOf(status, retryAfter, now()))
            },
            onResponseError(_controller, error) {
              resolve(failureOf(error))
            },
          },
        )
      }),
    stop: () => (pool.destroyed ? Promise.resolve() : pool.close()),
  }
}
