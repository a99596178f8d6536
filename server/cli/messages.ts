import type { EventView, MessageStatus, MessageView, Page } from '../../channels/contract/index.ts'
import { columns } from './columns.ts'
import { EXIT } from './command.ts'
import type { Command } from './command.ts'
import { ask, refused, withEngine } from './engine-api.ts'
import { ENGINE_HELP, ENGINE_OPTIONS, misuse, parseOptions, wholeNumber } from './options.ts'

const STATES: readonly string[] = [
  'RECEIVED',
  'FILTERED',
  'REJECTED',
  'ERROR',
  'WAITING',
  'HELD',
  'QUEUED',
  'SENT',
  'CANCELLED',
] satisfies readonly MessageStatus[]

export const messagesCommand: Command = {
  name: 'messages',
  summary: 'Lists the messages the engine took, newest first.',
  usage: `usage: aqueduct messages [--channel NAME] [--control-id ID] [--state STATE] [--limit N] [--after CURSOR]

  --channel NAME    of this channel only
  --control-id ID   with this MSH-10
  --state STATE     RECEIVED, FILTERED, REJECTED, ERROR, WAITING, HELD, QUEUED, SENT or CANCELLED
  --limit N         how many (default 20, at most 500)
  --after CURSOR    go on after the page that ended with this cursor
${ENGINE_HELP}`,
  run(args, io) {
    const parsed = parseOptions(args, {
      options: { ...ENGINE_OPTIONS, channel: 'one', 'control-id': 'one', state: 'one', limit: 'one', after: 'one' },
      positionals: [0, 0],
    })
    if (!parsed.ok) return Promise.resolve(misuse(messagesCommand, io, parsed.text))
    const { options } = parsed
    const limit = wholeNumber(options, 'limit', 20, 1, 500)
    if (typeof limit !== 'number') return Promise.resolve(misuse(messagesCommand, io, limit.text))
    const state = options.one('state')?.toUpperCase()
    if (state !== undefined && !STATES.includes(state)) return Promise.resolve(misuse(messagesCommand, io, `--state must be one of ${STATES.join(', ')}`))
    const query = new URLSearchParams({ limit: String(limit) })
    for (const [name, option] of [
      ['channel', 'channel'],
      ['controlId', 'control-id'],
      ['state', 'state'],
      ['after', 'after'],
    ] as const) {
      const value = options.one(option)
      if (value !== undefined) query.set(name, name === 'state' ? value.toUpperCase() : value)
    }
    return withEngine(options, io, async (engine) => {
      const answer = await ask<Page<MessageView>>(engine, 'GET', `/messages?${query}`)
      if (!answer.ok) return refused(io, answer, options.flag('json'))
      if (options.flag('json')) io.out(JSON.stringify(answer.body))
      else {
        io.out(columns(['MESSAGE', 'RECEIVED', 'CHANNEL', 'CONTROL ID', 'ACK', 'STATE', 'EVENTS'], answer.body.items.map(row)))
        if (answer.body.next !== null) io.err(`more: --after ${answer.body.next}`)
      }
      return EXIT.good
    })
  },
}

/** The type, and what it waits for unless a person can see that on the worklist. */
function eventText(event: EventView): string {
  const waits = event.waitsFor.filter((one) => typeof one === 'string')
  return waits.length === 0 ? event.type : `${event.type} (waits: ${waits.join('; ')})`
}

function row(message: MessageView): string[] {
  const events = message.events.map(eventText).join(', ')
  return [
    message.id,
    message.receivedAt,
    message.channel,
    message.controlId,
    message.ack?.code ?? '-',
    message.state,
    message.fault === null ? events : `${message.fault.code} ${message.fault.place ?? ''}`.trim(),
  ]
}
