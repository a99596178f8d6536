/** MasterDataChanged, ItemChanged, SupplierChanged, LocationChanged: one row of master data, field by field, each with its history. */
import { LOAD_TABLES, TABLE_OF, newRow } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTables, Decision, LoadTable, Need, RowSet } from '../../channels/contract/index.ts'
import { isReleased, ownNeed, textOf } from '../facts.ts'
import type { Lookup } from '../lookup.ts'
import { blankRow, keyOf, readAttributes, written } from '../master-data/index.ts'
import type { Attributes, MasterTable } from '../master-data/index.ts'
import { isActive } from '../purchasing/index.ts'
import type { Understood } from '../understood.ts'
import { findHeld, hold } from './holds.ts'
import type { Held } from './holds.ts'
import { identifierNeeds, keepIdentifiers } from './identifiers.ts'
import { isPulled, mayChange, sourceOf, stewardOf } from './steward.ts'

type Values = Readonly<Record<string, string | number>>

export interface Changed {
  readonly column: string
  readonly before: string
  readonly after: string
}
export interface ChangePlan {
  readonly table: MasterTable
  readonly key: string
  /** The whole row as it is to be. */
  readonly row: Values
  readonly isNew: boolean
  readonly changes: readonly Changed[]
  readonly attributes: Attributes
  readonly held: readonly Held[]
}

const TABLE_BY_TYPE: Readonly<Record<string, LoadTable>> = { ItemChanged: 'items', SupplierChanged: 'suppliers', LocationChanged: 'locations' }

function tableOf(event: BridgeEvent): MasterTable | undefined {
  const name = TABLE_BY_TYPE[event.type] ?? textOf(event.body, 'table')
  const found = LOAD_TABLES.find((table) => table === name)
  return found && TABLE_OF[found]
}

/** What the event states: its attributes, and the fields of its own that stand for a column. */
function statedOf(event: BridgeEvent, table: MasterTable): Readonly<Record<string, string>> {
  const raw = event.body['attributes']
  const given = typeof raw === 'object' && raw !== null ? (raw as Readonly<Record<string, unknown>>) : {}
  const stated = Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  const [first = ''] = keyOf(table)
  const own: Record<string, string> = {}
  const description = textOf(event.body, 'description')
  const status = textOf(event.body, 'status')
  if (description !== '') own[table === 'item' ? 'description' : 'name'] = description
  if (status !== '') own['status'] = status
  // A row of several columns has its key in the attributes; its code is only a name for people.
  if (keyOf(table).length === 1) own[first] = textOf(event.body, 'code')
  return { ...own, ...stated }
}

/** Columns that a new row must have: without a unit an item cannot be counted. */
const NEEDED: Readonly<Partial<Record<MasterTable, readonly string[]>>> = { item: ['base_uom'], price: ['price', 'currency', 'unit'], unit: ['numerator'] }

