/**
 * What changed since a cursor, by Tryton's own write dates. A transaction that began earlier may end later, so each round looks back a while;
 * the cursor carries what was already told of that while, so nothing comes twice for it.
 */
import type { Desk, Domain } from '../desk.ts'
import { datetimeOf, idOf, stampOf } from '../values.ts'
import type { Row } from '../values.ts'

/** Where changes are looked for, and what they are changes of. */
export interface Watch {
  readonly model: string
  readonly domain?: Domain
  readonly fields?: readonly string[]
  /** Ids of what a changed record belongs to; the record itself when it is not given. */
  readonly of?: (rows: readonly Row[]) => Promise<ReadonlyMap<number, readonly number[]>>
}

export interface Changes {
  readonly ids: readonly number[]
  readonly stamps: ReadonlyMap<number, string>
  readonly next: string
  readonly more: boolean
}

const PAGE = 200
const LOOK_BACK_MS = 10_000
const STAMP = 'YYYY-MM-DDTHH:MM:SS.mmm'.length

function before(stamp: string): string {
  const ms = Date.parse(`${stamp.slice(0, STAMP)}Z`) - LOOK_BACK_MS
  return `${new Date(ms).toISOString().slice(0, STAMP)}000`
}

/** `STAMP ID@STAMP ID@STAMP …` */
function readCursor(since: string | null): { readonly at: string; readonly seen: ReadonlyMap<number, string> } | null {
  const [at = '', ...rest] = (since ?? '').split(' ')
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(at)) return null
  return { at, seen: new Map(rest.map((one) => [Number(one.split('@')[0]), one.split('@')[1] ?? ''])) }
}

async function stampsOf(desk: Desk, watch: Watch, lower: string | null): Promise<ReadonlyMap<number, string>> {
  const since = lower === null ? [] : [['OR', ['write_date', '>=', datetimeOf(lower)], ['create_date', '>=', datetimeOf(lower)]]]
  const rows = await desk.rows(watch.model, [...(watch.domain ?? []), ...since], ['write_date', 'create_date', ...(watch.fields ?? [])])
  const owners = watch.of === undefined ? null : await watch.of(rows)
  const found = new Map<number, string>()
  for (const row of rows) {
    const stamp = stampOf(row['write_date']) ?? stampOf(row['create_date'])
    if (stamp === null) continue
    for (const id of owners === null ? [idOf(row)] : (owners.get(idOf(row)) ?? [])) if (stamp > (found.get(id) ?? '')) found.set(id, stamp)
  }
  return found
}

/** The oldest changes after the cursor, at most a page. */
export async function changesSince(desk: Desk, watches: readonly Watch[], since: string | null): Promise<Changes> {
  const cursor = readCursor(since)
  const lower = cursor === null ? null : before(cursor.at)
  const latest = new Map<number, string>()
  for (const watch of watches) {
    for (const [id, stamp] of await stampsOf(desk, watch, lower)) if (stamp > (latest.get(id) ?? '')) latest.set(id, stamp)
  }
  const fresh = [...latest].filter(([id, stamp]) => (lower === null || stamp >= lower) && cursor?.seen.get(id) !== stamp)
  fresh.sort(([a, at], [b, bt]) => (at === bt ? a - b : at < bt ? -1 : 1))
  const page = fresh.slice(0, PAGE)
  const last = page.at(-1)?.[1] ?? ''
  const at = last > (cursor?.at ?? '') ? last : (cursor?.at ?? '')
  const kept = new Map([...(cursor?.seen ?? []), ...page].filter(([, stamp]) => at !== '' && stamp >= before(at)))
  const next = [at, ...[...kept].map(([id, stamp]) => `${String(id)}@${stamp}`)].join(' ')
  return { ids: page.map(([id]) => id), stamps: new Map(page), next, more: fresh.length > page.length }
}

/** Rows by id, in the order of the ids. */
export async function rowsById(desk: Desk, model: string, ids: readonly number[], fields: readonly string[], context: Row = {}): Promise<readonly Row[]> {
  if (ids.length === 0) return []
  const found = new Map((await desk.rows(model, [['id', 'in', ids], ...all(model)], fields, { context })).map((row) => [idOf(row), row]))
  return ids.map((id) => found.get(id)).filter((row) => row !== undefined)
}

/** Models that hide what is inactive unless they are asked for it. */
const HIDES: ReadonlySet<string> = new Set(['product.product', 'product.template', 'party.party', 'stock.location', 'analytic_account.account'])
/** The domain that shows what is inactive too: becoming so is a change. */
export function all(model: string): Domain {
  return HIDES.has(model) ? [['active', 'in', [true, false]]] : []
}
