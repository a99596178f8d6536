/** DemandScheduled and DemandCancelled: what a case is expected to use counts against what is available (R10). */
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, Need, RowSet } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import { codeOf, dayOfEvent, isReleased, ownNeed, textOf } from '../facts.ts'
import { isExpected, schedule, scheduledLines, unschedule } from '../inventory/index.ts'
import type { ScheduledLine } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { findItem, locationNeeds, measure, quantityNeeds } from '../master-data/index.ts'
import type { Item } from '../master-data/index.ts'
import { ownerOf } from '../policies.ts'
import { dropDemand, orderUp, readOrderUp } from '../purchasing/index.ts'
import type { DemandLine } from '../purchasing/index.ts'
import type { Understood, Waits } from '../understood.ts'
import { companyAt } from './facts.ts'

export interface SchedulePlan {
  /** Lines that it replaces or calls off. */
  readonly replaced: readonly ScheduledLine[]
  /** Lines of a ward's request that it calls off. */
  readonly requested?: readonly DemandLine[]
  readonly expected: {
    readonly item: Item
    readonly location: string
    readonly quantity: number
    readonly company: string
    readonly reorders: boolean
    readonly day: string
  } | null
  readonly caseKey: string
}

/** An event without an item or a case says nothing that stock could be kept back for. A second schedule of a case and item replaces the first. */
export function understandSchedule(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<SchedulePlan> | Waits {
  if (event.type === 'DemandCancelled' && event.original !== undefined) return understandNamed(event, lookup, context)
  const caseKey = event.caseKey || textOf(event.body, 'case')
  const cancelled = event.type === 'DemandCancelled'
  const bare = codeOf(event.body, 'item').code === ''
  if (caseKey === '' || ownerOf(context.policies, 'owned', 'stock') === 'erp' || (bare && !cancelled)) return { kind: 'nothing' }
  if (lookup.find('demand_line', 'byEvent', event.message, event.n).length > 0) return { kind: 'nothing' }
  const { item, needs: identity } = bare ? { item: undefined, needs: [] } : findItem(event, lookup)
  if (identity.length > 0) return { kind: 'needs', needs: identity }
  const replaced = scheduledLines(lookup, caseKey, item === undefined ? {} : { item: item.item })
  for (const line of replaced) lookup.get('stock', line.location, line.item)
  if (cancelled || item === undefined) return { kind: 'plan', plan: { replaced, expected: null, caseKey } }
  const needs = [...quantityNeeds(event), ...locationNeeds(event, lookup, 'location')]
  const measured = measure(event, lookup, item)
  if ('subject' in measured) needs.push(measured)
  if (needs.length > 0 || 'subject' in measured) return { kind: 'needs', needs }
  const location = textOf(event.body, 'location')
  const company = companyAt(lookup, context, location)
  lookup.get('stock', location, item.item)
  const reorders = ownerOf(context.policies, 'owned', 'reorder') === 'bridge'
  if (reorders) readOrderUp(lookup, context, item, location, company)
  // A case lies ahead: its demand is asked for today.
  const today = new Date(context.now).toISOString().slice(0, 'YYYY-MM-DD'.length)
  const on = dayOfEvent(event) ?? today
  return { kind: 'plan', plan: { replaced, expected: { item, location, quantity: measured.base, company, reorders, day: on < today ? on : today }, caseKey } }
}

const RECHECK_MS = 60_000

/** What names the event that it calls off calls off that one and no other: a later one of its case and item may have replaced it. */
function understandNamed(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<SchedulePlan> | Waits {
  const { original } = event
  if (!original) return { kind: 'nothing' }
  const lines = lookup.find('demand_line', 'byEvent', original.message, original.n)
  const replaced = lines.filter(isExpected)
  const requested = lines.filter((line) => line.kind === 'requested' && line.quantity > 0)
  for (const line of [...replaced, ...requested]) lookup.get('stock', line.location, line.item)
  const needs = requested.flatMap((line) => askedAlready(event, lookup, line))
  if (needs.length > 0) return { kind: 'needs', needs }
  if (lines.length > 0) return { kind: 'plan', plan: { replaced, requested, expected: null, caseKey: event.caseKey } }
  if (original.state !== 'READY' && original.state !== 'WAITING') return { kind: 'nothing' }
  return { kind: 'later', until: context.now + RECHECK_MS, because: 'its original waits: what becomes of it decides what is called off' }
}

/** What is in a requisition is the buyers' to cancel: the bridge would order it twice, or not at all, if it went on by itself (R33). */
function askedAlready(event: BridgeEvent, lookup: Lookup, line: DemandLine): readonly Need[] {
  if (line.document === '' || isReleased(event, 'ORDER_CHANGED')) return []
  const requisition = lookup.get('requisition', line.document)
  const named = requisition?.number ? `requisition ${requisition.number}` : 'a requisition'
  const text = `The request for ${show(line.quantity)} ${line.unit} of ${line.item} at ${line.location} was changed or taken back, and ${named} asks for it already. Cancel it in the ERP, then release this with a reason; or discard it, and what was asked for comes.`
  const story = { item: line.item, location: line.location, quantity: show(line.quantity), unit: line.unit, requisition: requisition?.number ?? line.document }
  return [{ ...ownNeed(event, 'ORDER_CHANGED', '', text), field: 'released', weight: { supply: 1 }, story }]
}

export function applySchedule(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: SchedulePlan): Decision {
  const { replaced, requested = [], expected, caseKey } = plan
  for (const line of replaced) unschedule(rows, line)
  for (const line of requested) dropDemand(rows, line)
  if (expected === null) return { kind: 'applied', documents: [], cancel: [] }
  const { item, location, quantity, company, reorders, day } = expected
  schedule(rows, event, { caseKey, item: item.item, location, quantity, unit: item.base_uom })
  const document: DocumentDraft | null = reorders ? orderUp(event, context, rows, item, { location, company }, day) : null
  return { kind: 'applied', documents: document === null ? [] : [document], cancel: [] }
}