export function understandChange(event: BridgeEvent, lookup: Lookup, context: BridgeContext): Understood<ChangePlan> {
  const table = tableOf(event)
  if (table === undefined)
    return {
      kind: 'needs',
      needs: [ownNeed(event, 'BAD_VALUE', 'table', `The table is none of ${LOAD_TABLES.join(', ')}, ledger-totals. Correct it, or discard.`)],
    }
  const attributes = readAttributes(table, statedOf(event, table))
  const bad = (column: string, text: string): Need => ({ ...ownNeed(event, 'BAD_VALUE', `attributes.${column}`, `Column ${column}: ${text}.`), field: '' })
  const needs: Need[] = attributes.problems.map(({ column, text }) => bad(column, text))
  const blank = blankRow(table)
  const key = keyOf(table).map((column) => attributes.values[column] ?? blank[column] ?? '')
  if (key[0] === '' && table !== 'unit' && table !== 'period') needs.push(bad(keyOf(table)[0] ?? '', 'a value is needed'))
  const known = lookup.get(table, ...key) as Values | undefined
  const merged: Values = { ...blank, ...Object.fromEntries(keyOf(table).map((column, i) => [column, key[i] ?? ''])), ...known, ...attributes.values }
  if (known === undefined) {
    for (const column of NEEDED[table] ?? [])
      if (merged[column] === '' || (merged[column] === 0 && column === 'numerator')) needs.push(bad(column, 'a value is needed'))
  }
  const code = String(key[0])
  if (table === 'item') needs.push(...identifierNeeds(event, lookup, code, attributes))

  const differs = Object.keys(merged).filter((column) => known === undefined || known[column] !== merged[column])
  const refused = known === undefined ? [] : differs.filter((column) => !mayChange(context.policies, table, column, sourceOf(event)))
  if (refused.length > 0 && !isReleased(event, 'STEWARD_CONFLICT')) needs.push(conflict(event, context, table, key.join('|'), refused, known ?? {}, merged))
  const row: Values = { ...merged, ...Object.fromEntries(refused.map((column) => [column, known?.[column] ?? ''])) }
  const taken = differs.filter((column) => !refused.includes(column))
  const blocks = known !== undefined && taken.includes('status') && isActive(String(known['status'])) && !isActive(String(row['status']))
  const held = !blocks ? [] : table === 'item' ? findHeld(lookup, String(row['supplier']), code) : table === 'supplier' ? findHeld(lookup, code, null) : []
  if (needs.length > 0) return { kind: 'needs', needs }
  const changes = taken.map((column) => ({ column, before: written(column, known?.[column]), after: written(column, row[column]) }))
  return { kind: 'plan', plan: { table, key: key.join('|'), row, isNew: known === undefined, changes, attributes, held } }
}

/** Fields of another steward: one item for a single change, one for all that a pull brings of a table. */
function conflict(event: BridgeEvent, context: BridgeContext, table: string, key: string, fields: readonly string[], before: Values, after: Values): Need {
  const source = sourceOf(event)
  const listed = fields.map((field) => ({
    field: `${table}.${field}`,
    steward: stewardOf(context.policies, table, field),
    is: written(field, before[field]),
    stated: written(field, after[field]),
  }))
  const words = listed.map(({ field, steward }) => `${field} (steward ${steward})`).join(', ')
  const text = isPulled(event)
    ? `${source} states fields of ${table} whose steward is another, as ${words} of ${key}. Change them at their steward; release with a reason to take the rest without them, or discard.`
    : `${source} states ${words} of ${key}. Change it at its steward; release with a reason to take the rest without it, or discard.`
  return {
    kind: 'STEWARD_CONFLICT',
    subject: isPulled(event) ? `${table}:${source}` : event.id,
    field: '',
    place: 'attributes',
    text,
    story: { row: `${table} ${key}`, source, fields: listed },
  }
}

/** Identical values change nothing: no history, no notice. */
export function applyChange(event: BridgeEvent, rows: RowSet, context: BridgeContext, plan: ChangePlan): Decision {
  const { table, key, row, isNew, changes } = plan
  if (isNew || changes.length > 0) rows.put(table, row as unknown as BridgeTables[MasterTable] as never)
  // A new row is one line of history: its first values are in what changes later.
  const lines = isNew ? [{ column: '', before: '', after: 'new' }] : changes
  for (const { column, before, after } of lines) {
    const source = sourceOf(event)
    rows.put('change', newRow('change', { table_name: table, row_key: key, field: column, at: context.now, line: event.message, before, after, source }))
  }
  if (table === 'item') keepIdentifiers(rows, key, plan.attributes)
  if (lines.length > 0 && (table === 'item' || table === 'supplier')) {
    const fields = isNew ? Object.keys(plan.attributes.values) : changes.map(({ column }) => column)
    const body = JSON.stringify({ code: key, status: String(row['status']), fields: fields.join(' ') })
    rows.put('notice', newRow('notice', { message: event.message, n: event.n, line: 1, at: context.now, type: `${table}.changed`, subject: key, body }))
  }
  return { kind: 'applied', documents: [], cancel: hold(rows, event, context, plan.held) }
}
