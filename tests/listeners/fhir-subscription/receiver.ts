/** The listener under test, with an intake that keeps what it took as the store does, and a cursor that outlives it. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { FhirSubscriptionListen, Intake } from '../../../channels/contract/index.ts'
import { startFhirSubscriptionListener } from '../../../listeners/fhir-subscription/index.ts'
import type { CursorPort } from '../../../listeners/fhir-subscription/index.ts'
import { StandingClock } from '../../channels/engine/clock.ts'
import { Ehr, TOPIC } from './ehr.ts'
import type { Resource } from './ehr.ts'

export interface Taken {
  readonly controlId: string
  /** `Procedure/1`, with `-` in front when it was deleted. */
  readonly told: readonly string[]
  readonly referred: readonly string[]
  readonly bundle: Resource
}

/** What the engine's door does, as far as a listener sees it: dedupe by control id and content, an OperationOutcome as the answer. */
export class Store implements Intake {
  readonly taken: Taken[] = []
  duplicates = 0
  /** Takes nothing. */
  full = false
  paused = false
  #known = new Set<string>()
  #waiting: (() => void)[] = []

  ready(): boolean {
    return !this.paused
  }

  whenReady(resume: () => void): void {
    this.#waiting.push(resume)
  }

  resume(): void {
    this.paused = false
    for (const one of this.#waiting.splice(0)) one()
  }

  take(raw: Uint8Array, answer: (reply: Uint8Array | null) => void): void {
    if (this.full) return answer(outcome('error', 'transient'))
    const text = Buffer.from(raw).toString()
    const bundle = JSON.parse(text) as Resource & {
      identifier: { value: string }
      entry: { fullUrl: string; resource?: Resource; search: { mode: string } }[]
      meta: { source: string }
    }
    const names = (mode: string) =>
      bundle.entry
        .filter(({ search }) => search.mode === mode)
        .map(({ fullUrl, resource }) => `${resource ? '' : '-'}${fullUrl.slice(bundle.meta.source.length + 1)}`)
    const key = `${bundle.identifier.value} ${createHash('sha256').update(text).digest('hex')}`
    if (this.#known.has(key)) this.duplicates++
    else this.taken.push({ controlId: bundle.identifier.value, told: names('match'), referred: names('include'), bundle })
    this.#known.add(key)
    setImmediate(() => answer(new Uint8Array(0)))
  }

  takeOversized(_head: Uint8Array, _size: number, answer: (reply: Uint8Array | null) => void): void {
    answer(outcome('error', 'too-long'))
  }
}

const outcome = (severity: string, code: string) => Buffer.from(JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity, code }] }))

export const NOW = Date.UTC(2026, 2, 1, 12)
const SECRET = 'shown-to-nobody'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

export async function bench(t: ExecutionContext, more: Partial<FhirSubscriptionListen> = {}, prepare: (ehr: Ehr) => void = () => undefined) {
  const clock = new StandingClock(NOW)
  const ehr = await new Ehr(() => clock.now()).start(t)
  prepare(ehr)
  const port = await freePort()
  const store = new Store()
  const rows = new Map<string, string>()
  const problems: string[] = []
  const cursor: CursorPort = {
    read: (kind) => Promise.resolve(rows.get(kind) ?? null),
    move(kind, value) {
      rows.set(kind, value)
      return Promise.resolve()
    },
  }
  const options: FhirSubscriptionListen & { channel: string } = {
    channel: 'or',
    type: 'fhir-subscription',
    server: ehr.base,
    auth: null,
    headers: {},
    mode: 'topic',
    topic: TOPIC,
    criteria: [],
    content: 'full-resource',
    host: '127.0.0.1',
    port,
    path: '/notify',
    endpoint: `http://127.0.0.1:${String(port)}/notify`,
    secret: SECRET,
    heartbeatMs: 60_000,
    pollMs: 600_000,
    include: ['Procedure.focalDevice.manipulated'],
    messages: ['Procedure'],
    acknowledge: 'when-stored',
    ackTimeoutMs: 1_000,
    // Longer than any move of the clock: nothing that is out is to be late.
    timeoutMs: 100 * 86_400_000,
    charset: 'utf-8',
    maxMessageBytes: 1_000_000,
    ...more,
  }
  const start = async (change: Partial<FhirSubscriptionListen> = {}) => {
    const listener = await startFhirSubscriptionListener({ ...options, ...change }, store, {
      clock,
      cursor,
      emit: (_name, event) => void problems.push('what' in event ? event.what : ''),
    })
    t.teardown(() => listener.stop())
    return listener
  }
  const told = () => store.taken.flatMap(({ told: names }) => names)
  const end = () => t.deepEqual(ehr.violations, [])
  return { clock, ehr, store, rows, problems, start, told, end, options }
}

/** Waits for what sockets bring. */
export async function until(t: ExecutionContext, what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000; i++) {
    if (holds()) return
    await new Promise((wake) => setTimeout(wake, 2))
  }
  t.fail(`it never came: ${what}`)
}

/** Waits until nothing more comes. */
export async function quiet(ehr: Ehr): Promise<void> {
  for (let still = 0, seen = -1; still < 10;) {
    await new Promise((wake) => setTimeout(wake, 5))
    const now = ehr.asked.length + ehr.answers.length
    still = now === seen ? still + 1 : 0
    seen = now
  }
}
