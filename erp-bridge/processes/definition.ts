/**
 * A process as data: states × events. Where each one stands is a row `process`; what it waits for is a row `timer`. Nothing is kept
 * in memory, so a process goes on after a crash where its last committed row says.
 */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeTables } from '../../channels/contract/index.ts'

export type LateStep = 'approval' | 'acknowledgement' | 'receipt' | 'invoice'

export interface ProcessState {
  readonly about: string
  /** Nothing leads out of it. */
  readonly final?: true
  /** Step that is late when it has not come in the time of `policies.late`: ORDER_LATE. */
  readonly timer?: LateStep
}

export interface ProcessMove {
  readonly from: string
  readonly on: string
  readonly to: string
}

export interface ProcessDefinition {
  readonly name: string
  /** Rows keep the version that they began under and are moved by its own table. */
  readonly version: number
  readonly about: string
  readonly initial: string
  readonly states: Readonly<Record<string, ProcessState>>
  readonly moves: readonly ProcessMove[]
}

export type ProcessRow = Readonly<BridgeTables['process']>

/** Where a move leads; `ignored`: the state does not listen to the event; `unknown-version`: no table of the row's version is there. */
export type Step =
  { readonly kind: 'moved'; readonly row: ProcessRow } | { readonly kind: 'ignored'; readonly row: ProcessRow } | { readonly kind: 'unknown-version' }

/** A process at its beginning. */
export function begin(definition: ProcessDefinition, subject: string, at: number, cause: { readonly message: number; readonly n: number }): ProcessRow {
  return newRow('process', {
    process: definition.name,
    subject,
    version: definition.version,
    state: definition.initial,
    since: at,
    message: cause.message,
    n: cause.n,
    data: '{}',
  })
}

/** One step of a row. Pure: the same row and event always give the same answer. A row of another version is not touched. */
export function step(definition: ProcessDefinition, row: ProcessRow, on: string, at: number): Step {
  if (row.version !== definition.version) return { kind: 'unknown-version' }
  const move = definition.moves.find((one) => one.from === row.state && one.on === on)
  if (!move) return { kind: 'ignored', row }
  return { kind: 'moved', row: move.to === row.state ? row : { ...row, state: move.to, since: at } }
}

/** The step among the definitions of every version that is known: an old row is run by its own table. */
export function stepAny(definitions: readonly ProcessDefinition[], row: ProcessRow, on: string, at: number): Step {
  const definition = definitions.find((one) => one.name === row.process && one.version === row.version)
  return definition ? step(definition, row, on, at) : { kind: 'unknown-version' }
}

/** What is kept with a process. Empty when it is no JSON object. */
export function dataOf(row: ProcessRow): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = JSON.parse(row.data === '' ? '{}' : row.data)
    return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** What is wrong with a definition: states that are not there, moves out of a final state, two moves for one event, states out of reach. */
export function problemsOf(definition: ProcessDefinition): readonly string[] {
  const problems: string[] = []
  const names = Object.keys(definition.states)
  if (!names.includes(definition.initial)) problems.push(`${definition.name}: initial ${definition.initial} is no state`)
  const seen = new Set<string>()
  for (const { from, on, to } of definition.moves) {
    for (const name of [from, to]) if (!names.includes(name)) problems.push(`${definition.name}: ${name} is no state`)
    if (definition.states[from]?.final) problems.push(`${definition.name}: ${from} is final and moves on ${on}`)
    if (seen.has(`${from} ${on}`)) problems.push(`${definition.name}: ${from} moves twice on ${on}`)
    seen.add(`${from} ${on}`)
  }
  const reached = new Set([definition.initial])
  for (let size = 0; size !== reached.size;) {
    size = reached.size
    for (const move of definition.moves) if (reached.has(move.from)) reached.add(move.to)
  }
  for (const name of names) {
    if (!reached.has(name)) problems.push(`${definition.name}: ${name} is never reached`)
    const leaves = definition.moves.some((move) => move.from === name && move.to !== name)
    if (!leaves && !definition.states[name]?.final) problems.push(`${definition.name}: ${name} is not final and leads nowhere`)
  }
  return problems
}
