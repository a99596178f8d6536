/** HL7 v2 over HTTP: one message a request, its acknowledgement the answer. */
export { startHttpListener } from './listener.ts'
export type { HttpListenerDeps, HttpListenerOptions } from './listener.ts'
