/** Demand of scheduled cases: what is expected to be used counts against what is available until it is used or called off (R10). */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeEvent, BridgeTables, RowSet } from '../../channels/contract/index.ts'
import type { Lookup } from '../lookup.ts'
import { stockAt } from './stock.ts'

export type ScheduledLine = Readonly<BridgeTables['demand_line']>

const KIND = 'scheduled'
const USED = 'scheduled-used'

/** Group of what a case is expected to use. */
export function scheduledGroup(caseKey: string): string {
  return `${KIND}|${caseKey}`
}

/** Is it demand of a scheduled case that nobody has used or called off yet? */
export function isExpected(line: ScheduledLine): boolean {
  return line.kind === KIND && line.open === 1
}

/** Expected lines of a case: of one item and place, or of all when they are not said. */
export function scheduledLines(lookup: Lookup, caseKey: string, of: { readonly item?: string; readonly location?: string } = {}): readonly ScheduledLine[] {
  if (caseKey === '') return []
  return lookup
    .find('demand_line', 'byGroup', scheduledGroup(caseKey), 1)
    .filter((line) => line.open === 1 && (of.item === undefined || line.item === of.item) && (of.location === undefined || line.location === of.location))
    .toSorted((a, b) => a.message - b.message || a.n - b.n)
}

function raiseDemand(rows: RowSet, line: ScheduledLine, by: number): void {
  const stock = stockAt(rows, line.location, line.item)
  rows.put('stock', { ...stock, demand: Math.max(0, stock.demand + by) })
}

/** Expects a quantity (base units, scaled by 10⁶) for a case. */
export function schedule(
  rows: RowSet,
  event: BridgeEvent,
  of: { readonly caseKey: string; readonly item: string; readonly location: string; readonly quantity: number; readonly unit: string },
): void {
  const line = newRow('demand_line', {
    demand: `${event.id}:${KIND}`,
    message: event.message,
    n: event.n,
    group_key: scheduledGroup(of.caseKey),
    open: 1,
    kind: KIND,
    item: of.item,
    location: of.location,
    quantity: of.quantity,
    unit: of.unit,
  })
  rows.put('demand_line', line)
  raiseDemand(rows, line, of.quantity)
}

/** Expects it no more. */
export function unschedule(rows: RowSet, line: ScheduledLine): void {
  rows.put('demand_line', { ...line, open: 0, quantity: 0 })
  raiseDemand(rows, line, -line.quantity)
}

/** What was used is not expected any more; remembered with the use, so that a reversal gives it back. */
export function useScheduled(rows: RowSet, event: BridgeEvent, lines: readonly ScheduledLine[], quantity: number): void {
  let left = quantity
  lines.forEach((line, i) => {
    const taken = Math.min(left, line.quantity)
    if (taken === 0) return
    left -= taken
    rows.put('demand_line', { ...line, quantity: line.quantity - taken, open: line.quantity > taken ? 1 : 0 })
    raiseDemand(rows, line, -taken)
    const kept = { demand: `${event.id}:${USED}.${String(i + 1)}`, message: event.message, n: event.n, kind: USED, document: '', body: line.demand }
    rows.put('demand_line', newRow('demand_line', { ...kept, item: line.item, location: line.location, quantity: taken, unit: line.unit }))
  })
}

/** What a use took from the expected, with the lines it took it from. */
export function usedScheduled(lookup: Lookup, ofEvent: readonly ScheduledLine[]): readonly ScheduledLine[] {
  const used = ofEvent.filter((line) => line.kind === USED && line.quantity > 0)
  for (const line of used) {
    lookup.get('demand_line', line.body)
    lookup.get('stock', line.location, line.item)
  }
  return used
}

/** Expects again what a use that is taken back had used up. */
export function restoreScheduled(rows: RowSet, used: readonly ScheduledLine[], quantity: number): void {
  let left = quantity
  for (const row of used) {
    const line = rows.get('demand_line', row.body)
    const taken = Math.min(left, row.quantity)
    if (line === undefined || taken === 0) continue
    left -= taken
    rows.put('demand_line', { ...row, quantity: row.quantity - taken })
    rows.put('demand_line', { ...line, quantity: line.quantity + taken, open: 1 })
    raiseDemand(rows, line, taken)
  }
}
