/** Master data: upserts with their history, identifiers, opening counts; then what waited for it is decided again. */
import type { BridgeTable, FailureCode, LoadAnswer, LoadOp, LoadTable } from '../../channels/contract/index.ts'
import { AqueductError } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom, textOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { audit } from './administration.ts'
import { History, rowKey } from './history.ts'
import { OPTIONAL, TABLE_OF, readRows } from './load-rows.ts'
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
  units: ['UNKNOWN_UNIT', 'UNKNOWN_PRICE', 'INVOICE_UNIT'],
  prices: ['UNKNOWN_PRICE', 'UNKNOWN_CURRENCY'],
  contracts: ['UNKNOWN_PRICE'],
  'service-lines': ['UNKNOWN_COST_CENTRE'],
  accounts: ['ACCOUNT_BLOCKED'],
  'cost-rules': ['UNKNOWN_COST_CENTRE'],
  'cost-splits': ['UNKNOWN_COST_CENTRE'],
  lots: ['RECALLED_LOT', 'EXPIRED_LOT', 'MISSING_LOT'],
  periods: ['PERIOD_CLOSED', 'ACCOUNT_BLOCKED'],
}

const upserts = Object.fromEntries(Object.entries(tables.bridgeTables).map(([name, table]) => [name, insertInto(table, 'replace')])) as unknown as Record<
  Exclude<BridgeTable, 'document'>,
  ReturnType<typeof insertInto>
>
const selects = Object.fromEntries(Object.entries(tables.bridgeTables).map(([name, table]) => [name, selectFrom(table)])) as unknown as Record<
  Exclude<BridgeTable, 'document'>,
  ReturnType<typeof selectFrom>
>
const selectGtin = selectFrom(tables.bridgeTables.identifier, { key: ['item'], where: `"scheme" = 'gtin' and "unit" = ''` })
const insertMovement = insertInto(tables.bridgeTables.movement)

type Values = Record<string, string | number>

export async function load(w: Writing, op: LoadOp): Promise<LoadAnswer> {
  const loaded = op.rows.length
  if (op.table === 'items') await loadItems(w, op, readRows({ ...op, table: 'items' }))
  else if (op.table === 'stock') await loadStock(w, op, readRows({ ...op, table: 'stock' }))
  else {
    const rows = readRows({ ...op, table: op.table }) as unknown as Values[]
    if (op.table === 'cost-splits') await clearSplits(w, rows)
    await upsert(w, op, rows)
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

/**
 * Writes rows over those with their keys. Columns that the file leaves out keep what is known; what changes goes into the history.
 * Gives the rows as they were, by {@link rowKey}.
 */
async function upsert(w: Writing, op: LoadOp, rows: readonly Values[]): Promise<ReadonlyMap<string, Row>> {
  const name = TABLE_OF[op.table]
  const { columns, key } = tables.bridgeTables[name]
  const before = new Map<string, Row>()
  for (const row of await w.sql.select(
    selects[name],
    rows.map((row) => key.map((column) => row[column] ?? '')),
  ))
    before.set(rowKey(key, row), row)
  const history = new History(w, name, op.source)
  rows.forEach((row, i) => {
    const old = before.get(rowKey(key, row))
    for (const column of OPTIONAL[op.table] ?? []) {
      const known = old?.[column]
      if (op.rows[i]?.[column] === undefined && (typeof known === 'string' || typeof known === 'number')) row[column] = known
    }
    history.note(key, old, row)
  })
  await w.sql.insert(
    upserts[name],
    rows.map((row) => Object.keys(columns).map((column) => row[column] ?? null)),
  )
  await history.write()
  return before
}

/** The splits that begin on one day stand together: a file replaces them as a whole. */
async function clearSplits(w: Writing, rows: readonly Values[]): Promise<void> {
  const lines = new Map<string, Values>()
  // The last line of each group has the group's highest number.
  for (const row of rows) lines.set(`${String(row['cost_centre'])}\u0001${String(row['valid_from'])}`, row)
  for (const row of lines.values())
    await w.sql.run('delete from cost_split where cost_centre = ? and valid_from = ? and line > ?', [
      row['cost_centre'] ?? '',
      row['valid_from'] ?? '',
      row['line'] ?? 0,
    ])
}

async function loadItems(w: Writing, op: LoadOp, rows: readonly LoadedItem[]): Promise<void> {
  const gtins = new Map<string, string>()
  for (const row of await w.sql.select(
    selectGtin,
    rows.map(({ item }) => [item.item]),
  ))
    gtins.set(textOf(row['item']), textOf(row['value']))
  const before = await upsert(
    w,
    op,
    rows.map(({ item }) => ({ ...item })),
  )
  const history = new History(w, 'item', op.source)
  for (const { item, gtin } of rows) if (before.has(item.item)) history.add(item.item, 'gtin', gtins.get(item.item) ?? '', gtin)
  await history.write()
  for (const item of new Set(rows.map((row) => row.item.item)))
    await w.sql.run(`delete from identifier where item = ? and scheme in ('gtin','vendor','charge') and unit = ''`, [item])
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
  for (const row of await w.sql.select(selects.identifier, names)) {
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
    upserts.identifier,
    [...owner].flatMap(([name, item]) => (item === null ? [] : [[...name.split('\u0001'), item, '']])),
  )
}

function refuseGtin(op: LoadOp, index: number, other: string): never {
  const place = `${op.source} line ${String(index + 2)} column gtin`
  throw new AqueductError('BAD_VALUE', `${place}: this GTIN names item ${other} already; nothing of the file was loaded.`, { place })
}

/** on_hand stays the sum of its movements, also by lot: the difference is a movement of its own, of no lot. */
async function loadStock(w: Writing, op: LoadOp, rows: readonly LoadedStock[]): Promise<void> {
  const { stock: table, balance } = tables.bridgeTables
  const keys = rows.map((row) => [row.location, row.item])
  const known = new Map<string, Row>()
  for (const row of await w.sql.select(selects.stock, keys)) known.set(rowKey(table.key, row), row)
  const balances = new Map<string, number>()
  for (const row of await w.sql.select(
    selects.balance,
    keys.map((key) => [...key, '', '', '']),
  ))
    balances.set(rowKey(table.key, row), numberOf(row['on_hand']))
  await upsert(
    w,
    op,
    rows.map((row) => {
      const old = known.get(rowKey(table.key, row))
      return { ...row, on_order: numberOf(old?.['on_order']), demand: numberOf(old?.['demand']) }
    }),
  )
  // Movements of no message have the message 0 and the number of their load.
  const number = numberOf((await w.sql.all('select max(n) as n from movement where message = 0'))[0]?.['n']) + 1
  const day = new Date(w.now).toISOString().slice(0, 10)
  const movements: Cell[][] = []
  const sums: Cell[][] = []
  for (const row of rows) {
    const key = rowKey(table.key, row)
    const old = known.get(key)
    const difference = row.on_hand - numberOf(old?.['on_hand'])
    if (difference === 0) continue
    movements.push([0, number, movements.length + 1, row.location, row.item, '', '', difference, old ? 'count' : 'opening', day, ''])
    sums.push([row.location, row.item, '', '', '', (balances.get(key) ?? 0) + difference])
  }
  await w.sql.insert(insertMovement, movements)
  await w.sql.insert(upserts[balance.name as 'balance'], sums)
}
