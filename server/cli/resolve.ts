import type { ResolveAnswer } from '../../channels/contract/index.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'
import type { Options } from './options.ts'

const ACTIONS = ['retry', 'edit', 'link', 'discard', 'release'] as const

export const resolveCommand: Command = {
  name: 'resolve',
  summary: 'Closes a worklist item; what waited for it goes on by itself.',
  usage: `usage: aqueduct resolve ITEM retry|edit|link|discard|release [--value V] [--erp-ref R] [--reason WORDS] [--by WHO]

  retry             try again: master data, the rule or the destination was mended
  edit              with --value: the value that is missing or wrong
  link              with --erp-ref and --reason: it is in the ERP already, under this number
  discard           with --reason: it is not to be done
  release           with --reason and --by: it goes on as it is, on your word
  --reason WORDS    kept with the trail (needed for link, discard and release)
  --by WHO          who decides (needed for release)
  --action ACTION   the action, when it does not stand after ITEM

An edited code also answers later messages with it: see “aqueduct help translations”.
${ENGINE_HELP}

example: aqueduct resolve 3 edit --value OR-MAIN`,
  run(args, io) {
    const parsed = parseOptions(args, {
      options: { ...ENGINE_OPTIONS, action: 'one', value: 'one', reason: 'one', 'erp-ref': 'one', by: 'one' },
      positionals: [1, 2],
    })
    if (!parsed.ok) return Promise.resolve(misuse(resolveCommand, io, parsed.text))
    const { options } = parsed
    const item = options.positionals[0] ?? ''
    const wrong = /^\d+$/.test(item) ? misfit(options) : `ITEM is a number of “aqueduct worklist”, not “${item}”`
    if (wrong !== undefined) return Promise.resolve(misuse(resolveCommand, io, wrong))
    const request = {
      action: actionOf(options),
      reason: options.one('reason') ?? '',
      value: options.one('value') ?? null,
      erpRef: options.one('erp-ref') ?? null,
      ...(options.one('by') === undefined ? {} : { by: options.one('by') }),
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
  const action = actionOf(options)
  if (options.positionals[1] !== undefined && options.one('action') !== undefined) return 'the action is given twice'
  if (action === undefined) return `an action is needed: ${ACTIONS.join(', ')}`
  if (!(ACTIONS as readonly string[]).includes(action)) return `the action must be one of ${ACTIONS.join(', ')}`
  if (action === 'edit' && options.one('value') === undefined) return 'edit needs --value'
  if (action === 'link' && options.one('erp-ref') === undefined) return 'link needs --erp-ref'
  if ((action === 'link' || action === 'discard' || action === 'release') && (options.one('reason') ?? '') === '') return `${action} needs --reason`
  if (action === 'release' && (options.one('by') ?? '') === '') return 'release needs --by: it is on the word of a person'
  return undefined
}

/** After ITEM, or with --action. */
function actionOf(options: Options): string | undefined {
  return options.positionals[1] ?? options.one('action')
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
