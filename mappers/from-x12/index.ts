/** X12 transactions to canonical events. */
export { compileX12Channel, CURRENCIES, PARTNERS } from './channel.ts'
