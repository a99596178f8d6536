/** One device is one piece and is used once: its serial number says so (R5, R34). */
import { SCALE } from '../../channels/contract/index.ts'
import type { BridgeEvent, Need } from '../../channels/contract/index.ts'
import { lotOf } from '../documents/index.ts'
import { isReleased, ownNeed } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import type { Item } from './items.ts'

/** @param quantity base units, scaled; null while it is not known */
export function serialNeeds(event: BridgeEvent, lookup: Lookup, item: Item, quantity: number | null): readonly Need[] {
  const { serial = '' } = lotOf(event)
  if (serial === '') return []
  const before = lookup.find('usage', 'bySerial', item.item, serial).find((usage) => usage.quantity > usage.reversed)
  if (isReleased(event, 'SERIAL_CONFLICT')) return []
  const need = (text: string, story: Readonly<Record<string, unknown>>): readonly Need[] => [
    { ...ownNeed(event, 'SERIAL_CONFLICT', '', text), field: 'released', story: { item: item.item, serial, ...story } },
  ]
  if (before !== undefined) {
    const text = `The device of item ${item.item} with this serial number was used before, on ${before.day}, and that use stands. Have the wrong one of both taken back and retry, or release it with a reason when both are right.`
    return need(text, { before: { case: before.case_item.split('|')[0] ?? '', day: before.day, location: before.location } })
  }
  if (quantity === null || quantity <= SCALE) return []
  return need(`More than one piece of item ${item.item} is said to have one serial number. Have each sent with its own, or release it with a reason.`, {})
}
