/** HL7 v2 and X12 over HTTP: one message a request, its acknowledgement the answer. */
export { readBody } from './body.ts'
export { isAnswer, isKept, isRefused } from './answer.ts'
export { startHttpListener } from './listener.ts'
export type { HttpListenerDeps, HttpListenerOptions } from './listener.ts'
export { openServer } from './server.ts'
export type { RunningServer } from './server.ts'
