/**
 * The same use told by several senders (trap 62): the scan of the supply system, the charge of the EHR, the Procedure of a FHIR client. The
 * first that is applied is booked; the others name it and make nothing. Never a guess: without a serial number or a key that both give, two
 * tellings are two uses.
 */
import { newRow } from '../channels/contract/index.ts'
import type { BridgeEvent, BridgeTables, Decision, RowSet } from '../channels/contract/index.ts'
import { lotOf } from './documents/index.ts'
import type { Lookup } from './lookup.ts'

type Usage = Readonly<BridgeTables['usage']>

/** Ownership of the row of a use that another had told: nothing can be taken from it. */
export const TOLD_AGAIN = 'told-again'

/** Who tells it, as its usage keeps it. */
export function tellerOf(event: BridgeEvent): Pick<Usage, 'serial' | 'channel' | 'teller'> {
  return { serial: lotOf(event).serial ?? '', channel: event.channel, teller: event.teller ?? event.channel }
}

/**
 * The booked use of which this is another telling: the same serial number of the item in the same case, told of another thing or by another
 * channel; else the same business key from another channel, unless both state a serial number and they differ.
 */
export function toldBefore(event: BridgeEvent, lookup: Lookup, item: string, caseItem: string): Usage | null {
  const { serial, channel, teller } = tellerOf(event)
  const stands = (usage: Usage): boolean => usage.ownership !== 'cost' && usage.item === item && usage.quantity > usage.reversed && usage.channel !== ''
  if (serial !== '' && caseItem !== '') {
    const same = lookup.find('usage', 'byCaseItem', caseItem).find((usage) => stands(usage) && usage.serial === serial && usage.teller !== teller)
    if (same) return same
  }
  if (event.businessKey === '') return null
  const keyed = lookup.find('usage', 'byBusinessKey', event.businessKey).filter((usage) => stands(usage) && usage.channel !== channel)
  return keyed.find((usage) => serial === '' || usage.serial === '' || usage.serial === serial) ?? null
}

/** Nothing is booked: only what it is the same as is kept. */
export function applyAgain(event: BridgeEvent, rows: RowSet, first: Usage): Decision {
  const { item, location, day } = first
  const same = { same_message: first.message, same_n: first.n }
  rows.put(
    'usage',
    newRow('usage', {
      message: event.message,
      n: event.n,
      item,
      location,
      business_key: event.businessKey,
      ownership: TOLD_AGAIN,
      day,
      ...tellerOf(event),
      ...same,
    }),
  )
  return { kind: 'applied', documents: [], cancel: [] }
}
