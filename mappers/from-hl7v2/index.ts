/** HL7 v2 messages to canonical events. */
export { compileChannel } from './channel.ts'
