/** Master data: upserts, identifiers, opening counts; then what waited for it is decided again. */
import type { BridgeTable, FailureCode, LoadAnswer, LoadOp, LoadTable } from '../../channels/contract/index.ts'
import { AqueductError } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom, textOf } from '../sql/port.ts'
import type { Cell } from '../sql/port.ts'
import { audit } from './administration.ts'
import { readRows } from './load-rows.ts'
import type { LoadedItem, LoadedStock } from './load-rows.ts'
import { retryDecisions } from './resolve.ts'
import type { Writing } from './writing.ts'

/** Which kinds of worklist items a table can answer. */
const ANSWERS: Readonly<Record<LoadTable, readonly FailureCode[]>> = {
  items: ['UNKNOWN_ITEM', 'ITEM_NOT_ACTIVE', 'UNKNOWN_UNIT', 'UNKNOWN_SUPPLIER', 'UNKNOWN_PRICE', 'MISSING_LOT'],
  stock: ['UNKNOWN_LOCATION'],
  suppliers: ['UNKNOWN_SUPPLIER', 'UNKNOWN_CURRENCY'],
  locations: ['UNKNOWN_LOCATION', 'UNKNOWN_DEPARTMENT', 'UNKNOWN_COST_CENTRE'],
  departments: ['UNKNOWN_DEPARTMENT', 'UNKNOWN_COST_CENTRE'],
  'cost-centres': ['UNKNOWN_COST_CENTRE'],
  units: ['UNKNOWN_UNIT', 'UNKNOWN_PRICE'],
  prices: ['UNKNOWN_PRICE', 'UNKNOWN_CURRENCY'],
}
const PLAIN = {
  suppliers: 'supplier',
  locations: 'location',
  departments: 'department',
  'cost-centres': 'cost_centre',
  units: 'unit',
  prices: 'price',
} as const

const upserts = Object.fromEntries(Object.entries(tables.bridgeTables).map(([name, table]) => [name, insertInto(table, 'replace')])) as unknown as Record<
  Exclude<BridgeTable, 'document'>,
  ReturnType<typeof insertInto>
>
const insertIdentifier = insertInto(tables.bridgeTables.identifier, 'replace')
const selectIdentifier = selectFrom(tables.bridgeTables.identifier)
const selectStock = selectFrom(tables.bridgeTables.stock)
const insertMovement = insertInto(tables.bridgeTables.movement)

export async function load(w: Writing, op: LoadOp): Promise<LoadAnswer> {
  const loaded = op.rows.length
  if (op.table === 'items') await loadItems(w, op, readRows({ ...op, table: 'items' }))
  else if (op.table === 'stock') await loadStock(w, readRows({ ...op, table: 'stock' }))
  else {
    const name = PLAIN[op.table]
    const columns = Object.keys(tables.bridgeTables[name].columns)
    await w.sql.insert(
      upserts[name],
      readRows({ ...op, table: op.table }).map((row) => columns.map((column) => (row as unknown as Record<string, Cell>)[column] ?? null)),
    )
  }
  await audit(w, [{ op: 'audit', who: op.by, what: `load.${op.table}`, subject: `${op.source} (${String(loaded)} rows)` }])
  const kinds = ANSWERS[op.table]
  const open = (await w.sql.all(`select id, kind from worklist where state = 'open' order by id`)).filter((row) =>
    kinds.includes(textOf(row['kind']) as FailureCode),
  )
  const items = open.map((row) => numberOf(row['id']))
  if (items.length === 0) return { loaded, closed: 0, resumed: 0 }
  const resumed = await retryDecisions(w, items, { action: 'load', by: op.by, reason: `loaded ${op.table} from ${op.source}` })
  const still = new Set((await w.sql.all(`select id from worklist where state = 'open'`)).map((row) => numberOf(row['id'])))
  return { loaded, closed: items.filter((id) => !still.has(id)).length, resumed }
}

