/**
 * What becomes of one message, as data: accepted or refused, mapped or not, with the acknowledgement it gets. Pure: the same
 * bytes, channel and id give the same op. Recovery, replay, `explain` and `test` go through here too.
 */
import { hash } from 'node:crypto'
import { EVENT_DESTINATION_TYPES, formatMessageId } from '../contract/index.ts'
import type {
  AckCode,
  Acknowledge,
  ChannelDefinition,
  CompiledChannel,
  Configuration,
  DeliveryRecord,
  EventRecord,
  Fault,
  Inbound,
  IntakeOp,
  MapOutcome,
  MessageFormat,
  RunRecord,
} from '../contract/index.ts'

/** A channel ready to run under one configuration. */
export interface ChannelRuntime {
  readonly definition: ChannelDefinition
  readonly compiled: CompiledChannel
  readonly format: MessageFormat
  /** Configuration id. */
  readonly config: string
  /** The ERP destination whose bridge gets the events, or null. */
  readonly bridge: string | null
  /** Destinations that get each event as it is. */
  readonly eventDestinations: readonly string[]
}

/** Puts a compiled channel together with what its configuration says of its destinations. */
export function channelRuntime(configuration: Configuration, definition: ChannelDefinition, compiled: CompiledChannel, format: MessageFormat): ChannelRuntime {
  const typeOf = (name: string) => configuration.destinations.find((destination) => destination.name === name)?.type ?? ''
  const names = definition.deliver.map((entry) => entry.to)
  return {
    definition,
    compiled,
    format,
    config: configuration.id,
    bridge: names.find((name) => !EVENT_DESTINATION_TYPES.includes(typeOf(name))) ?? null,
    eventDestinations: names.filter((name) => EVENT_DESTINATION_TYPES.includes(typeOf(name))),
  }
}

/** Messages up to this size are mapped before their commit and stored with their events in one transaction (ADR 0002). */
export const MAP_BEFORE_COMMIT_BYTES = 262_144

const PATTERNS = new WeakMap<readonly string[], ReadonlySet<string>>()

/** Does `messages:` name this type? `DFT^*` names every trigger of DFT, `*` and an empty list name everything. */
export function takesType(messages: readonly string[], type: string): boolean {
  if (messages.length === 0) return true
  let set = PATTERNS.get(messages)
  if (!set) PATTERNS.set(messages, (set = new Set(messages)))
  if (set.has(type) || set.has('*')) return true
  // An X12 interchange may carry several sets: all of them must be taken.
  if (type.includes('+')) return type.split('+').every((one) => takesType(messages, one))
  const code = type.split('^', 1)[0] ?? ''
  return set.has(`${code}^*`)
}

/** Message lane: channel (or named group) + value of `lane:`; an empty value is a lane by itself (DESIGN §4 Lanes). */
function laneOf(channel: ChannelRuntime, value: string, id: number): string {
  return `${channel.definition.laneGroup ?? channel.definition.name}:${value === '' ? formatMessageId(id) : value}`
}

/** Faults of bytes that are no message of the channel's format at all. */
const UNREADABLE: ReadonlySet<string> = new Set(['NOT_HL7', 'NOT_X12', 'NOT_FHIR'])

const NOTHING = { events: [], deliveries: [] } as const

/** The record of a mapping run. `failed` is the state of a message whose mapping failed: ERROR, or REJECTED when the sender is told. */
export function runOf(channel: ChannelRuntime, id: number, outcome: MapOutcome, failed: 'ERROR' | 'REJECTED'): RunRecord {
  switch (outcome.kind) {
    case 'filtered':
      return { state: 'FILTERED', fault: null, lane: laneOf(channel, '', id), ...NOTHING }
    case 'fault':
      return { state: failed, fault: outcome.fault, lane: laneOf(channel, outcome.lane, id), ...NOTHING }
    case 'mapped': {
      const lane = laneOf(channel, outcome.lane, id)
      const events: EventRecord[] = []
      const deliveries: DeliveryRecord[] = []
      for (const event of outcome.events) {
        const n = events.length + 1
        events.push({
          n,
          rule: event.rule,
          anchor: event.anchor,
          type: event.type,
          businessKey: event.businessKey,
          caseKey: event.caseKey,
          body: JSON.stringify(event.body),
          origin: event.originJson,
          keys: event.keys,
          needs: event.needs,
          bridge: channel.bridge,
          ...(event.statement ? { statement: event.statement } : {}),
        })
        for (const destination of channel.eventDestinations) deliveries.push({ n: deliveries.length + 1, event: n, destination, lane })
      }
      return { state: 'MAPPED', fault: null, lane, events, deliveries, ...(outcome.restates ? { restates: outcome.restates } : {}) }
    }
  }
}

/** The settings of a listener that decide what a message gets. */
export interface IntakeSettings {
  readonly messages: readonly string[]
  readonly acknowledge: Acknowledge
  /** Messages of any size are mapped before their commit: what they mean must be known with what they write. */
  readonly mapAlways?: true
}

/**
 * The op that stores one message. Under `when-delivered` its ack is null while deliveries or decisions are open.
 * @param at milliseconds: time of receipt and of the acknowledgement
 */
export function intakeOf(channel: ChannelRuntime, settings: IntakeSettings, inbound: Inbound, id: number, at: number): IntakeOp {
  const acknowledge = (code: AckCode, fault?: Fault) => ({
    code,
    at,
    bytes: inbound.acknowledge(code, fault ? { at, id: formatMessageId(id), fault } : { at, id: formatMessageId(id) }),
  })
  const op = (run: RunRecord, ack: IntakeOp['ack'], dedupe: boolean): IntakeOp => ({
    op: 'intake',
    id,
    channel: channel.definition.name,
    config: channel.config,
    controlId: inbound.controlId,
    sender: inbound.sender,
    type: inbound.type,
    raw: inbound.raw,
    hash: hash('sha256', inbound.raw, 'buffer').subarray(0, 16),
    ack,
    dedupe,
    ...run,
  })
  const refuse = (code: 'AE' | 'AR', fault: Fault) =>
    op({ state: 'REJECTED', fault, lane: laneOf(channel, '', id), ...NOTHING }, acknowledge(code, fault), false)

  if (inbound.fault) return refuse(UNREADABLE.has(inbound.fault.code) ? 'AR' : 'AE', inbound.fault)
  if (!takesType(settings.messages, inbound.type)) {
    return refuse('AR', {
      code: 'UNKNOWN_TYPE',
      place: 'MSH-9',
      text: `This channel takes ${settings.messages.join(', ')}; add the type to listen.messages or route it elsewhere.`,
    })
  }
  if (settings.acknowledge === 'when-stored' && settings.mapAlways !== true && inbound.raw.length > MAP_BEFORE_COMMIT_BYTES) {
    return op({ state: 'RECEIVED', fault: null, lane: laneOf(channel, '', id), ...NOTHING }, acknowledge('AA'), true)
  }
  const outcome = channel.compiled.run(inbound, { message: id, recordedAt: at })
  const run = runOf(channel, id, outcome, settings.acknowledge === 'when-stored' ? 'ERROR' : 'REJECTED')
  if (run.state === 'REJECTED') return op(run, acknowledge('AE', run.fault ?? undefined), false)
  const waits =
    settings.acknowledge === 'when-delivered' && run.state === 'MAPPED' && (run.deliveries.length > 0 || (channel.bridge !== null && run.events.length > 0))
  return op(run, waits ? null : acknowledge('AA'), true)
}
