/** Lot and serial number of what was used: there when the item needs one, not expired, not recalled, as the label says (R5). */
import { lotKey } from '../../channels/contract/index.ts'
import type { BridgeEvent, Need } from '../../channels/contract/index.ts'
import { isDay, isReleased, ownNeed, textOf, udiOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import type { Item } from './items.ts'

/** What a lot or serial number can look like. */
const NUMBER = /^(?=.*\S)[^\p{Cc}]{1,40}$/u

/** An expired or recalled piece in a patient is a matter of safety, not of money. */
const SAFETY = { care: 3 } as const

/** A person's word about the label wins over what was scanned. */
function isConfirmed(event: BridgeEvent, field: string): boolean {
  return event.corrected?.includes(field) === true || isReleased(event, 'BAD_VALUE')
}

export function lotNeeds(event: BridgeEvent, lookup: Lookup, item: Item, day: string | null): readonly Need[] {
  const lot = textOf(event.body, 'lot') || udiOf(event.body, 'lot')
  const serial = textOf(event.body, 'serial') || udiOf(event.body, 'serial')
  const needs: Need[] = []
  if (item.lot_required !== 0 && lot === '' && serial === '')
    needs.push(ownNeed(event, 'MISSING_LOT', 'lot', `Item ${item.item} needs a lot or serial number. Find it on the label or in the case record and give it.`))
  for (const field of ['lot', 'serial'] as const) {
    const stated = textOf(event.body, field)
    const scanned = udiOf(event.body, field)
    if (stated !== '' && !NUMBER.test(stated)) needs.push(ownNeed(event, 'BAD_VALUE', field, `The ${field} is no text of at most 40 characters. Correct it.`))
    else if (stated !== '' && scanned !== '' && stated !== scanned && !isConfirmed(event, field)) {
      const text = `The ${field} that was stated and the one in the UDI of item ${item.item} differ. If the label agrees with the UDI, give its ${field}; else discard and have it sent again with the right UDI.`
      needs.push(ownNeed(event, 'BAD_VALUE', field, text))
    }
  }
  // Asked for even when the number is bad, so that the reads of a decision do not depend on its needs.
  // As sent too: a row may be older than the form that numbers are kept in.
  const numbers = new Set([lot, serial].flatMap((number) => [lotKey(number), number]).filter((number) => number !== ''))
  const known = [...numbers].flatMap((number) => lookup.get('lot', item.item, number) ?? [])
  const stated = textOf(event.body, 'expiry') || udiOf(event.body, 'expiry')
  if (stated !== '' && !isDay(stated)) needs.push(ownNeed(event, 'BAD_VALUE', 'expiry', 'The expiry is no day that exists. Give it as YYYY-MM-DD.'))
  else needs.push(...expiryNeeds(event, item, day, stated || known.map((row) => row.expiry).find((expiry) => expiry !== '')))
  const recalled = known.find((row) => row.status === 'recalled' || row.status === 'quarantined')
  if (recalled !== undefined && !isReleased(event, 'RECALLED_LOT')) {
    const reason = recalled.reason === '' ? '' : ` (${recalled.reason})`
    const state = recalled.status === 'recalled' ? 'recalled' : 'in quarantine'
    const text = `Lot or serial ${recalled.lot} of item ${item.item} is ${state}${reason}. Tell the risk officer; release it with a reason when the use is confirmed, or discard.`
    const story = { item: item.item, lot: recalled.lot, status: recalled.status, reason: recalled.reason }
    needs.push({ ...ownNeed(event, 'RECALLED_LOT', '', text), weight: SAFETY, story })
  }
  return needs
}

function expiryNeeds(event: BridgeEvent, item: Item, day: string | null, expiry: string | undefined): readonly Need[] {
  // Dates compare as text: nothing passes through a time zone.
  if (expiry === undefined || day === null || expiry >= day || isReleased(event, 'EXPIRED_LOT')) return []
  const text = `The lot of item ${item.item} expired on ${expiry} and was used on ${day}. Tell the risk officer; correct the date, release it with a reason, or discard.`
  return [{ ...ownNeed(event, 'EXPIRED_LOT', 'expiry', text), weight: SAFETY, story: { item: item.item, expiry, used: day } }]
}
