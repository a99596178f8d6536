/** What the flows on a real Tryton share: a server, its buyer, a connector, documents with keys of their own, and a look at the books. */
import type { DocumentKind, PullKind } from '../../channels/contract/index.ts'
import { createTrytonConnector } from '../../erp-bridge/connectors/index.ts'
import type { Connector, ErpDocument } from '../../erp-bridge/connectors/index.ts'
import { definitionOf } from './bench.ts'
import { startTryton } from './erp/start.ts'
import type { RunningTryton } from './erp/start.ts'
import type { Person } from './erp/person.ts'

export type Body = Readonly<Record<string, unknown>>
export const never = (): AbortSignal => new AbortController().signal
const header = { eventId: 'm00000000001.usage.FT1', company: 'H1', documentDate: '2026-03-02', postingDate: '2026-03-02' }

export interface Flows {
  readonly erp: RunningTryton
  readonly buyer: Person
  readonly connector: Connector
  documentOf(kind: DocumentKind, body: Body): ErpDocument
  /** Delivers; gives the ERP's number. Throws what was refused. */
  sent(document: ErpDocument, by?: Connector): Promise<string>
  /** Body of the last pulled event that matches; {} without one. */
  pulled(kind: PullKind, matches: (body: Body) => boolean): Promise<Body>
  /** What was posted to the ledger while something was done: `ACCOUNT amount`, debit above zero, by account. */
  booked(action: () => Promise<unknown>): Promise<readonly string[]>
}

/** @param letter begins every key */
export async function openFlows(t: Parameters<typeof startTryton>[0], letter: string): Promise<Flows> {
  const erp = await startTryton(t)
  const buyer = await erp.buyer()
  const connector = createTrytonConnector(definitionOf(erp, erp.database), Date.now)
  t.teardown(() => connector.stop())
  let keys = 0
  const lastLine = async (): Promise<number> => (await buyer.rows('account.move.line', [], [])).at(-1)?.id ?? 0
  return {
    erp,
    buyer,
    connector,
    documentOf(kind, body) {
      keys += 1
      const key = `${letter}${String(keys).padStart(11, '0')}`
      return { kind, key, body: { ...header, key, ...body }, step: null }
    },
    async sent(document, by = connector) {
      const outcome = await by.deliver(document, never())
      if (outcome.kind !== 'sent') throw new Error(`${document.kind}: ${outcome.code} ${outcome.text}`)
      return outcome.reference ?? ''
    },
    async pulled(kind, matches) {
      for (let since: string | null = null; ;) {
        const page = await connector.pull(kind, since, never())
        if ('failed' in page) throw new Error(page.text)
        const found = page.events.map((event) => event.body).findLast(matches)
        if (found) return found
        if (!page.more) return {}
        since = page.next
      }
    },
    async booked(action) {
      const before = await lastLine()
      await action()
      return balances(buyer, [['id', '>', before]])
    },
  }
}

const amountIn = (value: unknown): number => Number((value as { readonly decimal?: string } | null)?.decimal ?? 0)

/** `ACCOUNT amount` of posted lines, by account, without those that come to nothing. Accounts without a code go by name. */
export async function balances(buyer: Person, domain: readonly unknown[]): Promise<readonly string[]> {
  const lines = await buyer.rows('account.move.line', [...domain, ['move.state', '=', 'posted']], ['account.code', 'account.name', 'debit', 'credit'])
  const sums = new Map<string, number>()
  for (const line of lines) {
    const account = line['account.'] as { readonly code: string | null; readonly name: string }
    const name = account.code ?? account.name
    sums.set(name, (sums.get(name) ?? 0) + amountIn(line['debit']) - amountIn(line['credit']))
  }
  return [...sums]
    .filter(([, sum]) => Math.abs(sum) > 0.0001)
    .map(([name, sum]) => `${name} ${sum.toFixed(2)}`)
    .sort()
}
