/** Messages that the engine makes itself: pulled from an ERP, asked for over an API, fired by a timer. Stored and decided like any other. */
import { hash } from 'node:crypto'
import { AqueductError, EVENT_DESTINATION_TYPES, formatEventId, formatMessageId, isErp } from '../contract/index.ts'
import type {
  Answer,
  Clock,
  Configuration,
  DeliveryWork,
  EventRecord,
  Fault,
  IdSource,
  InjectAnswer,
  InjectRequest,
  IntakeOp,
  Ledger,
} from '../contract/index.ts'
import { deliveriesOf } from './door.ts'

/** The channel of every such message begins with it; no configured channel's name can. */
export const OWN_CHANNELS = 'bridge/'

export interface InjectDeps {
  readonly ledger: Ledger
  readonly ids: IdSource
  readonly clock: Clock
  readonly configuration: () => Configuration
  /** Why nothing can be taken now, or null. */
  readonly refusal: () => Fault | null
  readonly deliver: (work: DeliveryWork) => void
}

/** @throws AqueductError STORE_FAILED when the store cannot commit */
export async function inject(deps: InjectDeps, request: InjectRequest): Promise<InjectAnswer> {
  const stop = deps.refusal()
  if (stop) return { kind: 'refused', text: stop.text, code: stop.code }
  const configuration = deps.configuration()
  const bridge = bridgeOf(configuration, request.bridge)
  if (typeof bridge !== 'string') return bridge
  const unknown = request.deliver.find((name) => !configuration.destinations.some((each) => each.name === name && isPlain(each.type)))
  if (unknown !== undefined) return refused(`There is no destination ${unknown} that takes events.`)
  if (!request.channel.startsWith(OWN_CHANNELS)) return refused(`The channel of such a message begins with ${OWN_CHANNELS}.`)
  const most = configuration.engine.limits.eventsPerMessage
  if (request.events.length > most) return refused(`At most ${String(most)} events go into one message.`)

  const id = deps.ids.next()
  const op = injectedOp(request, { id, at: deps.clock.now(), config: configuration.id, bridge })
  const answer = await new Promise<Answer<'intake'>>((resolve) => deps.ledger.submit<'intake'>(op, resolve))
  if (!answer.ok) throw new AqueductError(answer.fault.code, answer.fault.text)
  const message = answer.value.kind === 'duplicate' ? answer.value.message : id
  if (answer.value.kind === 'stored') for (const work of deliveriesOf(op)) deps.deliver(work)
  return { kind: answer.value.kind, message: formatMessageId(message), events: op.events.map((event) => formatEventId(message, event.rule, event.anchor)) }
}

/** The op that stores it. Rule and anchor of an event are its type and its number: the same request under the same id makes the same events. */
export function injectedOp(
  request: InjectRequest,
  made: { readonly id: number; readonly at: number; readonly config: string; readonly bridge: string },
): IntakeOp {
  const { id, at } = made
  const raw = Buffer.from(request.raw, 'utf8')
  const lane = `${request.channel}:${request.sender}`
  const recordedAt = new Date(at).toISOString()
  const events = request.events.map((event, i): EventRecord => {
    const rule = event.type.charAt(0).toLowerCase() + event.type.slice(1)
    const anchor = String(i + 1)
    const envelope = {
      id: formatEventId(id, rule, anchor),
      type: event.type,
      version: 1,
      recordedAt,
      source: { channel: request.channel, system: request.sender, controlId: request.controlId, position: anchor },
      businessKey: event.businessKey,
    }
    return {
      n: i + 1,
      rule,
      anchor,
      type: event.type,
      businessKey: event.businessKey,
      caseKey: event.caseKey,
      body: JSON.stringify({ ...envelope, ...event.body, ...envelope }),
      origin: '{}',
      keys: event.keys,
      needs: [],
      bridge: made.bridge,
    }
  })
  return {
    op: 'intake',
    id,
    channel: request.channel,
    config: made.config,
    controlId: request.controlId,
    sender: request.sender,
    type: request.type,
    raw,
    hash: hash('sha256', raw, 'buffer').subarray(0, 16),
    ack: { code: 'AA', bytes: new Uint8Array(0), at },
    dedupe: true,
    state: 'MAPPED',
    fault: null,
    lane,
    events,
    deliveries: events.flatMap((event, i) =>
      request.deliver.map((destination, k) => ({ n: i * request.deliver.length + k + 1, event: event.n, destination, lane })),
    ),
  }
}

const isPlain = (type: string): boolean => EVENT_DESTINATION_TYPES.includes(type)

/** The ERP whose bridge decides: the one that is named, or the only one there is. */
function bridgeOf(configuration: Configuration, name: string | null): string | InjectAnswer {
  const erps = configuration.destinations.filter((each) => isErp(each.type)).map((each) => each.name)
  if (name !== null && name !== '') return erps.includes(name) ? name : refused(`There is no ERP destination ${name}.`)
  const [only, ...others] = erps
  if (only === undefined) return refused('No ERP destination is configured, so nothing can decide on this.')
  return others.length === 0 ? only : refused(`Several ERPs are configured (${erps.join(', ')}); say which.`)
}

function refused(text: string): InjectAnswer {
  return { kind: 'refused', text }
}
