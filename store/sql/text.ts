/** The SQL that statements stand for, in both dialects. */
import type { ColumnType, Delete, Insert, Select, Table, Update } from './port.ts'

const quote = (name: string): string => `"${name}"`
const list = (names: readonly string[]): string => names.map(quote).join(',')
const typeOf = (table: Table, column: string): ColumnType => table.columns[column] ?? 'text'

function onConflict(statement: Insert): string {
  const { table, columns, conflict } = statement
  if (conflict === 'fail') return ''
  const rest = columns.filter((column) => !table.key.includes(column))
  if (conflict === 'ignore' || rest.length === 0) return ` on conflict (${list(table.key)}) do nothing`
  return ` on conflict (${list(table.key)}) do update set ${rest.map((column) => `${quote(column)}=excluded.${quote(column)}`).join(',')}`
}

const guardOf = (statement: Update, alias: string): string =>
  statement.guard ? ` and (${statement.guard.among.map((value) => `${alias}${quote(statement.guard?.column ?? '')}='${value}'`).join(' or ')})` : ''

/** One row at a time: SQLite, in a loop over a prepared statement. */
export const sqliteText = {
  delete: (statement: Delete): string =>
    `delete from ${quote(statement.table.name)} where ${statement.key.map((column) => `${quote(column)}=?`).join(' and ')}`,
  insert: (statement: Insert): string =>
    `insert into ${quote(statement.table.name)} (${list(statement.columns)}) values (${statement.columns.map(() => '?').join(',')})${onConflict(statement)}`,
  update: (statement: Update): string =>
    `update ${quote(statement.table.name)} set ${statement.set.map((column) => `${quote(column)}=?`).join(',')} where ${statement.key.map((column) => `${quote(column)}=?`).join(' and ')}${guardOf(statement, '')}`,
  select: (statement: Select): string =>
    `select ${list(statement.columns)} from ${quote(statement.table.name)} where ${statement.key.map((column) => `${quote(column)}=?`).join(' and ')}${statement.where ? ` and ${statement.where}` : ''}`,
}

const ARRAYS: Record<ColumnType, string> = { int: 'bigint[]', float: 'double precision[]', text: 'text[]', bytes: 'bytea[]' }

function unnest(table: Table, columns: readonly string[]): string {
  return `unnest(${columns.map((column, i) => `$${String(i + 1)}::${ARRAYS[typeOf(table, column)]}`).join(',')})`
}

/** All rows at once: PostgreSQL, one array a column. */
export const postgresText = {
  delete(statement: Delete): string {
    const names = statement.key.map((_, i) => `c${String(i)}`)
    const on = statement.key.map((column, i) => `t.${quote(column)}=u.c${String(i)}`).join(' and ')
    return `delete from ${quote(statement.table.name)} t using ${unnest(statement.table, statement.key)} as u(${names.join(',')}) where ${on}`
  },
  insert: (statement: Insert): string =>
    `insert into ${quote(statement.table.name)} (${list(statement.columns)}) select * from ${unnest(statement.table, statement.columns)}${onConflict(statement)}`,
  update(statement: Update): string {
    const columns = [...statement.set, ...statement.key]
    const names = columns.map((_, i) => `c${String(i)}`)
    const key = statement.key.map((column, i) => `t.${quote(column)}=u.c${String(statement.set.length + i)}`).join(' and ')
    return (
      `update ${quote(statement.table.name)} as t set ${statement.set.map((column, i) => `${quote(column)}=u.c${String(i)}`).join(',')} ` +
      `from ${unnest(statement.table, columns)} as u(${names.join(',')}) where ${key}${guardOf(statement, 't.')} ` +
      `returning ${statement.key.map((column) => `t.${quote(column)}`).join(',')}`
    )
  },
  select(statement: Select): string {
    const names = statement.key.map((_, i) => `c${String(i)}`)
    const on = statement.key.map((column, i) => `t.${quote(column)}=u.c${String(i)}`).join(' and ')
    return (
      `select ${statement.columns.map((column) => `t.${quote(column)}`).join(',')} from ${unnest(statement.table, statement.key)} as u(${names.join(',')}) ` +
      `join ${quote(statement.table.name)} t on ${on}${statement.where ? ` where ${statement.where}` : ''}` +
      (statement.lock ? ` order by ${statement.table.key.map((column) => `t.${quote(column)}`).join(',')} for update of t` : '')
    )
  },
  /** `?` → `$n`. Texts of ours have no question mark of another meaning. */
  numbered(text: string): string {
    let n = 0
    return text.replaceAll('?', () => `$${String(++n)}`)
  },
}
