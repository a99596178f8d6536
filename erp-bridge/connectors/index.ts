/** Ways into an ERP. */
export { destinationOf } from './connector.ts'
export type { Asked, CallResult, Capabilities, Connector, ErpDocument, ErpStatus, Pulled } from './connector.ts'
export { createSandboxConnector, createSandboxDestination } from './sandbox/index.ts'
export { createTrytonConnector, createTrytonDestination } from './tryton/index.ts'
