/** The rehearsal: the real pipeline without sockets, on a store in memory, time standing still. `check`, `test` and `explain` stand on it. */
export { rehearse } from './rehearse.ts'
export type { Rehearsal, RehearsalResult, RehearsedDocument, RehearsedMessage } from './rehearse.ts'
export { runChannelTest } from './channel-test.ts'
export type { TestFailure, TestOutcome } from './channel-test.ts'
