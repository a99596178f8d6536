/** Who may talk to the engine, and who may have its data directory. */
export { bearerOf, checkToken, createToken } from './token.ts'
export { readEngineFile, removeEngineFile, writeEngineFile } from './engine-file.ts'
export type { EngineFile } from './engine-file.ts'
export { lockDataDirectory } from './lock.ts'
export type { DirectoryLock } from './lock.ts'
export { SCOPES, createApiKey, createKeyRing } from './keys.ts'
export type { Caller, Identified, KeyRing, Scope } from './keys.ts'
