/** The engine: a message's life from bytes to settled. */
export { Engine } from './engine.ts'
export type { CompiledConfiguration, EngineParts } from './engine.ts'
export type { RunningListener, StartListener } from './channel.ts'
export { channelRuntime, intakeOf, readOptionsOf } from './intake.ts'
export type { ChannelRuntime, IntakeSettings } from './intake.ts'
export { rerun } from './rerun.ts'
