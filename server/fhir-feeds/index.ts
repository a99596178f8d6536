/** FHIR at work: what the bridge did is recorded, and subscribers are told. */
export { termRules } from './criteria.ts'
export { createFhirFeeds } from './feeds.ts'
export type { FhirFeeds, FhirFeedsOptions } from './feeds.ts'
export { fhirWritingOf } from './writing.ts'
export type { FhirWriting } from './writing.ts'
