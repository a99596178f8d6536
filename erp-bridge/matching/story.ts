/** The whole story of an invoice for the person who has to decide: usage, order, receipts, prices, contract, people. Never a patient. */
import type { BridgeTables } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import type { Lookup } from '../lookup.ts'
import type { KnownOrder, OrderLine } from '../purchasing/index.ts'

type Story = Readonly<Record<string, unknown>>
type Document = Readonly<BridgeTables['document']>

/** Price of the contract for the item on the day of the order. */
function contractPrice(lookup: Lookup, line: OrderLine, supplier: string, day: string): Story | null {
  const row = lookup
    .find('price', 'byItem', line.item)
    .filter((one) => (one.supplier === supplier || one.supplier === '') && one.valid_from <= day && (one.valid_to === '' || day <= one.valid_to))
    .toSorted((a, b) => (a.valid_from < b.valid_from ? 1 : -1))[0]
  if (row === undefined) return null
  const contract = row.contract === '' ? undefined : lookup.get('contract', row.contract)
  return {
    price: show(row.price),
    unit: row.unit,
    currency: row.currency,
    contract: row.contract,
    name: contract?.name ?? '',
    validTo: contract?.valid_to ?? row.valid_to,
  }
}

/** Events that a requisition was made for, as its lines say. */
function originsOf(document: Document | undefined): readonly string[] {
  if (document === undefined) return []
  const body = JSON.parse(document.body) as { readonly eventId?: string; readonly lines?: readonly { readonly origins?: readonly string[] }[] }
  const origins = (body.lines ?? []).flatMap((line) => line.origins ?? [])
  return origins.length > 0 ? origins : body.eventId === undefined ? [] : [body.eventId]
}

/** The use that an order line is for: its own event, else nothing. */
function usageOf(lookup: Lookup, line: OrderLine): Story | null {
  const usage = line.message === 0 ? undefined : lookup.get('usage', line.message, line.n)
  const events = line.message === 0 ? [] : lookup.find('document', 'byEvent', line.message, line.n)
  if (usage === undefined) return null
  const maker = events.map((document) => JSON.parse(document.body) as { readonly eventId?: string; readonly performer?: string })
  return {
    event: maker[0]?.eventId ?? '',
    item: usage.item,
    location: usage.location,
    day: usage.day,
    quantity: show(usage.quantity),
    reversed: show(usage.reversed),
    billed: show(usage.billed),
    performer: maker.find((one) => one.performer !== undefined)?.performer ?? '',
  }
}

/** What is known of the order that an invoice is for. `invoiced`: price by order line, as invoiced, for one order unit. */
export function storyOf(lookup: Lookup, known: KnownOrder, invoiced: ReadonlyMap<number, string>, approver: string): Story {
  const { order, lines } = known
  const requisitions = order.requisitions.split(' ').filter((one) => one !== '')
  const origins = requisitions.flatMap((key) => originsOf(lookup.get('document', key)))
  const receipts = lookup.find('receipt_line', 'byOrder', order.purchase_order)
  const supplier = lookup.get('supplier', order.supplier)
  const own = known.key === '' ? undefined : lookup.get('document', known.key)
  const performer = own === undefined ? '' : ((JSON.parse(own.body) as { readonly performer?: string }).performer ?? '')
  return {
    order: {
      number: order.number,
      key: known.key,
      kind: order.kind,
      state: order.state,
      day: order.day,
      case: order.case_id,
      acknowledged: order.acknowledged,
    },
    supplier: { supplier: order.supplier, name: supplier?.name ?? '' },
    usage: lines.map((line) => usageOf(lookup, line)).filter((one) => one !== null),
    origins: [...new Set(origins)],
    requisitions: requisitions.map((key) => ({ key, number: lookup.get('requisition', key)?.number ?? '' })),
    lines: lines.map((line) => ({
      line: line.line,
      item: line.item,
      unit: line.unit,
      ordered: show(line.quantity),
      received: show(line.received),
      invoiced: show(line.invoiced),
      costCentre: line.cost_centre,
      serviceLine: line.service_line,
      prices: {
        order: show(line.price),
        invoiced: invoiced.get(line.line) ?? '',
        contract: contractPrice(lookup, line, order.supplier, order.day),
        currency: order.currency,
      },
    })),
    receipts: receipts.map((row) => ({
      receipt: row.receipt,
      number: row.number,
      orderLine: row.order_line,
      quantity: show(row.quantity),
      unit: row.unit,
      lot: row.lot,
      serial: row.serial,
      day: row.day,
    })),
    people: { performer, releaser: approver },
  }
}
