/** One HTTP exchange with another FHIR server: deadline, abort, bounded answer. Knows nothing of resources. */
import { Pool } from 'undici'
import type { Clock } from '../../channels/contract/index.ts'
import { failed, noAnswer } from './failure.ts'
import type { FhirFailure } from './failure.ts'

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Path and query, from the origin's root. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface WireAnswer {
  readonly ok: true
  readonly status: number
  header(name: string): string | null
  readonly text: string
}

export interface Wire {
  exchange(request: WireRequest, signal?: AbortSignal): Promise<WireAnswer | FhirFailure>
  close(): Promise<void>
}

export interface WireOptions {
  readonly origin: string
  readonly clock: Clock
  readonly timeoutMs: number
  readonly connections: number
  readonly maxAnswerBytes: number
}

export function openWire({ origin, clock, timeoutMs, connections, maxAnswerBytes }: WireOptions): Wire {
  const pool = new Pool(origin, { connections, pipelining: 1, connect: { timeout: timeoutMs }, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 10_000 })
  const stopped = new AbortController()

  async function exchange(request: WireRequest, signal?: AbortSignal): Promise<WireAnswer | FhirFailure> {
    const late = new AbortController()
    const cancel = clock.after(timeoutMs, () => late.abort(Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' })))
    try {
      const answer = await pool.request({
        method: request.method,
        path: request.path,
        headers: { ...request.headers },
        body: request.body ?? null,
        signal: AbortSignal.any([late.signal, stopped.signal, ...(signal === undefined ? [] : [signal])]),
      })
      const pieces: Buffer[] = []
      let size = 0
      for await (const piece of answer.body as AsyncIterable<Buffer>) {
        size += piece.length
        if (size > maxAnswerBytes) return failed('DESTINATION_FAILED', `The server’s answer is larger than ${String(maxAnswerBytes)} bytes.`, answer.statusCode)
        pieces.push(piece)
      }
      return {
        ok: true,
        status: answer.statusCode,
        text: Buffer.concat(pieces).toString('utf8'),
        header(name) {
          const value = answer.headers[name]
          return (Array.isArray(value) ? value[0] : value) ?? null
        },
      }
    } catch (error) {
      return noAnswer(late.signal.aborted ? late.signal.reason : error)
    } finally {
      cancel()
    }
  }

  return {
    exchange,
    async close() {
      stopped.abort()
      if (!pool.destroyed) await pool.destroy()
    },
  }
}
