/** Arguments of a command by `node:util`'s parseArgs, with findings a person can act on instead of exceptions. */
import { parseArgs } from 'node:util'
import { nearest } from './nearest.ts'
import { EXIT } from './command.ts'
import type { Command, Io } from './command.ts'

/** How an option is given: `flag` takes no value, `many` may be repeated. */
export type OptionKind = 'flag' | 'one' | 'many'

export interface Options {
  flag(name: string): boolean
  one(name: string): string | undefined
  many(name: string): readonly string[]
  readonly positionals: readonly string[]
}

interface Shape {
  readonly options: Readonly<Record<string, OptionKind>>
  /** How many words may follow: [least, most]. */
  readonly positionals: readonly [number, number]
}

/** Options that every command that talks to a running engine takes. */
export const ENGINE_OPTIONS = { data: 'one', api: 'one', token: 'one', json: 'flag' } as const

/** Their help, to be pasted into a command's usage. */
export const ENGINE_HELP = `  --data DIR        data directory of the running engine (default ./data)
  --api URL         address of its API instead, with --token
  --token TOKEN     token for --api (default: environment AQUEDUCT_TOKEN)
  --json            print JSON only`

/** Parses the arguments of a command, or says what is wrong with them. */
export function parseOptions(
  args: readonly string[],
  shape: Shape,
): { readonly ok: true; readonly options: Options } | { readonly ok: false; readonly text: string } {
  const known = Object.keys(shape.options)
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      Object.entries(shape.options).map(([name, kind]) => [name, { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: true }]),
    ),
  })
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const kind = shape.options[token.name]
    if (kind === undefined) {
      const meant = nearest(token.name, known)
      return { ok: false, text: `unknown option ${token.rawName}${meant === undefined ? '' : `; did you mean --${meant}?`}` }
    }
    if (kind === 'flag' && token.value !== undefined) return { ok: false, text: `--${token.name} takes no value` }
    if (kind !== 'flag' && (token.value === undefined || token.value.startsWith('--'))) return { ok: false, text: `--${token.name} needs a value` }
    const list = values.get(token.name) ?? []
    if (kind === 'one' && list.length > 0) return { ok: false, text: `--${token.name} is given twice` }
    values.set(token.name, [...list, token.value ?? ''])
  }
  const [least, most] = shape.positionals
  if (positionals.length < least) return { ok: false, text: `too few arguments: ${least} needed, ${positionals.length} given` }
  if (positionals.length > most) return { ok: false, text: `too many arguments: “${positionals[most] ?? ''}” is not expected` }
  return {
    ok: true,
    options: {
      flag: (name) => values.has(name),
      one: (name) => values.get(name)?.[0],
      many: (name) => values.get(name) ?? [],
      positionals,
    },
  }
}

/** Prints a usage error and gives its exit code. */
export function misuse(command: Pick<Command, 'name' | 'usage'>, io: Io, text: string): number {
  io.err(`aqueduct ${command.name}: ${text}\n\n${command.usage}`)
  return EXIT.usage
}

/** A whole number option between bounds, its default when absent, or words about what is wrong. */
export function wholeNumber(options: Options, name: string, fallback: number, least: number, most: number): number | { readonly text: string } {
  const given = options.one(name)
  if (given === undefined) return fallback
  const value = /^\d+$/.test(given) ? Number(given) : Number.NaN
  return value >= least && value <= most ? value : { text: `--${name} must be a whole number from ${least} to ${most}` }
}
