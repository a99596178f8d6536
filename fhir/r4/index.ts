/** FHIR R4 (4.0.1): shapes that every answer is made of. */
export { capabilityStatement } from './capability-statement.ts'
export { dateTimeOf } from './date-time.ts'
export { operationOutcome } from './operation-outcome.ts'
export type { IssueCode } from './operation-outcome.ts'
export { FHIR_FORMAT, fhirContentOf } from './content.ts'
export type { FhirContent, Json, JsonObject, ToldResource } from './content.ts'
export { cloneFhirJson, isArray, isObject, lexemeOf, mapFhirJson, parseFhirJson, withLexeme, withMembers, writeFhirJson } from './json.ts'
export type { ParsedJson } from './json.ts'
