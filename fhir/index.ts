/** FHIR R4: what other parts of the engine may use of it. */
export { FHIR_JSON, handleFhir } from './facade/index.ts'
export type { Authority, FaceAnswer, FaceCaller, FaceParts, FaceRequest, FaceAddition, StatementParts } from './facade/index.ts'
