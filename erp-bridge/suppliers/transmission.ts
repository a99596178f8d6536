/** Orders to suppliers (X12 850) and what comes back about the transmission (997). */
import { newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Decision, DocumentDraft, Need, RowSet } from '../../channels/contract/index.ts'
import { roundMoney, show, stored, times } from '../amounts.ts'
import { draft, filled, maybe } from '../documents/index.ts'
import { releasedText, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import type { Understood, Waits } from '../understood.ts'

type Order = Readonly<BridgeTables['purchase_order']>
type OrderLine = Readonly<BridgeTables['order_line']>

/** Loads what {@link supplierOrder} reads. */
export function loadSupplierOrder(lookup: Lookup, order: Order, lines: readonly OrderLine[]): void {
  if (order.supplier !== '') lookup.get('supplier', order.supplier)
  for (const line of lines) lookup.get('item', line.item)
}

/**
 * The order as its supplier gets it: when the supplier takes orders electronically, a route for it is set, and it is not bill-only,
 * which never goes out (R3). Null otherwise.
 */
export function supplierOrder(
  event: BridgeEvent,
  rows: RowSet,
  context: BridgeContext,
  order: Order,
  lines: readonly OrderLine[],
  chain: string,
): DocumentDraft | null {
  const { routes, company } = context.policies
  const destination = routes[`${order.company || company}/supplier-order`] ?? routes['supplier-order']
  const transmission = rows.get('supplier', order.supplier)?.transmission
  const wanted = lines.filter((line) => line.quantity > 0)
  if (destination === undefined || transmission !== 'x12' || order.kind === 'bill-only' || wanted.length === 0) return null
  const body = filled({
    eventId: event.id,
    company: order.company || company,
    case: maybe(order.case_id),
    documentDate: order.day,
    postingDate: order.day,
    order: order.number,
    supplier: order.supplier,
    currency: order.currency,
    orderDate: order.day,
    shipTo: maybe(wanted[0]?.location ?? ''),
    lines: wanted.map((line) =>
      filled({
        line: line.line,
        item: line.item,
        description: maybe(line.description),
        quantity: show(line.quantity),
        unit: line.unit,
        vendorCatalog: maybe(rows.get('item', line.item)?.vendor_catalog ?? ''),
        unitPrice: show(line.price),
        currency: order.currency,
        amount: roundMoney(times(stored(line.quantity), stored(line.price)), order.currency),
      }),
    ),
  })
  return draft(event, context, 'supplier-order', body, {
    because: `order ${order.number} was placed; supplier ${order.supplier} takes orders electronically`,
    chain,
    destination,
  })
}

export interface TransmissionPlan {
  readonly row: Readonly<BridgeTables['transmission']>
  readonly status: string
}

const NOTHING = { kind: 'nothing' } as const
/** Control number of the only transaction of a group of ours. */
const ONLY = '0001'
/** The answer may overtake the note that it was sent. */
const OVERTAKES_MS = 600_000

/** A 997 of what was sent: the control number is the reference that its delivery got. Of anything else nothing is known. */
export function understandTransmission(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<TransmissionPlan> | Waits {
  const said = textOf(event.body, 'control')
  // A group that is answered as a whole names no transaction; ours have one each.
  const control = said === '' || said.includes('/') ? said : `${said}/${ONLY}`
  const status = textOf(event.body, 'status')
  const known = control === '' ? undefined : lookup.get('transmission', control)
  const document =
    known === undefined ? lookup.find('document', 'byReference', control).find((one) => one.kind === 'supplier-order') : lookup.get('document', known.document)
  if (control === '') return NOTHING
  if (known === undefined && document === undefined) {
    const until = event.receivedAt + OVERTAKES_MS
    return context.now < until ? { kind: 'later', until, because: `nothing that was sent has control number ${control} yet` } : NOTHING
  }
  const body = document === undefined ? {} : (JSON.parse(document.body) as Readonly<Record<string, unknown>>)
  const order = known?.purchase_order ?? textOf(body, 'order')
  const row =
    known ??
    newRow('transmission', {
      control,
      document: document?.key ?? '',
      purchase_order: order,
      partner: textOf(body, 'supplier'),
      kind: 'order',
      state: 'sent',
      at: context.now,
    })
  if (status === 'accepted' || releasedText(event) !== '') return { kind: 'plan', plan: { row, status } }
  const errors = Array.isArray(event.body['errors']) ? event.body['errors'].filter((one) => typeof one === 'string') : []
  const need: Need = {
    kind: 'ORDER_CHANGED',
    subject: `order:${order}`,
    field: 'released',
    place: 'status',
    text: `Supplier ${row.partner} ${status === 'partly' ? 'took only a part of' : 'could not read'} order ${order}${errors.length === 0 ? '' : ` (${errors.join(', ')})`}. Place it another way, then release this with a reason.`,
    owner: 'buyers',
    weight: { supply: 2 },
    story: { order, supplier: row.partner, control, errors },
  }
  return { kind: 'needs', needs: [need] }
}

export function applyTransmission(_event: BridgeEvent, rows: RowSet, _context: BridgeContext, plan: TransmissionPlan): Decision {
  rows.put('transmission', { ...plan.row, state: plan.status })
  return { kind: 'applied', documents: [], cancel: [] }
}
