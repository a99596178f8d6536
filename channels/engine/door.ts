/** One channel's door: takes bytes, stores what became of them, and answers only when that is durable (promise 1). */
import { AqueductError, faultOf, formatMessageId } from '../contract/index.ts'
import type { Ack, AckCode, Clock, DeliveryWork, Emit, Fault, IdSource, Inbound, Intake, IntakeOp, Ledger } from '../contract/index.ts'
import { intakeOf } from './intake.ts'
import type { ChannelRuntime, IntakeSettings } from './intake.ts'

export interface DoorSettings extends IntakeSettings {
  readonly ackTimeoutMs: number
  readonly charset: string
  readonly maxMessageBytes: number
}

export interface DoorDeps {
  readonly ledger: Ledger
  readonly ids: IdSource
  readonly clock: Clock
  readonly emit: Emit
  /** The channel as the active configuration has it. */
  readonly runtime: () => ChannelRuntime
  /** Why nothing can be taken now (disk nearly full), or null. */
  readonly refusal: () => Fault | null
  /** Committed deliveries to destinations that are no ERP. */
  readonly deliver: (work: DeliveryWork) => void
  /** Calls back once with AA when all of the message is delivered, with AE and the reason after the time. */
  readonly whenDelivered: (message: number, timeoutMs: number, tell: (code: 'AA' | 'AE', fault: Fault | null) => void) => void
  /** A message stored RECEIVED is to be mapped; `done` once it is. */
  readonly mapLater: (message: number, done: () => void) => void
  readonly openIntakes: number
  /** Called for each message taken, with the time. */
  readonly taken: (at: number) => void
}

type Answer = (reply: Uint8Array | null) => void

export class Door implements Intake {
  readonly #settings: DoorSettings
  readonly #deps: DoorDeps
  #open = 0
  /** Messages on their way to be stored RECEIVED and mapped after: what follows in their lane must not be mapped before them. */
  #unmapped = 0
  #waiting: (() => void)[] = []
  #closed = false
  #paused = false

  constructor(settings: DoorSettings, deps: DoorDeps) {
    this.#settings = settings
    this.#deps = deps
  }

  /** From now on everything is refused with AR, as a message that may be sent again. */
  close(): void {
    this.#closed = true
  }

  /** While paused nothing is read: senders wait on their open connections. */
  pause(paused: boolean): void {
    this.#paused = paused
    if (!paused) this.#resume()
  }

  ready(): boolean {
    return !this.#paused && this.#unmapped === 0 && this.#open < this.#deps.openIntakes
  }

  whenReady(resume: () => void): void {
    if (this.ready()) resume()
    else this.#waiting.push(resume)
  }

  take(raw: Uint8Array, answer: Answer): void {
    this.#take(raw, (inbound) => inbound, answer)
  }

  takeOversized(head: Uint8Array, size: number, answer: Answer): void {
    const fault: Fault = {
      code: 'FRAME_TOO_LARGE',
      text: `The frame has ${String(size)} bytes or more, this channel takes ${String(this.#settings.maxMessageBytes)}; raise listen.mllp.max_message or split the message.`,
    }
    this.#take(head, (inbound) => ({ ...inboundOf(inbound), raw: head, fault }), answer)
  }

