/** Resources of another FHIR server, by subscription or by polling. */
export { startFhirSubscriptionListener } from './listener.ts'
export type { FhirSubscriptionDeps, FhirSubscriptionOptions } from './listener.ts'
export type { CursorPort } from './cursor.ts'
