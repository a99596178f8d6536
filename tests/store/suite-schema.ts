/** What the schema must be on every database: the bridge's tables as their types say, and an index for every finder. */
import type { ExecutionContext, TestFn } from 'ava'
import { BRIDGE_COLUMNS, BRIDGE_FINDERS, BRIDGE_KEYS } from '../../channels/contract/index.ts'
import type { BridgeTable } from '../../channels/contract/index.ts'
import { loaderOf } from '../../store/ledger/rows.ts'
import type { Cell, Row, Sql } from '../../store/sql/port.ts'
import { postgresText, sqliteText } from '../../store/sql/text.ts'
const stored = (Object.keys(BRIDGE_COLUMNS) as BridgeTable[]).filter((table) => table !== 'document')

/** @param connect a connection to a store of its own that was migrated */
export function schemaSuite(test: TestFn, connect: (t: ExecutionContext) => Promise<Sql>): void {
  test('every table of the bridge has the columns and the key that its type says', async (t) => {
    const sql = await connect(t)
    for (const table of stored) {
      const found = sql.dialect === 'sqlite' ? await sqliteColumns(sql, table) : await postgresColumns(sql, table)
      t.deepEqual(found.columns, { ...BRIDGE_COLUMNS[table] }, table)
      t.deepEqual(found.key, [...BRIDGE_KEYS[table]], table)
    }
  })

  test('every finder, and every key, is served by an index', async (t) => {
    const sql = await connect(t)
    if (sql.dialect === 'postgres') await sql.run('set enable_seqscan = off')
    const scans: string[] = []
    for (const table of stored) {
      const finders: (string | null)[] = [null, ...Object.keys((BRIDGE_FINDERS as Record<string, object>)[table] ?? {})]
      for (const finder of finders) {
        const { key, select } = loaderOf(table as Exclude<BridgeTable, 'document'>, finder)
        const kinds = BRIDGE_COLUMNS[table] as Readonly<Record<string, 'int' | 'text'>>
        const values = key.map((column) => (kinds[column] === 'int' ? 1 : 'x'))
        const plan =
          sql.dialect === 'sqlite'
            ? (await sql.all(`explain query plan ${sqliteText.select(select)}`, values)).map((row) => String(row['detail']))
            : (await explain(sql, postgresText.select({ ...select, lock: false }), values)).map((row) => String(row['QUERY PLAN']))
        if (plan.some((line) => /^SCAN|Seq Scan/.test(line.trim().replace(/^-> +/, '')))) scans.push(`${table}.${finder ?? 'key'}: ${plan.join(' / ')}`)
      }
    }
    t.deepEqual(scans, [])
  })
}

async function explain(sql: Sql, text: string, values: readonly (string | number)[]): Promise<readonly Row[]> {
  const literals = values.map((value) => (typeof value === 'number' ? `array[${String(value)}]::bigint[]` : `array['${value}']::text[]`))
  return sql.all(`explain ${text.replaceAll(/\$(\d+)::(?:bigint|text)\[\]/g, (_, n: string) => literals[Number(n) - 1] ?? '')}`)
}

async function sqliteColumns(sql: Sql, table: string) {
  const rows = await sql.all(`select name, type, pk from pragma_table_info('${table}') order by cid`)
  return shaped(rows, (row) => (row['type'] === 'INTEGER' || row['type'] === 'integer' ? 'int' : 'text'))
}

async function postgresColumns(sql: Sql, table: string) {
  const rows = await sql.all(
    `select c.column_name as name, c.data_type as type, coalesce(k.ordinal_position, 0) as pk from information_schema.columns c
     left join (select u.column_name, u.ordinal_position from information_schema.key_column_usage u
       join information_schema.table_constraints t on t.constraint_name = u.constraint_name and t.table_name = u.table_name
       where t.constraint_type = 'PRIMARY KEY' and t.table_name = '${table}') k on k.column_name = c.column_name
     where c.table_name = '${table}' and c.table_schema = 'public' order by c.ordinal_position`,
  )
  return shaped(rows, (row) => (row['type'] === 'bigint' ? 'int' : 'text'))
}

function shaped(rows: readonly Row[], typeOf: (row: Row) => 'int' | 'text') {
  const at = (cell: Cell | undefined) => Number(cell ?? 0)
  return {
    columns: Object.fromEntries(rows.map((row) => [String(row['name']), typeOf(row)])),
    key: rows
      .filter((row) => at(row['pk']) > 0)
      .sort((a, b) => at(a['pk']) - at(b['pk']))
      .map((row) => String(row['name'])),
  }
}
