/** One transaction being written: what every op stands on. */
import { createHash } from 'node:crypto'
import type { Bridge, DeliveryWork, Policies } from '../../channels/contract/index.ts'
import { contentDdl, contentOf, daySpan } from '../schema/content.ts'
import type { Content } from '../schema/content.ts'
import * as tables from '../schema/tables.ts'
import type { ContentKind } from '../schema/tables.ts'
import { insertInto, numberOf, selectFrom, textOf } from '../sql/port.ts'
import type { Cell, Row, Sql } from '../sql/port.ts'
import type { CheckEdit } from './fill.ts'
import type { Memory } from './memory.ts'

export interface Setting {
  readonly bridge: Bridge
  readonly installation: string
  readonly dedupeDays: number
  readonly checkEdit: CheckEdit
  /** Policies by configuration id, as read. */
  readonly policies: Map<string, Policies>
}

export interface Writing {
  readonly sql: Sql
  readonly memory: Memory
  readonly setting: Setting
  readonly now: number
  /** Deliveries made or re-opened: told after the commit. */
  readonly work: DeliveryWork[]
  /** Tables of master data that events changed: what waits for them is looked at again. */
  readonly changed: Set<string>
}

/** An event's or a delivery's number under its message, as a key of maps. */
export function keyOf(message: number, n: number): string {
  return `${String(message)}.${String(n)}`
}

const insertPartition = insertInto(tables.partition, 'ignore')

/** The content table that a row of this span goes to, created on first use and entered in the catalogue. */
export async function contentFor(w: Writing, kind: ContentKind, span: string): Promise<Content> {
  const content = contentOf(kind, span)
  if (!w.memory.tables.has(content.table.name)) {
    await w.sql.run(contentDdl(w.sql.dialect, content))
    await w.sql.insert(insertPartition, [[content.table.name, kind, span, w.now]])
    w.memory.addTable(content.table.name)
  }
  return content
}

/** Rows by content table, so that a batch over midnight goes to both days. */
export class ContentRows {
  readonly #rows = new Map<Content, Cell[][]>()

  async add(w: Writing, kind: ContentKind, span: string, row: Cell[]): Promise<void> {
    this.addTo(await contentFor(w, kind, span), row)
  }

  addTo(content: Content, row: Cell[]): void {
    const rows = this.#rows.get(content)
    if (rows) rows.push(row)
    else this.#rows.set(content, [row])
  }

  async write(w: Writing): Promise<void> {
    for (const [content, rows] of this.#rows) await w.sql.insert(content.insert, rows)
  }
}

/** Bodies of events as a message keeps them: JSON has no line break but as white space. */
export function joinBodies(bodies: readonly string[]): string {
  return bodies.map((body) => (body.includes('\n') ? body.replaceAll('\n', ' ') : body)).join('\n')
}

interface Books {
  readonly sql: Sql
  readonly memory: { readonly tables: ReadonlySet<string> }
}

/** The bodies of whole messages, in the order of their events; those past their retention are not in it. */
async function linesOf(w: Books, messages: Iterable<number>): Promise<Map<number, string[]>> {
  const byDay = new Map<string, Cell[][]>()
  for (const message of new Set(messages)) {
    const day = daySpan(message)
    const list = byDay.get(day)
    if (list) list.push([message])
    else byDay.set(day, [[message]])
  }
  const lines = new Map<number, string[]>()
  for (const [day, keys] of byDay) {
    const content = contentOf('body', day)
    if (!w.memory.tables.has(content.table.name)) continue
    for (const row of await w.sql.select(content.select, keys)) lines.set(numberOf(row['message']), textOf(row['bodies']).split('\n'))
  }
  return lines
}

/** Bodies of events by {@link keyOf}; those past their retention are not in it. */
export async function bodiesOf(w: Books, keys: readonly (readonly [number, number])[]): Promise<Map<string, string>> {
  const lines = await linesOf(
    w,
    keys.map(([message]) => message),
  )
  const bodies = new Map<string, string>()
  for (const [message, n] of keys) {
    const body = lines.get(message)?.[n - 1]
    if (body !== undefined && body !== '') bodies.set(keyOf(message, n), body)
  }
  return bodies
}

/** Writes bodies of events beside or over those that their messages have. */
export async function writeBodies(w: Writing, changes: readonly { readonly message: number; readonly n: number; readonly body: string }[]): Promise<void> {
  const lines = await linesOf(
    w,
    changes.map((change) => change.message),
  )
  for (const { message, n, body } of changes) {
    const list = lines.get(message) ?? []
    while (list.length < n) list.push('')
    list[n - 1] = body
    lines.set(message, list)
  }
  const rows = new ContentRows()
  for (const [message, list] of lines) await rows.add(w, 'body', daySpan(message), [message, joinBodies(list)])
  await rows.write(w)
}

const insertOrigin = insertInto(tables.origin, 'ignore')

/** Ids of origins, storing those that are new: 48 bits of sha256 of their text. */
export async function internOrigins(w: Writing, jsons: Iterable<string>): Promise<void> {
  const rows: Cell[][] = []
  for (const json of jsons) {
    if (w.memory.origins.has(json)) continue
    const id = createHash('sha256').update(json).digest().readUIntBE(0, 6)
    w.memory.addOrigin(json, id)
    rows.push([id, json])
  }
  await w.sql.insert(insertOrigin, rows)
}

const selectMessages = selectFrom(tables.message, {
  columns: ['id', 'channel', 'control_id', 'lane', 'state', 'run_config', 'accepted_config', 'ack_code', 'ack_bytes', 'ack_at'],
})

/** Message rows by id. */
export async function messagesOf(w: Writing, ids: Iterable<number>): Promise<Map<number, Row>> {
  const found = new Map<number, Row>()
  for (const row of await w.sql.select(
    selectMessages,
    [...new Set(ids)].map((id) => [id]),
  ))
    found.set(Number(row['id']), row)
  return found
}

/** An event's body under its message's control id and lane, as an `http` destination gets it (DESIGN §12). */
export function eventBody(controlId: string, lane: string, body: string): string {
  const rest = body.slice(1).trimStart()
  return `{"controlId":${JSON.stringify(controlId)},"lane":${JSON.stringify(lane)}${rest.startsWith('}') ? '' : ','}${rest}`
}
