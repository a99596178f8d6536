/** Content tables by span: their statements, made once, and their DDL. */
import { dayOf, receivedAt } from '../../channels/contract/index.ts'
import { insertInto, selectFrom } from '../sql/port.ts'
import type { Insert, Select, Table } from '../sql/port.ts'
import { ddl } from './migrations/index.ts'
import type { Dialect } from './migrations/index.ts'
import { contentTables } from './tables.ts'
import type { ContentKind } from './tables.ts'

const DAY_MS = 86_400_000
const WINDOW_MS = 7 * DAY_MS

export interface Content {
  readonly kind: ContentKind
  readonly span: string
  readonly table: Table
  readonly insert: Insert
  readonly select: Select
}

const LAYOUT: Record<ContentKind, string> = {
  raw: '(message INT primary key, bytes BYTES not null)',
  body: '(message INT primary key, bodies text not null)',
  identity: '(control_id text not null, message INT not null, sender text not null, hash BYTES not null, primary key (control_id, message)) COMPACT',
  search:
    '(run INT not null, value text not null, kind text not null, message INT not null, n INT not null, primary key (run, value, kind, message, n)) COMPACT',
}

const made = new Map<string, Content>()

/** The content table of a kind and span, e.g. `raw` of `20260301`. */
export function contentOf(kind: ContentKind, span: string): Content {
  const name = `${kind}_${span}`
  let content = made.get(name)
  if (!content) {
    const table = contentTables[kind](span)
    const key = kind === 'identity' ? ['control_id'] : table.key
    content = {
      kind,
      span,
      table,
      insert: insertInto(table, kind === 'search' ? 'ignore' : kind === 'body' ? 'replace' : 'fail'),
      select: selectFrom(table, { key }),
    }
    made.set(name, content)
  }
  return content
}

export function contentDdl(dialect: Dialect, content: Content): string {
  return ddl(dialect, `create table if not exists ${content.table.name} ${LAYOUT[content.kind]}`)
}

/** UTC week of a time, counted from 1970, as four digits: the span of identity and search. */
export function windowAt(ms: number): string {
  return String(Math.floor(ms / WINDOW_MS)).padStart(4, '0')
}

let lastId = 0
let lastDay = ''
/** {@link dayOf}, remembering the last day: ids come in order. */
export function daySpan(id: number): string {
  const day = Math.floor(receivedAt(id) / DAY_MS)
  if (day !== lastId || lastDay === '') {
    lastId = day
    lastDay = dayOf(id)
  }
  return lastDay
}

export function windowSpan(id: number): string {
  return windowAt(receivedAt(id))
}
