/** The timer of a group: its open lines become one requisition, or one order (R3, R13). */
import type { BridgeContext, BridgeEvent, Decision, Need, RowSet } from '../../channels/contract/index.ts'
import { textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { readPrices } from '../master-data/index.ts'
import type { Understood } from '../understood.ts'
import { gather, heldNeeds, isUsed, openLines, REQUISITION_TIMER } from './demand.ts'
import type { DemandLine } from './demand.ts'
import { orderOf } from './order.ts'
import { requisitionOf } from './requisition.ts'

/** How soon blocked demand is looked at again when nothing else wakes it. */
const RECHECK_BLOCKED_MS = 300_000

export interface GroupPlan {
  readonly group: string
  readonly lines: readonly DemandLine[]
  /** Lines that may not be ordered: they wait in a group of their own. */
  readonly held: readonly DemandLine[]
}

/** Lines that are held stand apart under this ending, so that the rest of the group goes on. */
const HELD = '|held'

type Waits = Extract<Decision, { kind: 'needs' }>

export function understandGroup(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<GroupPlan> | Waits {
  const group = textOf(event.body, 'subject')
  const timer = lookup.get('timer', REQUISITION_TIMER, group)
  lookup.get('timer', REQUISITION_TIMER, `${group}${HELD}`)
  // A timer that was set anew or switched off since says nothing any more.
  if (timer === undefined || String(timer.due) !== String(event.body['due'])) return { kind: 'nothing' }
  const lines: DemandLine[] = []
  const held: DemandLine[] = []
  const needs: Need[] = []
  for (const line of openLines(lookup, group)) {
    const wrong = heldNeeds(lookup, line)
    const item = isUsed(line) ? undefined : lookup.get('item', line.item)
    if (item !== undefined) readPrices(lookup, item)
    needs.push(...wrong)
    ;(wrong.length > 0 ? held : lines).push(line)
  }
  if (lines.length === 0 && held.length > 0) return { kind: 'needs', needs, until: context.now + RECHECK_BLOCKED_MS }
  return { kind: 'plan', plan: { group, lines, held } }
}

export function buildGroup(event: BridgeEvent, rows: RowSet, context: BridgeContext, { group, lines, held }: GroupPlan): Decision {
  const timer = rows.get('timer', REQUISITION_TIMER, group)
  if (timer) rows.put('timer', { ...timer, due: 0 })
  const used = lines.filter(isUsed)
  const wanted = lines.filter((line) => !isUsed(line))
  for (const line of held) rows.put('demand_line', { ...line, group_key: `${group}${HELD}` })
  if (held.length > 0) gather(rows, context, `${group}${HELD}`, 0, event.destination)
  const documents = [orderOf(event, context, rows, used), requisitionOf(event, context, rows, wanted)]
  return { kind: 'applied', documents: documents.filter((document) => document !== null), cancel: [] }
}
