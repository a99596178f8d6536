/** docs/processes.md: the bridge's processes, from erp-bridge/processes. */
import { DEFINITIONS } from '../../erp-bridge/index.ts'
import type { ProcessDefinition } from '../../erp-bridge/index.ts'
import { table } from './page.ts'
import type { Page } from './page.ts'

const PATH = 'docs/processes.md'

function section({ name, version, about, initial, states, moves }: ProcessDefinition): string {
  const events = [...new Set(moves.map((move) => move.on))]
  const names = Object.keys(states)
  const meanings = table(
    ['state', 'meaning', 'late when nothing comes'],
    names.map((state) => [`**${state}**`, states[state]?.about ?? '', states[state]?.timer ?? '']),
  )
  const cross = table(
    ['state', ...events],
    names.map((from) => [`**${from}**`, ...events.map((on) => moves.find((move) => move.from === from && move.on === on)?.to ?? '·')]),
  )
  const ends = names.filter((state) => states[state]?.final)
  const diagram = [
    '```mermaid',
    'stateDiagram-v2',
    `  [*] --> ${initial}`,
    ...moves.filter((move) => move.from !== move.to).map((move) => `  ${move.from} --> ${move.to}: ${move.on}`),
    ...ends.map((state) => `  ${state} --> [*]`),
    '```',
  ].join('\n')
  return [`## ${name} (version ${String(version)})`, about, meanings, cross, diagram].join('\n\n')
}

/** The whole page: nothing of it is written by hand. */
export function processesPage(): Page {
  const head = [
    '# Processes',
    'What follows an order, an invoice or a request over days is a process: a table of states and events, a row where each one stands, and a row for each time that is waited for. Nothing is kept in memory, so a process goes on after a crash where its last committed row says. A row keeps the version of the table that it began under.',
    'A dot is an event that the state does not listen to: it is ignored. How late a step may be is said in `policies` (`late`); then buyers or accounts payable have it on the worklist as ORDER_LATE until it comes.',
  ]
  return { path: PATH, text: `${[...head, ...DEFINITIONS.map(section)].join('\n\n')}\n` }
}
