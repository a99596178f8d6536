/** A request and an answer of the face, apart from any server. */
import { outcomeText } from './refusal.ts'
import type { Refusal } from './refusal.ts'

export const FHIR_JSON = 'application/fhir+json'

export interface FaceCaller {
  /** For the trail. */
  readonly name: string
  /** As the sender of messages: the key or client, whoever holds it. */
  readonly sender: string
  readonly scopes: readonly string[]
}

export interface FaceRequest {
  /** `GET`; HEAD comes as GET. */
  readonly method: string
  /** Below the base, without slashes at its ends: `Procedure/1`. */
  readonly path: string
  /** As it stood in the URL, without the question mark. */
  readonly query: string
  /** A header of the request, '' when it is not there. */
  header(name: string): string
  /** The body as received: parsed here, so that decimals stay as they were sent. */
  readonly body: Uint8Array
  /** Absolute URL of the face without a final slash. */
  readonly base: string
  readonly caller: FaceCaller
}

export interface FaceAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON, or null: no body. */
  readonly body: string | null
  /** What of the store is shown: audited before the answer leaves. */
  readonly shows?: { readonly what: string; readonly subject: string }
}

export function answerOf(refusal: Refusal): FaceAnswer {
  return { status: refusal.status, headers: { ...refusal.headers }, body: outcomeText(refusal.issues) }
}

export const etagOf = (version: number): string => `W/"${String(version)}"`

/** The version that an If-Match or If-None-Match names, or null when it is no such header. */
export function versionOf(tag: string): number | null {
  const match = /^(?:W\/)?"([1-9]\d{0,14})"$/.exec(tag.trim())
  return match === null ? null : Number(match[1])
}

/** `return` and `handling` of Prefer (RFC 7240). */
export interface Preference {
  readonly returns: 'minimal' | 'representation' | 'OperationOutcome'
  readonly strict: boolean
  readonly async: boolean
}

export function preferenceOf(header: string): Preference {
  const said = header.split(/[,;]/).map((each) => each.trim())
  const returns = said.find((each) => each.startsWith('return='))?.slice(7)
  return {
    returns: returns === 'minimal' || returns === 'OperationOutcome' ? returns : 'representation',
    strict: said.includes('handling=strict'),
    async: said.includes('respond-async'),
  }
}
