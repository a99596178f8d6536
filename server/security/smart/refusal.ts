/** Why a token is not given, in the words of RFC 6749 §5.2. */
export type OAuthError = 'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type' | 'temporarily_unavailable'

export interface Refusal {
  readonly ok: false
  readonly error: OAuthError
  /** For a person at the client's side. Never a part of the assertion, a key or a token. */
  readonly text: string
}

export function refuse(error: OAuthError, text: string): Refusal {
  return { ok: false, error, text }
}

const STATUS: Readonly<Record<OAuthError, number>> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  unsupported_grant_type: 400,
  temporarily_unavailable: 503,
}

export function statusOf(error: OAuthError): number {
  return STATUS[error]
}
