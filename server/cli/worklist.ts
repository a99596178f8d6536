import type { Page, WorklistView } from '../../channels/contract/index.ts'
import { FAILURES } from '../../channels/contract/index.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions, wholeNumber } from './options.ts'

export const worklistCommand: Command = {
  name: 'worklist',
  summary: 'Lists what waits for a person, with what to do about it.',
  usage: `usage: aqueduct worklist [--kind CODE] [--state open|closed] [--limit N]

  --kind CODE       only this kind, for example UNKNOWN_DEPARTMENT
  --state STATE     open (default) or closed
  --limit N         how many (default 50, at most 500)
${ENGINE_HELP}

An item is closed with “aqueduct resolve ITEM --action …”.`,
  run(args, io) {
    const parsed = parseOptions(args, { options: { ...ENGINE_OPTIONS, kind: 'one', state: 'one', limit: 'one' }, positionals: [0, 0] })
    if (!parsed.ok) return Promise.resolve(misuse(worklistCommand, io, parsed.text))
    const { options } = parsed
    const state = options.one('state') ?? 'open'
    if (state !== 'open' && state !== 'closed') return Promise.resolve(misuse(worklistCommand, io, '--state must be open or closed'))
    const limit = wholeNumber(options, 'limit', 50, 1, 500)
    if (typeof limit !== 'number') return Promise.resolve(misuse(worklistCommand, io, limit.text))
    const query = new URLSearchParams({ state, limit: String(limit) })
    const kind = options.one('kind')
    if (kind !== undefined) query.set('kind', kind.toUpperCase())
    return withEngine(options, io, async (engine) => {
      const answer = await ask<Page<WorklistView>>(engine, 'GET', `/worklist?${query}`)
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      if (options.flag('json')) io.out(JSON.stringify(answer.body))
      else io.out(answer.body.items.length === 0 ? `nothing ${state} on the worklist` : answer.body.items.map(describe).join('\n\n'))
      return EXIT.good
    })
  },
}

const HOW = {
  retry: 'retry',
  edit: 'edit --value V',
  link: 'link --erp-ref R --reason WORDS',
  discard: 'discard --reason WORDS',
  release: 'release --reason WORDS',
} as const

function describe(item: WorklistView): string {
  const waiting = item.waiting === 1 ? '1 thing waits' : `${item.waiting} things wait`
  const lines = [
    `item ${item.id}  ${item.kind}  ${item.subject}  ${item.severity}`,
    `  ${item.text}`,
    `  fix: ${FAILURES[item.kind]?.fix ?? 'see the runbook of this kind'}`,
    `  owner ${item.owner}, opened ${item.openedAt}, due ${item.dueAt}; ${waiting}`,
    ...item.waiters.slice(0, 3).map((id) => `    ${id}`),
  ]
  if (item.actions !== undefined) lines.splice(3, 0, `  can: aqueduct resolve ${item.id} --action ${item.actions.map((action) => HOW[action]).join(' | ')}`)
  if (item.waiters.length > 3) lines.push(`    and ${item.waiting - 3} more`)
  if (item.resolution !== null)
    lines.push(
      `  closed by ${item.resolution.by} at ${item.resolution.at}: ${item.resolution.action}${item.resolution.reason === '' ? '' : `, ${item.resolution.reason}`}`,
    )
  return lines.join('\n')
}
