/** Moves the rows of processes and the timers of their late steps. */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, Need, RowSet } from '../../channels/contract/index.ts'
import type { Lookup } from '../lookup.ts'
import { settled } from '../policies.ts'
import { begin, stepAny } from './definition.ts'
import type { LateStep, ProcessDefinition, ProcessRow } from './definition.ts'
import { INVOICE } from './invoice.ts'
import { ONBOARDING } from './onboarding.ts'
import { PROCURE_TO_PAY } from './procure-to-pay.ts'
import { REPLENISHMENT } from './replenishment.ts'

/** Every process in every version that a row may still have. */
export const DEFINITIONS: readonly ProcessDefinition[] = [REPLENISHMENT, PROCURE_TO_PAY, INVOICE, ONBOARDING]

/** Steps of a process that can be late. */
function stepsOf(name: string): readonly LateStep[] {
  const states = DEFINITIONS.filter((one) => one.name === name).flatMap((one) => Object.values(one.states))
  return [...new Set(states.flatMap((state) => (state.timer === undefined ? [] : [state.timer])))]
}

function timersOf(name: string): readonly LateStep[] {
  const steps = stepsOf(name)
  // An order that is not acknowledged, or not received, waits for the step after it: every timer of it may be set.
  return name === PROCURE_TO_PAY.name ? ['acknowledgement', 'receipt', 'invoice'] : steps
}

/** Where a process stands, with its timers loaded: what {@link advance} needs. Undefined: it has not begun. */
export function processOf(lookup: Lookup, definition: ProcessDefinition, subject: string): ProcessRow | undefined {
  for (const late of timersOf(definition.name)) lookup.get('timer', `late-${late}`, subject)
  return lookup.get('process', definition.name, subject)
}

/** A row of a version that no table is known of is not moved; a person is told. */
export function versionNeeds(row: ProcessRow | undefined): readonly Need[] {
  if (!row || DEFINITIONS.some((one) => one.name === row.process && one.version === row.version)) return []
  const subject = `process:${row.process}:${String(row.version)}`
  const text = `The process ${row.process} of ${row.subject} runs under version ${String(row.version)}, which this engine does not know. Run the version that began it, or a newer one, and retry.`
  return [{ kind: 'BRIDGE_FAILED', subject, field: '', place: '', text }]
}

export interface Advance {
  readonly definition: ProcessDefinition
  readonly subject: string
  /** What happened, in order; the table ignores what its state does not listen to. */
  readonly on: readonly string[]
  /** Which step is really waited for: an order that expects no receipt waits for its invoice. Default: as the table says. */
  readonly waitsFor?: (step: LateStep) => LateStep | null
  /** Ended before: it begins again. */
  readonly anew?: boolean
  /** Replaces fields of what is kept with the process. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** Puts the process on its way and sets the timers of its new state. True in `moved` when the state changed. */
export function advance(
  rows: RowSet,
  event: BridgeEvent,
  context: BridgeContext,
  { definition, subject, on, waitsFor, anew = false, data }: Advance,
): { readonly row: ProcessRow; readonly moved: boolean } {
  const known = rows.get('process', definition.name, subject)
  const before = known === undefined || anew ? begin(definition, subject, context.now, event) : known
  let row = before
  for (const one of on) {
    const stepped = stepAny(DEFINITIONS, row, one, context.now)
    if (stepped.kind === 'moved') row = { ...stepped.row, message: event.message, n: event.n }
  }
  if (data !== undefined) row = { ...row, data: JSON.stringify({ ...(JSON.parse(row.data === '' ? '{}' : row.data) as object), ...data }) }
  const moved = known === undefined || row.state !== before.state
  rows.put('process', { ...row })
  if (moved) setTimers(rows, event, context, row, waitsFor)
  return { row, moved }
}

/** What was made and taken back before it was sent: its process ends, if it has begun. */
export function callOff(rows: RowSet, event: BridgeEvent, context: BridgeContext, definition: ProcessDefinition, subject: string): void {
  if (rows.get('process', definition.name, subject) !== undefined) advance(rows, event, context, { definition, subject, on: ['cancelled'] })
}

function setTimers(rows: RowSet, event: BridgeEvent, context: BridgeContext, row: ProcessRow, waitsFor: Advance['waitsFor']): void {
  const definition = DEFINITIONS.find((one) => one.name === row.process && one.version === row.version)
  const stated = definition?.states[row.state]?.timer ?? null
  const step = stated === null || waitsFor === undefined ? stated : waitsFor(stated)
  for (const late of timersOf(row.process)) {
    const name = `late-${late}`
    const timer = rows.get('timer', name, row.subject)
    const limit = late === step ? (settled(context.policies).late[late] ?? null) : null
    const due = limit === null ? 0 : context.now + limit
    if ((timer?.due ?? 0) !== due) rows.put('timer', newRow('timer', { name, subject: row.subject, due, destination: event.destination }))
  }
}
