/** Orders, receipts and invoices as an ERP and a supplier tell of them, and a ledger that looks again at what waits. */
import { newRow, SCALE } from '../../channels/contract/index.ts'
import type { BridgeEvent, Decision, Policies } from '../../channels/contract/index.ts'
import { event } from './world.ts'
import type { World } from './world.ts'

export interface LineFacts {
  readonly line?: string
  readonly orderLine?: string
  readonly item?: string
  readonly quantity?: string
  readonly unit?: string
  readonly unitPrice?: string
  readonly amount?: string
  readonly [field: string]: unknown
}

/** A line of SUT-1; `item` and `quantity` become their structures. */
export function line(facts: LineFacts = {}): Record<string, unknown> {
  const { item = 'SUT-1', quantity = '10', unit = 'EA', ...rest } = facts
  return { line: '1', orderLine: '1', item: { code: item }, quantity: { value: quantity, unit }, ...rest }
}

const PLAIN = { item: undefined, quantity: undefined, location: undefined, case: undefined }

/** An event about order PO-1 of supplier V-1 in dollars, from the pull of `erp` unless `channel` says otherwise. */
export function about(type: string, body: Record<string, unknown>, envelope: Partial<BridgeEvent> = {}): BridgeEvent {
  const number = typeof body['order'] === 'string' ? body['order'] : 'PO-1'
  return event(
    type,
    { ...PLAIN, date: '2026-03-05', supplier: 'V-1', currency: 'USD', ...body },
    { channel: 'bridge/pull', caseKey: `order:${number}`, ...envelope },
  )
}

/** What the ERP says of PO-1: ten SUT-1 at 12.00 for OR-1. */
export function ordered(body: Record<string, unknown> = {}, envelope: Partial<BridgeEvent> = {}): BridgeEvent {
  const lines = [line({ unitPrice: '12', location: 'OR-1' })]
  return about('DocumentStatusChanged', { document: 'order', number: 'PO-1', status: 'ordered', lines, ...body }, envelope)
}

export function received(
  number: string,
  lines: readonly Record<string, unknown>[],
  body: Record<string, unknown> = {},
  envelope: Partial<BridgeEvent> = {},
): BridgeEvent {
  return about('GoodsReceived', { order: 'PO-1', number, lines, ...body }, envelope)
}

/** An invoice from the supplier: by X12, not by the ERP. */
export function invoiced(
  number: string,
  lines: readonly Record<string, unknown>[],
  body: Record<string, unknown> = {},
  envelope: Partial<BridgeEvent> = {},
): BridgeEvent {
  return about('InvoiceReceived', { order: 'PO-1', number, lines, ...body }, { channel: 'supplier-invoices', ...envelope })
}

export interface Waiting {
  readonly event: BridgeEvent
  readonly decision: Decision
}

/** Decides the events in their order and looks again at what waits whenever something was applied, as the ledger does. Gives what waits in the end. */
export function play(
  world: World,
  events: readonly BridgeEvent[],
  options: { readonly policies?: Partial<Policies>; readonly now?: number } = {},
): readonly Waiting[] {
  let waiting: Waiting[] = []
  const tryOne = (one: BridgeEvent): boolean => {
    const decision = world.decide(one, options)
    if (decision.kind === 'applied') return true
    waiting.push({ event: one, decision })
    return false
  }
  for (const one of events) {
    let woken = tryOne(one)
    while (woken) {
      const again = waiting
      waiting = []
      woken = again.map(({ event: waits }) => tryOne(waits)).some((applied) => applied)
    }
  }
  return waiting
}

/** Prices of the order line and a supplier that takes orders electronically. */
export function withX12(world: World): void {
  world.put('supplier', newRow('supplier', { supplier: 'V-1', name: 'Sutures Inc', status: 'active', currency: 'USD', transmission: 'x12' }))
}

export function units(value: number): number {
  return value / SCALE
}

/** The only row of a table. */
export function only<T>(rows: readonly T[]): T {
  if (rows.length !== 1) throw new Error(`${String(rows.length)} rows`)
  return rows[0]!
}
