/** Pages of a table, and one resource with its ETag. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { BRIDGE_COLUMNS, BRIDGE_KEYS } from '../../../channels/contract/index.ts'
import type { BridgeTable, BridgeTables, Reader, RowQuery } from '../../../channels/contract/index.ts'
import { allRows as everyRow } from '../../reports/index.ts'
import type { Answer } from '../operation.ts'
import { Problem } from '../problem.ts'

export type Where<T extends BridgeTable> = NonNullable<RowQuery<T>['where']>

const keyShape = z
  .array(z.union([z.string(), z.number()]))
  .min(1)
  .max(6)

/** A cursor says where the page before ended: the key of its last row. */
function cursorOf(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key), 'utf8').toString('base64url')
}

/** @throws Problem 400 for what is no cursor of this table */
function keyOf(table: BridgeTable, cursor: string): readonly (string | number)[] {
  let found: unknown
  try {
    found = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    found = null
  }
  const key = keyShape.safeParse(found)
  const kinds: Readonly<Record<string, string>> = BRIDGE_COLUMNS[table]
  const columns: readonly string[] = BRIDGE_KEYS[table]
  const fits = key.data?.every((value, n) => typeof value === (kinds[columns[n] ?? ''] === 'int' ? 'number' : 'string'))
  if (fits === true && key.data?.length === columns.length) return key.data
  throw new Problem(400, {
    detail: 'query.after: must be the `next` of the page before',
    cure: 'Begin again without after.',
    findings: [{ place: 'query.after', text: 'must be the `next` of the page before' }],
  })
}

/** A page in key order. */
export async function pageOfRows<T extends BridgeTable>(
  reader: Pick<Reader, 'rows'>,
  table: T,
  { where, after, limit = 50 }: { readonly where: Where<T>; readonly after?: string | undefined; readonly limit?: number | undefined },
): Promise<{ readonly rows: readonly BridgeTables[T][]; readonly next: string | null }> {
  // One more than is shown tells whether there is another page.
  const { items } = await reader.rows({ table, where, limit: limit + 1, ...(after === undefined ? {} : { after: keyOf(table, after) }) })
  const rows = items.slice(0, limit)
  const last = rows.at(-1)
  const keys = BRIDGE_KEYS[table] as unknown as readonly (keyof BridgeTables[T])[]
  return { rows, next: items.length > limit && last !== undefined ? cursorOf(keys.map((column) => last[column] as string | number)) : null }
}

/** What belongs to one resource is never more. */
const MOST = 5_000

/** All rows that fit, for what belongs to one resource. */
export function allRows<T extends BridgeTable>(reader: Pick<Reader, 'rows'>, table: T, where: Where<T>): Promise<readonly BridgeTables[T][]> {
  return everyRow(reader, table, where, MOST)
}

/** One resource with a strong ETag over what is shown. */
export function tagged(body: unknown): Answer {
  const tag = createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)
  return { status: 200, body, headers: { etag: `"${tag}"` } }
}
