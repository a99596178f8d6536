/** Finds the item that an event means, by every identifier it carries (R40). */
import { gtin14, normalised } from '../../channels/contract/index.ts'
import type { BridgeEvent, BridgeTables, Need } from '../../channels/contract/index.ts'
import { codeOf, ownNeed, textOf, udiOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'

export type Item = Readonly<BridgeTables['item']>

function byIdentifier(lookup: Lookup, scheme: string, value: string): Item | undefined {
  const identifier = value === '' ? undefined : lookup.get('identifier', scheme, value)
  return identifier && lookup.get('item', identifier.item)
}

/** The item of a device identifier. */
function byDevice(lookup: Lookup, di: string): Item | undefined {
  return byIdentifier(lookup, 'gtin', gtin14(di)) ?? byIdentifier(lookup, 'hibc', di)
}

/**
 * Item number, then charge code, vendor catalogue number, GTIN, HIBC, then the UDI's device identifier. A charge code may stand
 * for many items, so a UDI that names another item wins over it; any other disagreement is work for a person: no guess about
 * identity (promise 6).
 */
export function findItem(event: BridgeEvent, lookup: Lookup): { readonly item: Item | undefined; readonly needs: readonly Need[] } {
  const { code } = codeOf(event.body, 'item')
  const exact = code === '' ? undefined : (lookup.get('item', code) ?? byIdentifier(lookup, 'item', code))
  const charged = byIdentifier(lookup, 'charge', code)
  const listed = byIdentifier(lookup, 'vendor', code) ?? byIdentifier(lookup, 'gtin', gtin14(code)) ?? byIdentifier(lookup, 'hibc', code)
  const device = byDevice(lookup, udiOf(event.body, 'di'))
  const named = exact ?? charged ?? listed
  const conflict = named !== undefined && device !== undefined && named.item !== device.item
  if (conflict && named === charged && exact === undefined) return { item: device, needs: [] }
  if (conflict) {
    return {
      item: undefined,
      needs: [
        ownNeed(
          event,
          'UNKNOWN_ITEM',
          '',
          `The code means item ${named.item}, the device identifier means ${device.item}. Correct the item master and retry, or discard and have it sent again.`,
        ),
      ],
    }
  }
  const item = named ?? device
  if (item) return { item, needs: [] }
  const subject = code === '' ? udiOf(event.body, 'di') : code
  return { item: undefined, needs: [unknownItem(lookup, subject, textOf(event.body, 'description'))] }
}

/** One need for all events of a code, with what it may mean. A proposal is never taken by itself (promise 6). */
function unknownItem(lookup: Lookup, code: string, description: string): Need {
  const shared = ['charge', 'vendor'].filter((scheme) => code !== '' && lookup.get('identifier', scheme, code)?.item === '')
  const close = [
    lookup.get('item', code.toUpperCase())?.item,
    lookup.get('identifier', 'norm', normalised(code))?.item,
    lookup.get('item', normalised(code))?.item,
  ]
  const proposals = [...new Set(close.filter((item) => item !== undefined && item !== ''))]
  const found = proposals.length === 0 ? '' : ` Perhaps it is ${proposals.join(' or ')}.`
  const text =
    shared.length > 0
      ? `${code} is a ${shared.join(' and ')} number of several items, so it names none. Give the item number, or have the sender say the item.`
      : `${code} is no item number, charge code, vendor number, GTIN or HIBC of the item master.${found} Load it with \`aqueduct load items\`, or give the item number.`
  const story = { code, ...(description === '' ? {} : { description }), proposals }
  return { kind: 'UNKNOWN_ITEM', subject: `item:${code}`, field: 'item', place: 'item', text, story }
}

const IMPLANTED: readonly string[] = ['bill-only', 'bill-and-replace', 'consigned']

/** What scanning found wrong with the UDI. Says places and never values. */
function problemsOf(event: BridgeEvent): readonly string[] {
  const udi = event.body['udi']
  const problems: unknown = typeof udi === 'object' && udi !== null ? (udi as { readonly problems?: unknown }).problems : undefined
  return Array.isArray(problems) ? problems.filter((problem): problem is string => typeof problem === 'string') : []
}

/**
 * An implant whose UDI can't be trusted, or says another device than the item's own, is work for a person: it would be ordered
 * and registered as something that it is not (R5). An item without a device identifier on file can't be compared.
 */
export function deviceNeeds(event: BridgeEvent, lookup: Lookup, item: Item, ownership: string): readonly Need[] {
  if (item.lot_required === 0 && !IMPLANTED.includes(ownership)) return []
  const [problem] = problemsOf(event)
  if (problem !== undefined)
    return [ownNeed(event, 'BAD_VALUE', 'udi', `The UDI of item ${item.item} is not in order: ${problem}. Give it as it is on the label.`)]
  const di = udiOf(event.body, 'di')
  if (di === '' || byDevice(lookup, di) !== undefined) return []
  const scheme = gtin14(di) === '' ? 'hibc' : 'gtin'
  if (!lookup.find('identifier', 'byItem', item.item).some((identifier) => identifier.scheme === scheme)) return []
  const text = `The device identifier in the UDI is not that of item ${item.item}. Correct the item master and retry, or give the UDI as it is on the label, or discard.`
  return [ownNeed(event, 'BAD_VALUE', 'udi', text)]
}

/** An item that may not be used any more. */
export function itemNeeds(item: Item): readonly Need[] {
  if (item.status === '' || item.status === 'active') return []
  return [
    {
      kind: 'ITEM_NOT_ACTIVE',
      subject: `item:${item.item}`,
      field: 'item',
      place: 'item',
      text: `Item ${item.item} is ${item.status}. Activate it, or give its substitute${item.substitute === '' ? '' : ` ${item.substitute}`}.`,
      ...(item.substitute === '' ? {} : { story: { item: item.item, status: item.status, proposals: [item.substitute] } }),
    },
  ]
}
