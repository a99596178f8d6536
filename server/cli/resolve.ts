import type { ResolveAnswer } from '../../channels/contract/index.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'
import type { Options } from './options.ts'

const ACTIONS = ['retry', 'edit', 'link', 'discard'] as const

export const resolveCommand: Command = {
  name: 'resolve',
  summary: 'Closes a worklist item; what waited for it goes on by itself.',
  usage: `usage: aqueduct resolve ITEM --action retry|edit|link|discard [--value V] [--erp-ref R] [--reason WORDS]

  --action retry    try again: master data, the rule or the destination was mended
  --action edit     with --value: the value that is missing or wrong
  --action link     with --erp-ref and --reason: it is in the ERP already, under this number
  --action discard  with --reason: it is not to be done
  --reason WORDS    kept with the trail (needed for link and discard)

An edited code also answers later messages with it: see “aqueduct help translations”.
${ENGINE_HELP}

example: aqueduct resolve 3 --action edit --value OR-MAIN`,
  run(args, io) {
    const parsed = parseOptions(args, { options: { ...ENGINE_OPTIONS, action: 'one', value: 'one', reason: 'one', 'erp-ref': 'one' }, positionals: [1, 1] })
    if (!parsed.ok) return Promise.resolve(misuse(resolveCommand, io, parsed.text))
    const { options } = parsed
    const item = options.positionals[0] ?? ''
    const wrong = /^\d+$/.test(item) ? misfit(options) : `ITEM is a number of “aqueduct worklist”, not “${item}”`
    if (wrong !== undefined) return Promise.resolve(misuse(resolveCommand, io, wrong))
    const request = {
      action: options.one('action'),
      reason: options.one('reason') ?? '',
      value: options.one('value') ?? null,
      erpRef: options.one('erp-ref') ?? null,
    }
    return withEngine(options, io, async (engine) => {
      const answer = await ask<ResolveAnswer>(engine, 'POST', `/worklist/${item}/resolve`, request)
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      if (options.flag('json')) io.out(JSON.stringify(answer.body))
      if (answer.body.kind === 'refused') {
        if (!options.flag('json')) io.err(`aqueduct: item ${item} was not closed: ${answer.body.text}`)
        return EXIT.findings
      }
      if (!options.flag('json'))
        io.out(
          `item ${item} closed; ${count(answer.body.resumed, 'event')} went on${answer.body.rerun.length > 0 ? `, ${count(answer.body.rerun.length, 'message')} mapped again` : ''}`,
        )
      return EXIT.good
    })
  },
}

/** What the chosen action lacks, or undefined. */
function misfit(options: Options): string | undefined {
  const action = options.one('action')
  if (action === undefined) return `--action is needed: ${ACTIONS.join(', ')}`
  if (!(ACTIONS as readonly string[]).includes(action)) return `--action must be one of ${ACTIONS.join(', ')}`
  if (action === 'edit' && options.one('value') === undefined) return '--action edit needs --value'
  if (action === 'link' && options.one('erp-ref') === undefined) return '--action link needs --erp-ref'
  if ((action === 'link' || action === 'discard') && (options.one('reason') ?? '') === '') return `--action ${action} needs --reason`
  return undefined
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
