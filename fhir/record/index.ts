/** What the bridge did, as FHIR resources. */
export { ACTIVITY_SYSTEM, isOwnResource } from './own.ts'
export { messageOfResourceId, resourceIdOf } from './resource-id.ts'
export { EVENT_SYSTEM, supplyDeliveryOf } from './supply-delivery.ts'
export type { FacadeEvent } from './supply-delivery.ts'
export { RECORDED } from './gather.ts'
export { recordOf } from './record.ts'
export type { RecordParts } from './record.ts'
