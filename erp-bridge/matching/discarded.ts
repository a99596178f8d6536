/** A receipt that its ERP never took and that a person discarded was none: what it brought is taken back. */
import type { BridgeContext, BridgeEvent, Decision, RowSet } from '../../channels/contract/index.ts'
import { textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { RECEIPT_CHECK, RECEIPT_CHECK_MS } from '../purchasing/index.ts'
import type { Understood, Waits } from '../understood.ts'
import { applyReceived, understandReceived } from './evaluated.ts'
import type { ReceivedPlan } from './evaluated.ts'

export interface CheckPlan {
  readonly subject: string
  readonly destination: string
  /** When it is looked at again; 0: it is settled. */
  readonly due: number
  /** The receipt as one of nothing; null when there is nothing to take back. */
  readonly takenBack: { readonly event: BridgeEvent; readonly plan: ReceivedPlan } | null
}

/** TimerFired of `receipt-check`: looks whether the ERP has the receipt, or a person discarded it. */
export function understandReceiptCheck(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<CheckPlan> | Waits {
  const subject = textOf(event.body, 'subject')
  const timer = lookup.get('timer', RECEIPT_CHECK, subject)
  const document = lookup.get('document', subject)
  const rows = lookup.find('receipt_line', 'byReceipt', subject)
  const order = rows[0] === undefined ? undefined : lookup.get('purchase_order', rows[0].purchase_order)
  if (!timer || timer.due === 0 || String(timer.due) !== textOf(event.body, 'due')) return { kind: 'nothing' }
  const { destination } = timer
  const settled = { subject, destination, due: 0, takenBack: null }
  if (document?.state === 'SENT') return { kind: 'plan', plan: settled }
  if (document?.state !== 'CANCELLED') return { kind: 'plan', plan: { ...settled, due: context.now + RECEIPT_CHECK_MS } }
  const left = rows.filter((row) => row.quantity !== 0)
  if (order === undefined || left.length === 0) return { kind: 'plan', plan: settled }
  const lines = left.map((row) => ({
    line: String(row.line),
    orderLine: String(row.order_line),
    quantity: { value: '0', unit: '' },
    lot: row.lot,
    serial: row.serial,
  }))
  const documentKind = document.kind === 'supplier-return' ? { documentKind: 'return' } : {}
  const none: BridgeEvent = {
    ...event,
    type: 'GoodsReceived',
    channel: 'bridge/pull',
    destination: order.destination,
    body: {
      order: order.number,
      key: subject,
      number: left[0]?.number ?? '',
      date: new Date(context.now).toISOString().slice(0, 'YYYY-MM-DD'.length),
      ...documentKind,
      lines,
    },
  }
  const understood = understandReceived(none, lookup, context)
  if (understood.kind === 'nothing') return { kind: 'plan', plan: settled }
  if (understood.kind !== 'plan') return understood
  return { kind: 'plan', plan: { ...settled, takenBack: { event: none, plan: understood.plan } } }
}

export function applyReceiptCheck(_event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: CheckPlan): Decision {
  const { subject, destination, due, takenBack } = plan
  rows.put('timer', { name: RECEIPT_CHECK, subject, due, destination })
  return takenBack === null ? { kind: 'applied', documents: [], cancel: [] } : applyReceived(takenBack.event, rows, context, takenBack.plan)
}
