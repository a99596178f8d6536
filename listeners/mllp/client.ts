/** Sends MLLP: one message at a time, each with the acknowledgement that is its own. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { systemClock } from '../../channels/contract/index.ts'
import type { Clock } from '../../channels/contract/index.ts'
import { decodeBytes, Hl7Message, unescapeText } from '../../mappers/hl7v2/index.ts'
import { frameBlock, MllpFramer } from './framing.ts'

const MOST_ACK_BYTES = 1_048_576

export interface MllpTarget {
  readonly host: string
  readonly port: number
  /** PEM texts; an empty object takes the machine's certificate authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly rejectUnauthorized?: boolean }
  readonly timeoutMs: number
}

export type SendAnswer =
  /** An acknowledgement of this message: MSA-1, MSA-2, MSA-3 (or ERR-8). */
  | { readonly kind: 'ack'; readonly code: string; readonly controlId: string; readonly text: string; readonly bytes: Buffer }
  /** Sent, and no acknowledgement of this message came in time; the connection was given up, so that a late one is not taken for another's. */
  | { readonly kind: 'timeout'; readonly text: string }
  /** The connection failed. `sent` false: nothing can have arrived. */
  | { readonly kind: 'closed'; readonly sent: boolean; readonly text: string }

export interface MllpSender {
  /** Queues the message behind those before it: strictly one on the way. Connects when needed. Never rejects. */
  send(payload: Uint8Array): Promise<SendAnswer>
  close(): Promise<void>
}

interface Waiting {
  readonly payload: Uint8Array
  readonly controlId: string
  readonly done: (answer: SendAnswer) => void
  sent: boolean
  /** Acknowledgements of other messages that came meanwhile. */
  strangers: number
}

/** A sender that keeps one connection. `clock` is for tests. */
export function createMllpSender(target: MllpTarget, clock: Clock = systemClock): MllpSender {
  return new Sender(target, clock)
}

class Sender implements MllpSender {
  private readonly target: MllpTarget
  private readonly clock: Clock
  private readonly queue: Waiting[] = []
  private socket: Socket | null = null
  private current: Waiting | null = null
  private cancelTimeout: () => void = () => undefined
  private closed = false

  constructor(target: MllpTarget, clock: Clock) {
    this.target = target
    this.clock = clock
  }

  send(payload: Uint8Array): Promise<SendAnswer> {
    return new Promise((done) => {
      this.queue.push({ payload, controlId: controlIdOf(payload), done, sent: false, strangers: 0 })
      this.next()
    })
  }

  async close(): Promise<void> {
    this.closed = true
    const { socket } = this
    if (socket === null) return
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
      if (this.current === null) socket.end()
      else socket.destroy()
    })
  }

  private next(): void {
    if (this.current !== null) return
    const waiting = this.queue.shift()
    if (waiting === undefined) return
    if (this.closed) {
      waiting.done({ kind: 'closed', sent: false, text: 'the sender was closed' })
      return this.next()
    }
    this.current = waiting
    this.cancelTimeout = this.clock.after(this.target.timeoutMs, () => this.timeout())
    if (this.socket?.writable === true) this.transmit(waiting, this.socket)
    else this.connect()
  }

  private connect(): void {
    const { host, port, tls } = this.target
    this.socket?.destroy()
    const socket = tls === undefined ? connect({ host, port, noDelay: true }) : connectTls({ host, port, ...tls })
    const framer = new MllpFramer({ maxBytes: MOST_ACK_BYTES })
    let problem = 'the connection was closed'
    this.socket = socket
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      if (this.current !== null && this.socket === socket) this.transmit(this.current, socket)
    })
    socket.on('data', (chunk: Buffer) => {
      for (const frame of framer.push(chunk)) if (frame.kind === 'message') this.hear(frame.bytes, socket)
    })
    socket.on('end', () => {
      for (const frame of framer.end()) if (frame.kind === 'message') this.hear(frame.bytes, socket)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      problem = `the connection failed (${error.code ?? error.name})`
    })
    socket.on('close', () => {
      if (this.socket !== socket) return
      this.socket = null
      if (this.current !== null) this.settle(this.current, { kind: 'closed', sent: this.current.sent, text: problem })
    })
  }

  private transmit(waiting: Waiting, socket: Socket): void {
    waiting.sent = true
    socket.write(frameBlock(waiting.payload))
  }

  private hear(bytes: Buffer, socket: Socket): void {
    const { current } = this
    if (current === null || this.socket !== socket) return
    const ack = readAck(bytes)
    if (ack === null || ack.controlId !== current.controlId) current.strangers++
    else this.settle(current, { kind: 'ack', ...ack, bytes })
  }

  private timeout(): void {
    const { current, socket } = this
    if (current === null) return
    this.socket = null
    socket?.destroy()
    if (!current.sent) return this.settle(current, { kind: 'closed', sent: false, text: 'no connection in time' })
    const others = current.strangers === 0 ? '' : ` (${current.strangers} of other messages came)`
    this.settle(current, { kind: 'timeout', text: `no acknowledgement of this message in ${this.target.timeoutMs} ms${others}` })
  }

  private settle(waiting: Waiting, answer: SendAnswer): void {
    this.cancelTimeout()
    this.current = null
    waiting.done(answer)
    this.next()
  }
}

function controlIdOf(payload: Uint8Array): string {
  const message = Hl7Message.parse(decodeBytes(payload, 'MSH-18').text)
  return message === null ? '' : wholeField(message, 0, 10)
}

/** Decoded, so that an answer in other delimiters still matches. */
function wholeField(message: Hl7Message, segment: number, field: number): string {
  return unescapeText(message.raw(segment, field), message.delimiters, message.charset)
}

/** MSA of an acknowledgement, or null when it is none. */
function readAck(bytes: Buffer): { readonly code: string; readonly controlId: string; readonly text: string } | null {
  const message = Hl7Message.parse(decodeBytes(bytes, 'MSH-18').text)
  const msa = message?.find('MSA', 1) ?? -1
  if (message === null || msa < 0) return null
  const text = message.value(msa, 3, 1, 0, 0) || message.value(message.find('ERR', 1), 8, 1, 0, 0)
  return { code: message.value(msa, 1, 1, 0, 0), controlId: wholeField(message, msa, 2), text }
}
