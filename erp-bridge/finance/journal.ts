/** Journals: balanced in one currency, rounded at the line, without zero lines (R27, R37). */
import type { BridgeContext, BridgeEvent, DocumentDraft, Need, Policies } from '../../channels/contract/index.ts'
import { roundMoney } from '../amounts.ts'
import type { Fraction } from '../amounts.ts'
import { bearerOf, draft, filled, headerOf, maybe } from '../documents/index.ts'
import type { Place } from '../master-data/index.ts'

/** Account of an expense by item category, else the policy's `*` or `default` (R26), else undefined. */
export function expenseAccount(policies: Policies, category: string): string | undefined {
  const accounts = policies.accounts.expense
  return [category, '*', 'default']
    .map((name) => (Object.hasOwn(accounts, name) ? accounts[name] : undefined))
    .find((account) => account !== undefined && account !== '')
}

/** What is missing when no account is set up for a category. */
export function accountNeeds(policies: Policies, category: string): readonly Need[] {
  if (expenseAccount(policies, category) !== undefined) return []
  const text = `The policies name no expense account for category ${category === '' ? '(none)' : category} and no default. Add it to \`accounts.expense\`, reload, retry.`
  return [{ kind: 'BAD_VALUE', subject: `category:${category}`, field: '', place: '', text }]
}

export interface Booking {
  readonly debit: string
  readonly credit: string
  readonly amount: Fraction
  readonly currency: string
  readonly place: Place
  readonly item: string
  readonly day: string
  readonly text: string
  readonly because: string
}

/** A journal of two lines; the debit carries cost centre and service line. Null when the amount rounds to zero. */
export function journalDocument(event: BridgeEvent, context: BridgeContext, booking: Booking): DocumentDraft | null {
  const amount = roundMoney(booking.amount, booking.currency)
  if (!/[1-9]/.test(amount)) return null
  const item = maybe(booking.item)
  const body = {
    ...headerOf(event, context, booking.day),
    currency: booking.currency,
    text: booking.text.slice(0, 100),
    lines: [
      filled({ line: 1, account: booking.debit, side: 'debit' as const, amount, ...bearerOf(booking.place), item }),
      filled({ line: 2, account: booking.credit, side: 'credit' as const, amount, item }),
    ],
  }
  return draft(event, context, 'journal', body, { because: booking.because })
}
