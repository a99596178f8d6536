import { parseId } from '../../channels/contract/index.ts'
import type { MessageView, TraceView } from '../../channels/contract/index.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import type { EngineAddress } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'

/** Where a message stands that a replay did not change. */
async function whatItIs(engine: EngineAddress, id: string): Promise<string> {
  const message = await ask<MessageView>(engine, 'GET', `/messages/${id}`)
  const trace = await ask<TraceView>(engine, 'GET', `/trace/${id}`)
  const items = trace.ok ? trace.body.nodes.filter((node) => node.kind === 'worklist' && node.ref === 'open').map((node) => node.id) : []
  if (items.length > 0) return `${id} is held as ${items.map((item) => item.replace('worklist', 'worklist item')).join(', ')}`
  return message.ok ? `${id} is already ${message.body.state}` : `${id} stays as it is`
}

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
    if (parseId(id)?.kind !== 'message')
      return Promise.resolve(misuse(replayCommand, io, `“${id}” is no message id; one is m and 11 characters, as “aqueduct messages” lists them`))
    return withEngine(options, io, async (engine) => {
      const answer = await ask<{ readonly events: number }>(engine, 'POST', `/messages/${encodeURIComponent(id)}/replay`)
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      if (!options.flag('json') && answer.body.events === 0) io.out(`nothing to do: ${await whatItIs(engine, id)}`)
      else io.out(options.flag('json') ? JSON.stringify(answer.body) : `${id} mapped again: ${answer.body.events} event${answer.body.events === 1 ? '' : 's'}`)
      return EXIT.good
    })
  },
}
