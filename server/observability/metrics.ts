/** The engine's metrics (Prometheus). Labels are names from the configuration, states and codes: never anything of a message. */
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import type { EngineEvents, Reader } from '../../channels/contract/index.ts'
import { createCount, createSpread } from './cells.ts'

/** Seconds. The promise is p99 below 5 ms, so most bounds lie around it. */
const ACK_BOUNDS = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30]
const DELIVERY_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const BATCH_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
const COMMIT_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

export type Counts = Awaited<ReturnType<Reader['counts']>>
type Meters = { readonly [Name in keyof EngineEvents]: (event: EngineEvents[Name]) => void }

export interface Metrics {
  readonly meters: Meters
  /** Prometheus text format 0.0.4. */
  text(): Promise<string>
}

/** @param counts what the store holds now, asked at each scrape; null while there is no store */
export function createMetrics(counts: () => (() => Promise<Counts>) | null): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'aqueduct_', eventLoopMonitoringPrecision: 20 })
  const messages = createCount(registry, 'aqueduct_messages_total', 'Messages taken, by the state they got at once.', ['channel', 'state'])
  const acks = createCount(registry, 'aqueduct_acks_total', 'Acknowledgements sent, by code.', ['channel', 'code'])
  const bytes = createCount(registry, 'aqueduct_message_bytes_total', 'Bytes of messages taken.', ['channel'])
  const ackSeconds = createSpread(registry, 'aqueduct_ack_seconds', 'From the last byte of a message to its acknowledgement.', 'channel', ACK_BOUNDS)
  const duplicates = createCount(registry, 'aqueduct_duplicates_total', 'Resends answered with the stored acknowledgement.', ['channel'])
  const failures = createCount(registry, 'aqueduct_message_failures_total', 'Messages that were refused or could not be mapped.', ['channel', 'code'])
  const deliveries = createCount(registry, 'aqueduct_deliveries_total', 'Outcomes of deliveries, by the state they led to.', ['destination', 'state'])
  const deliverySeconds = createSpread(registry, 'aqueduct_delivery_seconds', 'From sending to the outcome.', 'destination', DELIVERY_BOUNDS)
  const deliveryFailures = createCount(registry, 'aqueduct_delivery_failures_total', 'Attempts that failed.', ['destination', 'code'])
  const pullFailures = createCount(registry, 'aqueduct_pull_failures_total', 'Pulls from an ERP that failed.', ['destination', 'code'])
  const worklist = createCount(registry, 'aqueduct_worklist_opened_total', 'Worklist items opened.', ['kind'])
  const problems = createCount(registry, 'aqueduct_listener_problems_total', 'Frames and connections that were no messages.', ['channel'])
  const storeProblems = createCount(registry, 'aqueduct_store_problems_total', 'Commits and reads that failed.', ['code'])
  const configurations = createCount(registry, 'aqueduct_configurations_total', 'Configurations applied.', ['id'])
  const batchOps = createSpread(registry, 'aqueduct_batch_operations', 'Operations in one commit.', null, BATCH_BOUNDS)
  const batchSeconds = createSpread(registry, 'aqueduct_batch_seconds', 'Time of one commit.', null, COMMIT_BOUNDS)
  const gauge = (name: string, help: string, ...labelNames: string[]) => new Gauge({ name, help, labelNames, registers: [registry] })
  const breaker = gauge('aqueduct_breaker_open', '1 while the destination is given a rest.', 'destination')
  const channel = gauge('aqueduct_channel_running', '1 while the channel takes messages.', 'channel')
  const open = gauge('aqueduct_deliveries', 'Deliveries in the store.', 'destination', 'state')
  const waiting = gauge('aqueduct_events_waiting', 'Events that wait for a worklist item or an earlier event.')
  const items = gauge('aqueduct_worklist_open', 'Open worklist items.', 'kind')

  async function look(): Promise<void> {
    const ask = counts()
    if (ask === null) return
    const now = await ask().catch(() => null)
    // A store that cannot be read leaves these gauges out: an old number would look like a fresh one.
    for (const each of [open, waiting, items]) each.reset()
    if (now === null) return waiting.remove()
    for (const { destination, state, count } of now.deliveries) open.set({ destination, state }, count)
    for (const { kind, count } of now.worklist) items.set({ kind }, count)
    waiting.set(now.waiting)
  }

  return {
    async text() {
      await look()
      return registry.metrics()
    },
    meters: {
      'message:taken'(event) {
        messages.add(event.channel, event.state)
        acks.add(event.channel, event.ack)
        bytes.add(event.channel, '', event.bytes)
        ackSeconds.observe(event.channel, event.ms / 1000)
      },
      'message:duplicate': (event) => duplicates.add(event.channel, ''),
      'message:failed': (event) => failures.add(event.channel, event.code),
      'delivery:settled'(event) {
        deliveries.add(event.destination, event.state)
        deliverySeconds.observe(event.destination, event.ms / 1000)
      },
      'delivery:failed': (event) => deliveryFailures.add(event.destination, event.code),
      'pull:failed': (event) => pullFailures.add(event.destination, event.code),
      'breaker:changed': (event) => breaker.set({ destination: event.destination }, event.open ? 1 : 0),
      'worklist:opened': (event) => worklist.add(event.kind, ''),
      'channel:changed': (event) => channel.set({ channel: event.channel }, event.state === 'running' ? 1 : 0),
      'configuration:applied': (event) => configurations.add(event.id, ''),
      'listener:problem': (event) => problems.add(event.channel, ''),
      'store:problem': (event) => storeProblems.add(event.code, ''),
      'batch:committed'(event) {
        batchOps.observe('', event.ops)
        batchSeconds.observe('', event.ms / 1000)
      },
    },
  }
}
