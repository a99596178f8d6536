/** Orders and requisitions. */
export { orderDocument, supplierNeeds } from './order.ts'
export { requisition } from './requisition.ts'
