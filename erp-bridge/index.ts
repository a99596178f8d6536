/** From an event to documents, and from a document to an ERP. */
export { createBridge } from './bridge.ts'
