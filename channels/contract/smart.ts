/** SMART Backend Services: which programs may ask for a token, and the grammar of what they may be granted (SMART App Launch 2, §3.0.2). */

/** A public key as a JSON Web Key (RFC 7517). */
export type Jwk = Readonly<Record<string, unknown>>

/** A program that may ask for tokens with a signed assertion. */
export interface SmartClient {
  readonly id: string
  /** Where its public keys are: an address that it serves, or the keys themselves. */
  readonly keys: { readonly kind: 'url'; readonly url: string } | { readonly kind: 'set'; readonly keys: readonly Jwk[] }
  /** The most that it may be granted, as SMART scopes. */
  readonly scopes: readonly string[]
}

export interface SmartSettings {
  /** Base address under which clients reach the engine, without a final slash; null: as they reach it without a proxy. */
  readonly publicUrl: string | null
  readonly tokenLifetimeMs: number
  readonly clients: readonly SmartClient[]
}

/** What one scope permits. `type` is a resource type or `*`; `letters` is a part of `cruds`, in this order. */
export interface SmartPermission {
  readonly type: string
  readonly letters: string
}

/** The form of a scope that can be granted: a resource type or `*`, then letters of `cruds` in order, or the words of version 1. */
export const SMART_SCOPE = /^system\/(\*|[A-Z][A-Za-z]{0,63})\.(read|write|\*|(?=.)c?r?u?d?s?)$/
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

/**
 * Reads `system/Procedure.cruds` (version 2) or `system/Procedure.read` (version 1). Null for everything else: other contexts (`patient/`,
 * `user/`), letters out of order, and scopes narrowed by a query (`?status=…`), which nothing here could hold to.
 */
export function parseSmartScope(scope: string): SmartPermission | null {
  const found = SMART_SCOPE.exec(scope)
  const type = found?.[1]
  const said = found?.[2]
  if (type === undefined || said === undefined) return null
  return { type, letters: VERSION_1[said] ?? said }
}
