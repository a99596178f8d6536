/** What every event of stock says: which item, how much, when, which pieces. */
import type { BridgeContext, BridgeEvent, Need } from '../../channels/contract/index.ts'
import { lotOf } from '../documents/index.ts'
import { dayNeeds, dayOfEvent, textOf } from '../facts.ts'
import type { Pieces } from '../inventory/index.ts'
import type { Lookup } from '../lookup.ts'
import { findItem, itemNeeds, locationNeeds, measure } from '../master-data/index.ts'
import type { Item } from '../master-data/index.ts'

export interface StockFacts {
  readonly item: Item
  /** Base units, scaled by 10⁶. */
  readonly quantity: number
  readonly day: string
  readonly pieces: Pieces
  /** The location's own, else the policies'. */
  readonly company: string
}

/** The company of a location, else the policies'. */
export function companyAt(lookup: Pick<Lookup, 'get'>, context: BridgeContext, location: string): string {
  return (location === '' ? '' : lookup.get('location', location)?.company) || context.policies.company
}

/** @param active an item that may not be used any more is still moved and counted */
export function stockFacts(
  event: BridgeEvent,
  lookup: Lookup,
  context: BridgeContext,
  what: string,
  { active = false, zero = false }: { readonly active?: boolean; readonly zero?: boolean } = {},
): { readonly facts: StockFacts | null; readonly needs: readonly Need[] } {
  const { item, needs: identity } = findItem(event, lookup)
  const day = dayOfEvent(event)
  const needs: Need[] = [...identity, ...dayNeeds(event, context, day, what), ...locationNeeds(event, lookup, 'location')]
  if (item === undefined) return { facts: null, needs }
  if (active) needs.push(...itemNeeds(item))
  const measured = measure(event, lookup, item, zero)
  if ('subject' in measured) needs.push(measured)
  const { lot = '', serial = '' } = lotOf(event)
  const location = textOf(event.body, 'location')
  const pieces = { item: item.item, location, lot, serial, owner: textOf(event.body, 'owner') }
  if (needs.length > 0 || day === null || 'subject' in measured) return { facts: null, needs }
  return { facts: { item, quantity: measured.base, day, pieces, company: companyAt(lookup, context, location) }, needs }
}
