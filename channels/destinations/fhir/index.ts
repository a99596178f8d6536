/** The `fhir` destination: events as resources of another FHIR server. */
export { createFhirDestination } from './destination.ts'
