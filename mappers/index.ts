/** The door of the mappers: a channel definition becomes something that maps messages to events. */
export { compileChannel } from './compile.ts'
export type { ChannelCompilation, ChannelProblem } from './fields/index.ts'