  /** `judge` may add what is wrong with it that its bytes do not say. */
  #take(raw: Uint8Array, judge: (inbound: Inbound) => Inbound, answer: Answer): void {
    const { clock, emit, ids, refusal, runtime } = this.#deps
    const at = clock.now()
    const channel = runtime()
    this.#deps.taken(at)
    let inbound: Inbound | null = null
    let op: IntakeOp
    try {
      inbound = judge(channel.format.read(raw, { charset: this.#settings.charset }))
      const stop = this.#closed ? ({ code: 'STORE_FAILED', text: 'The engine is stopping; send it again.' } as const) : refusal()
      if (stop) return this.#refuse(inbound, stop, answer)
      op = intakeOf(channel, this.#settings, inbound, ids.next(), at)
    } catch (error) {
      // A defect of the engine must not take the connection down or lose the bytes: the sender keeps the message.
      emit('message:failed', { channel: channel.definition.name, message: '', code: 'INTERNAL', place: faultOf(error, 'INTERNAL').text })
      return inbound ? this.#refuse(inbound, { code: 'INTERNAL', text: 'The engine failed on this message; it was not stored.' }, answer) : answer(null)
    }
    this.#submit(op, inbound, at, answer)
  }

  #submit(op: IntakeOp, inbound: Inbound, at: number, answer: Answer): void {
    this.#open++
    if (op.state === 'RECEIVED') this.#unmapped++
    this.#deps.ledger.submit(op, (result) => {
      this.#open--
      if (op.state === 'RECEIVED' && !(result.ok && result.value.kind === 'stored')) this.#unmapped--
      if (!result.ok) this.#refuse(inbound, result.fault, answer)
      else if (result.value.kind === 'stored') this.#stored(op, inbound, at, answer)
      else {
        this.#deps.emit('message:duplicate', { channel: op.channel })
        // A resend of what still waits joins it; one of what was answered AE for time gets today's truth.
        if (result.value.ack && (result.value.ack.code !== 'AE' || this.#settings.acknowledge !== 'when-delivered')) answer(result.value.ack.bytes)
        else this.#wait(result.value.message, inbound, answer)
      }
      this.#resume()
    })
  }

  #stored(op: IntakeOp, inbound: Inbound, at: number, answer: Answer): void {
    const { clock, deliver, emit } = this.#deps
    emit('message:taken', { channel: op.channel, state: op.state, ack: op.ack?.code ?? '', bytes: op.raw.length, ms: clock.now() - at })
    if (op.fault) emit('message:failed', { channel: op.channel, message: formatMessageId(op.id), code: op.fault.code, place: op.fault.place ?? '' })
    if (op.ack) answer(op.ack.bytes)
    else this.#wait(op.id, inbound, answer)
    if (op.state === 'RECEIVED') {
      return this.#deps.mapLater(op.id, () => {
        this.#unmapped--
        this.#resume()
      })
    }
    for (const work of deliveriesOf(op)) deliver(work)
  }

  #wait(message: number, inbound: Inbound, answer: Answer): void {
    this.#deps.whenDelivered(message, this.#settings.ackTimeoutMs, (code, fault) => {
      const ack = this.#ack(inbound, code, message, fault)
      this.#deps.ledger.submit({ op: 'acknowledge', message, ack }, (result) => {
        if (result.ok) answer(ack.bytes)
        else this.#refuse(inbound, result.fault, answer)
      })
    })
  }

  #ack(inbound: Inbound, code: AckCode, id: number, fault: Fault | null): Ack {
    const at = this.#deps.clock.now()
    return { code, at, bytes: inbound.acknowledge(code, fault ? { at, id: formatMessageId(id), fault } : { at, id: formatMessageId(id) }) }
  }

  /** Nothing was stored: AR, which a sender may retry. */
  #refuse(inbound: Inbound, fault: Fault, answer: Answer): void {
    this.#deps.emit('store:problem', { code: fault.code, text: fault.text })
    answer(this.#ack(inbound, 'AR', this.#deps.ids.next(), fault).bytes)
  }

  #resume(): void {
    if (this.#waiting.length === 0 || this.#paused || this.#unmapped > 0 || this.#open > this.#deps.openIntakes / 2) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }
}

/**
 * The deliveries of a stored message as work, with the event's body under the message's control id and lane (DESIGN §12). Those
 * of an event that waits are told by the ledger when it goes on, with what it lacked filled in, and those of a message that tells things
 * whole once it knows what of it is new.
 */
export function deliveriesOf(op: IntakeOp): DeliveryWork[] {
  if (op.restates) return []
  return op.deliveries.flatMap((delivery): DeliveryWork | [] => {
    const event = op.events[delivery.event - 1]
    if (!event) throw new AqueductError('INTERNAL', `delivery ${String(delivery.n)} names event ${String(delivery.event)}, which its message does not have`)
    if (event.needs.length > 0) return []
    return {
      message: op.id,
      n: delivery.n,
      seq: 0,
      destination: delivery.destination,
      lane: delivery.lane,
      state: 'QUEUED',
      attempts: 0,
      due: 0,
      step: null,
      key: null,
      kind: event.type,
      controlId: op.controlId,
      messageLane: op.lane,
      body: `{"controlId":${JSON.stringify(op.controlId)},"lane":${JSON.stringify(op.lane)},${event.body.slice(1)}`,
    }
  })
}

/** An Inbound's methods are its class's; spreading takes only own properties. */
export function inboundOf(inbound: Inbound): Inbound {
  return {
    raw: inbound.raw,
    controlId: inbound.controlId,
    sender: inbound.sender,
    type: inbound.type,
    fault: inbound.fault,
    content: inbound.content,
    acknowledge: (code, answer) => inbound.acknowledge(code, answer),
  }
}
