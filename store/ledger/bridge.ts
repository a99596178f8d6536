/**
 * Lets the bridge decide on READY events, many at a time: rows loaded for all, decisions folded in order, everything written in
 * bulk. A decision that fails or went stale is put aside and the pass starts again without it.
 */
import { createHash } from 'node:crypto'
import { AqueductError, formatEventId, receivedAt } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, Decision, DocumentDraft, Need, Policies } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto, numberOf, textOf, textOrNull, updateOf } from '../sql/port.ts'
import type { Cell, Row } from '../sql/port.ts'
import { workOf } from '../work.ts'
import { lastNumbers } from './delivery.ts'
import { finish, followersOf, makeWaiting, touch, waitingByKey } from './event.ts'
import type { EventKey } from './event.ts'
import { asRow, waitingOf } from './intake.ts'
import { BridgeRows } from './rows.ts'
import { answerNeeds, needKey } from './translation.ts'
import { closeOrphans, release, wait } from './worklist.ts'
import type { Resolution, Waiting } from './worklist.ts'
import { bodiesOf, keyOf, messagesOf, writeBodies } from './writing.ts'
import type { Writing } from './writing.ts'

const PASS = 500
const ANSWERED: Resolution = { action: 'answered', by: 'engine', reason: 'nothing waits for it any more' }
const STALE_RETRY_MS = 1_000

const insertDocument = insertInto(tables.document, 'ignore')
const insertDelivery = insertInto(tables.delivery)
const cancelUpdate = updateOf(tables.delivery, ['state'], { column: 'state', among: ['QUEUED'] })

type Ready = BridgeEvent & { readonly config: string; body: Readonly<Record<string, unknown>> }

/** A decision made without the bridge, for an event that failed or whose rows went stale. */
type Forced = Map<string, Decision>

class Again extends Error {
  readonly key: string
  readonly decision: Decision
  constructor(key: string, decision: Decision) {
    super('the pass starts again')
    this.key = key
    this.decision = decision
  }
}

/** 12 characters of Crockford's base32 over sha256(installation, document id, generation): DESIGN §4 Ids. */
export function documentKey(installation: string, id: string, generation = 0): string {
  const digest = createHash('sha256')
    .update(`${installation}|${id}|${String(generation)}`)
    .digest()
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
  let bits = digest.readBigUInt64BE(0)
  let key = ''
  for (let i = 0; i < 12; i++) {
    key += alphabet.charAt(Number(bits >> 59n))
    bits = (bits << 5n) & 0xffffffffffffffffn
  }
  return key
}

/** One pass over up to {@link PASS} READY events. Returns how many were applied, and whether more are READY. */
export async function decideReady(w: Writing, resolution: Resolution = ANSWERED): Promise<{ readonly applied: number; readonly more: boolean }> {
  const rows = await w.sql.all(
    `select message, n, rule, anchor, type, business_key, case_key, bridge, config from event where state = 'READY' order by message, n limit ${String(PASS)}`,
  )
  if (rows.length === 0) {
    w.memory.numbers.ready = false
    return { applied: 0, more: false }
  }
  try {
    return { applied: await passes(w, rows, new Map(), resolution), more: true }
  } catch (error) {
    if (rows.length === 1) return { applied: await passes(w, rows, await blame(w, rows), resolution), more: true }
    // One event must not stop the others: each alone, and the one that cannot be stored waits for a person.
    let applied = 0
    for (const row of rows) {
      try {
        applied += await passes(w, [row], new Map(), resolution)
      } catch {
        applied += await passes(w, [row], await blame(w, [row]), resolution)
      }
    }
    if (applied === 0 && error instanceof AqueductError) throw error
    return { applied, more: true }
  }
}

async function blame(w: Writing, rows: readonly Row[]): Promise<Forced> {
  const events = await readyEvents(w, rows)
  return new Map(events.map((event) => [keyOf(event.message, event.n), failed(event, 'Its decision could not be stored; report it with the event id.')]))
}

