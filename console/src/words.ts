/** How the console says what the engine calls by code. */

/** What a document is to the people who buy and book. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'goods-issue': 'Goods issue',
  'goods-return': 'Goods return',
  requisition: 'Requisition',
  'purchase-order': 'Purchase order',
  'order-cancellation': 'Order cancellation',
  journal: 'Journal',
}

/** `purchase-order` → Purchase order, `SupplyUsed` → Supply used. */
export function wordsFor(kind: string): string {
  const known = DOCUMENTS[kind]
  if (known !== undefined) return known
  const text = kind
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_]/g, ' ')
    .toLowerCase()
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export type Tone = 'good' | 'busy' | 'bad' | 'quiet'

/** Colour is never alone: the state's word stands in it. */
export function toneOf(state: string): Tone {
  if (['SENT', 'APPLIED', 'running', 'closed', 'MAPPED', 'INVOICED', 'PAID', 'FULFILLED', 'POSTED', 'MATCHED'].includes(state)) return 'good'
  if (['HELD', 'ERROR', 'REJECTED', 'stopped', 'open'].includes(state)) return 'bad'
  if (['FILTERED', 'CANCELLED'].includes(state)) return 'quiet'
  return 'busy'
}

/** Local date and time to the second. */
export function moment(at: string): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? at : date.toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' })
}

/** What follows from a message, in a line: `2 of 3 delivered · GI-9, PO-17`. */
export function outcomeOf(
  events: readonly { readonly deliveries: readonly { readonly state: string; readonly erpRef: string | null }[]; readonly waitsFor: readonly unknown[] }[],
): string {
  const deliveries = events.flatMap((event) => event.deliveries)
  const waiting = events.filter((event) => event.waitsFor.length > 0).length
  const references = deliveries.flatMap((delivery) => (delivery.erpRef === null ? [] : [delivery.erpRef]))
  const parts = [
    deliveries.length > 0 ? `${String(deliveries.filter((delivery) => delivery.state === 'SENT').length)} of ${String(deliveries.length)} delivered` : '',
    waiting > 0 ? `${String(waiting)} waiting` : '',
    references.slice(0, 4).join(', ') + (references.length > 4 ? ' …' : ''),
  ]
  return parts.filter((part) => part !== '').join(' · ')
}
