/** Master data in, stock, counts and audit out. */
import { z } from 'zod'
import { LOAD_TABLES } from '../../channels/contract/index.ts'
import { LOAD_COLUMNS, readMasterData, valueProblems } from '../master-data.ts'
import { operation } from './operation.ts'
import type { RawRequest } from './operation.ts'
import { Problem } from './problem.ts'
import { AuditShape, CountsShape, StockShape, numberCursor, paging } from './shapes.ts'

type Rows = readonly Readonly<Record<string, string | number>>[]

const row = z.record(z.string(), z.union([z.string(), z.number()]))
const LoadShape = z
  .union([z.array(row), z.strictObject({ rows: z.array(row), source: z.string().max(200).optional(), by: z.string().max(100).optional() })])
  .meta({ id: 'Load', description: 'Rows as columns of the table’s CSV file, alone or with the name of their source.' })
const name = z.string().min(1).max(200)

export const loadTable = operation({
  method: 'post',
  path: '/load/{table}',
  summary: 'Loads master data; what waited for it goes on.',
  params: z.object({ table: z.enum(LOAD_TABLES) }),
  body: LoadShape,
  otherBodies: ['text/csv'],
  answer: z.object({ loaded: z.number().int(), closed: z.number().int(), resumed: z.number().int() }),
  problems: { 413: 'The body is too large; send it in parts.', 422: 'Rows do not fit the table; nothing was loaded.' },
  async handle({ params: { table }, body, raw, who }, { control }) {
    const { rows, source } = raw.contentType === 'text/csv' ? csvRows(table, raw) : jsonRows(table, body)
    const answer = await control.load({ table, rows, by: who, source })
    return { status: 200, body: answer }
  },
})

function csvRows(table: (typeof LOAD_TABLES)[number], raw: RawRequest): { readonly rows: Rows; readonly source: string } {
  const read = readMasterData(table, 'upload.csv', typeof raw.body === 'string' ? raw.body : '')
  if (read.ok) return { rows: read.data.rows, source: 'upload.csv' }
  refuse(read.problems.map(({ line, text }) => ({ place: `line ${String(line)}`, text })))
}

function jsonRows(table: (typeof LOAD_TABLES)[number], body: z.output<typeof LoadShape>): { readonly rows: Rows; readonly source: string } {
  const { rows, source } = Array.isArray(body) ? { rows: body, source: undefined } : body
  const columns = LOAD_COLUMNS[table]
  const findings = rows.flatMap((each, n) => {
    const foreign = Object.keys(each).filter((column) => !columns.includes(column))
    const missing = columns.slice(0, 1).filter((column) => each[column] === undefined)
    const text = [...foreign.map(() => `unknown column; ${table} has ${columns.join(',')}`), ...missing.map((column) => `needs ${column}`)]
    return text.length === 0 ? [] : [{ place: `row ${String(n + 1)}`, text: text.join('; ') }]
  })
  if (findings.length > 0) refuse(findings)
  const bad = valueProblems(table, rows, (index) => `row ${String(index + 1)}`)
  if (bad.length > 0) refuse(bad.map(({ index, text }) => ({ place: `row ${String(index + 1)}`, text })))
  return { rows, source: source ?? 'api' }
}

const MOST_FINDINGS = 20

function refuse(findings: readonly { readonly place: string; readonly text: string }[]): never {
  const [first] = findings
  throw new Problem(422, {
    detail: `${String(findings.length)} ${findings.length === 1 ? 'row does' : 'rows do'} not fit; nothing was loaded. ${first === undefined ? '' : `${first.place}: ${first.text}`}`,
    cure: 'Mend the rows that the findings name and send all again.',
    findings: findings.slice(0, MOST_FINDINGS),
  })
}

export const listStock = operation({
  method: 'get',
  path: '/stock',
  summary: 'Stock by location and item.',
  deprecated: { since: '2026-11-22', sunset: '2027-07-01', successor: '/api/system/v1/stock' },
  query: z.strictObject({ item: name.optional(), location: name.optional() }),
  answer: z.object({ items: z.array(StockShape) }),
  async handle({ query: { item, location } }, { reader }) {
    return { status: 200, body: { items: await reader.stock({ ...(item === undefined ? {} : { item }), ...(location === undefined ? {} : { location }) }) } }
  },
})

export const listAudit = operation({
  method: 'get',
  path: '/audit',
  summary: 'The hash-chained audit, oldest first.',
  query: z.strictObject({ after: numberCursor, limit: paging.limit }),
  answer: z.object({ items: z.array(AuditShape), next: z.number().int().nullable() }),
  async handle({ query: { after, limit = 50 } }, { reader }) {
    const items = await reader.audit({ limit, ...(after === undefined ? {} : { after }) })
    return { status: 200, body: { items, next: items.length < limit ? null : (items.at(-1)?.n ?? null) } }
  },
})

export const getCounts = operation({
  method: 'get',
  path: '/counts',
  summary: 'How much is in which state.',
  answer: CountsShape,
  async handle(_request, { reader }) {
    return { status: 200, body: await reader.counts() }
  },
})
