/** Documents, canonical on the way out. */
export { bearerOf, draft, filled, headerOf, lotOf, maybe, performerOf, routeOf } from './draft.ts'
export type { Posted } from './draft.ts'
export { mirrorOf, reversedJournal } from './mirror.ts'
export type { Share } from './mirror.ts'
