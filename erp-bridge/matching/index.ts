/** Invoices: matched with orders and receipts, posted or held, paid. */
export { applyReceived, understandReceived } from './evaluated.ts'
export { understandInvoice } from './invoice.ts'
export { match } from './match.ts'
export type { Hold, Invoice, Invoiced, Match, MatchFacts, Ordered, Way } from './match.ts'
export { invoiceKey, normalNumber } from './number.ts'
export { applyInvoice } from './settle.ts'
export { applyStatus, understandStatus } from './status.ts'
export { boundOf, isOutside } from './tolerance.ts'
