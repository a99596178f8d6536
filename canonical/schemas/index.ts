/** Events, documents and master data as zod schemas, and as the JSON Schemas that are published. */
export { documentSchemas } from './documents.ts'
export type { CanonicalDocument, CanonicalDocumentKind } from './documents.ts'
export { eventSchemas } from './events.ts'
export type { CanonicalEvent } from './events.ts'
export { jsonSchemas } from './json-schemas.ts'
export { documentLine } from './values.ts'
export { masterDataSchemas } from './master-data.ts'
export type { MasterData, MasterDataTable } from './master-data.ts'
