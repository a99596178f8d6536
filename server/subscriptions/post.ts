/** One webhook request. What the receiver answers is not read: its status is all that counts. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { OutgoingHttpHeaders } from 'node:http'
import { guardedLookup, refusalOf } from './target.ts'

export type Posted = { readonly ok: true } | { readonly ok: false; /** The receiver wants no more (410). */ readonly gone: boolean; readonly text: string }

interface Limits {
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Posts a body and gives what became of it. Failures are values; their words hold no content. */
export function postWebhook(url: string, body: string, headers: Readonly<Record<string, string>>, limits: Limits): Promise<Posted> {
  return sendWebhook({ method: 'POST', url, body, headers }, limits)
}

/** Headers with several values are sent as several lines. */
export function sendWebhook(
  { method, url, body, headers }: { readonly method: 'POST' | 'PUT'; readonly url: string; readonly body: string; readonly headers: OutgoingHttpHeaders },
  { timeoutMs, signal }: Limits,
): Promise<Posted> {
  const refusal = refusalOf(url)
  if (refusal !== null) return Promise.resolve({ ok: false, gone: true, text: `the URL ${refusal}` })
  const limit = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp
    const request = send(
      url,
      {
        method,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        lookup: guardedLookup,
        signal: AbortSignal.any([limit, signal]),
        agent: false,
      },
      (response) => {
        const status = response.statusCode ?? 0
        response.destroy()
        if (status >= 200 && status < 300) return resolve({ ok: true })
        const words = status >= 300 && status < 400 ? `answered ${String(status)}; redirects are not followed` : `answered ${String(status)}`
        resolve({ ok: false, gone: status === 410, text: words })
      },
    )
    request.on('error', (error: NodeJS.ErrnoException) => {
      const words = limit.aborted ? `no answer within ${String(timeoutMs / 1000)} s` : `could not be reached (${error.code ?? 'unknown reason'})`
      resolve({ ok: false, gone: false, text: words })
    })
    request.end(body)
  })
}
