import type { Page, WorklistView } from '../../channels/contract/index.ts'
import { EXIT } from './command.ts'
import type { Command, Io } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions, wholeNumber } from './options.ts'
import type { Options } from './options.ts'
import { describe, describeWhole } from './worklist-item.ts'

export const worklistCommand: Command = {
  name: 'worklist',
  summary: 'Lists what waits for a person, with what to do about it.',
  usage: `usage: aqueduct worklist [--kind CODE] [--owner O] [--severity S] [--assignee A] [--state open|closed] [--limit N]
       aqueduct worklist show ITEM
       aqueduct worklist comment ITEM --text WORDS [--by WHO]
       aqueduct worklist assign ITEM --to WHO [--text WORDS] [--by WHO]

  --kind CODE       only this kind, for example UNKNOWN_DEPARTMENT
  --owner OWNER     only what this group owns
  --severity S      only low, normal or high
  --assignee WHO    only what this person works on; "" is nobody yet
  --state STATE     open (default) or closed
  --limit N         how many (default 50, at most 500)
  --to WHO          who has it from now on; "" is nobody
  --text WORDS      the comment; no patient data
  --by WHO          who says so, for the trail
${ENGINE_HELP}

An item is closed with “aqueduct resolve ITEM ACTION”.`,
  run(args, io) {
    const parsed = parseOptions(args, {
      options: {
        ...ENGINE_OPTIONS,
        kind: 'one',
        owner: 'one',
        severity: 'one',
        assignee: 'one',
        state: 'one',
        limit: 'one',
        to: 'one',
        text: 'one',
        by: 'one',
      },
      positionals: [0, 2],
    })
    if (!parsed.ok) return Promise.resolve(misuse(worklistCommand, io, parsed.text))
    const { options } = parsed
    const [action, item] = options.positionals
    if (action === undefined) return list(options, io)
    const wrong = misfit(action, item, options)
    if (wrong !== undefined) return Promise.resolve(misuse(worklistCommand, io, wrong))
    return action === 'show' ? show(item ?? '', options, io) : say(item ?? '', options, io)
  },
}

function misfit(action: string, item: string | undefined, options: Options): string | undefined {
  if (!['show', 'comment', 'assign'].includes(action)) return `worklist can show, comment and assign, not “${action}”`
  if (item === undefined || !/^[1-9]\d*$/.test(item)) return `${action} needs the number of an ITEM, as “aqueduct worklist” lists them`
  if (action === 'comment' && (options.one('text') ?? '').trim() === '') return 'comment needs --text'
  if (action === 'assign' && options.one('to') === undefined) return 'assign needs --to'
  if (action === 'comment' && options.one('to') !== undefined) return 'comment takes no --to; “worklist assign” gives an item to someone'
  return undefined
}

function list(options: Options, io: Io): Promise<number> {
  const state = options.one('state') ?? 'open'
  if (state !== 'open' && state !== 'closed') return Promise.resolve(misuse(worklistCommand, io, '--state must be open or closed'))
  const severity = options.one('severity')
  if (severity !== undefined && !['low', 'normal', 'high'].includes(severity))
    return Promise.resolve(misuse(worklistCommand, io, '--severity must be low, normal or high'))
  const limit = wholeNumber(options, 'limit', 50, 1, 500)
  if (typeof limit !== 'number') return Promise.resolve(misuse(worklistCommand, io, limit.text))
  const query = new URLSearchParams({ state, limit: String(limit) })
  for (const name of ['kind', 'owner', 'severity', 'assignee'] as const) {
    const value = options.one(name)
    if (value !== undefined) query.set(name, name === 'kind' ? value.toUpperCase() : value)
  }
  return withEngine(options, io, async (engine) => {
    const answer = await ask<Page<WorklistView>>(engine, 'GET', `/worklist?${query}`)
    if (!answer.ok) return refused(io, answer, options.flag('json'))
    if (options.flag('json')) io.out(JSON.stringify(answer.body))
    else io.out(answer.body.items.length === 0 ? `nothing ${state} on the worklist` : answer.body.items.map(describe).join('\n\n'))
    return EXIT.good
  })
}

function show(item: string, options: Options, io: Io): Promise<number> {
  return withEngine(options, io, async (engine) => {
    const answer = await ask<WorklistView>(engine, 'GET', `/worklist/${item}`)
    if (!answer.ok) return refused(io, answer, options.flag('json'))
    io.out(options.flag('json') ? JSON.stringify(answer.body) : describeWhole(answer.body))
    return EXIT.good
  })
}

function say(item: string, options: Options, io: Io): Promise<number> {
  const who = options.one('by')
  const body = { text: options.one('text') ?? '', assignee: options.one('to') ?? null, ...(who === undefined ? {} : { by: who }) }
  return withEngine(options, io, async (engine) => {
    const answer = await ask<WorklistView>(engine, 'POST', `/worklist/${item}/comment`, body)
    if (!answer.ok) return refused(io, answer, options.flag('json'))
    const { assignee } = answer.body
    if (options.flag('json')) io.out(JSON.stringify(answer.body))
    else if (body.assignee === null) io.out(`item ${item} has the comment`)
    else io.out(assignee === '' ? `nobody has item ${item} now` : `${assignee} has item ${item} now`)
    return EXIT.good
  })
}
