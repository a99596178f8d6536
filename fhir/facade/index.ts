/** Our REST face in FHIR R4. */
export { FHIR_JSON, readMetadata, readSupplyDelivery, searchSupplyDelivery } from './routes.ts'
export type { EventsOf, FacadeOptions, FhirAnswer } from './routes.ts'
export { messageOfResourceId, resourceIdOf } from '../record/index.ts'
export { supplyDeliveryOf } from '../record/index.ts'
export type { FacadeEvent } from '../record/index.ts'
