/** Changes of master data: stewards, history, identifiers, and what is held when something is blocked. */
export { applyChange, understandChange } from './change.ts'
export { applyTotal, isTotal, understandTotal } from './totals.ts'
