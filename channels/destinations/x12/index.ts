/** The `x12` destination: orders to suppliers as 850. */
export { createX12Destination } from './destination.ts'
export type { X12Options } from './options.ts'
