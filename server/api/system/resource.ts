/** Makes the two operations of a resource, list and one, from what it shows. */
import { z } from 'zod'
import type { BridgeTable, BridgeTables, Reader } from '../../../channels/contract/index.ts'
import { operation } from '../operation.ts'
import type { Operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { pageOf, paging } from '../shapes.ts'
import { camel, shapeOf, show } from './fields.ts'
import type { Columns, Shown } from './fields.ts'
import { allRows, pageOfRows, tagged } from './pages.ts'
import type { Where } from './pages.ts'

export const SYSTEM_BASE = '/api/system/v1'

/** What belongs to one resource and is shown with it, not in lists. */
export interface Part {
  readonly name: string
  readonly shape: z.ZodType
  read(reader: Reader, row: Readonly<Record<string, string | number>>): Promise<readonly Shown[]>
}

/** A part by columns of the resource: `own` column → the part's column. */
export function partOf<T extends BridgeTable>(
  name: string,
  table: T,
  columns: Columns<T>,
  link: Readonly<Partial<Record<keyof BridgeTables[T], string>>>,
): Part {
  return {
    name,
    shape: z.array(z.object(shapeOf(columns))),
    async read(reader, row) {
      const where = Object.fromEntries(Object.entries<string | undefined>(link).map(([column, own]) => [column, row[own ?? ''] ?? ''])) as Where<T>
      return (await allRows(reader, table, where)).map((each) => show(columns, each))
    },
  }
}

/** What is shown with every row, in lists too: read for a whole page at once. */
interface Added<T extends BridgeTable> {
  readonly shape: Readonly<Record<string, z.ZodType>>
  /** One for each row, in their order. */
  read(reader: Reader, rows: readonly BridgeTables[T][]): Promise<readonly Readonly<Record<string, unknown>>[]>
}

interface ResourceSpec<T extends BridgeTable> {
  /** In the path: `cost-centres`. */
  readonly name: string
  /** `Item`. */
  readonly title: string
  /** What one and several are called. */
  readonly words: readonly [string, string]
  readonly table: T
  readonly columns: Columns<T>
  /** Columns that a list can be narrowed by. */
  readonly filters: readonly (keyof BridgeTables[T] & string)[]
  /** Columns that the path of one names, in order. Without them there is a list only. */
  readonly path?: readonly (keyof BridgeTables[T] & string)[]
  /** Another column that the last step of the path may be a value of: the ERP's number. */
  readonly alias?: keyof BridgeTables[T] & string
  readonly added?: Added<T>
  readonly parts?: readonly Part[]
}

const filter = z.string().min(1).max(200)

/** List and, where `path` says how, one of a resource. All need `system:read`. */
export function resource<T extends BridgeTable>(spec: ResourceSpec<T>): readonly Operation[] {
  const { name, title, words, table, columns, filters, path, alias, added, parts = [] } = spec
  const item = z.object({ ...shapeOf(columns), ...added?.shape }).meta({ id: title })
  const text = columns as Readonly<Record<string, string>>
  const shown = async (reader: Reader, rows: readonly BridgeTables[T][]): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const more = await added?.read(reader, rows)
    return rows.map((row, n) => ({ ...show(columns, row), ...more?.[n] }))
  }
  const about = (column: string) => ({ description: `Only with this: ${(text[column] ?? column).replace(/^\w+: /, '')}` })
  const list = operation({
    method: 'get',
    base: SYSTEM_BASE,
    path: `/${name}`,
    scope: 'system:read',
    summary: `${words[1]}, in order of their key.`,
    query: z.strictObject({
      ...Object.fromEntries(filters.map((column) => [camel(column), filter.optional().meta(about(column))])),
      after: z.string().max(2000).optional().meta({ description: 'Cursor: the `next` of the page before.' }),
      limit: paging.limit,
    }),
    answer: pageOf(item),
    async handle({ query }, { reader }) {
      const asked = query as Readonly<Record<string, unknown>>
      const where = Object.fromEntries(
        filters.flatMap((column) => (typeof asked[camel(column)] === 'string' ? [[column, asked[camel(column)]]] : [])),
      ) as Where<T>
      const { rows, next } = await pageOfRows(reader, table, { where, after: query.after, limit: query.limit })
      return { status: 200, body: { items: await shown(reader, rows), next } }
    },
  })
  if (path === undefined) return [list]
  const one = operation({
    method: 'get',
    base: SYSTEM_BASE,
    path: `/${name}${path.map((column) => `/{${camel(column)}}`).join('')}`,
    scope: 'system:read',
    summary: `One ${words[0]}${alias === undefined ? '' : ', by its key or its number in the ERP'}. With an ETag.`,
    params: z.object(Object.fromEntries(path.map((column) => [camel(column), filter.meta({ description: text[column] ?? column })]))),
    headers: { 'if-none-match': 'ETag of what is known: 304 when it is still so.' },
    answer: parts.length === 0 ? item : item.extend(Object.fromEntries(parts.map((part) => [part.name, part.shape]))).meta({ id: `${title}Detail` }),
    problems: { 404: `There is no such ${words[0]}.` },
    async handle({ params }, { reader }) {
      const values = params as Readonly<Record<string, string>>
      const find = async (last: string) => {
        const where = Object.fromEntries(path.map((column, n) => [n === path.length - 1 ? last : column, values[camel(column)] ?? ''])) as Where<T>
        return (await reader.rows({ table, where, limit: 1 })).items[0]
      }
      const row = (await find(path.at(-1) ?? '')) ?? (alias === undefined ? undefined : await find(alias))
      if (row === undefined) throw new Problem(404, { detail: `There is no such ${words[0]}.`, cure: `List them with GET ${SYSTEM_BASE}/${name}.` })
      const body: Record<string, unknown> = { ...(await shown(reader, [row]))[0] }
      for (const part of parts) body[part.name] = await part.read(reader, row as Readonly<Record<string, string | number>>)
      return tagged(body)
    },
  })
  return [list, one]
}
