/** Bill-only and bill-and-replace orders: made after the use, for the lines of one case and supplier (R3, R4). */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, DocumentDraft, Need, RowSet } from '../../channels/contract/index.ts'
import type { CanonicalDocument } from '../../canonical/schemas/index.ts'
import { fraction, parseDecimal, roundMoney, show, showFraction, toStored } from '../amounts.ts'
import { draft, filled, headerOf, lotOf, maybe, performerOf } from '../documents/index.ts'
import { textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import type { Cost, Item, Place } from '../master-data/index.ts'
import { NOTICE_AFTER, notices } from '../notices.ts'
import { settled } from '../policies.ts'
import { advance, PROCURE_TO_PAY } from '../processes/index.ts'
import { addDemand, demandBody, gather, takeDemand } from './demand.ts'
import type { DemandLine, Group } from './demand.ts'

/** An order or a settlement needs a supplier that may be ordered from. */
export function supplierNeeds(lookup: Lookup, item: Item, supplier: string): readonly Need[] {
  if (supplier === '') {
    return [
      {
        kind: 'UNKNOWN_SUPPLIER',
        subject: `item:${item.item}`,
        field: 'supplier',
        place: 'supplier',
        text: `Item ${item.item} has no supplier and the event says none. Load the item with one, or give it.`,
      },
    ]
  }
  const row = lookup.get('supplier', supplier)
  if (row && (row.status === '' || row.status === 'active')) return []
  const text = row
    ? `Supplier ${supplier} is ${row.status}. Release it, or give another.`
    : `${supplier} is not in the supplier master. Load it with \`aqueduct load suppliers\`.`
  return [{ kind: 'UNKNOWN_SUPPLIER', subject: `supplier:${supplier}`, field: 'supplier', place: 'supplier', text }]
}

export interface Ordered {
  readonly item: Item
  readonly place: Place
  readonly supplier: string
  /** Base units, scaled by 10⁶. */
  readonly quantity: number
  readonly cost: Cost
  readonly day: string
  readonly orderType: 'bill-only' | 'bill-and-replace'
}

/** Lines of one case, supplier, place and kind may share an order; no other may (R3). */
export function usedGroup(event: BridgeEvent, ordered: Pick<Ordered, 'place' | 'supplier' | 'orderType'> & { readonly currency: string }): Group {
  const { place, supplier, orderType, currency } = ordered
  return {
    company: place.company,
    supplier,
    location: place.location,
    currency,
    kind: orderType,
    needed: '',
    priority: 'routine',
    caseKey: textOf(event.body, 'case') || event.caseKey,
    department: place.department,
    costCentre: place.costCentre,
    serviceLine: place.serviceLine,
  }
}

/** A line for what was used: the order of it at once, or when the lines of its case are gathered. A use without a case is ordered alone. */
export function orderUsed(event: BridgeEvent, context: BridgeContext, rows: RowSet, ordered: Ordered): DocumentDraft | null {
  const { item, cost, orderType, supplier, day } = ordered
  const quantity = show(ordered.quantity)
  const priced = filled({
    item: item.item,
    description: maybe(item.description),
    quantity,
    unit: item.base_uom,
    vendorCatalog: maybe(item.vendor_catalog),
    ...lotOf(event),
    unitPrice: showFraction(cost.each),
    currency: cost.currency,
    amount: roundMoney(cost.extended, cost.currency),
  })
  const group = usedGroup(event, { ...ordered, currency: cost.currency })
  const line = addDemand(rows, event, {
    group,
    item: item.item,
    quantity: ordered.quantity,
    unit: item.base_uom,
    day,
    because: `${quantity} ${item.base_uom} of ${item.item} used, ${orderType} from supplier ${supplier}`,
    priced,
    performer: performerOf(event),
    contract: maybe(cost.contract),
  })
  const { gatherCaseMs } = settled(context.policies).requisitions
  if (gatherCaseMs === 0 || group.caseKey === '') return orderOf(event, context, rows, [line])
  gather(rows, context, line.group_key, gatherCaseMs, event.destination)
  return null
}

/** One order of all these lines, which are of one group. It stops at the policy's state: the bridge never approves (R42). */
export function orderOf(event: BridgeEvent, context: BridgeContext, rows: RowSet, demand: readonly DemandLine[], nth = 1): DocumentDraft | null {
  const [first] = demand
  if (first === undefined) return null
  const group = demandBody(first)
  const bodies = demand.map(demandBody)
  const day = bodies.reduce((last, body) => (body.day > last ? body.day : last), '')
  const { case: _, ...header } = headerOf(event, context, day, { company: group.company, days: {} })
  const orderType = first.kind as Ordered['orderType']
  const lines = bodies.map((body, i) => ({ line: i + 1, ...body.priced })) as unknown as CanonicalDocument<'purchase-order'>['lines']
  const contracts = new Set(bodies.map((body) => body.contract ?? ''))
  const body = filled({
    ...header,
    case: maybe(group.caseKey),
    orderType,
    contract: contracts.size === 1 ? group.contract : undefined,
    state: context.policies.orderState,
    // Bill-only expects no receipt, bill-and-replace does (R2).
    receiptExpected: orderType === 'bill-and-replace',
    supplier: group.supplier,
    currency: group.currency,
    performer: group.performer,
    department: maybe(group.department),
    costCentre: maybe(group.costCentre),
    serviceLine: maybe(group.serviceLine),
    location: maybe(group.location),
    lines,
  })
  const because = demand.length === 1 ? group.because : `${String(demand.length)} lines of one case, ${orderType} from supplier ${group.supplier}`
  const made = draft(event, context, 'purchase-order', body, { because, nth, ...(nth > 1 ? { chain: `${event.id}.${String(nth)}` } : {}) })
  const key = context.keyOf(made.id)
  takeDemand(rows, demand, key)
  keepOrder(rows, context, made, key, demand)
  advance(rows, event, context, { definition: PROCURE_TO_PAY, subject: key, on: [] })
  const fact = { key, supplier: group.supplier, currency: group.currency, status: 'made', case: group.caseKey }
  notices(rows, event, context, NOTICE_AFTER.order + nth)('order.made', key, fact)
  return made
}

/** The order as rows: state `made` until the ERP says more. */
function keepOrder(rows: RowSet, context: BridgeContext, made: DocumentDraft, key: string, demand: readonly DemandLine[]): void {
  const body = made.body as unknown as CanonicalDocument<'purchase-order'>
  rows.put(
    'purchase_order',
    newRow('purchase_order', {
      purchase_order: key,
      destination: made.destination,
      company: body.company,
      supplier: body.supplier,
      currency: body.currency,
      kind: body.orderType === 'consignment' ? 'consigned' : body.orderType,
      receipt_expected: body.receiptExpected ? 1 : 0,
      state: 'made',
      day: body.documentDate,
      case_id: body.case ?? '',
      at: context.now,
    }),
  )
  body.lines.forEach((line, i) => {
    rows.put(
      'order_line',
      newRow('order_line', {
        purchase_order: key,
        line: line.line,
        item: line.item,
        description: line.description ?? '',
        quantity: demand[i]?.quantity ?? 0,
        unit: line.unit,
        price: toStored(parseDecimal(line.unitPrice) ?? fraction(0)) ?? 0,
        currency: line.currency,
        location: body.location ?? '',
        cost_centre: body.costCentre ?? '',
        service_line: body.serviceLine ?? '',
        message: demand[i]?.message ?? 0,
        n: demand[i]?.n ?? 0,
        open: 1,
      }),
    )
  })
}
