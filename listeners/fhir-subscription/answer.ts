/** What the other server is answered. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { operationOutcome } from '../../fhir/r4/index.ts'
import type { IssueCode } from '../../fhir/r4/index.ts'

export interface Answer {
  readonly status: number
  readonly issue: IssueCode
  readonly text: string
  readonly at?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Taken: an empty 200, after what was sent is durable. */
export const TAKEN: Answer = { status: 200, issue: 'transient', text: '' }
export const LATER: Answer = { status: 503, issue: 'transient', text: 'It was not taken; send it again.', headers: { 'retry-after': '5' } }
export const FULL: Answer = {
  status: 429,
  issue: 'transient',
  text: 'The engine has as much in hand as it can hold; send it again.',
  headers: { 'retry-after': '2' },
}

export function respond(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return
  const body = answer.status === 200 ? '' : JSON.stringify(operationOutcome(answer.issue, answer.text, answer.at))
  response.writeHead(answer.status, {
    ...(body === '' ? {} : { 'content-type': 'application/fhir+json; charset=utf-8' }),
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...answer.headers,
  })
  response.end(body)
  // What is left of the request is read and dropped, so that the answer is seen.
  if (!request.complete) request.resume()
}
