/** SupplyRequested: what a ward asks for becomes demand of its own, with its account assignment (R13). */
import type { BridgeContext, BridgeEvent, Decision, Need, RowSet } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import { dayNeeds, dayOfEvent, isDay, ownNeed, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { findItem, findPlace, itemNeeds, measure } from '../master-data/index.ts'
import type { Item } from '../master-data/index.ts'
import { flowOf, ownerOf } from '../policies.ts'
import { ask, groupOf, readDemand } from '../purchasing/index.ts'
import type { Group } from '../purchasing/index.ts'
import type { Understood } from '../understood.ts'

export interface RequestPlan {
  readonly item: Item
  readonly quantity: number
  readonly day: string
  readonly group: Group
}

export function understandDemand(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<RequestPlan> {
  if (lookup.find('demand_line', 'byEvent', event.message, event.n).length > 0) return { kind: 'nothing' }
  const { item, needs: identity } = findItem(event, lookup)
  if (item !== undefined && ownerOf(context.policies, flowOf(item.ownership), 'reorder') === 'erp') return { kind: 'nothing' }
  const day = dayOfEvent(event)
  const placing = { policies: context.policies, day: day ?? '', category: item?.category ?? '' }
  const place = findPlace(event, lookup, true, true, placing)
  const needed = textOf(event.body, 'neededAt')
  const priority = textOf(event.body, 'priority').toLowerCase() || 'routine'
  const needs: Need[] = [...identity, ...dayNeeds(event, context, day, 'the request'), ...place.needs]
  if (needed !== '' && !isDay(needed)) needs.push(ownNeed(event, 'BAD_VALUE', 'neededAt', 'The date needed is no day that exists. Give it as YYYY-MM-DD.'))
  if (priority !== 'routine' && priority !== 'stat')
    needs.push(ownNeed(event, 'BAD_VALUE', 'priority', 'The priority is neither routine nor stat. Correct it.'))
  if (item === undefined) return { kind: 'needs', needs }
  needs.push(...itemNeeds(item))
  const measured = measure(event, lookup, item)
  if ('subject' in measured) needs.push(measured)
  const group = groupOf(lookup, context, item, {
    location: place.location,
    company: place.company,
    kind: 'requested',
    supplier: textOf(event.body, 'supplier') || item.supplier,
    needed,
    priority: priority === 'stat' ? 'stat' : 'routine',
    bearer: place,
  })
  readDemand(lookup, group, item)
  if (place.location !== '') lookup.get('stock', place.location, item.item)
  if (needs.length > 0 || day === null || 'subject' in measured) return { kind: 'needs', needs }
  return { kind: 'plan', plan: { item, quantity: measured.base, day, group } }
}

export function applyDemand(event: BridgeEvent, rows: RowSet, context: BridgeContext, { item, quantity, day, group }: RequestPlan): Decision {
  const because = `${show(quantity)} ${item.base_uom} of ${item.item} asked for at ${group.location}`
  const document = ask(event, context, rows, { group, item: item.item, quantity, unit: item.base_uom, day, because })
  return { kind: 'applied', documents: document === null ? [] : [document], cancel: [] }
}
