/** One DDL text for both databases: `INT`, `BYTES` and `COMPACT` are the only words that differ. */
export type Dialect = 'sqlite' | 'postgres'

/**
 * `COMPACT` after a table's bracket: SQLite keeps the row in the key's own tree. `INT` is 64 bits in both.
 * SQLite's `integer primary key` is the row id, so a table by one integer needs no second tree.
 */
export function ddl(dialect: Dialect, text: string): string {
  return dialect === 'sqlite'
    ? text
        .replaceAll(/\bINT\b/g, 'integer')
        .replaceAll(/\bBYTES\b/g, 'blob')
        .replaceAll(/\bCOMPACT\b/g, 'without rowid')
    : text
        .replaceAll(/\bINT\b/g, 'bigint')
        .replaceAll(/\bBYTES\b/g, 'bytea')
        .replaceAll(/ ?\bCOMPACT\b/g, '')
}
