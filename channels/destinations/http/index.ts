/** The `http` destination. */
export { createHttpDestination, outcomeOf } from './destination.ts'
