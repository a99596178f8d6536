/** Identifiers of an item that changed: none is taken away, none silently means another item (R40). */
import { newRow, normalised } from '../../channels/contract/index.ts'
import type { BridgeEvent, Need, RowSet } from '../../channels/contract/index.ts'
import { ownNeed } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import type { Attributes } from '../master-data/index.ts'

interface Named {
  readonly scheme: string
  readonly value: string
}

/** What an item is called by what was stated of it. */
function namesOf(item: string, attributes: Attributes): readonly Named[] {
  const { values, identified } = attributes
  const vendor = String(values['vendor_catalog'] ?? '')
  const charge = String(values['charge_code'] ?? '')
  return [
    { scheme: 'gtin', value: identified.gtin ?? '' },
    { scheme: 'hibc', value: identified.hibc ?? '' },
    { scheme: 'vendor', value: vendor },
    { scheme: 'charge', value: charge },
    // An item number that has its plain form already is found without.
    ...[normalised(item) === item ? '' : item, vendor, charge].map((name) => ({ scheme: 'norm', value: normalised(name) })),
  ].filter(({ value }) => value !== '')
}

/** A device identifier names one item: two that claim it are work for a person. Loads the identifiers. */
export function identifierNeeds(event: BridgeEvent, lookup: Lookup, item: string, attributes: Attributes): readonly Need[] {
  return namesOf(item, attributes).flatMap(({ scheme, value }) => {
    const known = lookup.get('identifier', scheme, value)
    if (known === undefined || known.item === item || (scheme !== 'gtin' && scheme !== 'hibc')) return []
    const text = `The ${scheme.toUpperCase()} of item ${item} is that of item ${known.item} already. Correct one of them at the source and retry, or discard.`
    return [{ ...ownNeed(event, 'BAD_VALUE', `attributes.${scheme}`, text), field: '', story: { item, other: known.item, scheme } }]
  })
}

/** Adds the names. A catalogue number or charge code of several items names none: its item is ''. */
export function keepIdentifiers(rows: RowSet, item: string, attributes: Attributes): void {
  for (const { scheme, value } of namesOf(item, attributes)) {
    const known = rows.get('identifier', scheme, value)
    if (known?.item === item || known?.item === '') continue
    rows.put('identifier', newRow('identifier', { scheme, value, item: known === undefined ? item : '' }))
  }
}