/** Passes inside a savepoint until one goes through. */
async function passes(w: Writing, rows: readonly Row[], forced: Forced, resolution: Resolution): Promise<number> {
  for (;;) {
    const numbers = { ...w.memory.numbers }
    const told = w.work.length
    await w.sql.run('savepoint decide')
    try {
      const applied = await pass(w, rows, forced, resolution)
      await w.sql.run('release savepoint decide')
      return applied
    } catch (error) {
      await w.sql.run('rollback to savepoint decide')
      await w.sql.run('release savepoint decide')
      w.memory.numbers = numbers
      w.work.length = told
      if (!(error instanceof Again) || forced.has(error.key)) throw error
      forced.set(error.key, error.decision)
    }
  }
}

async function pass(w: Writing, rows: readonly Row[], forced: Forced, resolution: Resolution): Promise<number> {
  const events = await readyEvents(w, rows)
  const load = new BridgeRows(w)
  const contexts = new Map<string, BridgeContext | null>()
  const contextOf = async (config: string) => {
    let context = contexts.get(config)
    if (context === undefined) contexts.set(config, (context = await contextFor(w, config)))
    return context
  }
  const blocked = await blockers(w, rows)
  const out = new Outcome(w, resolution)

  for (const event of events) {
    const context = await contextOf(event.config)
    if (context && !forced.has(keyOf(event.message, event.n)) && !blocked.before(event))
      load.want(guarded(event, () => w.setting.bridge.reads(event, load.rows, context)))
  }
  await load.run(async () => {
    for (const event of events) {
      const context = await contextOf(event.config)
      if (context && !forced.has(keyOf(event.message, event.n)) && !blocked.before(event))
        load.want(guarded(event, () => w.setting.bridge.reads(event, load.rows, context)))
    }
  })

  for (const event of events) {
    if (blocked.before(event)) {
      blocked.add(event)
      out.behind(event)
      continue
    }
    let decision = forced.get(keyOf(event.message, event.n))
    if (!decision) {
      const context = await contextOf(event.config)
      decision = context
        ? await decide(w, event, load, context)
        : failed(event, `The configuration ${event.config} is not archived; reload the configuration, then retry.`)
    }
    if (decision.kind === 'needs') blocked.add(event)
    await out.add(event, decision, load)
  }
  await load.write()
  return out.write()
}

async function decide(w: Writing, event: Ready, load: BridgeRows, context: BridgeContext): Promise<Decision> {
  for (let round = 0; ; round++) {
    await load.run(() => Promise.resolve(load.want(guarded(event, () => w.setting.bridge.reads(event, load.rows, context)))))
    const decision = guarded(event, () => w.setting.bridge.decide(event, load.rows, context))
    if (decision.kind !== 'needs' || round === 3) return decision
    // What a person answered before for the same code needs no second asking.
    const answered = await answerNeeds(w, decision.needs)
    if (!decision.needs.some((need) => answered.has(needKey(need)))) return decision
    const body = await answered.fill(w, event.message, { n: event.n, body: JSON.stringify(event.body), needs: decision.needs })
    await writeBodies(w, [{ message: event.message, n: event.n, body }])
    event.body = JSON.parse(body) as Record<string, unknown>
  }
}

/** A rule that throws is a defect: the pass is taken back, because it may have put rows, and the event waits for a person. */
function guarded<T>(event: Ready, rule: () => T): T {
  try {
    return rule()
  } catch (error) {
    throw new Again(
      keyOf(event.message, event.n),
      failed(event, `A rule failed (${error instanceof Error ? error.name : 'thrown value'}); report it with the event id.`),
    )
  }
}

function failed(event: Ready, text: string): Decision {
  const need: Need = { kind: 'BRIDGE_FAILED', subject: event.id, field: '', place: '', text }
  return { kind: 'needs', needs: [need] }
}

