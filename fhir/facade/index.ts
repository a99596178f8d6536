/** Our REST face in FHIR R4. */
export { FHIR_JSON, readMetadata, readSupplyDelivery, searchSupplyDelivery } from './routes.ts'
export type { EventsOf, FacadeOptions, FhirAnswer } from './routes.ts'
export { messageOfResourceId, resourceIdOf } from './resource-id.ts'
export { supplyDeliveryOf } from './supply-delivery.ts'
export type { FacadeEvent } from './supply-delivery.ts'
