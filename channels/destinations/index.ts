/** Ways out that are no ERP. */
export { createHttpDestination } from './http/index.ts'
