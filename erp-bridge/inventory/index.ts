/** Stock, its movements and when it is low. */
export { issueDocument } from './issue.ts'
export { available, isLow, reorderQuantity } from './reorder.ts'
export { move, stockAt } from './stock.ts'
export type { Stock } from './stock.ts'
