/** What supplies and charges cost, by whom they are borne: from the journals of the bridge (R25, R27). */
import { SCALE } from '../../channels/contract/index.ts'
import type { BridgeTables, Reader } from '../../channels/contract/index.ts'
import { allRows } from './rows.ts'

export const ALLOCATION_AXES = ['company', 'location', 'department', 'costCentre', 'serviceLine', 'procedure', 'account'] as const
export type AllocationAxis = (typeof ALLOCATION_AXES)[number]

export interface AllocationQuery {
  /** Posting days, both inclusive. */
  readonly from: string
  readonly to: string
  /** '' for all. */
  readonly company: string
  readonly by: readonly AllocationAxis[]
}

export interface AllocationRow {
  readonly group: Readonly<Partial<Record<AllocationAxis, string>>>
  readonly currency: string
  /** Decimal text; debits above zero. Reversals are in it with their sign. */
  readonly amount: string
  readonly lines: number
}

const COLUMNS: Readonly<Record<AllocationAxis, keyof BridgeTables['journal_line']>> = {
  company: 'company',
  location: 'location',
  department: 'department',
  costCentre: 'cost_centre',
  serviceLine: 'service_line',
  procedure: 'procedure',
  account: 'account',
}
const DAY_MS = 86_400_000
/** Days that one report may cover: a year and a day. */
export const MOST_DAYS = 367

/** Calendar days from one to the other, in UTC arithmetic on dates alone. Empty when the order is wrong. */
export function daysBetween(from: string, to: string): readonly string[] {
  const days: string[] = []
  for (let at = Date.parse(`${from}T00:00:00Z`); at <= Date.parse(`${to}T00:00:00Z`) && days.length <= MOST_DAYS; at += DAY_MS)
    days.push(new Date(at).toISOString().slice(0, 'YYYY-MM-DD'.length))
  return days
}

/**
 * Totals of the lines that a cost centre bears, by the axes asked for; lines of the balance sheet bear none and are left out, so a
 * group's amount is its cost. In order of their groups. Amounts of different currencies are never added.
 */
export async function allocate(reader: Pick<Reader, 'rows'>, query: AllocationQuery): Promise<readonly AllocationRow[]> {
  const groups = new Map<string, { readonly group: Record<string, string>; readonly currency: string; amount: bigint; lines: number }>()
  const where = { posting_day: daysBetween(query.from, query.to), ...(query.company === '' ? {} : { company: query.company }) }
  for (const row of await allRows(reader, 'journal_line', where)) {
    if (row.cost_centre === '') continue
    const group = Object.fromEntries(query.by.map((axis) => [axis, String(row[COLUMNS[axis]])]))
    const name = JSON.stringify([...Object.values(group), row.currency])
    const known = groups.get(name) ?? { group, currency: row.currency, amount: 0n, lines: 0 }
    known.amount += BigInt(row.amount)
    known.lines += 1
    groups.set(name, known)
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { group, currency, amount, lines }]) => ({ group, currency, amount: decimal(amount), lines }))
}

function decimal(scaled: bigint): string {
  const scale = BigInt(SCALE)
  const size = scaled < 0n ? -scaled : scaled
  const fraction = (size % scale)
    .toString()
    .padStart(String(SCALE).length - 1, '0')
    .replace(/0+$/, '')
  return `${scaled < 0n ? '-' : ''}${(size / scale).toString()}${fraction === '' ? '' : `.${fraction}`}`
}
