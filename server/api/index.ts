/** The engine's faces over HTTP. */
export { startApi } from './api.ts'
export type { ApiOptions, RunningApi } from './api.ts'
export type { Registry } from './operation.ts'
export { describeApi } from './openapi.ts'
