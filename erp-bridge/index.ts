/** From an event to documents, and from a document to an ERP. */
export { createBridge } from './bridge.ts'
export { createSandboxConnector, createSandboxDestination } from './connectors/index.ts'
export type { Asked, CallResult, Connector, ErpDocument, ErpStatus } from './connectors/index.ts'
