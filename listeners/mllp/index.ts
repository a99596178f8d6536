/** MLLP: the framer, the listener that takes messages and the client that sends them. */
export { createMllpSender } from './client.ts'
export type { MllpSender, MllpTarget, SendAnswer } from './client.ts'
export { frameBlock, MllpFramer } from './framing.ts'
export type { Frame } from './framing.ts'
export { startMllpListener } from './listener.ts'
export type { MllpListener } from './listener.ts'
