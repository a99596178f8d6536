import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'

export const replayCommand: Command = {
  name: 'replay',
  summary: 'Maps a stored message again under the active configuration, with a trail.',
  usage: `usage: aqueduct replay MESSAGE

MESSAGE is a message id of “aqueduct messages”. Documents that exist are not made twice.

${ENGINE_HELP}`,
  run(args, io) {
    const parsed = parseOptions(args, { options: ENGINE_OPTIONS, positionals: [1, 1] })
    if (!parsed.ok) return Promise.resolve(misuse(replayCommand, io, parsed.text))
    const { options } = parsed
    const id = options.positionals[0] ?? ''
    return withEngine(options, io, async (engine) => {
      const answer = await ask<{ readonly events: number }>(engine, 'POST', `/messages/${encodeURIComponent(id)}/replay`)
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      io.out(options.flag('json') ? JSON.stringify(answer.body) : `${id} mapped again: ${answer.body.events} event${answer.body.events === 1 ? '' : 's'}`)
      return EXIT.good
    })
  },
}
