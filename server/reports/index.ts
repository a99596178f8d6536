/** Reports over what the store has: queries, nothing is changed. */
export { allocate, ALLOCATION_AXES, daysBetween, MOST_DAYS } from './allocation.ts'
export type { AllocationAxis, AllocationRow } from './allocation.ts'
export { reconcile } from './reconciliation.ts'
export { allRows } from './rows.ts'
export type { Ageing, Difference, LedgerTotal, Reconciliation } from './reconciliation.ts'
