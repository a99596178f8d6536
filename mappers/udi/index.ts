/** Unique device identifiers. */
export { calendarDate } from './dates.ts'
export type { Issuer, Udi } from './device.ts'
export { normaliseGtin } from './gtin.ts'
export { parseUdi } from './parse.ts'
