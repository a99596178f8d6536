/** Documents, canonical on the way out. */
export { bearerOf, draft, filled, headerOf, lotOf, maybe, performerOf } from './draft.ts'
export type { Posted } from './draft.ts'
export { mirrorOf } from './mirror.ts'
export type { Share } from './mirror.ts'
