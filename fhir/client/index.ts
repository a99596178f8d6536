/** A client of other FHIR servers. */
export { createFhirClient, referenceOf } from './client.ts'
export type { FhirAnswer, FhirClient, FhirClientOptions, FhirOk, SearchOk } from './client.ts'
export { backendServices } from './auth.ts'
export type { Authorizer, AuthorizerOptions } from './auth.ts'
export { failureOf } from './failure.ts'
export type { FhirFailure } from './failure.ts'
