/** FHIR R4: what other parts of the engine may use of it. */
export { FHIR_JSON, handleFhir } from './facade/index.ts'
export type { Admission, Authority, FaceAddition, FaceAnswer, FaceCaller, FaceInteraction, FaceParts, FaceRequest, StatementParts } from './facade/index.ts'
