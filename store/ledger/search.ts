/**
 * Search keys. Values come in no order: put straight into a sorted table, each would dirty a page of its own at every commit. They
 * are appended to a log and moved to the week's table in sorted runs; a search looks into each run.
 */
import type { SearchKey } from '../../channels/contract/index.ts'
import { windowSpan } from '../schema/content.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, textOf } from '../sql/port.ts'
import type { Cell } from '../sql/port.ts'
import { contentFor } from './writing.ts'
import type { Writing } from './writing.ts'

/** Rows of a run: moving them takes a few milliseconds, and a search of a week of a million keys looks into 250 runs. */
const RUN = 4_096

const insertLog = insertInto(tables.searchLog)

/** A row for {@link logKeys}. */
export function keyRow(w: Writing, message: number, n: number, key: SearchKey): Cell[] {
  return [++w.memory.numbers.logId, key.value, key.kind, message, n]
}

export async function logKeys(w: Writing, rows: readonly (readonly Cell[])[]): Promise<void> {
  if (rows.length === 0) return
  await w.sql.insert(insertLog, rows)
  w.memory.numbers.logged += rows.length
  if (w.memory.numbers.logged >= RUN) await makeRuns(w)
}

async function makeRuns(w: Writing): Promise<void> {
  const spans = new Map<string, Map<string, Cell[]>>()
  for (const row of await w.sql.all('select value, kind, message, n from search_log order by value, kind, message, n')) {
    const message = numberOf(row['message'])
    const span = windowSpan(message)
    let rows = spans.get(span)
    if (!rows) spans.set(span, (rows = new Map()))
    const cells = [textOf(row['value']), textOf(row['kind']), message, numberOf(row['n'])]
    // The same key twice on one event says nothing new.
    rows.set(cells.join('\u0001'), cells)
  }
  for (const [span, rows] of spans) {
    const content = await contentFor(w, 'search', span)
    const run = numberOf((await w.sql.all(`select max(run) as run from ${content.table.name}`))[0]?.['run']) + 1
    await w.sql.insert(
      content.insert,
      [...rows.values()].map((cells) => [run, ...cells]),
    )
  }
  await w.sql.run('delete from search_log')
  w.memory.numbers.logged = 0
}
