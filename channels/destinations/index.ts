/** Ways out that are no ERP. */
export { createFhirDestination } from './fhir/index.ts'
export { createHttpDestination } from './http/index.ts'
export { createMllpDestination } from './mllp/index.ts'
export type { MllpSender, OpenMllp } from './mllp/index.ts'
export { createX12Destination } from './x12/index.ts'
