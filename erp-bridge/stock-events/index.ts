/** What happens to stock besides its use: moved, counted, received, asked for, expected. */
export { applyCount, understandCount } from './counted.ts'
export { applyMove, understandMove } from './moved.ts'
export { applyTaken, understandTaken } from './received.ts'
export { applyDemand, understandDemand } from './requested.ts'
export { applySchedule, understandSchedule } from './scheduled.ts'
