/** HL7 v2 messages to canonical events. */
export { compileChannel } from './channel.ts'
export type { ChannelCompilation } from './channel.ts'
export type { ChannelProblem } from './problems.ts'
