import { columns } from './columns.ts'
import { EXIT } from './command.ts'
import type { Command, Io } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'
import type { Options } from './options.ts'
import { SCOPES } from '../security/index.ts'

interface KeyRow {
  readonly name: string
  readonly scopes: readonly string[]
  readonly state: string
  readonly created: string
  readonly expires: string | null
  readonly by: string
}

export const keysCommand: Command = {
  name: 'keys',
  summary: 'Makes, lists and revokes API keys.',
  usage: `usage: aqueduct keys [list]
       aqueduct keys create NAME --scope SCOPE [--scope SCOPE …] [--expires 90d] [--by WHO]
       aqueduct keys revoke NAME [--by WHO]

  --scope SCOPE     what the key may do: ${SCOPES.join(', ')}
  --expires TIME    days from now (90d) or a date (2027-03-31); without it, until it is revoked
  --by WHO          who makes or revokes it, for the trail
${ENGINE_HELP}

The key is shown once. A name is never used twice.

example: aqueduct keys create erp-team --scope system:read --scope process:write --expires 90d`,
  run(args, io) {
    const parsed = parseOptions(args, { options: { ...ENGINE_OPTIONS, scope: 'many', expires: 'one', by: 'one' }, positionals: [0, 2] })
    if (!parsed.ok) return Promise.resolve(misuse(keysCommand, io, parsed.text))
    const { options } = parsed
    const [action = 'list', name] = options.positionals
    const wrong = misfit(action, name, options)
    if (wrong !== undefined) return Promise.resolve(misuse(keysCommand, io, wrong))
    if (action === 'create') return create(name ?? '', options, io)
    if (action === 'revoke') return revoke(name ?? '', options, io)
    return list(options, io)
  },
}

function misfit(action: string, name: string | undefined, options: Options): string | undefined {
  if (!['list', 'create', 'revoke'].includes(action)) return `keys can list, create and revoke, not “${action}”`
  if (action === 'list') return name === undefined ? undefined : 'list takes no name'
  if (name === undefined) return `${action} needs the NAME of the key`
  const scopes = options.many('scope')
  if (action === 'revoke') return scopes.length > 0 || options.one('expires') !== undefined ? 'revoke takes no --scope and no --expires' : undefined
  if (scopes.length === 0) return `create needs --scope: ${SCOPES.join(', ')}`
  const foreign = scopes.find((scope) => !(SCOPES as readonly string[]).includes(scope))
  if (foreign !== undefined) return `there is no scope “${foreign}”; scopes are ${SCOPES.join(', ')}`
  const expires = options.one('expires')
  return expires === undefined || instantOf(expires, 0) !== undefined ? undefined : '--expires is days from now (90d) or a date (2027-03-31)'
}

/** `90d` from `now`, or a date at its beginning in UTC, as an instant. */
function instantOf(text: string, now: number): string | undefined {
  const days = /^([1-9]\d{0,4})d$/.exec(text)?.[1]
  const at = days === undefined ? (/^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN) : now + Number(days) * 86_400_000
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

function by(options: Options): Readonly<Record<string, string>> {
  const who = options.one('by')
  return who === undefined ? {} : { by: who }
}

function create(name: string, options: Options, io: Io): Promise<number> {
  const given = options.one('expires')
  const body = { name, scopes: options.many('scope'), expires: given === undefined ? null : instantOf(given, Date.now()), ...by(options) }
  return withEngine(options, io, async (engine) => {
    const answer = await ask<{ readonly name: string; readonly key: string; readonly scopes: readonly string[]; readonly expires: string | null }>(
      engine,
      'POST',
      '/keys',
      body,
    )
    if (!answer.ok) return refused(io, answer, options.flag('json'))
    const { key, scopes, expires } = answer.body
    if (options.flag('json')) io.out(JSON.stringify(answer.body))
    else {
      io.out(key)
      io.err(`key ${name} may do ${scopes.join(', ')} until ${expires ?? 'it is revoked'}. It is shown this once; it is not kept.`)
    }
    return EXIT.good
  })
}

function revoke(name: string, options: Options, io: Io): Promise<number> {
  return withEngine(options, io, async (engine) => {
    const who = options.one('by')
    const answer = await ask<unknown>(engine, 'DELETE', `/keys/${encodeURIComponent(name)}`, undefined, who)
    if (!answer.ok) return refused(io, answer, options.flag('json'))
    io.out(options.flag('json') ? JSON.stringify(answer.body) : `key ${name} is revoked`)
    return EXIT.good
  })
}

function list(options: Options, io: Io): Promise<number> {
  return withEngine(options, io, async (engine) => {
    const answer = await ask<{ readonly items: readonly KeyRow[] }>(engine, 'GET', '/keys')
    if (!answer.ok) return refused(io, answer, options.flag('json'))
    const { items } = answer.body
    if (options.flag('json')) io.out(JSON.stringify(answer.body))
    else if (items.length === 0) io.out('there are no API keys')
    else
      io.out(
        columns(
          ['NAME', 'STATE', 'EXPIRES', 'CREATED', 'BY', 'SCOPES'],
          items.map((key) => [key.name, key.state, key.expires ?? 'never', key.created, key.by, key.scopes.join(' ')]),
        ),
      )
    return EXIT.good
  })
}
