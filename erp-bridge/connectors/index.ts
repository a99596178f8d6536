/** Ways into an ERP. */
export { destinationOf } from './connector.ts'
export type { Asked, CallResult, Connector, ErpDocument, ErpStatus } from './connector.ts'
export { createSandboxConnector, createSandboxDestination } from './sandbox/index.ts'
