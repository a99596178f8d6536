/** What changed in Tryton, page by page. */
import type { PulledPage, PullKind } from '../../../../channels/contract/index.ts'
import type { Desk } from '../desk.ts'
import { ledgerTotals, stock } from './books.ts'
import { changesSince } from './changes.ts'
import { DOCUMENTS } from './documents.ts'
import { MASTERS } from './masters.ts'
import type { Source } from './masters.ts'

const SOURCES: Readonly<Record<PullKind, Source>> = { ...MASTERS, ...DOCUMENTS, stock, 'ledger-totals': ledgerTotals }

/** @param since the cursor of the page before; null: everything */
export async function pullFrom(desk: Desk, kind: PullKind, since: string | null): Promise<PulledPage> {
  const source = SOURCES[kind]
  const { ids, stamps, next, more } = await changesSince(desk, source.watches(desk), since)
  return { events: ids.length === 0 ? [] : await source.tell(desk, ids, stamps), next, more }
}
