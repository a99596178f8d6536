/** CostIncurred: a charge becomes a journal against the clearing account, when the bridge owns the GL (R25–R28). */
import type { BridgeContext, BridgeEvent, Decision, Need, RowSet } from '../channels/contract/index.ts'
import { newRow, SCALE } from '../channels/contract/index.ts'
import { isExact, roundMoney, toStored } from './amounts.ts'
import type { Fraction } from './amounts.ts'
import { codeOf, dayNeeds, dayOfEvent, moneyOf, ownNeed } from './facts.ts'
import { bookCost, understandBooking } from './finance/index.ts'
import type { CostBooking } from './finance/index.ts'
import type { Lookup } from './lookup.ts'
import { findPlace } from './master-data/index.ts'
import type { Place } from './master-data/index.ts'
import { notices } from './notices.ts'
import { ownerOf } from './policies.ts'
import { caseItemOf } from './usage.ts'
import type { Understood } from './usage.ts'

/** Category under which the policies name the expense account of charges; their default holds otherwise. */
const CATEGORY = 'charge'

export interface Charge {
  /** `charge:CODE`: stands where a use has its item. */
  readonly item: string
  readonly amount: Fraction
  /** The amount as stored, scaled by 10⁶: what a reversal can take back. */
  readonly size: number
  readonly currency: string
  readonly place: Place
  readonly day: string
  readonly booking: CostBooking
}

export function chargeItem(event: BridgeEvent): string {
  return `charge:${codeOf(event.body, 'charge').code}`
}

/** The event's amount, above zero, or what is needed. */
export function amountOf(event: BridgeEvent): { readonly amount: Fraction; readonly size: number; readonly currency: string } | Need {
  const money = moneyOf(event.body, 'amount')
  if (money.kind === 'bad' && money.why === 'UNKNOWN_CURRENCY')
    return ownNeed(event, 'UNKNOWN_CURRENCY', 'amount.currency', 'The amount has no ISO 4217 currency. Say it in the rule, or give it.')
  const size = money.kind === 'money' && isExact(money.amount) ? toStored(money.amount) : null
  if (money.kind !== 'money' || size === null)
    return ownNeed(
      event,
      'BAD_VALUE',
      'amount',
      'The amount is not an amount of zero or more with at most six decimals, or it is larger than can be kept. Correct it.',
    )
  return { amount: money.amount, size, currency: money.currency }
}

export function understandCharge(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<Charge> {
  if (lookup.get('usage', event.message, event.n) || ownerOf(context.policies, 'charge', 'gl') === 'erp') return { kind: 'nothing' }
  const day = dayOfEvent(event)
  const place = findPlace(event, lookup, false, true, { policies: context.policies, day: day ?? '', category: CATEGORY })
  const amount = amountOf(event)
  const cost = { occasion: 'charge', ownership: CATEGORY, category: CATEGORY, place, day, kinds: [] } as const
  const { booking, needs: unbooked } = understandBooking(event, lookup, context.policies, cost)
  const needs: Need[] = [...place.needs, ...unbooked, ...dayNeeds(event, context, day, 'the charge')]
  if ('subject' in amount) needs.push(amount)
  if (needs.length > 0 || 'subject' in amount || day === null) return { kind: 'needs', needs }
  return { kind: 'plan', plan: { item: chargeItem(event), ...amount, place, day, booking } }
}

export function applyCharge(event: BridgeEvent, rows: RowSet, context: BridgeContext, charge: Charge): Decision {
  const code = charge.item.slice('charge:'.length)
  const { amount, currency, place, day } = charge
  const because = `charge ${code}: cost to ${place.costCentre}, against clearing`
  const document = bookCost(rows, event, context, charge.booking, { amount, currency, place, item: '', day, text: `Charge ${code}`, because })
  const row = {
    message: event.message,
    n: event.n,
    item: charge.item,
    location: charge.place.location,
    quantity: charge.size,
    unit_cost: SCALE,
    currency: charge.currency,
    business_key: event.businessKey,
    case_item: caseItemOf(event, charge.item),
    ownership: 'cost',
    day: charge.day,
  }
  rows.put('usage', newRow('usage', row))
  notices(rows, event, context)('cost.incurred', event.id, { charge: code, amount: roundMoney(amount, currency), currency })
  return { kind: 'applied', documents: document ? [document] : [], cancel: [] }
}
