/** Undoing what was booked. */
export { applyReversal, understandReversal } from './reversal.ts'
