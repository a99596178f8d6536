/** FHIR at work: what the bridge did is recorded, and subscribers are told. */
export { termRules } from './criteria.ts'
export { startRecorder } from './recorder.ts'
export type { Recorder } from './recorder.ts'
export { MOST_EVENTS, startFhirSubscriptions } from './subscriptions.ts'
export type { FhirSubscriptions, FhirSubscriptionsOptions } from './subscriptions.ts'
export { fhirWritingOf } from './writing.ts'
export type { FhirWriting } from './writing.ts'
