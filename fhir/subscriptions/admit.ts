/** What a client may write as a Subscription: pure, for the face to ask before it stores. */
import { withMembers } from '../r4/index.ts'
import type { Issue, JsonObject } from '../r4/index.ts'
import { readTerms } from './terms.ts'
import type { TermRules } from './terms.ts'

export type Admission =
  | {
      readonly ok: true
      /** As it is to be stored: without what only the server says. */
      readonly resource: JsonObject
    }
  | { readonly ok: false; /** 422. */ readonly issues: readonly Issue[] }

/**
 * Judges a Subscription that a client creates or updates. A client asks for `requested` or ends with `off`; `active` and `error` are the
 * server's words. Nobody subscribes to what they may not read. What is off is not judged any more, so that a subscription to what is no longer offered can be ended.
 */
export function admitSubscription(resource: JsonObject, rules: TermRules, mayRead: (type: string) => boolean): Admission {
  const status = resource['status']
  if (status !== 'requested' && status !== 'off') {
    const diagnostics = 'status must be requested (or off, to end it): active and error are the server’s to say.'
    return { ok: false, issues: [{ severity: 'error', code: 'business-rule', diagnostics, expression: 'Subscription.status' }] }
  }
  if (status === 'requested') {
    const read = readTerms(resource, rules)
    if (!read.ok) return read
    const of = read.terms.topic?.resource ?? read.terms.search.split('?')[0] ?? ''
    if (!mayRead(of)) {
      const diagnostics = `Whoever is told of ${of} must be allowed to read it.`
      return { ok: false, issues: [{ severity: 'error', code: 'forbidden', diagnostics, expression: 'Subscription.criteria' }] }
    }
  }
  return { ok: true, resource: withMembers(resource, { error: undefined }) }
}
