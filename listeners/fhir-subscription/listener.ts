/**
 * Resources of another FHIR server: told by a subscription there, or asked for. A notification is answered 2xx after what it says is durable;
 * how far it has got survives a restart, and an outage of either side is made good from there.
 */
import type { Clock, Emit, Intake, Listener } from '../../channels/contract/index.ts'
import { AqueductError, faultOf } from '../../channels/contract/index.ts'
import { createFhirClient } from '../../fhir/client/index.ts'
import { FULL } from './answer.ts'
import type { Answer } from './answer.ts'
import type { CursorPort } from './cursor.ts'
import { openHook } from './hook.ts'
import type { RunningServer } from '../http/index.ts'
import type { Delivery, HookOptions } from './hook.ts'
import { SearchSource } from './search-source.ts'
import { partOf } from './subscription.ts'
import { tell } from './teller.ts'
import { TopicSource } from './topic-source.ts'
import { Turns } from './turns.ts'

export type FhirSubscriptionOptions = HookOptions

export interface FhirSubscriptionDeps {
  readonly emit: Emit
  readonly clock: Clock
  readonly cursor: CursorPort
}

/** Notifications that wait for their turn, each with its body; more are answered 429. */
const WAITING = 16
const FIRST_RETRY_MS = 1_000
/** A heartbeat may be late by one. */
const HEARTBEATS = 2

/** @throws AqueductError when the port cannot be opened */
export async function startFhirSubscriptionListener(
  options: FhirSubscriptionOptions,
  intake: Intake,
  deps: FhirSubscriptionDeps,
): Promise<Listener & { connections(): number }> {
  if (!URL.canParse(options.server)) throw new AqueductError('INTERNAL', `channel ${options.channel}: listen.fhir_subscription.server is no address`)
  const { clock, emit } = deps
  const abort = new AbortController()
  const turns = new Turns(WAITING)
  const client = createFhirClient({ base: options.server, auth: options.auth, headers: options.headers, clock, timeoutMs: options.timeoutMs })
  const problem = (what: string) => emit('listener:problem', { channel: options.channel, what, bytes: 0 })
  const source = new (options.mode === 'topic' ? TopicSource : SearchSource)(options, {
    client,
    clock,
    cursor: scoped(deps.cursor, options),
    signal: abort.signal,
    problem,
    tell: (bundle) => tell(intake, bundle, options.maxMessageBytes, abort.signal),
    wake: () => schedule(0),
  })

  let cancel = () => undefined as void
  let failures = 0
  let heard = clock.now()
  let queued = false

  const silentMs = options.heartbeatMs === null || options.mode !== 'topic' ? Infinity : HEARTBEATS * options.heartbeatMs

  async function round(): Promise<void> {
    queued = false
    if (abort.signal.aborted) return
    const silent = clock.now() - heard >= silentMs
    let code: string | null
    try {
      code = (await source.round(silent))?.code ?? null
    } catch (error) {
      code = faultOf(error, 'INTERNAL').code
    }
    if (abort.signal.aborted) return
    if (code === null) {
      failures = 0
      if (silent) heard = clock.now()
      return schedule(Math.min(options.pollMs, silentMs))
    }
    problem(`${options.mode === 'poll' ? 'search' : 'subscription'} failed: ${code}`)
    schedule(Math.min(options.pollMs, FIRST_RETRY_MS * 2 ** Math.min(failures++, 16)))
  }

  /** The next round; one that is to come sooner stays. */
  function schedule(ms: number): void {
    if (abort.signal.aborted) return
    cancel()
    if (ms > 0) cancel = clock.after(ms, () => enqueue())
    else enqueue()
  }
  function enqueue(): void {
    if (queued) return
    queued = true
    void turns.run(round)
  }

  function deliver(delivery: Delivery): Promise<Answer> {
    heard = clock.now()
    const answer = source.atOnce(delivery)
    if (answer !== null) return Promise.resolve(answer)
    return turns.full ? Promise.resolve(FULL) : turns.run(() => source.take(delivery))
  }

  let hook: RunningServer | null = null
  try {
    if (options.mode !== 'poll') hook = await openHook(options, { emit, clock, ready: () => intake.ready(), deliver })
  } catch (error) {
    await client.close()
    throw error
  }
  // The other server may be down now: it is tried until it is there, and the engine starts without it.
  schedule(0)
  return {
    address: { type: 'fhir-subscription', host: hook?.host ?? '', port: hook?.port ?? 0 },
    connections: () => hook?.connections() ?? 0,
    async stop() {
      cancel()
      await hook?.stop()
      abort.abort()
      await turns.idle()
      await client.close()
    },
  }
}

/** Another server or topic is another story: what was remembered of one says nothing of the other. */
function scoped(cursor: CursorPort, { server, topic }: HookOptions): CursorPort {
  const scope = partOf(`${server} ${topic ?? ''}`)
  return { read: (kind) => cursor.read(`${scope}:${kind}`), move: (kind, value) => cursor.move(`${scope}:${kind}`, value) }
}
