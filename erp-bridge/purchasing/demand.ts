/**
 * What has to be ordered and is not yet: lines that wait in a group until its timer fires, then become one requisition, or one
 * order for the lines of a case (R3, R13). A line keeps the event it came from, so that a reversal finds it.
 */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Need, RowSet } from '../../channels/contract/index.ts'
import { stockAt } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { readPrices } from '../master-data/index.ts'
import type { Item } from '../master-data/index.ts'

export type DemandLine = Readonly<BridgeTables['demand_line']>
export type DemandKind = 'min-max' | 'par' | 'requested' | 'consignment' | 'bill-only' | 'bill-and-replace'
export type Priority = 'routine' | 'stat'

/** What a group has in common: it may stand in one document together (R13). */
export interface Group {
  readonly company: string
  readonly supplier: string
  /** Where it goes. */
  readonly location: string
  readonly currency: string
  readonly kind: DemandKind
  /** Day, '' for as soon as it comes. */
  readonly needed: string
  readonly priority: Priority
  /** Orders of used supplies: never across cases (R3). '' for requisitions. */
  readonly caseKey: string
  readonly department: string
  readonly costCentre: string
  readonly serviceLine: string
}

/** What the document needs of a line beside the row's own columns. */
export interface DemandBody extends Group {
  readonly day: string
  readonly eventId: string
  readonly because: string
  /** Line of an order, complete but for its number. */
  readonly priced?: Readonly<Record<string, unknown>>
  readonly performer?: string
  readonly contract?: string
}

const KEPT = '\u001f'

/** Stable text of a group: the key of its lines and the subject of its timer. */
export function groupKey(group: Group): string {
  const { company, supplier, location, currency, kind, needed, priority, caseKey, department, costCentre, serviceLine } = group
  return [company, supplier, location, currency, kind, needed, priority, caseKey, department, costCentre, serviceLine]
    .map((part) => part.replaceAll('|', KEPT))
    .join('|')
}

/** Is the line one of a used supply: an order is made of it, not a requisition? */
export function isUsed(line: DemandLine): boolean {
  return line.kind === 'bill-only' || line.kind === 'bill-and-replace'
}

export function demandBody(line: DemandLine): DemandBody {
  return JSON.parse(line.body) as DemandBody
}

export const REQUISITION_TIMER = 'requisition'

/** Loads what {@link addDemand} and a builder at once look at. */
export function readDemand(lookup: Lookup, group: Group, item: Item): void {
  lookup.get('timer', REQUISITION_TIMER, groupKey(group))
  if (group.supplier !== '') lookup.get('supplier', group.supplier)
  if (group.kind !== 'bill-only' && group.kind !== 'bill-and-replace') readPrices(lookup, item)
}

export interface Wanted {
  readonly group: Group
  readonly item: string
  /** Base units, scaled by 10⁶. */
  readonly quantity: number
  readonly unit: string
  readonly day: string
  readonly because: string
  readonly priced?: Readonly<Record<string, unknown>>
  readonly performer?: string | undefined
  readonly contract?: string | undefined
  /** Tells lines of one event apart. */
  readonly nth?: number
}

/** Puts a line, open. What a location ordered is on order from now on, so nothing orders it twice (R11). */
export function addDemand(rows: RowSet, event: BridgeEvent, wanted: Wanted): DemandLine {
  const { group, item, quantity, unit, day, because, priced, performer, contract, nth = 1 } = wanted
  const body: DemandBody = {
    ...group,
    day,
    eventId: event.id,
    because,
    ...(priced === undefined ? {} : { priced }),
    ...(performer === undefined ? {} : { performer }),
    ...(contract === undefined ? {} : { contract }),
  }
  const line = newRow('demand_line', {
    demand: `${event.id}:${String(nth)}`,
    message: event.message,
    n: event.n,
    group_key: groupKey(group),
    open: 1,
    kind: group.kind,
    item,
    location: group.location,
    supplier: group.supplier,
    quantity,
    unit,
    needed: group.needed,
    body: JSON.stringify(body),
  })
  rows.put('demand_line', line)
  if (countsAsOnOrder(line)) raise(rows, line, quantity)
  return line
}

/** Consigned stock is not the hospital's: nothing of it counts as on order. */
export function countsAsOnOrder(line: DemandLine): boolean {
  return line.kind === 'min-max' || line.kind === 'requested' || line.kind === 'par'
}

/** Changes what is on order, where the location keeps the item. */
function raise(rows: RowSet, line: DemandLine, by: number): void {
  if (rows.get('stock', line.location, line.item) === undefined) return
  const stock = stockAt(rows, line.location, line.item)
  rows.put('stock', { ...stock, on_order: Math.max(0, stock.on_order + by) })
}

/** Takes a line back: it is not ordered, and not on order any more. */
export function dropDemand(rows: RowSet, line: DemandLine): void {
  rows.put('demand_line', { ...line, open: 0, document: '', quantity: 0 })
  if (countsAsOnOrder(line)) raise(rows, line, -line.quantity)
}

/** Marks lines as part of a document. */
export function takeDemand(rows: RowSet, lines: readonly DemandLine[], document: string): void {
  for (const line of lines) rows.put('demand_line', { ...line, open: 0, document })
}

/** Sets the group's timer; one that is on already stays. */
export function gather(rows: RowSet, context: BridgeContext, group: string, afterMs: number, destination: string): void {
  const timer = rows.get('timer', REQUISITION_TIMER, group)
  if (timer !== undefined && timer.due > 0) return
  rows.put('timer', newRow('timer', { name: REQUISITION_TIMER, subject: group, due: context.now + afterMs, destination }))
}

/** Open lines of a group. A finder may still give lines that were taken since. */
export function openLines(lookup: Lookup, group: string): readonly DemandLine[] {
  return lookup
    .find('demand_line', 'byGroup', group, 1)
    .filter((line) => line.open === 1 && line.group_key === group)
    .toSorted((a, b) => a.message - b.message || a.n - b.n || (a.demand < b.demand ? -1 : 1))
}

/** What keeps a line from being ordered: an item or a supplier that is blocked or inactive. */
export function heldNeeds(lookup: Lookup, line: DemandLine): readonly Need[] {
  const item = lookup.get('item', line.item)
  const supplier = line.supplier === '' ? undefined : lookup.get('supplier', line.supplier)
  const needs: Need[] = []
  const weight = { supply: 1 } as const
  if (item !== undefined && !isActive(item.status)) {
    const text = `Item ${line.item} is ${item.status}, and open demand for it waits. Activate it${item.substitute === '' ? '' : `, or ask for its substitute ${item.substitute}`}; or discard the demand.`
    const story = { waits: 'demand', item: line.item, proposals: item.substitute === '' ? [] : [item.substitute] }
    needs.push({ kind: 'ITEM_NOT_ACTIVE', subject: `item:${line.item}`, field: '', place: '', text, weight, story })
  }
  if (supplier !== undefined && !isActive(supplier.status)) {
    const text = `Supplier ${line.supplier} is ${supplier.status}, and open demand waits for it. Release the supplier, or discard the demand.`
    needs.push({
      kind: 'UNKNOWN_SUPPLIER',
      subject: `supplier:${line.supplier}`,
      field: '',
      place: '',
      text,
      weight,
      story: { waits: 'demand', item: line.item },
    })
  }
  return needs
}

export function isActive(status: string): boolean {
  return status === '' || status === 'active'
}
