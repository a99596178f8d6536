/** The model between the two worlds as data. Its zod schemas are in `schemas/`: what runs for each message does not load them. */
export { minorUnits } from './currency.ts'
export { DOCUMENT_LINE, EVENT_FIELDS, REVERSALS, TAKEN_BACK_BY } from './fields.ts'
export type { EventType, Field, FieldKind } from './fields.ts'
export { OWNERSHIPS } from './ownership.ts'
export type { Ownership } from './ownership.ts'
