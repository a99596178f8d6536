/** Which fields of which event reach the log, at which level and in which words. What is not named here is not written (promise 7). */
import type { EngineEvents } from '../../channels/contract/index.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'
type Fields<Name extends keyof EngineEvents> = readonly (keyof EngineEvents[Name] & string)[]

interface Line<Name extends keyof EngineEvents> {
  readonly level: Level
  readonly words: string
  /** Numbers, booleans and names made by the engine or the configuration. */
  readonly fields: Fields<Name>
  /** Free words of a library or the operating system: cleaned by {@link cleaned}. */
  readonly free?: Fields<Name>
  /** Lines with equal values here count as the same trouble: one in {@link QUIET_MS}. */
  readonly same?: Fields<Name>
}

/** Milliseconds for which the same trouble is not written again. */
export const QUIET_MS = 10_000

export const LINES: { readonly [Name in keyof EngineEvents]: Line<Name> } = {
  'message:taken': { level: 'debug', words: 'message taken', fields: ['channel', 'state', 'ack', 'bytes', 'ms'] },
  'message:duplicate': { level: 'debug', words: 'resend answered', fields: ['channel'] },
  'message:failed': { level: 'warn', words: 'message failed', fields: ['channel', 'message', 'code', 'place'], same: ['channel', 'code', 'place'] },
  'delivery:settled': { level: 'debug', words: 'delivery settled', fields: ['destination', 'state', 'attempts', 'ms'] },
  'delivery:failed': { level: 'warn', words: 'delivery failed', fields: ['destination', 'delivery', 'code', 'attempts'], same: ['destination', 'code'] },
  'pull:failed': { level: 'warn', words: 'pull failed', fields: ['destination', 'kind', 'code'], same: ['destination', 'kind', 'code'] },
  'breaker:changed': { level: 'warn', words: 'destination given a rest or taken up again', fields: ['destination', 'open'] },
  'worklist:opened': { level: 'info', words: 'worklist item opened', fields: ['kind', 'item'], same: ['kind'] },
  'channel:changed': { level: 'info', words: 'channel changed', fields: ['channel', 'state'] },
  'configuration:applied': { level: 'info', words: 'configuration applied', fields: ['id'] },
  'listener:problem': {
    level: 'warn',
    words: 'listener met something that is no message',
    fields: ['channel', 'bytes'],
    free: ['what'],
    same: ['channel', 'what'],
  },
  'store:problem': { level: 'error', words: 'store failed', fields: ['code'], free: ['text'], same: ['code'] },
  'batch:committed': { level: 'debug', words: 'batch committed', fields: ['ops', 'ms'] },
}

/** Names, ids, states and paths look like this; a value that does not is withheld. */
const NAME = /^[\p{L}\p{N} _.,:;()[\]*=@/+-]{0,120}$/u
const WITHHELD = '(withheld)'

/** A field's value as it may be written. */
export function named(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return value
  return typeof value === 'string' && NAME.test(value) ? value : WITHHELD
}

/** Words of a library: what stands in quotes may be a value, and what has HL7's delimiters or lines of its own may be a message. */
export function cleaned(value: unknown): string {
  if (typeof value !== 'string') return WITHHELD
  const text = value.replace(/"[^"]*"|'[^']*'|“[^”]*”|`[^`]*`/g, '“…”').slice(0, 300)
  return /[|^~\\&{}<>\p{Cc}]/u.test(text) ? WITHHELD : text
}
