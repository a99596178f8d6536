/** FHIR R4 resources to canonical events. */
export { compileFhirChannel } from './channel.ts'
export { fhirFormat } from './format.ts'
