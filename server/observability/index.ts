/** What the engine tells about itself: logs and metrics. */
export { createObservability } from './observability.ts'
export type { EventListener, Observability, ObservabilityOptions } from './observability.ts'
