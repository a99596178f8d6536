/** Reads the form of a token request (RFC 6749 §4.4.2, RFC 7523 §2.2). Pure. */
import { refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export interface TokenRequest {
  readonly ok: true
  readonly assertion: string
  /** As asked for; '' when it was not said. */
  readonly scope: string
  /** `client_id` beside the assertion; '' when it was not said. */
  readonly clientId: string
}

/** @param form `application/x-www-form-urlencoded` text */
export function readTokenRequest(form: string): TokenRequest | Refusal {
  const values = new URLSearchParams(form)
  const names = [...values.keys()]
  if (new Set(names).size !== names.length) return refuse('invalid_request', 'A parameter stands more than once.')
  const said = (name: string) => values.get(name) ?? ''
  const grant = said('grant_type')
  if (grant === '') return refuse('invalid_request', 'grant_type is missing; it must be client_credentials.')
  if (grant !== 'client_credentials') return refuse('unsupported_grant_type', 'Only grant_type client_credentials is offered.')
  if (said('client_assertion_type') !== ASSERTION_TYPE) return refuse('invalid_request', `client_assertion_type must be ${ASSERTION_TYPE}.`)
  const assertion = said('client_assertion')
  if (assertion === '') return refuse('invalid_request', 'client_assertion is missing; it must be a signed JWT.')
  return { ok: true, assertion, scope: said('scope').trim(), clientId: said('client_id') }
}
