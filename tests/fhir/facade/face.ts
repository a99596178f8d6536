/** The face over HTTP, on the fake engine. */
import type { ExecutionContext } from 'ava'
import { TOKEN, house } from '../../server/api/house.ts'
import { createFake } from './fake.ts'
import type { Fake } from './fake.ts'

export interface Face {
  readonly fake: Fake
  /** Base of the face. */
  readonly base: string
  readonly token: string
  /** A request; objects are sent as JSON, texts as they are. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Json
}
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked into by many paths
export type Json = any

export async function face(t: ExecutionContext): Promise<Face> {
  const fake = createFake()
  const { url } = await house(t, { reader: fake.reader, control: fake.control })
  return { fake, ...asker(`${url}/fhir`, TOKEN) }
}

export function asker(base: string, token: string): Omit<Face, 'fake'> {
  return {
    base,
    token,
    async ask(method, path, body, headers = {}) {
      const answer = await fetch(`${base}${path === '' ? '' : `/${path}`}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, text, json: text === '' ? null : (JSON.parse(text) as Json) }
    },
  }
}

export const procedure = (more: Record<string, unknown> = {}) => ({
  resourceType: 'Procedure',
  status: 'completed',
  identifier: [{ system: 'urn:test:case', value: 'C-1' }],
  subject: { reference: 'Patient/p1' },
  ...more,
})

export const bundle = (type: string, ...entry: readonly unknown[]) => ({ resourceType: 'Bundle', type, ...(entry.length === 0 ? {} : { entry }) })
export const put = (resource: { resourceType: string; id: string }, more: Record<string, unknown> = {}) => ({
  resource,
  request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ...more },
})
export const post = (resource: { resourceType: string }, more: Record<string, unknown> = {}, fullUrl?: string) => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
  request: { method: 'POST', url: resource.resourceType, ...more },
})
