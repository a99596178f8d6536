import type { ChannelStatus } from '../../channels/contract/index.ts'
import { columns } from './columns.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions } from './options.ts'

const ACTIONS = ['start', 'stop', 'pause']

export const channelsCommand: Command = {
  name: 'channels',
  summary: 'Lists the channels; starts, stops or pauses one.',
  usage: `usage: aqueduct channels
       aqueduct channels start|stop|pause NAME

  start             take messages
  pause             take no messages; deliveries go on
  stop              take no messages
${ENGINE_HELP}`,
  run(args, io) {
    const parsed = parseOptions(args, { options: ENGINE_OPTIONS, positionals: [0, 2] })
    if (!parsed.ok) return Promise.resolve(misuse(channelsCommand, io, parsed.text))
    const { options } = parsed
    const json = options.flag('json')
    const [action, name] = options.positionals
    if (action !== undefined && (!ACTIONS.includes(action) || name === undefined))
      return Promise.resolve(misuse(channelsCommand, io, `say ${ACTIONS.join(', ')} and the channel’s name`))
    return withEngine(options, io, async (engine) => {
      if (action !== undefined && name !== undefined) {
        const answer = await ask<unknown>(engine, 'POST', `/channels/${encodeURIComponent(name)}/${action}`)
        if (!answer.ok) return refused(io, answer, json)
        io.out(json ? JSON.stringify(answer.body) : `${name}: ${action} done`)
        return EXIT.good
      }
      const answer = await ask<readonly ChannelStatus[] | { readonly items: readonly ChannelStatus[] }>(engine, 'GET', '/channels')
      if (!answer.ok) return refused(io, answer, json)
      const items = 'items' in answer.body ? answer.body.items : answer.body
      io.out(json ? JSON.stringify(answer.body) : columns(['CHANNEL', 'STATE', 'LISTENS', 'TAKEN', 'LAST MESSAGE', 'ABOUT'], items.map(row)))
      return EXIT.good
    })
  },
}

function row(channel: ChannelStatus): string[] {
  const listens = channel.listeners.map(({ type, host, port }) => `${type} ${host}:${port}`).join(', ')
  return [channel.name, channel.state, listens === '' ? '-' : listens, String(channel.taken), channel.lastMessageAt ?? '-', channel.about]
}
