/** Master data: upserts with their history, identifiers, opening counts; then what waited for it is decided again. */
import type { BridgeTable, LoadAnswer, LoadOp } from '../../channels/contract/index.ts'
import { TABLE_OF } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { audit } from './administration.ts'
import { answerable, reopenPeriods } from './answers.ts'
import { History, rowKey } from './history.ts'
import { gtinsOf, loadIdentifiers } from './load-items.ts'
import { OPTIONAL, readRows } from './load-rows.ts'
import type { LoadedItem, LoadedStock } from './load-rows.ts'
import { retryDecisions } from './resolve.ts'
import type { Writing } from './writing.ts'

const upserts = Object.fromEntries(Object.entries(tables.bridgeTables).map(([name, table]) => [name, insertInto(table, 'replace')])) as unknown as Record<
  Exclude<BridgeTable, 'document'>,
  ReturnType<typeof insertInto>
>
const selects = Object.fromEntries(Object.entries(tables.bridgeTables).map(([name, table]) => [name, selectFrom(table)])) as unknown as Record<
  Exclude<BridgeTable, 'document'>,
  ReturnType<typeof selectFrom>
>
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
  const resolution = { action: 'load', by: op.by, reason: `loaded ${op.table} from ${op.source}` }
  const sent = op.table === 'periods' ? await reopenPeriods(w, resolution) : { resumed: 0, closed: 0 }
  const items = await answerable(w, op.table)
  if (items.length === 0) return { loaded, ...sent }
  const resumed = sent.resumed + (await retryDecisions(w, items, resolution))
  const still = new Set((await w.sql.all(`select id from worklist where state = 'open'`)).map((row) => numberOf(row['id'])))
  return { loaded, closed: sent.closed + items.filter((id) => !still.has(id)).length, resumed }
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
  const gtins = await gtinsOf(w, rows)
  const before = await upsert(
    w,
    op,
    rows.map(({ item }) => ({ ...item })),
  )
  await loadIdentifiers(w, op, rows, before, gtins)
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
