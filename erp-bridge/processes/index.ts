/** Processes as tables, and the rows that say where each one stands. */
export { begin, dataOf, problemsOf, step, stepAny } from './definition.ts'
export type { LateStep, ProcessDefinition, ProcessRow, Step } from './definition.ts'
export { INVOICE } from './invoice.ts'
export { LATE_TIMERS, understandLate } from './late.ts'
export { ONBOARDING } from './onboarding.ts'
export { PROCURE_TO_PAY } from './procure-to-pay.ts'
export { REPLENISHMENT } from './replenishment.ts'
export { advance, callOff, DEFINITIONS, processOf, versionNeeds } from './rows.ts'
