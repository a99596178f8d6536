/** The bridge's own tables for the system APIs: pages in key order, timers that are due, notices, keys and subscriptions. */
import { AqueductError, BRIDGE_COLUMNS, BRIDGE_KEYS } from '../../channels/contract/index.ts'
import type { BridgeTable, BridgeTables, Page, Reader, RowQuery } from '../../channels/contract/index.ts'
import { numberOf, textOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import type { Source } from './source.ts'

const MOST = 1_000
/** Values that one column may be among; more are asked for in several queries. */
const AMONG = 500

/** Documents are read together with their delivery. */
const DOCUMENTS =
  '(select d.key, d.id, d.kind, v.destination, d.message, d.n, d.delivery, v.state, d.mirror_of, v.erp_ref, d.body from document d join delivery v on v.message = d.message and v.n = d.delivery) t'

const LEVEL = Object.keys(BRIDGE_COLUMNS.stock).map((column) => `"${column}"`)
const NO_LEVEL = LEVEL.map((column) => (column === '"location"' || column === '"item"' ? `b.${column}` : `0 as ${column}`))
/** Levels, and zeros for what has none: that is all consigned, for the hospital's own pieces never move without a level. */
const STOCK = `(select ${LEVEL.join(',')} from "stock" union all select distinct ${NO_LEVEL.join(',')} from "balance" b where not exists (select 1 from "stock" s where s."location" = b."location" and s."item" = b."item")) t`

const FROM: { readonly [T in BridgeTable]?: string } = { document: DOCUMENTS, stock: STOCK }

/** @throws AqueductError BAD_VALUE for a table or column that there is not, or too many values */
export async function pageOf<T extends BridgeTable>(source: Source, query: RowQuery<T>): Promise<Page<BridgeTables[T]>> {
  const columns: Readonly<Record<string, string>> | undefined = Object.hasOwn(BRIDGE_COLUMNS, query.table) ? BRIDGE_COLUMNS[query.table] : undefined
  if (!columns) throw new AqueductError('BAD_VALUE', 'There is no such table.')
  const key: readonly string[] = BRIDGE_KEYS[query.table]
  const limit = Math.min(MOST, Math.max(1, Math.trunc(query.limit ?? 100)))
  const where: string[] = []
  const values: Cell[] = []
  for (const [column, wanted] of Object.entries<unknown>(query.where ?? {})) {
    if (wanted === undefined) continue
    if (!Object.hasOwn(columns, column)) throw new AqueductError('BAD_VALUE', `The table ${query.table} has no column of this name.`)
    const among = (Array.isArray(wanted) ? wanted : [wanted]) as Cell[]
    if (among.length === 0) return { items: [], next: null }
    if (among.length > AMONG) throw new AqueductError('BAD_VALUE', `At most ${String(AMONG)} values can be asked for at once.`)
    // A fixed number of places: as few statements are prepared as there are sizes.
    const places = 2 ** Math.ceil(Math.log2(among.length))
    where.push(places === 1 ? `"${column}" = ?` : `"${column}" in (${Array.from({ length: places }, () => '?').join(',')})`)
    values.push(...among, ...Array.from({ length: places - among.length }, () => among[0] ?? ''))
  }
  if (query.after) {
    if (query.after.length !== key.length) throw new AqueductError('BAD_VALUE', `A row of ${query.table} is named by ${key.join(', ')}.`)
    where.push(`(${key.map((column) => `"${column}"`).join(',')}) > (${key.map(() => '?').join(',')})`)
    values.push(...query.after)
  }
  const from = FROM[query.table] ?? `"${query.table}"`
  const order = key.map((column) => `"${column}"`).join(',')
  const text = `select * from ${from}${where.length > 0 ? ` where ${where.join(' and ')}` : ''} order by ${order} limit ?`
  const rows = (await source.sql.all(text, [...values, limit + 1])).map((row) => rowOf(columns, row))
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items: items as BridgeTables[T][], next: rows.length > limit && last ? JSON.stringify(key.map((column) => last[column])) : null }
}

/** A row as its table's columns say it; what is null in SQL is ''. */
function rowOf(columns: Readonly<Record<string, string>>, row: Row): Record<string, string | number> {
  return Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, type === 'int' ? numberOf(row[column]) : textOf(row[column])]))
}

export async function dueTimersOf(source: Source, now: number, limit: number): ReturnType<Reader['dueTimers']> {
  const rows = await source.sql.all('select name, subject, due, destination from timer where due > 0 and due <= ? order by due, name, subject limit ?', [
    now,
    limit,
  ])
  return rows.map((row) => rowOf(BRIDGE_COLUMNS.timer, row) as BridgeTables['timer'])
}

export async function noticesOf(source: Source, query: Parameters<Reader['notices']>[0]): ReturnType<Reader['notices']> {
  const { after, types = [] } = query
  const among = types.length === 0 ? '' : ` and type in (${types.map(() => '?').join(',')})`
  const limit = Math.min(MOST, Math.max(1, Math.trunc(query.limit)))
  const rows = await source.sql.all(`select * from notice where seq > ?${among} order by seq limit ?`, [after, ...types, limit])
  return rows.map((row) => rowOf(BRIDGE_COLUMNS.notice, row) as BridgeTables['notice'])
}

const words = (cell: Cell | undefined): string[] =>
  textOf(cell)
    .split(' ')
    .filter((word) => word !== '')

export async function apiKeysOf(source: Source): ReturnType<Reader['apiKeys']> {
  const rows = await source.sql.all('select * from api_key order by name')
  return rows.map((row) => ({
    name: textOf(row['name']),
    hash: textOf(row['hash']),
    scopes: words(row['scopes']),
    expires: row['expires'] === null ? null : numberOf(row['expires']),
    revoked: numberOf(row['revoked']) !== 0,
    created: numberOf(row['created']),
    by: textOf(row['by']),
  }))
}

export async function subscriptionsOf(source: Source): ReturnType<Reader['subscriptions']> {
  const rows = await source.sql.all('select * from subscription order by id')
  return rows.map((row) => ({
    id: textOf(row['id']),
    url: textOf(row['url']),
    types: words(row['types']),
    secret: textOf(row['secret']),
    state: textOf(row['state']) as 'active' | 'paused' | 'removed',
    cursor: numberOf(row['cursor']),
    failure: textOf(row['failure']),
    by: textOf(row['by']),
  }))
}
