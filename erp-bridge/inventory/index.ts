/** Stock, its movements and when it is low. */
export { issueDocument } from './issue.ts'
export { available, isLow, parQuantity, reorderQuantity } from './reorder.ts'
export type { ReorderWhen } from './reorder.ts'
export { isExpected, restoreScheduled, schedule, scheduledLines, unschedule, usedScheduled, useScheduled } from './scheduled.ts'
export type { ScheduledLine } from './scheduled.ts'
export { move, readPieces, stockAt } from './stock.ts'
export type { Moved, Pieces, Stock } from './stock.ts'
