/** The rehearsal: the real pipeline without sockets, on a store in memory, time standing still. `check`, `test` and `explain` stand on it. */
export { LOAD_COLUMNS, readMasterData } from './master-data.ts'
export type { MasterDataFile, MasterDataProblem } from './master-data.ts'
export { rehearse } from './rehearse.ts'
export type { Rehearsal, RehearsalResult, RehearsedDocument, RehearsedMessage } from './rehearse.ts'
export { runChannelTest } from './channel-test.ts'
export type { TestFailure, TestOutcome } from './channel-test.ts'
