/** SupplyReceived without an order: goods that were scanned in, the hospital's own or consigned ones (no value, R7). */
import type { BridgeContext, BridgeEvent, Decision, Need, RowSet } from '../../channels/contract/index.ts'
import { ownNeed, textOf } from '../facts.ts'
import { move, readPieces } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { ownerOf } from '../policies.ts'
import type { Understood } from '../understood.ts'
import { stockFacts } from './facts.ts'
import type { StockFacts } from './facts.ts'

export function understandTaken(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<StockFacts> {
  const stated = textOf(event.body, 'ownership')
  const { facts, needs: unknown } = stockFacts(event, lookup, context, 'the receipt')
  const needs: Need[] = [...unknown]
  const ownership = stated || (facts?.item.ownership ?? 'owned')
  const flow = ownership === 'consigned' ? 'consigned' : 'owned'
  // What is not kept in stock, or kept by the ERP, is not moved here.
  if (!['', 'owned', 'consigned'].includes(ownership) || ownerOf(context.policies, flow, 'stock') === 'erp') return { kind: 'nothing' }
  if (lookup.get('movement', event.message, event.n, 1)) return { kind: 'nothing' }
  const owner = flow === 'consigned' ? textOf(event.body, 'supplier') || (facts?.item.supplier ?? '') : ''
  if (facts !== null && flow === 'consigned' && owner === '')
    needs.push(ownNeed(event, 'UNKNOWN_SUPPLIER', 'supplier', 'Consigned goods belong to a supplier, and neither the event nor the item says one. Give it.'))
  if (facts === null || needs.length > 0) return { kind: 'needs', needs }
  const pieces = { ...facts.pieces, owner }
  readPieces(lookup, pieces)
  return { kind: 'plan', plan: { ...facts, pieces } }
}

/** Stock comes in; what was on order of it is not any more. One that takes another back brings out what that brought in. */
export function applyTaken(event: BridgeEvent, rows: RowSet, _context: BridgeContext, { pieces, quantity, day }: StockFacts): Decision {
  if (event.body['reverses'] !== undefined) {
    move(rows, event, { ...pieces, line: 1, quantity: -quantity, kind: 'receipt', day })
    return { kind: 'applied', documents: [], cancel: [] }
  }
  move(rows, event, { ...pieces, line: 1, quantity, kind: 'receipt', day })
  const stock = pieces.owner === '' ? rows.get('stock', pieces.location, pieces.item) : undefined
  if (stock && stock.on_order > 0) rows.put('stock', { ...stock, on_order: Math.max(0, stock.on_order - quantity) })
  return { kind: 'applied', documents: [], cancel: [] }
}
