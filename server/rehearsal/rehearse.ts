/** Plays messages through the real pipeline: grammar, mapping, acknowledgement, ledger and bridge. No sockets, nothing is sent. */
import { createIdSource, formatMessageId } from '../../channels/contract/index.ts'
import type {
  AckCode,
  Answer,
  Clock,
  Configuration,
  DeliveryWork,
  EventView,
  Fault,
  Inbound,
  Ledger,
  LedgerOps,
  MessageStatus,
  OpName,
  Reader,
  WorklistView,
} from '../../channels/contract/index.ts'
import { AqueductError } from '../../channels/contract/index.ts'
import { intakeOf, rerun } from '../../channels/engine/index.ts'
import type { ChannelRuntime } from '../../channels/engine/index.ts'
import { createFace } from './face.ts'
import { createBridge } from '../../erp-bridge/index.ts'
import { openStore } from '../../store/index.ts'
import type { MasterDataFile } from '../master-data.ts'

export interface Rehearsal {
  readonly configuration: Configuration
  readonly channel: ChannelRuntime
  readonly messages: readonly { readonly name: string; readonly bytes: Uint8Array }[]
  readonly load: readonly MasterDataFile[]
  /** Milliseconds since 1970; time stands still here. */
  readonly now: number
  /** Every document counts as taken by the ERP before the next message comes, as in a quiet hour. False leaves them queued. */
  readonly send: boolean
}

/** A document as it would reach the ERP. */
export interface RehearsedDocument {
  readonly key: string
  readonly kind: string
  readonly destination: string
  readonly state: string
  readonly because: string
  /** Id of the event it was made for. */
  readonly event: string
  readonly body: Readonly<Record<string, unknown>>
}

export interface RehearsedMessage {
  readonly id: string
  readonly name: string
  readonly controlId: string
  readonly type: string
  readonly ack: AckCode | null
  readonly state: MessageStatus
  readonly lane: string
  readonly fault: Fault | null
  /** What filtered it: `accept`, `for_each` (none of its segments) or `when`; null otherwise. */
  readonly filteredBy: string | null
  /** Id of the message that this one repeats, or null. */
  readonly duplicateOf: string | null
  readonly events: readonly EventView[]
  readonly documents: readonly RehearsedDocument[]
  /** Open items that this message or something of it waits for. */
  readonly worklist: readonly WorklistView[]
}

export interface RehearsalResult {
  readonly messages: readonly RehearsedMessage[]
  /** Every open item at the end. */
  readonly worklist: readonly WorklistView[]
}

const WORKLIST_LIMIT = 500

/** Runs a rehearsal on a store of its own, in memory. @throws AqueductError when the pipeline itself fails */
export async function rehearse(rehearsal: Rehearsal): Promise<RehearsalResult> {
  const { configuration, now } = rehearsal
  const clock: Clock = { now: () => now, after: () => () => undefined }
  const { engine } = configuration
  const store = await openStore({
    database: { kind: 'sqlite', file: ':memory:' },
    bridge: createBridge(),
    clock,
    installation: engine.installation,
    dedupeDays: engine.dedupeDays,
  })
  const work: DeliveryWork[] = []
  store.ledger.onWork((made) => void work.push(...made))
  try {
    const { ledger, reader } = store
    await submit(ledger, {
      op: 'configuration',
      id: configuration.id,
      files: JSON.stringify(configuration.files),
      overrides: JSON.stringify(configuration.overrides),
      policies: configuration.policies,
    })
    for (const { table, rows, file } of rehearsal.load) await submit(ledger, { op: 'load', table, rows, by: 'rehearsal', source: file })
    const ids = createIdSource(() => now)
    const taken: Taken[] = []
    const face = createFace()
    for (const message of rehearsal.messages) {
      taken.push(await take(rehearsal, store, ids.next(), message, face))
      if (rehearsal.send) await sendAll(ledger, work, now)
    }
    const worklist = (await reader.worklist({ state: 'open', limit: WORKLIST_LIMIT })).items
    const messages = await Promise.all(taken.map((one) => look(reader, one, work, worklist)))
    return { messages, worklist }
  } finally {
    await store.stop()
  }
}

interface Taken {
  readonly id: number
  readonly name: string
  readonly ack: AckCode | null
  readonly controlId: string
  readonly type: string
  readonly filteredBy: string | null
  readonly duplicateOf: number | null
}

