/** Invoices: matched with orders and receipts, posted or held, paid. */
export { applyReceiptCheck, understandReceiptCheck } from './discarded.ts'
export { applyReceived, understandReceived } from './evaluated.ts'
export { understandInvoice } from './invoice.ts'
export type { Hold, Invoice, Invoiced, Match, MatchFacts, Ordered, Way } from './match.ts'
export { normalNumber } from './number.ts'
export { applyInvoice } from './settle.ts'
export { applyStatus, understandStatus } from './status.ts'
export { understandRefused } from './refused.ts'
