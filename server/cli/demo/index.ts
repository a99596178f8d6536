/** The demonstration: its processes, its messages, its accounts. */
export { playDemo } from './play.ts'
export type { PlayedDemo } from './play.ts'
