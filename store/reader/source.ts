/** What every query of the reader stands on: a connection, and which content tables exist. */
import { contentOf } from '../schema/content.ts'
import type { Content } from '../schema/content.ts'
import type { ContentKind } from '../schema/tables.ts'
import { numberOf, textOf } from '../sql/port.ts'
import type { Row, Sql } from '../sql/port.ts'

export interface Source {
  readonly sql: Sql
  readonly memory: { readonly tables: Set<string> }
}

/** Reads the catalogue: retention may have dropped tables, the ledger may have made some. */
export async function refresh(source: Source): Promise<void> {
  const names = (await source.sql.all('select name from content_table')).map((row) => textOf(row['name']))
  source.memory.tables.clear()
  for (const name of names) source.memory.tables.add(name)
}

/** Content tables of a kind, newest span first. */
export async function contents(source: Source, kind: ContentKind): Promise<readonly Content[]> {
  const rows = await source.sql.all('select span from content_table where kind = ? order by span desc', [kind])
  return rows.map((row) => contentOf(kind, textOf(row['span'])))
}

/** Messages with this control id, newest first. */
export async function messagesWithControlId(source: Source, controlId: string): Promise<readonly number[]> {
  const ids: number[] = []
  for (const content of await contents(source, 'identity'))
    for (const row of await source.sql.select(content.select, [[controlId]])) ids.push(numberOf(row['message']))
  return ids.sort((a, b) => b - a)
}

/** One look into each sorted run of a search table. */
export function runsText(table: string): string {
  return `with recursive r(run) as (select 1 union all select run + 1 from r where run < (select max(run) from ${table})) select t.kind, t.message, t.n from r join ${table} t on t.run = r.run and t.value = ?`
}

/** Events that carry this search key: `[kind, message, n]`, newest first. */
export async function eventsWithKey(source: Source, value: string): Promise<readonly (readonly [string, number, number])[]> {
  const rows = [...(await source.sql.all('select kind, message, n from search_log where value = ?', [value]))]
  for (const content of await contents(source, 'search')) rows.push(...(await source.sql.all(runsText(content.table.name), [value])))
  const found = new Map<string, readonly [string, number, number]>()
  for (const row of rows) {
    const key = [textOf(row['kind']), numberOf(row['message']), numberOf(row['n'])] as const
    found.set(key.join('\u0001'), key)
  }
  return [...found.values()].sort((a, b) => b[1] - a[1] || a[2] - b[2])
}

/** `a = ? or a = ? …` is no plan for many: rows of `table` by one integer column, each through its index. */
export async function byMessages(source: Source, text: string, ids: readonly number[]): Promise<readonly Row[]> {
  const rows: Row[] = []
  if (source.sql.dialect === 'postgres') {
    return source.sql.all(text.replace('= ?', '= any(cast(? as bigint[]))'), [`{${ids.join(',')}}`])
  }
  for (const id of ids) rows.push(...(await source.sql.all(text, [id])))
  return rows
}

export function iso(ms: number): string {
  return new Date(ms).toISOString()
}
