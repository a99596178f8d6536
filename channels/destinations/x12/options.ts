/** `options:` of an x12 destination, judged. */
import { AqueductError } from '../../contract/index.ts'
import type { DestinationDefinition } from '../../contract/index.ts'
import { STANDARD_DELIMITERS } from '../../../mappers/x12/index.ts'
import type { Delimiters, Party } from '../../../mappers/x12/index.ts'

export type Version = '004010' | '005010'

export interface X12Options {
  readonly sender: Party
  /** By supplier code. */
  readonly receivers: ReadonlyMap<string, Party & { readonly version: Version | null }>
  readonly version: Version
  readonly delimiters: Delimiters
  /** ISA15 T: the partner tries it out and books nothing. */
  readonly test: boolean
}

type Block = Readonly<Record<string, unknown>>

/**
 * `sender: {id, qualifier, group}`, `receivers: {SUPPLIER: {id, qualifier, group, version}}`, `version: 4010 | 5010`,
 * `separators: {element, component, repetition, segment}`, `test`. Qualifiers default to ZZ, group ids to the id.
 *
 * @throws AqueductError that names the option
 */
export function optionsOf({ name, options }: DestinationDefinition): X12Options {
  const fail = (what: string): never => {
    throw new AqueductError('INTERNAL', `destination ${name}: options.${what}`)
  }
  const block = (value: unknown, path: string): Block =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Block) : fail(`${path} is a block of keys and values`)
  const text = (from: Block, key: string, path: string, fallback?: string): string => {
    const value = from[key] ?? fallback
    if (value === undefined) return fail(`${path}.${key} is missing`)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : fail(`${path}.${key} is a text`)
  }
  const party = (value: unknown, path: string): Party => {
    const from = block(value, path)
    const id = text(from, 'id', path)
    const [qualifier, group] = [text(from, 'qualifier', path, 'ZZ'), text(from, 'group', path, id)]
    if (id.length > 15 || group.length < 2 || group.length > 15 || qualifier.length !== 2) {
      return fail(`${path}: id has at most 15 characters, group 2 to 15, qualifier 2`)
    }
    return { id, qualifier, group }
  }
  const version = (value: unknown, path: string): Version => {
    const found = ({ '4010': '004010', '004010': '004010', '5010': '005010', '005010': '005010' } as const)[String(value) as '4010']
    return found ?? fail(`${path} is 4010 or 5010`)
  }
  const signs = options['separators'] === undefined ? {} : block(options['separators'], 'separators')
  const delimiters = { ...STANDARD_DELIMITERS }
  for (const key of ['element', 'component', 'repetition', 'segment'] as const) if (signs[key] !== undefined) delimiters[key] = String(signs[key])
  const all = Object.values(delimiters)
  if (all.some((sign) => sign.length !== 1 || /[A-Za-z0-9 ]/.test(sign)) || new Set(all).size < all.length) {
    fail('separators are four different signs, none of them a letter, a digit or a blank')
  }
  const receivers = Object.entries(block(options['receivers'] ?? fail('receivers is missing'), 'receivers')).map(([supplier, value]) => {
    const own = block(value, `receivers.${supplier}`)['version']
    return [supplier, { ...party(value, `receivers.${supplier}`), version: own === undefined ? null : version(own, `receivers.${supplier}.version`) }] as const
  })
  return {
    sender: party(options['sender'] ?? fail('sender is missing'), 'sender'),
    receivers: new Map(receivers),
    version: version(options['version'] ?? '4010', 'version'),
    delimiters,
    test: options['test'] === true || options['test'] === 'true',
  }
}