async function readyEvents(w: Writing, rows: readonly Row[]): Promise<Ready[]> {
  const keys = rows.map((row): EventKey => [numberOf(row['message']), numberOf(row['n'])])
  const bodies = await bodiesOf(w, keys)
  const messages = await messagesOf(
    w,
    keys.map(([message]) => message),
  )
  return rows.map((row): Ready => {
    const message = numberOf(row['message'])
    const n = numberOf(row['n'])
    const of = messages.get(message)
    return {
      message,
      n,
      id: formatEventId(message, textOf(row['rule']), textOf(row['anchor'])),
      type: textOf(row['type']),
      channel: textOf(of?.['channel']),
      businessKey: textOf(row['business_key']),
      caseKey: textOf(row['case_key']),
      body: JSON.parse(bodies.get(keyOf(message, n)) ?? '{}') as Record<string, unknown>,
      destination: textOf(row['bridge']),
      receivedAt: receivedAt(message),
      config: textOrNull(row['config']) ?? textOf(of?.['run_config']),
    }
  })
}

/** Business keys that an earlier waiting event holds. What waits for time, or for its original, holds nobody up. */
async function blockers(w: Writing, rows: readonly Row[]): Promise<{ before(event: Ready): boolean; add(event: Ready): void }> {
  const first = new Map<string, EventKey>()
  const note = (businessKey: string, destination: string, key: EventKey) => {
    const name = `${destination}\u0001${businessKey}`
    const known = first.get(name)
    if (!known || isBefore(key, known)) first.set(name, key)
  }
  const businessKeys = new Set(rows.map((row) => textOf(row['business_key'])).filter((key) => key !== ''))
  for (const row of await waitingByKey(w, businessKeys)) {
    if (row['bridge'] === null || row['later_until'] !== null) continue
    const key: EventKey = [numberOf(row['message']), numberOf(row['n'])]
    const items = await w.sql.all(
      `select i.kind from waiter w join worklist i on i.id = w.item where w.message = ? and w.n = ? and w.what in ('event','bridge') and i.state = 'open'`,
      key,
    )
    if (items.length > 0 && items.every((item) => item['kind'] === 'NO_ORIGINAL')) continue
    note(textOf(row['business_key']), textOf(row['bridge']), key)
  }
  return {
    before(event) {
      if (event.businessKey === '') return false
      const key = first.get(`${event.destination}\u0001${event.businessKey}`)
      return key !== undefined && isBefore(key, [event.message, event.n])
    },
    add(event) {
      if (event.businessKey !== '') note(event.businessKey, event.destination, [event.message, event.n])
    },
  }
}

function isBefore(a: EventKey, b: EventKey): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
}

async function contextFor(w: Writing, config: string): Promise<BridgeContext | null> {
  const policies = await policiesOf(w, config)
  return policies && { now: w.now, policies, keyOf: (id) => documentKey(w.setting.installation, id) }
}

async function policiesOf(w: Writing, config: string): Promise<Policies | null> {
  const known = w.setting.policies.get(config)
  if (known) return known
  const row = (await w.sql.all('select policies from configuration where id = ?', [config]))[0]
  if (!row) return null
  const policies = JSON.parse(textOf(row['policies'])) as Policies
  w.setting.policies.set(config, policies)
  return policies
}

/** What a pass decided, gathered and then written. */
class Outcome {
  readonly #w: Writing
  readonly #resolution: Resolution
  readonly #applied: { readonly event: Ready; readonly documents: readonly DocumentDraft[] }[] = []
  readonly #waits: { readonly key: EventKey; readonly until: number | null }[] = []
  readonly #waiters: Waiting[] = []
  readonly #needs: EventKey[] = []
  readonly #known = new Set<string>()

  constructor(w: Writing, resolution: Resolution) {
    this.#w = w
    this.#resolution = resolution
  }

  behind(event: Ready): void {
    this.#waits.push({ key: [event.message, event.n], until: null })
  }

  async add(event: Ready, decision: Decision, load: BridgeRows): Promise<void> {
    const key: EventKey = [event.message, event.n]
    if (decision.kind === 'later') {
      this.#waits.push({ key, until: decision.until })
      this.#needs.push(key)
    } else if (decision.kind === 'needs') {
      this.#waits.push({ key, until: null })
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
