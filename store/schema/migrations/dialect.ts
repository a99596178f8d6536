/** One DDL text for both databases: `INT`, `FLOAT`, `BYTES`, `BYTEWISE` and `COMPACT` are the only words that differ. */
export type Dialect = 'sqlite' | 'postgres'

/**
 * `FLOAT` is a double; a `BYTEWISE` text sorts by its UTF-8 bytes, as all of SQLite's do.
 * `COMPACT` after a table's bracket: SQLite keeps the row in the key's own tree. `INT` is 64 bits in both.
 * SQLite's `integer primary key` is the row id, so a table by one integer needs no second tree.
 */
export function ddl(dialect: Dialect, text: string): string {
  return dialect === 'sqlite'
    ? text
        .replaceAll(/\bINT\b/g, 'integer')
        .replaceAll(/\bFLOAT\b/g, 'real')
        .replaceAll(/ ?\bBYTEWISE\b/g, '')
        .replaceAll(/\bBYTES\b/g, 'blob')
        .replaceAll(/\bCOMPACT\b/g, 'without rowid')
    : text
        .replaceAll(/\bINT\b/g, 'bigint')
        .replaceAll(/\bFLOAT\b/g, 'double precision')
        .replaceAll(/\bBYTEWISE\b/g, 'collate "C"')
        .replaceAll(/\bBYTES\b/g, 'bytea')
        .replaceAll(/ ?\bCOMPACT\b/g, '')
}
