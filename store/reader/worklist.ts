/** Worklist items as persons see them. */
import { formatDeliveryId, formatEventId, formatMessageId } from '../../channels/contract/index.ts'
import type { FailureCode, Page, WorklistView } from '../../channels/contract/index.ts'
import { unscaled } from '../ledger/amount.ts'
import { RELEASABLE } from '../ledger/severity.ts'
import { worklist } from '../schema/tables.ts'
import { numberOf, textOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { iso } from './source.ts'
import type { Source } from './source.ts'

const SHOWN = 20
/** All but the story, which may be long. */
const COLUMNS = Object.keys(worklist.columns)
  .filter((column) => column !== 'story')
  .join(', ')

export async function listWorklist(
  source: Source,
  query: { readonly state?: 'open' | 'closed'; readonly kind?: string; readonly after?: number; readonly limit?: number },
): Promise<Page<WorklistView>> {
  const limit = Math.min(500, Math.max(1, Math.trunc(query.limit ?? 50)))
  const where = ['id > ?']
  const values: Cell[] = [query.after ?? 0]
  // A literal: the partial index of open items serves it.
  if (query.state) where.push(`state = '${query.state === 'open' ? 'open' : 'closed'}'`)
  if (query.kind !== undefined) {
    where.push('kind = ?')
    values.push(query.kind)
  }
  const rows = await source.sql.all(`select ${COLUMNS} from worklist where ${where.join(' and ')} order by id limit ?`, [...values, limit + 1])
  const items: WorklistView[] = []
  for (const row of rows.slice(0, limit)) items.push(await view(source, row))
  return { items, next: rows.length > limit ? String(items.at(-1)?.id ?? 0) : null }
}

/** One item with its story and its comments, or null. */
export async function oneItem(source: Source, id: number): Promise<WorklistView | null> {
  const row = (await source.sql.all('select * from worklist where id = ?', [id]))[0]
  if (!row) return null
  const comments = await source.sql.all('select * from worklist_comment where item = ? order by at, n', [id])
  return {
    ...(await view(source, row)),
    ...(row['story'] === '' ? {} : { story: JSON.parse(textOf(row['story'])) as Record<string, unknown> }),
    comments: comments.map((each) => ({ at: iso(numberOf(each['at'])), by: textOf(each['by']), text: textOf(each['text']) })),
  }
}

async function view(source: Source, row: Row): Promise<WorklistView> {
  const id = numberOf(row['id'])
  const count = (await source.sql.all('select count(*) as n from (select distinct message, what, n from waiter where item = ?) w', [id]))[0]
  const waiters = await source.sql.all(
    `select distinct w.message, w.what, w.n, e.rule, e.anchor from waiter w left join event e on e.message = w.message and e.n = w.n and w.what in ('event','bridge') where w.item = ? order by w.message, w.n limit ${String(SHOWN)}`,
    [id],
  )
  const open = row['state'] === 'open'
  return {
    id,
    kind: textOf(row['kind']) as FailureCode,
    subject: textOf(row['subject']),
    state: open ? 'open' : 'closed',
    text: textOf(row['text']),
    owner: textOf(row['owner']),
    severity: textOf(row['severity']) as WorklistView['severity'],
    openedAt: iso(numberOf(row['opened'])),
    dueAt: iso(numberOf(row['due'])),
    waiting: numberOf(count?.['n']),
    waiters: waiters.map(waiterId),
    ...(open ? { actions: await actionsOf(source, id, textOf(row['kind']) as FailureCode, numberOf(row['releasable']) === 1) } : {}),
    assignee: textOf(row['assignee']),
    escalated: numberOf(row['escalated']),
    care: numberOf(row['care']),
    supply: numberOf(row['supply']),
    money: numberOf(row['money']) === 0 ? null : { amount: unscaled(numberOf(row['money'])), currency: textOf(row['currency']) },
    resolution:
      row['action'] === null ? null : { action: textOf(row['action']), by: textOf(row['by']), at: iso(numberOf(row['at'])), reason: textOf(row['reason']) },
  }
}

/** What can close an item follows from what waits for it: a message has no field and no document, a delivery no field. */
async function actionsOf(source: Source, item: number, kind: FailureCode, releasable: boolean): Promise<NonNullable<WorklistView['actions']>> {
  const kinds = await source.sql.all(
    `select what, max(case when field in ('', 'released') then 0 else 1 end) as has_field from waiter where item = ? group by what`,
    [item],
  )
  const hasField = kinds.some((row) => (row['what'] === 'event' || row['what'] === 'bridge') && numberOf(row['has_field']) > 0)
  const isMessage = kinds.some((row) => row['what'] === 'message')
  const mayPass = releasable && RELEASABLE.includes(kind) && kinds.some((row) => row['what'] === 'bridge')
  const edit = hasField ? (['edit'] as const) : []
  // A wrong price is no slip of the pen: an invoice that is held is released or discarded, seldom edited.
  const pass = mayPass ? (['release'] as const) : []
  const first = kind.startsWith('INVOICE_') ? [...pass, ...edit] : [...edit, ...pass]
  return [...first, 'retry', ...(isMessage ? [] : (['link'] as const)), 'discard']
}

export function waiterId(row: Row): string {
  const message = numberOf(row['message'])
  if (row['what'] === 'message') return formatMessageId(message)
  if (row['what'] === 'delivery') return formatDeliveryId(message, numberOf(row['n']))
  return formatEventId(message, textOf(row['rule']), textOf(row['anchor']))
}
