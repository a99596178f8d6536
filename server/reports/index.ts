/** Reports over what the store has: queries, nothing is changed. */
export { reconcile } from './reconciliation.ts'
export type { Ageing, Difference, LedgerTotal, Reconciliation } from './reconciliation.ts'
