/** All rows of a table that fit, page by page; values beyond what one query takes are asked for in parts. */
import { BRIDGE_KEYS } from '../../channels/contract/index.ts'
import type { BridgeTable, BridgeTables, Reader, RowQuery } from '../../channels/contract/index.ts'

const PAGE = 1_000
const AMONG = 500

type Where<T extends BridgeTable> = NonNullable<RowQuery<T>['where']>

/** @param most the page that reaches so many rows is the last */
export async function allRows<T extends BridgeTable>(
  reader: Pick<Reader, 'rows'>,
  table: T,
  where: Where<T>,
  most = Infinity,
): Promise<readonly BridgeTables[T][]> {
  const rows: BridgeTables[T][] = []
  const keys = BRIDGE_KEYS[table] as unknown as readonly (keyof BridgeTables[T])[]
  for (;;) {
    const last = rows.at(-1)
    const { items } = await reader.rows({
      table,
      where,
      limit: PAGE,
      ...(last === undefined ? {} : { after: keys.map((column) => last[column] as string | number) }),
    })
    rows.push(...items)
    if (items.length < PAGE || rows.length >= most) return rows
  }
}

/** Rows of which one column is among many values. */
export async function rowsAmong<T extends BridgeTable, C extends keyof BridgeTables[T]>(
  reader: Pick<Reader, 'rows'>,
  table: T,
  column: C,
  values: readonly BridgeTables[T][C][],
): Promise<readonly BridgeTables[T][]> {
  const distinct = [...new Set(values)]
  const rows: BridgeTables[T][] = []
  for (let from = 0; from < distinct.length; from += AMONG) {
    const part = distinct.slice(from, from + AMONG)
    rows.push(...(await allRows(reader, table, { [column]: part } as unknown as Where<T>)))
  }
  return rows
}
