/** What a process finds out about an event before anything is changed. */
import type { Decision, Need } from '../channels/contract/index.ts'

/** A plan that can be applied, what a person must supply, or nothing to do. */
export type Understood<Plan> =
  { readonly kind: 'plan'; readonly plan: Plan } | { readonly kind: 'needs'; readonly needs: readonly Need[] } | { readonly kind: 'nothing' }

/** It waits for time, or for a person and for what may still come by itself. */
export type Waits = Extract<Decision, { kind: 'needs' | 'later' }>