async function take(
  rehearsal: Rehearsal,
  store: { readonly ledger: Ledger; readonly reader: Reader },
  id: number,
  message: { readonly name: string; readonly bytes: Uint8Array },
  face: (inbound: Inbound) => Inbound,
): Promise<Taken> {
  const { channel, now } = rehearsal
  const listen = channel.definition.listen[0]
  const read = channel.format.read(message.bytes, { charset: listen?.charset ?? 'MSH-18' })
  const written = listen?.type === 'fhir' && read.fault === null
  const inbound = written ? face(read) : read
  const settings = { messages: written ? [] : (listen?.messages ?? []), acknowledge: listen?.acknowledge ?? 'when-stored' }
  const op = intakeOf(channel, written ? { ...settings, mapAlways: true } : settings, inbound, id, now)
  const answer = await submit(store.ledger, op)
  const outcome = op.state === 'FILTERED' ? channel.compiled.run(inbound, { message: id, recordedAt: now }) : null
  const facts = { id, name: message.name, controlId: inbound.controlId, type: inbound.type, filteredBy: outcome?.kind === 'filtered' ? outcome.by : null }
  if (answer.kind === 'duplicate') return { ...facts, ack: answer.ack?.code ?? null, duplicateOf: answer.message }
  if (op.state === 'RECEIVED')
    await rerun(
      { ledger: store.ledger, reader: store.reader, active: () => channel, archived: () => Promise.resolve(channel), ran: () => undefined },
      id,
      'recovery',
      'rehearsal',
    )
  // Under when-delivered the acknowledgement waits for deliveries; here they are as good as made.
  return { ...facts, ack: op.ack?.code ?? 'AA', duplicateOf: null }
}

/** Settles everything that is queued as taken by its destination. */
async function sendAll(ledger: Ledger, work: readonly DeliveryWork[], now: number): Promise<void> {
  for (let i = 0; i < work.length; i++) {
    const one = work[i]
    if (one?.state !== 'QUEUED') continue
    const { message, n, step } = one
    const claim = await submit(ledger, { op: 'claim', message, n, attempts: 1 })
    if (claim.claimed)
      await submit(ledger, { op: 'settle', message, n, state: 'SENT', attempts: 1, due: now, failure: null, reference: `REHEARSED-${i + 1}`, step })
  }
}

async function look(reader: Reader, taken: Taken, work: readonly DeliveryWork[], worklist: readonly WorklistView[]): Promise<RehearsedMessage> {
  const { id, name, ack, controlId, type, filteredBy, duplicateOf } = taken
  const view = await reader.message(duplicateOf ?? id)
  if (view === null) throw new AqueductError('INTERNAL', 'a rehearsed message is not in its store')
  const bodies = new Map(work.flatMap((one) => (one.key === null ? [] : [[one.key, one.body]])))
  const documents = view.events.flatMap((event) =>
    event.deliveries.flatMap((delivery) => {
      if (delivery.key === null) return []
      const { key, kind, destination, state, because } = delivery
      return [{ key, kind, destination, state, because, event: event.id, body: JSON.parse(bodies.get(key) ?? '{}') as Record<string, unknown> }]
    }),
  )
  return {
    id: formatMessageId(id),
    name,
    controlId,
    type,
    ack,
    state: view.state,
    lane: view.lane,
    fault: view.fault,
    filteredBy,
    duplicateOf: duplicateOf === null ? null : formatMessageId(duplicateOf),
    events: duplicateOf === null ? view.events : [],
    documents: duplicateOf === null ? documents : [],
    worklist: worklist.filter((item) => item.waiters.some((waiter) => waiter === view.id || waiter.startsWith(`${view.id}.`))),
  }
}

/** One op, answered after its commit. @throws AqueductError when the store refused it */
function submit<Name extends OpName>(ledger: Ledger, op: LedgerOps[Name]['op'] & { readonly op: Name }): Promise<LedgerOps[Name]['answer']> {
  return new Promise((resolve, reject) => {
    ledger.submit<Name>(op, (answer: Answer<Name>) => {
      if (answer.ok) resolve(answer.value)
      else reject(new AqueductError(answer.fault.code, answer.fault.text))
    })
  })
}
