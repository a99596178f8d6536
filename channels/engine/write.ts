/** What the FHIR face writes, stored in one commit with a message for each channel that takes it. */
import { hash } from 'node:crypto'
import { faultOf, formatMessageId } from '../contract/index.ts'
import type {
  Answer,
  Clock,
  DeliveryWork,
  Emit,
  Fault,
  FhirListen,
  IdSource,
  Inbound,
  IntakeOp,
  Ledger,
  ResourceAnswer,
  ResourceRequest,
} from '../contract/index.ts'
import type { RunningChannel } from './channel.ts'
import { deliveriesOf } from './door.ts'
import { OWN_CHANNELS } from './inject.ts'
import { intakeOf, takesType } from './intake.ts'

/** The channel of writes that no configured channel takes. */
export const FACE_CHANNEL = `${OWN_CHANNELS}fhir`

export interface WriteDeps {
  readonly ledger: Ledger
  readonly ids: IdSource
  readonly clock: Clock
  readonly emit: Emit
  readonly channels: Iterable<RunningChannel>
  /** Configuration id. */
  readonly config: string
  /** Why nothing can be taken now, or null. */
  readonly refusal: () => Fault | null
  readonly deliver: (work: DeliveryWork) => void
  /** Told of what was written and of what its events wait for, after the commit. */
  readonly stored: (request: ResourceRequest, messages: readonly IntakeOp[]) => void
}

interface Taker {
  readonly channel: RunningChannel
  readonly listen: FhirListen
}

/** Expected troubles are answers; never rejects for what a sender can do. */
export async function write(deps: WriteDeps, request: ResourceRequest): Promise<ResourceAnswer> {
  const refuse = (fault: Fault, retry: boolean): ResourceAnswer => ({ kind: 'refused', fault, retry })
  const stop = deps.refusal()
  if (stop) return refuse(stop, true)
  const at = deps.clock.now()
  const takers = takersOf(deps.channels, request.types)
  const resting = takers.find(({ channel }) => channel.status().state !== 'running')
  if (resting) {
    const { name, state } = resting.channel.status()
    return refuse({ code: 'STORE_FAILED', text: `The channel ${name} is ${state}; send it again later.` }, true)
  }
  const messages: IntakeOp[] = []
  try {
    for (const { channel, listen } of takers) {
      const op = messageOf(channel, listen, request, deps.ids.next(), at)
      if (op.state === 'REJECTED') return refuse(op.fault ?? { code: 'MAPPING_FAILED', text: 'It cannot be mapped.' }, false)
      messages.push(op)
    }
  } catch (error) {
    // A defect of the engine: the sender keeps what it has.
    deps.emit('message:failed', {
      channel: takers[messages.length]?.channel.status().name ?? '',
      message: '',
      code: 'INTERNAL',
      place: faultOf(error, 'INTERNAL').text,
    })
    return refuse({ code: 'INTERNAL', text: 'The engine failed on this; it was not stored.' }, true)
  }
  const [first, ...others] = messages.length > 0 ? messages : [unclaimed(request, deps.config, deps.ids.next(), at)]
  // Copies of one request are no resends of each other: the first speaks for all.
  const stored = first ? [{ ...first, dedupe: request.controlId !== '' }, ...others.map((op) => ({ ...op, dedupe: false }))] : []
  const answer = await new Promise<Answer<'resources'>>((resolve) =>
    deps.ledger.submit<'resources'>({ op: 'resources', messages: stored, writes: request.writes, expects: request.expects }, resolve),
  )
  if (!answer.ok) {
    deps.emit('store:problem', { code: answer.fault.code, text: answer.fault.text })
    return refuse(answer.fault, true)
  }
  return settled(deps, request, answer.value, stored, takers, at)
}

function settled(
  deps: WriteDeps,
  request: ResourceRequest,
  answer: (Answer<'resources'> & { readonly ok: true })['value'],
  stored: readonly IntakeOp[],
  takers: readonly Taker[],
  at: number,
): ResourceAnswer {
  const { clock, deliver, emit } = deps
  if (answer.kind === 'conflict') return answer
  if (answer.kind === 'duplicate') {
    emit('message:duplicate', { channel: stored[0]?.channel ?? FACE_CHANNEL })
    return { kind: 'duplicate', message: formatMessageId(answer.message), answer: answer.ack }
  }
  for (const { channel } of takers) channel.took(at)
  for (const op of stored) {
    emit('message:taken', { channel: op.channel, state: op.state, ack: op.ack?.code ?? '', bytes: op.raw.length, ms: clock.now() - at })
    if (op.fault) emit('message:failed', { channel: op.channel, message: formatMessageId(op.id), code: op.fault.code, place: op.fault.place ?? '' })
    for (const work of deliveriesOf(op)) deliver(work)
  }
  deps.stored(request, stored)
  return { kind: 'stored', messages: stored.map(({ id }) => formatMessageId(id)) }
}

function takersOf(channels: Iterable<RunningChannel>, types: readonly string[]): readonly Taker[] {
  return [...channels].flatMap((channel): Taker | [] => {
    const listen = channel.runtime.definition.listen.find(
      (each): each is FhirListen => each.type === 'fhir' && types.some((type) => takesType(each.messages, type)),
    )
    return listen ? { channel, listen } : []
  })
}

function messageOf(channel: RunningChannel, listen: FhirListen, request: ResourceRequest, id: number, at: number): IntakeOp {
  const inbound: Inbound = {
    raw: request.raw,
    controlId: request.controlId,
    sender: request.sender,
    type: typeOf(request),
    fault: null,
    content: request.content,
    acknowledge: () => request.answer,
  }
  // The face has judged what may be written; of which types the message tells, its mapping knows.
  return intakeOf(channel.runtime, { messages: [], acknowledge: listen.acknowledge, mapAlways: true }, inbound, id, at)
}

const ONE_RESOURCE: ReadonlySet<string> = new Set(['create', 'update', 'delete'])

/** `Procedure`, `Bundle^transaction`. */
function typeOf({ interaction, types }: ResourceRequest): string {
  return ONE_RESOURCE.has(interaction) ? (types[0] ?? interaction) : `Bundle^${interaction}`
}

/** Every write is a message: found, traced and audited as any other. */
function unclaimed(request: ResourceRequest, config: string, id: number, at: number): IntakeOp {
  return {
    op: 'intake',
    id,
    channel: FACE_CHANNEL,
    config,
    controlId: request.controlId,
    sender: request.sender,
    type: typeOf(request),
    raw: request.raw,
    hash: hash('sha256', request.raw, 'buffer').subarray(0, 16),
    ack: { code: 'AA', bytes: request.answer, at },
    dedupe: true,
    state: 'FILTERED',
    fault: null,
    lane: `${FACE_CHANNEL}:${formatMessageId(id)}`,
    events: [],
    deliveries: [],
  }
}
