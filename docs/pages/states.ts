/** docs/states.md: states × events tables and diagrams, from channels/contract/states.ts. */
import {
  DELIVERY_MOVES,
  DELIVERY_STATES,
  EVENT_MOVES,
  EVENT_STATES,
  MESSAGE_MOVES,
  MESSAGE_STATES,
  OPEN_DELIVERY_STATES,
} from '../../channels/contract/index.ts'
import { replacePart, table } from './page.ts'
import type { Page } from './page.ts'

interface Move {
  readonly from: string
  readonly on: string
  readonly to: string
}

const PATH = 'docs/states.md'

function machine(states: Readonly<Record<string, string>>, moves: readonly Move[], born: readonly string[]): string {
  const events = [...new Set(moves.map((move) => move.on))]
  const names = Object.keys(states)
  const ends = names.filter((state) => !moves.some((move) => move.from === state && move.to !== state))
  const meanings = table(
    ['state', 'meaning'],
    Object.entries(states).map(([state, meaning]) => [`**${state}**`, meaning]),
  )
  const cross = table(
    ['state', ...events],
    names.map((from) => [`**${from}**`, ...events.map((on) => moves.find((move) => move.from === from && move.on === on)?.to ?? '·')]),
  )
  const diagram = [
    '```mermaid',
    'stateDiagram-v2',
    ...born.map((state) => `  [*] --> ${state}`),
    ...moves.filter((move) => move.from !== move.to).map((move) => `  ${move.from} --> ${move.to}: ${move.on}`),
    ...ends.map((state) => `  ${state} --> [*]`),
    '```',
  ].join('\n')
  return `${meanings}\n\n${cross}\n\nA dot is a move that the store refuses.\n\n${diagram}`
}

export function statesPage(read: (path: string) => string): Page {
  const open = OPEN_DELIVERY_STATES.map((state) => `**${state}**`).join(', ')
  const parts: readonly (readonly [string, string])[] = [
    ['message', machine(MESSAGE_STATES, MESSAGE_MOVES, ['RECEIVED', 'MAPPED', 'FILTERED', 'REJECTED', 'ERROR'])],
    ['event', machine(EVENT_STATES, EVENT_MOVES, ['READY', 'WAITING', 'APPLIED'])],
    ['delivery', `${machine(DELIVERY_STATES, DELIVERY_MOVES, ['QUEUED'])}\n\nA delivery in ${open} holds its lane: what follows it there is not sent.`],
  ]
  return { path: PATH, text: parts.reduce((page, [name, text]) => replacePart(page, name, text), read(PATH)) }
}
