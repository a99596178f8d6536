/** Our REST face in FHIR R4. */
export { FHIR_JSON } from './exchange.ts'
export type { FaceAnswer, FaceCaller, FaceRequest } from './exchange.ts'
export type { Authority, FaceInteraction } from './authorize.ts'
export { handleFhir } from './handle.ts'
export type { Admission, FaceAddition, FaceParts, StatementParts } from './ports.ts'
