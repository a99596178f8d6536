/** X12 transactions to canonical events. */
export { compileX12Channel } from './channel.ts'
