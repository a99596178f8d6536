/**
 * Lets the bridge decide on READY events, many at a time: rows loaded for all, decisions folded in order, everything written in
 * bulk. A decision that fails or went stale is put aside and the pass starts again without it.
 */
import { AqueductError } from '../../channels/contract/index.ts'
import type { BridgeContext, Decision, Need } from '../../channels/contract/index.ts'
import { numberOf, textOf } from '../sql/port.ts'
import type { Row } from '../sql/port.ts'
import { documentKey } from './document-key.ts'
import { waitingByKey } from './event.ts'
import type { EventKey } from './event.ts'
import { Again, Outcome } from './outcome.ts'
import type { Ready } from './outcome.ts'
import { policiesOf } from './policies.ts'
import { readyEvents } from './ready.ts'
import { BridgeRows } from './rows.ts'
import { answerNeeds, needKey } from './translation.ts'
import type { Resolution } from './worklist.ts'
import { keyOf, writeBodies } from './writing.ts'
import type { Writing } from './writing.ts'

const PASS = 500
const ANSWERED: Resolution = { action: 'answered', by: 'engine', reason: 'nothing waits for it any more' }

/** A decision made without the bridge, for an event that failed or whose rows went stale. */
type Forced = Map<string, Decision>

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
    // What may come by itself may come from an event behind it: it holds nobody up.
    if (decision.kind === 'needs' && decision.until === undefined) blocked.add(event)
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
