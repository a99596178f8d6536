/** What the ERP says of a requisition: approved, rejected, ordered (R42: the bridge never approves). */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Decision, RowSet, NoticeType } from '../../channels/contract/index.ts'
import { parseDecimal, times, toStored } from '../amounts.ts'
import { textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { factorTo } from '../master-data/index.ts'
import { advance, processOf, REPLENISHMENT, versionNeeds } from '../processes/index.ts'
import type { ProcessRow } from '../processes/index.ts'
import type { Understood } from '../understood.ts'
import { keepsOnOrder } from './fold.ts'
import { notices } from '../notices.ts'

export interface RequisitionPlan {
  readonly row: Readonly<BridgeTables['requisition']>
  readonly process: ProcessRow | undefined
  readonly status: string
  /** What it put on order, in base units, by location and item. */
  readonly onOrder: readonly { readonly location: string; readonly item: string; readonly quantity: number }[]
}

type Body = Readonly<Record<string, unknown>>

/** What subscribers are told when its process comes to a state. */
const TOLD: Readonly<Record<string, NoticeType>> = {
  APPROVED: 'requisition.approved',
  REJECTED: 'requisition.rejected',
  ORDERED: 'requisition.ordered',
  FULFILLED: 'requisition.fulfilled',
  CANCELLED: 'requisition.cancelled',
}

function asked(lookup: Lookup, document: Readonly<BridgeTables['document']> | undefined): RequisitionPlan['onOrder'] {
  if (document === undefined) return []
  const body = JSON.parse(document.body) as Body
  const lines = Array.isArray(body['lines']) ? (body['lines'] as Body[]) : []
  return lines.map((line) => {
    const code = textOf(line, 'item')
    const location = textOf(line, 'location') || textOf(body, 'location')
    const item = lookup.get('item', code)
    const factor = item === undefined ? null : factorTo(lookup, item, textOf(line, 'unit'))
    const quantity = parseDecimal(textOf(line, 'quantity'))
    lookup.get('stock', location, code)
    return { location, item: code, quantity: quantity === null || factor === null ? 0 : (toStored(times(quantity, factor)) ?? 0) }
  })
}

export function understandRequisitionStatus(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<RequisitionPlan> {
  const number = textOf(event.body, 'number')
  const key = textOf(event.body, 'key')
  const byKey = key === '' ? undefined : lookup.get('document', key)
  const byReference = number === '' ? undefined : lookup.find('document', 'byReference', number).find((one) => one.kind === 'requisition')
  const document = byKey?.kind === 'requisition' ? byKey : byReference
  const known =
    document === undefined ? lookup.find('requisition', 'byNumber', number).find((one) => one.number === number) : lookup.get('requisition', document.key)
  const id = document?.key ?? known?.requisition ?? `erp:${number}`
  const own = lookup.get('requisition', id)
  const process = processOf(lookup, REPLENISHMENT, id)
  const needs = versionNeeds(process)
  const onOrder = keepsOnOrder(context.policies) ? asked(lookup, document) : []
  if (needs.length > 0) return { kind: 'needs', needs }
  const row = own ?? newRow('requisition', { requisition: id, supplier: textOf(event.body, 'supplier'), at: context.now })
  return {
    kind: 'plan',
    plan: {
      row: { ...row, number: number || row.number, destination: row.destination || document?.destination || event.destination },
      process,
      status: textOf(event.body, 'status'),
      onOrder,
    },
  }
}

export function applyRequisitionStatus(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: RequisitionPlan): Decision {
  const { row, status } = plan
  const before = plan.process?.state ?? REPLENISHMENT.initial
  const on = status === 'closed' ? 'received' : status
  const { row: process } = advance(rows, event, context, { definition: REPLENISHMENT, subject: row.requisition, on: [on] })
  rows.put('requisition', { ...row, state: process.state === 'REQUESTED' ? status : process.state.toLowerCase() })
  if (process.state !== before) {
    // Closed without an order: nothing more comes of it.
    const ended = process.state === 'REJECTED' || process.state === 'CANCELLED' || (process.state === 'FULFILLED' && row.orders === '')
    for (const line of ended && before !== 'ORDERED' ? plan.onOrder : []) {
      const stock = rows.get('stock', line.location, line.item)
      if (stock) rows.put('stock', { ...stock, on_order: Math.max(0, stock.on_order - line.quantity) })
    }
    const fact = { number: row.number, key: row.requisition.startsWith('erp:') ? '' : row.requisition, supplier: row.supplier, status }
    const notify = notices(rows, event, context)
    // Ordered at once is approved too.
    if (before === 'REQUESTED' && process.state === 'ORDERED') notify('requisition.approved', row.requisition, fact)
    const told = TOLD[process.state]
    if (told !== undefined) notify(told, row.requisition, fact)
  }
  return { kind: 'applied', documents: [], cancel: [] }
}
