/** From an event to documents: the rules. Ways into an ERP are in `connectors/`. */
export { createBridge } from './bridge.ts'
export { DEFINITIONS } from './processes/index.ts'
export type { ProcessDefinition } from './processes/index.ts'
