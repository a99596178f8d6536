import bunyan from 'bunyan'
import type { Clock, Emit, EngineEvents } from '../../channels/contract/index.ts'
import { LINES, QUIET_MS, cleaned, named } from './lines.ts'
import { createMetrics } from './metrics.ts'
import type { Counts } from './metrics.ts'

export type EventListener = <Name extends keyof EngineEvents>(name: Name, event: EngineEvents[Name]) => void

export interface ObservabilityOptions {
  readonly clock: Clock
  /** Lowest level that is written; default info, at which normal traffic is silent. */
  readonly level?: 'debug' | 'info' | 'warn' | 'error'
  /** Where log lines go; default stderr, because stdout is for what was asked for. */
  readonly stream?: NodeJS.WritableStream
}

export interface Observability {
  readonly emit: Emit
  /** Prometheus text format. */
  metrics(): Promise<string>
  readonly log: bunyan
  /** Calls `listener` with every event, after it was counted; the answer takes it off again. */
  onEvent(listener: EventListener): () => void
  /** Where each scrape asks what the store holds. */
  watchStore(counts: () => Promise<Counts>): void
}

/** The one place that turns what the engine tells about itself into logs and metrics. */
export function createObservability(options: ObservabilityOptions): Observability {
  const { clock, level = 'info', stream = process.stderr } = options
  const log = bunyan.createLogger({ name: 'aqueduct', streams: [{ level, stream }] })
  const debug = level === 'debug'
  let counts: (() => Promise<Counts>) | null = null
  const { meters, text } = createMetrics(() => counts)
  const listeners = new Set<EventListener>()
  const troubles = createTroubles(clock)

  function write<Name extends keyof EngineEvents>(name: Name, event: EngineEvents[Name]): void {
    const line = LINES[name]
    const fields: Record<string, unknown> = { event: name }
    for (const field of line.fields) fields[field] = named(event[field])
    for (const field of line.free ?? []) fields[field] = cleaned(event[field])
    if (line.same) {
      const silent = troubles.again(`${name}\u0001${line.same.map((field) => String(event[field])).join('\u0001')}`)
      if (silent === null) return
      if (silent > 0) fields['silenced'] = silent
    }
    log[line.level](fields, line.words)
  }

  return {
    emit(name, event) {
      meters[name](event)
      if (debug || LINES[name].level !== 'debug') write(name, event)
      if (listeners.size > 0) for (const listener of listeners) listener(name, event)
    },
    metrics: text,
    log,
    onEvent(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    watchStore(ask) {
      counts = ask
    },
  }
}

/** Troubles that are remembered at once; beyond it all is forgotten, which at worst writes a line too many. */
const MOST_TROUBLES = 1000

/** Counts equal troubles: null says "written a moment ago", a number how many were kept silent since the last line. */
function createTroubles(clock: Clock): { again(key: string): number | null } {
  const known = new Map<string, { until: number; silent: number }>()
  return {
    again(key) {
      const now = clock.now()
      const last = known.get(key)
      if (last !== undefined && now < last.until) {
        last.silent++
        return null
      }
      if (known.size >= MOST_TROUBLES) known.clear()
      known.set(key, { until: now + QUIET_MS, silent: 0 })
      return last?.silent ?? 0
    },
  }
}
