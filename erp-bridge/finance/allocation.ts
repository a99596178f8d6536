/** Shares an amount out over cost centres by shares that are valid on a day; the parts add up to the amount (R25). */
import { minorUnits } from '../../canonical/index.ts'
import type { Need } from '../../channels/contract/index.ts'
import { SCALE } from '../../channels/contract/index.ts'
import { fromMinor, toMinor } from '../amounts.ts'
import type { Lookup } from '../lookup.ts'

/** A part of a cost centre's costs. `share` in 10⁻⁶. */
export interface CostShare {
  readonly costCentre: string
  /** '' : that of the line. */
  readonly serviceLine: string
  readonly share: number
}

const WHOLE: readonly CostShare[] = []

function isValid(row: { readonly valid_from: string; readonly valid_to: string }, day: string): boolean {
  return row.valid_from <= day && (row.valid_to === '' || day <= row.valid_to)
}

/**
 * The shares of a cost centre on a day, none when it bears its own costs. Needs when they do not add up to the whole, or when one goes to
 * a cost centre that is not active.
 */
export function sharesOf(lookup: Lookup, costCentre: string, day: string): { readonly shares: readonly CostShare[]; readonly needs: readonly Need[] } {
  const rows = costCentre === '' ? [] : lookup.find('cost_split', 'byCentre', costCentre).filter((row) => isValid(row, day))
  if (rows.length === 0) return { shares: WHOLE, needs: [] }
  // A newer allocation replaces the older one as a whole.
  const newest = rows.reduce((latest, row) => (row.valid_from > latest ? row.valid_from : latest), '')
  const current = rows.filter((row) => row.valid_from === newest).toSorted((a, b) => a.line - b.line)
  const need = (subject: string, text: string): Need => ({ kind: 'UNKNOWN_COST_CENTRE', subject, field: '', place: 'costCentre', text, owner: 'finance' })
  const total = current.reduce((sum, row) => sum + row.share, 0)
  if (total !== SCALE || current.some((row) => row.share < 0)) {
    const text = `The shares of cost centre ${costCentre} on ${day} do not add up to 100 % (R25). Load them again with \`aqueduct load cost-splits\`, and retry.`
    return { shares: WHOLE, needs: [need(`cost-split:${costCentre}`, text)] }
  }
  const needs = current.flatMap(({ target }) => {
    const row = lookup.get('cost_centre', target)
    if (row !== undefined && (row.status === '' || row.status === 'active')) return []
    return [
      need(
        `cost-centre:${target}`,
        `${target}, which bears a share of ${costCentre}, is not an active cost centre. Load it with \`aqueduct load cost-centres\`.`,
      ),
    ]
  })
  return { shares: current.map((row) => ({ costCentre: row.target, serviceLine: row.service_line, share: row.share })), needs }
}

/**
 * Parts of an amount, in the order of the shares: each cut down to the currency's minor unit, what is left on the largest (the last of
 * equals). They add up to the amount in any currency.
 * @param amount decimal text with no more decimals than the currency has
 */
export function split(amount: string, currency: string, shares: readonly number[]): readonly string[] {
  const decimals = minorUnits(currency) ?? 2
  const total = toMinor(amount, decimals)
  const parts = shares.map((share) => (total * BigInt(share)) / BigInt(SCALE))
  const rest = total - parts.reduce((sum, part) => sum + part, 0n)
  const largest = shares.reduce((best, share, i) => (share >= (shares[best] ?? 0) ? i : best), 0)
  return parts.map((part, i) => fromMinor(i === largest ? part + rest : part, decimals))
}
