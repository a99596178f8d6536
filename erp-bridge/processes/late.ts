/** A step that has not come in its time becomes work for the buyers, and stops being work when it comes. */
import type { BridgeContext, BridgeEvent, Decision, Need, Weight } from '../../channels/contract/index.ts'
import { show } from '../amounts.ts'
import { releasedText, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { PROCURE_TO_PAY } from './procure-to-pay.ts'
import { REPLENISHMENT } from './replenishment.ts'

const PREFIX = 'late-'
const LOOK_AGAIN_MS = 60_000
const NOTHING = { kind: 'nothing' } as const

/** Names of the timers of late steps. */
export const LATE_TIMERS = ['late-approval', 'late-acknowledgement', 'late-receipt', 'late-invoice'] as const

/**
 * TimerFired of a late step. When the row's due is another by now, the step came and nothing is left to say; so the need closes by
 * itself when the event is looked at again.
 */
export function understandLate(event: BridgeEvent, lookup: Lookup, context: BridgeContext): typeof NOTHING | Extract<Decision, { kind: 'needs' }> {
  const name = textOf(event.body, 'name')
  const subject = textOf(event.body, 'subject')
  const timer = lookup.get('timer', name, subject)
  const step = name.slice(PREFIX.length)
  const process = lookup.get('process', step === 'approval' ? REPLENISHMENT.name : PROCURE_TO_PAY.name, subject)
  const order = lookup.get('purchase_order', subject)
  const requisition = lookup.get('requisition', subject)
  const lines = lookup.find('order_line', 'byOrder', subject)
  const stocks = lines.map((line) => (line.location === '' ? undefined : lookup.get('stock', line.location, line.item)))
  if (!timer || timer.due === 0 || String(timer.due) !== textOf(event.body, 'due') || releasedText(event) !== '') return NOTHING
  const number = (order?.number ?? requisition?.number ?? '') || subject
  const what = step === 'approval' ? `Requisition ${number} is not approved` : `Order ${number} has no ${step}`
  const since = new Date(process?.since ?? timer.due).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length)
  const need: Need = {
    kind: 'ORDER_LATE',
    subject: `${step === 'approval' ? 'requisition' : 'order'}:${number}:${step}`,
    field: 'released',
    place: '',
    text: `${what} since ${since} (${process?.state ?? 'unknown state'}). Act in the ERP or with the supplier; the item closes by itself when the step comes.`,
    owner: step === 'invoice' ? 'ap' : 'buyers',
    weight: weightOf(stocks),
    story: {
      step,
      state: process?.state ?? '',
      since,
      supplier: order?.supplier ?? requisition?.supplier ?? '',
      order: order?.number ?? '',
      case: order?.case_id ?? '',
      requisitions: order?.requisitions ?? subject,
      lines: lines.map((line) => ({ line: line.line, item: line.item, ordered: show(line.quantity), received: show(line.received), unit: line.unit })),
    },
  }
  return { kind: 'needs', needs: [need], until: context.now + LOOK_AGAIN_MS }
}

function weightOf(stocks: readonly ({ readonly on_hand: number; readonly min: number } | undefined)[]): Weight {
  const risks = stocks.map((stock) => (stock === undefined ? 1 : stock.on_hand <= 0 ? 3 : stock.on_hand <= stock.min ? 2 : 1))
  const supply = Math.max(1, ...risks)
  return { supply: supply === 3 ? 3 : supply === 2 ? 2 : 1, care: supply === 3 ? 2 : supply === 2 ? 1 : 0 }
}
