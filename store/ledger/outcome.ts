/** What a pass of the bridge decided, gathered and then written in bulk. */
import type { BridgeEvent, Decision, DocumentDraft } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, updateOf } from '../sql/port.ts'
import type { Cell } from '../sql/port.ts'
import { workOf } from '../work.ts'
import { lastNumbers } from './delivery.ts'
import { documentKey } from './document-key.ts'
import { finish, followersOf, makeWaiting, touch } from './event.ts'
import type { EventKey } from './event.ts'
import { asRow, waitingOf } from './intake.ts'
import { dropInvoices, isInvoice, showInvoices } from './invoices.ts'
import type { Standing } from './invoices.ts'
import type { BridgeRows } from './rows.ts'
import { closeOrphans, release, wait } from './worklist.ts'
import type { Resolution, Waiting } from './worklist.ts'
import { keyOf } from './writing.ts'
import type { Writing } from './writing.ts'

const STALE_RETRY_MS = 1_000

const insertDocument = insertInto(tables.document, 'ignore')
const insertDelivery = insertInto(tables.delivery)
const cancelUpdate = updateOf(tables.delivery, ['state'], { column: 'state', among: ['QUEUED'] })

/** A READY event with the configuration that decides it. */
export type Ready = BridgeEvent & { readonly config: string; body: Readonly<Record<string, unknown>> }

/** The pass starts again, with this decision made for this event. */
export class Again extends Error {
  readonly key: string
  readonly decision: Decision
  constructor(key: string, decision: Decision) {
    super('the pass starts again')
    this.key = key
    this.decision = decision
  }
}

/** What a pass decided, gathered and then written. */
export class Outcome {
  readonly #w: Writing
  readonly #resolution: Resolution
  readonly #applied: { readonly event: Ready; readonly documents: readonly DocumentDraft[] }[] = []
  readonly #waits: { readonly key: EventKey; readonly until: number | null; readonly because?: string }[] = []
  readonly #waiters: Waiting[] = []
  readonly #needs: EventKey[] = []
  readonly #known = new Set<string>()
  readonly #standing: Standing[] = []

  constructor(w: Writing, resolution: Resolution) {
    this.#w = w
    this.#resolution = resolution
  }

  behind(event: Ready): void {
    this.#waits.push({ key: [event.message, event.n], until: null })
  }

  async add(event: Ready, decision: Decision, load: BridgeRows): Promise<void> {
    const key: EventKey = [event.message, event.n]
    if (decision.kind !== 'applied' && decision.standing) this.#standing.push({ id: event.id, message: event.message, n: event.n, invoice: decision.standing })
    if (decision.kind === 'later') {
      this.#waits.push({ key, until: decision.until, because: decision.because })
      this.#needs.push(key)
    } else if (decision.kind === 'needs') {
      this.#waits.push({ key, until: decision.until ?? null })
      this.#needs.push(key)
      for (const need of decision.needs) this.#waiters.push(waitingOf(event.message, event.n, need, 'bridge'))
    } else {
      const documents: DocumentDraft[] = []
      for (const draft of decision.documents) {
        const documentId = documentKey(this.#w.setting.installation, draft.id)
        if (this.#known.has(documentId) || (await load.document(documentId))) continue
        this.#known.add(documentId)
        documents.push(draft)
        load.putDocument(documentRow(documentId, event, draft))
      }
      await this.#cancel(event, decision.cancel, load)
      this.#applied.push({ event, documents })
    }
  }

  /** The decision stands on documents that are not sent: one that has gone meanwhile makes it stale. */
  async #cancel(event: Ready, keys: readonly string[], load: BridgeRows): Promise<void> {
    for (const key of keys) {
      const row = await load.document(key)
      if (!row || row.state === 'CANCELLED') continue
      if (row.delivery === 0) {
        this.#dropPlanned(key)
        load.putDocument({ ...row, state: 'CANCELLED' })
        continue
      }
      const [cancelled] = await this.#w.sql.update(cancelUpdate, [['CANCELLED', row.message, row.delivery]])
      if (!cancelled) {
        throw new Again(keyOf(event.message, event.n), { kind: 'later', until: this.#w.now + STALE_RETRY_MS, because: 'a document went out meanwhile' })
      }
      load.putDocument({ ...row, state: 'CANCELLED' })
    }
  }

  readonly #dropped = new Set<string>()
  /** Made and undone in the same pass: it is written, and cancelled at once. */
  #dropPlanned(key: string): void {
    this.#dropped.add(key)
  }

  async write(): Promise<number> {
    const w = this.#w
    const last = await lastNumbers(
      w,
      this.#applied.filter(({ documents }) => documents.length > 0).map(({ event }) => event.message),
    )
    const documents: Cell[][] = []
    const deliveries: Cell[][] = []
    for (const { event, documents: drafts } of this.#applied) {
      for (const draft of drafts) {
        const key = documentKey(w.setting.installation, draft.id)
        const n = (last.get(event.message) ?? 0) + 1
        last.set(event.message, n)
        documents.push([key, draft.id, draft.kind, event.message, event.n, n, draft.mirrorOf ?? '', draft.chain, JSON.stringify({ ...draft.body, key })])
        const state = this.#dropped.has(key) ? 'CANCELLED' : 'QUEUED'
        deliveries.push([
          event.message,
          n,
          event.n,
          draft.destination,
          draft.chain,
          ++w.memory.numbers.seq,
          state,
          0,
          0,
          null,
          null,
          null,
          key,
          draft.kind,
          draft.because,
        ])
      }
    }
    await w.sql.insert(insertDocument, documents)
    await w.sql.insert(insertDelivery, deliveries)
    await makeWaiting(w, this.#waits)

    const keys = this.#applied.map(({ event }): EventKey => [event.message, event.n])
    await finish(w, keys, 'APPLIED')
    await showInvoices(w, this.#standing)
    await dropInvoices(
      w,
      this.#applied.flatMap(({ event }) => (isInvoice(event.type) ? [event.id] : [])),
    )
    const before: number[] = []
    for (const [message, n] of [...keys, ...this.#needs]) before.push(...(await release(w, message, n, ['bridge'])))
    await wait(w, this.#waiters)
    await closeOrphans(w, before, this.#resolution)
    await followersOf(w, new Set(this.#applied.map(({ event }) => event.businessKey).filter((key) => key !== '')))
    await touch(w, keys)
    w.work.push(
      ...(await workOf(
        w,
        deliveries.map(asRow).filter((row) => row['state'] === 'QUEUED'),
      )),
    )
    return keys.length
  }
}

function documentRow(key: string, event: Ready, draft: DocumentDraft) {
  return {
    key,
    id: draft.id,
    kind: draft.kind,
    destination: draft.destination,
    message: event.message,
    n: event.n,
    delivery: 0,
    state: 'QUEUED',
    mirror_of: draft.mirrorOf ?? '',
    erp_ref: '',
    body: JSON.stringify({ ...draft.body, key }),
  }
}
