/** FHIR R4: what other parts of the engine may use of it. */
export { FHIR_JSON, readMetadata, readSupplyDelivery, searchSupplyDelivery } from './facade/index.ts'
export type { FacadeOptions, FhirAnswer } from './facade/index.ts'
export { operationOutcome } from './r4/index.ts'