async function loadItems(w: Writing, op: LoadOp, rows: readonly LoadedItem[]): Promise<void> {
  const columns = Object.keys(tables.bridgeTables.item.columns)
  await w.sql.insert(
    upserts.item,
    rows.map(({ item }) => columns.map((column) => (item as unknown as Record<string, Cell>)[column] ?? null)),
  )
  for (const item of new Set(rows.map((row) => row.item.item)))
    await w.sql.run(`delete from identifier where item = ? and scheme in ('gtin','vendor','charge')`, [item])
  const owner = new Map<string, string | null>()
  const claim = (scheme: string, value: string, item: string, index: number) => {
    if (value === '') return
    const name = `${scheme}\u0001${value}`
    const other = owner.get(name)
    if (scheme === 'gtin' && other !== undefined && other !== item) refuseGtin(op, index, String(other))
    // A charge code or catalogue number of several items identifies none of them.
    owner.set(name, other === undefined || other === item ? item : null)
  }
  rows.forEach(({ item, gtin }, i) => {
    claim('item', item.item, item.item, i)
    claim('gtin', gtin, item.item, i)
    claim('vendor', item.vendor_catalog, item.item, i)
    claim('charge', item.charge_code, item.item, i)
  })
  const names = [...owner.keys()].map((name) => name.split('\u0001'))
  const drop: Cell[][] = []
  for (const row of await w.sql.select(selectIdentifier, names)) {
    const name = `${textOf(row['scheme'])}\u0001${textOf(row['value'])}`
    if (owner.get(name) === row['item']) continue
    if (row['scheme'] === 'gtin')
      refuseGtin(
        op,
        rows.findIndex(({ gtin }) => gtin === row['value']),
        textOf(row['item']),
      )
    owner.set(name, null)
    drop.push([textOf(row['scheme']), textOf(row['value'])])
  }
  for (const key of drop) await w.sql.run('delete from identifier where scheme = ? and value = ?', key)
  await w.sql.insert(
    insertIdentifier,
    [...owner].flatMap(([name, item]) => (item === null ? [] : [[...name.split('\u0001'), item]])),
  )
}

function refuseGtin(op: LoadOp, index: number, other: string): never {
  const place = `${op.source} line ${String(index + 2)} column gtin`
  throw new AqueductError('BAD_VALUE', `${place}: this GTIN names item ${other} already; nothing of the file was loaded.`, { place })
}

/** on_hand stays the sum of its movements: the difference is a movement of its own. */
async function loadStock(w: Writing, rows: readonly LoadedStock[]): Promise<void> {
  const last = new Map(rows.map((row) => [`${row.location}\u0001${row.item}`, row]))
  const before = new Map<string, Record<string, Cell>>()
  for (const row of await w.sql.select(
    selectStock,
    [...last.values()].map((row) => [row.location, row.item]),
  ))
    before.set(`${textOf(row['location'])}\u0001${textOf(row['item'])}`, row)
  // Movements of no message have the message 0 and the number of their load.
  const number = numberOf((await w.sql.all('select max(n) as n from movement where message = 0'))[0]?.['n']) + 1
  const day = new Date(w.now).toISOString().slice(0, 10)
  const stock: Cell[][] = []
  const movements: Cell[][] = []
  for (const [key, row] of last) {
    const old = before.get(key)
    const difference = row.onHand - numberOf(old?.['on_hand'])
    stock.push([
      row.location,
      row.item,
      row.onHand,
      row.min,
      row.max,
      numberOf(old?.['on_order']),
      numberOf(old?.['demand']),
      row.multiple || numberOf(old?.['multiple']),
    ])
    if (difference !== 0) movements.push([0, number, movements.length + 1, row.location, row.item, '', '', difference, old ? 'count' : 'opening', day])
  }
  await w.sql.insert(upserts.stock, stock)
  await w.sql.insert(insertMovement, movements)
}
