/** Stock: the hospital's own by its levels, and what others own of it by owner, with a level or without. */
import { z } from 'zod'
import type { BridgeTables, Reader } from '../../../channels/contract/index.ts'
import { allRows } from '../../reports/index.ts'
import type { Operation } from '../operation.ts'
import { BALANCE, STOCK } from './columns.ts'
import { decimalOf, shapeOf } from './fields.ts'
import { partOf, resource } from './resource.ts'

const { owner, onHand } = shapeOf(BALANCE)
const owners = z.array(z.object({ owner, onHand })).meta({ description: 'What is on hand of each owner: of the hospital first (empty).' })

const keyOf = ({ location, item }: { readonly location: string; readonly item: string }): string => JSON.stringify([location, item])

/** On hand by owner; nothing for an owner who has had nothing there. */
async function ownersOf(reader: Reader, rows: readonly BridgeTables['stock'][]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const sums = new Map(rows.map((row) => [keyOf(row), new Map<string, number>()]))
  for (const location of new Set(rows.map((row) => row.location))) {
    const item = rows.filter((row) => row.location === location).map((row) => row.item)
    for (const balance of await allRows(reader, 'balance', { location, item })) {
      const of = sums.get(keyOf(balance))
      of?.set(balance.owner, (of.get(balance.owner) ?? 0) + balance.on_hand)
    }
  }
  return rows.map((row) => ({
    owners: [...(sums.get(keyOf(row)) ?? [])].map(([name, sum]) => ({ owner: name, onHand: decimalOf(sum) })).sort((a, b) => (a.owner < b.owner ? -1 : 1)),
  }))
}

export const stockOperations: readonly Operation[] = resource({
  name: 'stock',
  title: 'StockLevel',
  words: ['stock level', 'Stock by location and item, consigned and without a level too'],
  table: 'stock',
  columns: STOCK,
  filters: ['location', 'item'],
  path: ['location', 'item'],
  added: { shape: { owners }, read: ownersOf },
  parts: [partOf('balances', 'balance', BALANCE, { location: 'location', item: 'item' })],
})
