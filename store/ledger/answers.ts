/** Master data that changed lets go what waits for it: which kinds of worklist items a table can answer. */
import { TABLE_OF } from '../../channels/contract/index.ts'
import type { FailureCode, LoadTable } from '../../channels/contract/index.ts'
import { numberOf, textOf } from '../sql/port.ts'
import { reopenDelivery } from './delivery.ts'
import { makeReady } from './event.ts'
import type { EventKey } from './event.ts'
import { closeItems } from './worklist.ts'
import type { Resolution } from './worklist.ts'
import type { Writing } from './writing.ts'

const ANSWERS: Readonly<Record<LoadTable, readonly FailureCode[]>> = {
  items: ['UNKNOWN_ITEM', 'ITEM_NOT_ACTIVE', 'UNKNOWN_UNIT', 'UNKNOWN_SUPPLIER', 'UNKNOWN_PRICE', 'MISSING_LOT'],
  stock: ['UNKNOWN_LOCATION'],
  suppliers: ['UNKNOWN_SUPPLIER', 'UNKNOWN_CURRENCY'],
  locations: ['UNKNOWN_LOCATION', 'UNKNOWN_DEPARTMENT', 'UNKNOWN_COST_CENTRE'],
  departments: ['UNKNOWN_DEPARTMENT', 'UNKNOWN_COST_CENTRE'],
  'cost-centres': ['UNKNOWN_COST_CENTRE'],
  units: ['UNKNOWN_UNIT', 'UNKNOWN_PRICE', 'INVOICE_UNIT'],
  prices: ['UNKNOWN_PRICE', 'UNKNOWN_CURRENCY'],
  contracts: ['UNKNOWN_PRICE'],
  'service-lines': ['UNKNOWN_COST_CENTRE'],
  accounts: ['ACCOUNT_BLOCKED'],
  'cost-rules': ['UNKNOWN_COST_CENTRE'],
  'cost-splits': ['UNKNOWN_COST_CENTRE'],
  lots: ['RECALLED_LOT', 'EXPIRED_LOT', 'MISSING_LOT'],
  periods: ['PERIOD_CLOSED', 'ACCOUNT_BLOCKED'],
}

/** The table of `aqueduct load` that a table of the bridge is. */
const LOADED = new Map<string, LoadTable>(Object.entries(TABLE_OF).map(([name, table]) => [table, name as LoadTable]))

const OPEN = `select id from worklist where state = 'open' and kind in `

const kindsOf = (names: readonly LoadTable[]): readonly FailureCode[] => [...new Set(names.flatMap((name) => ANSWERS[name]))]

const places = (kinds: readonly FailureCode[]) => `(${kinds.map(() => '?').join(', ')})`

/** Open items that rows of this table may answer, in order. */
export async function answerable(w: Writing, name: LoadTable): Promise<readonly number[]> {
  const kinds = kindsOf([name])
  return (await w.sql.all(`${OPEN} ${places(kinds)} order by id`, kinds)).map((row) => numberOf(row['id']))
}

/**
 * Makes READY what waits for the master data that events changed since the last call; false when nothing does. An event changes rows
 * only once, when it is applied, so waking ends.
 */
export async function wakeAnswered(w: Writing): Promise<boolean> {
  if (w.changed.size === 0) return false
  if (w.changed.has('period')) await reopenPeriods(w, { action: 'answered', by: 'engine', reason: 'its period is open' })
  const kinds = kindsOf([...w.changed].flatMap((table) => LOADED.get(table) ?? []))
  w.changed.clear()
  if (kinds.length === 0) return false
  const rows = await w.sql.all(
    `select distinct w.message, w.n from waiter w where w.what = 'bridge' and w.item in (${OPEN} ${places(kinds)}) and not exists
       (select 1 from waiter o join worklist i on i.id = o.item where o.message = w.message and o.n = w.n and o.what = 'event' and i.state = 'open')
     order by w.message, w.n`,
    kinds,
  )
  const woken = await makeReady(
    w,
    rows.map((row): EventKey => [numberOf(row['message']), numberOf(row['n'])]),
  )
  return woken > 0
}

/**
 * Sends again what the ERP refused for a closed period and whose posting date lies in an open one by now. Gives how many went on and how
 * many items closed with them.
 */
export async function reopenPeriods(w: Writing, resolution: Resolution): Promise<{ readonly resumed: number; readonly closed: number }> {
  const held = await w.sql.all(
    `select i.id, d.message, d.n, t.body from worklist i join waiter w on w.item = i.id and w.what = 'delivery'
       join delivery d on d.message = w.message and d.n = w.n join document t on t.key = d.key
     where i.state = 'open' and i.kind = 'ERP_PERIOD_CLOSED' and d.state = 'HELD' order by d.seq`,
  )
  if (held.length === 0) return { resumed: 0, closed: 0 }
  const open = await w.sql.all(`select company, valid_from, valid_to from period where status = 'open' and kind <> 'adjustment'`)
  const items: number[] = []
  let resumed = 0
  for (const row of held) {
    const { company = '', postingDate = '' } = JSON.parse(textOf(row['body'])) as { readonly company?: string; readonly postingDate?: string }
    const isOpen = open.some(
      (period) => ['', company].includes(textOf(period['company'])) && textOf(period['valid_from']) <= postingDate && postingDate <= textOf(period['valid_to']),
    )
    if (!isOpen || !(await reopenDelivery(w, numberOf(row['message']), numberOf(row['n'])))) continue
    resumed += 1
    items.push(numberOf(row['id']))
  }
  return { resumed, closed: await closeItems(w, items, resolution) }
}
