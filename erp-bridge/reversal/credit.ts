/** What the supplier has billed is not taken back by cancelling its order: AP asks for a credit (R33). */
import type { BridgeEvent, Need } from '../../channels/contract/index.ts'
import { roundMoney, show, stored, times } from '../amounts.ts'
import { isReleased, ownNeed } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { billedOf } from './demand.ts'
import type { Portion } from './originals.ts'

/** An item for each order of which a billed part is taken back; none once AP has released it. */
export function creditNeeds(event: BridgeEvent, lookup: Lookup, portions: readonly Portion[]): readonly Need[] {
  const needs: Need[] = []
  for (const { usage, documents, taken } of portions) {
    for (const { key } of documents.filter((document) => document.kind === 'purchase-order')) {
      const { quantity, lines } = billedOf(lookup, usage, key, taken)
      const [line] = lines
      if (quantity <= 0 || line === undefined) continue
      const order = lookup.get('purchase_order', key)
      const billed = order === undefined || order.number === '' ? [] : lookup.find('invoice', 'byOrder', order.number)
      const invoices = billed.map(({ invoice, number, state }) => ({ invoice, number, state }))
      const amount = roundMoney(times(stored(quantity), stored(line.price)), line.currency)
      const name = order?.number === undefined || order.number === '' ? key : order.number
      const text = `${show(quantity)} ${line.unit} of ${line.item} is taken back, and the supplier has already billed it for order ${name}: ${amount} ${line.currency}. Ask the supplier for a credit, then release this with a reason: use and cost are reversed, the order stays.`
      needs.push({
        ...ownNeed(event, 'ORDER_CHANGED', '', text),
        owner: 'ap',
        weight: { money: { amount, currency: line.currency } },
        story: {
          order: name,
          orderKey: key,
          item: line.item,
          supplier: order?.supplier ?? '',
          amount,
          currency: line.currency,
          invoices,
          usage: { day: usage.day, item: usage.item, quantity: show(usage.quantity) },
        },
      })
    }
  }
  return isReleased(event, 'ORDER_CHANGED') ? [] : needs
}
