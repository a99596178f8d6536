/** Ways into an ERP. */
export type { Asked, CallResult, Connector, ErpDocument, ErpStatus } from './connector.ts'
export { createSandboxConnector, createSandboxDestination } from './sandbox/index.ts'
