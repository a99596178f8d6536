/** One MLLP connection: blocks in, acknowledgements out in the order of the blocks, reading only while there is room. */
import type { Socket } from 'node:net'
import type { Clock, Intake } from '../../channels/contract/index.ts'
import { BLOCK_OVERHEAD, MllpFramer, writeBlock } from './framing.ts'
import type { Frame } from './framing.ts'

/** Messages of one connection that may wait for their acknowledgement; reading stops there and goes on at half. */
const MOST_UNANSWERED = 256
/** Bytes of acknowledgements that the peer has not read yet, above which its messages are not read either. */
const MOST_UNSENT_BYTES = 1_048_576
/** How long a block may lack the byte after its 0x1C before it counts as ended. */
const END_WAIT_MS = 500
/** How long the peer may take to close after we have. */
const CLOSE_WAIT_MS = 1000

export interface ConnectionSettings {
  readonly maxBytes: number
  readonly intake: Intake
  readonly clock: Clock
  /** Something worth an alert; no content. */
  readonly report: (what: string, bytes: number) => void
}

/** The place of one acknowledgement in the order of a connection. */
interface Slot {
  reply: Uint8Array | null
  answered: boolean
}

export class MllpConnection {
  private readonly socket: Socket
  private readonly settings: ConnectionSettings
  private readonly framer: MllpFramer
  private readonly slots: Slot[] = []
  private backlog: Frame[] = []
  private backlogAt = 0
  private sendScheduled = false
  private paused = false
  private waitsForRoom = false
  private peerEnded = false
  private stopping = false
  private cancelEndWait: (() => void) | null = null
  private lastHeard: number

  constructor(socket: Socket, settings: ConnectionSettings) {
    this.socket = socket
    this.settings = settings
    this.framer = new MllpFramer({ maxBytes: settings.maxBytes })
    this.lastHeard = settings.clock.now()
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.hear(chunk))
    socket.on('drain', () => this.proceed())
    socket.on('end', () => this.hearEnd())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.slots.length > 0) this.settings.report(`connection failed with unanswered messages (${error.code ?? error.name})`, 0)
    })
    socket.on('close', () => {
      this.cancelEndWait?.()
      // What was not taken cannot be answered any more: its sender will send it again.
      this.forgetBacklog()
    })
  }

  /** Whether nothing was heard since `since` (milliseconds) although we were listening and owed nothing. */
  idleSince(since: number): boolean {
    return this.lastHeard <= since && this.slots.length === 0 && !this.paused
  }

  /** Whether a block has begun and not ended. */
  get insideBlock(): boolean {
    return this.framer.insideBlock
  }

  /** Takes nothing more; closes when everything that was taken is answered. */
  stop(): void {
    this.stopping = true
    this.forgetBacklog()
    this.closeWhenAnswered()
  }

  destroy(): void {
    this.socket.destroy()
  }

  private forgetBacklog(): void {
    this.backlog = []
    this.backlogAt = 0
  }

  private hear(chunk: Buffer): void {
    if (this.stopping) return
    this.lastHeard = this.settings.clock.now()
    this.cancelEndWait?.()
    this.cancelEndWait = null
    this.queue(this.framer.push(chunk))
    if (this.framer.waitsForEnd) {
      this.cancelEndWait = this.settings.clock.after(END_WAIT_MS, () => this.queue(this.framer.flush()))
    }
  }

  /** The peer sends nothing more but may still read: it gets what it is owed. */
  private hearEnd(): void {
    this.peerEnded = true
    if (!this.stopping) this.queue(this.framer.end())
    this.closeWhenAnswered()
  }

  private queue(frames: Frame[]): void {
    if (this.backlogAt === this.backlog.length) {
      this.backlog = frames
      this.backlogAt = 0
    } else {
      this.backlog.push(...frames)
    }
    this.proceed()
  }

  /** Takes what is waiting while there is room, and reads on or stops reading accordingly. */
  private proceed(): void {
    while (this.backlogAt < this.backlog.length && this.hasRoom()) {
      const frame = this.backlog[this.backlogAt++]
      if (frame !== undefined) this.take(frame)
    }
    if (this.stopping) return
    const mustWait = this.backlogAt < this.backlog.length || !this.hasRoom()
    if (mustWait && !this.paused) {
      this.paused = true
      this.socket.pause()
    } else if (!mustWait && this.paused) {
      this.paused = false
      this.lastHeard = this.settings.clock.now()
      this.socket.resume()
    }
    if (this.peerEnded) this.closeWhenAnswered()
  }

  private hasRoom(): boolean {
    if (this.stopping) return false
    if (this.slots.length >= (this.paused ? MOST_UNANSWERED / 2 : MOST_UNANSWERED)) return false
    if (this.socket.writableLength > MOST_UNSENT_BYTES) return false
    if (this.settings.intake.ready()) return true
    if (!this.waitsForRoom) {
      this.waitsForRoom = true
      this.settings.intake.whenReady(() => {
        this.waitsForRoom = false
        this.proceed()
      })
    }
    return false
  }

  private take(frame: Frame): void {
    if (frame.kind === 'junk') return this.settings.report('bytes outside a block were skipped', frame.bytes)
    const slot: Slot = { reply: null, answered: false }
    this.slots.push(slot)
    const answer = (reply: Uint8Array | null): void => this.answered(slot, reply)
    try {
      if (frame.kind === 'message') this.settings.intake.take(frame.bytes, answer)
      else this.settings.intake.takeOversized(frame.head, frame.size, answer)
    } catch (error) {
      // Without an answer the sender sends again, on a new connection.
      this.settings.report(`intake failed (${error instanceof Error ? error.name : 'thrown value'})`, 0)
      this.destroy()
    }
  }

  private answered(slot: Slot, reply: Uint8Array | null): void {
    if (slot.answered) return
    slot.answered = true
    slot.reply = reply
    if (slot !== this.slots[0] || this.sendScheduled) return
    // Answers come by the batch: those of one batch leave in one write.
    this.sendScheduled = true
    queueMicrotask(() => this.send())
  }

  private send(): void {
    this.sendScheduled = false
    const waiting = this.slots.findIndex((slot) => !slot.answered)
    const ready = this.slots.splice(0, waiting < 0 ? this.slots.length : waiting)
    let size = 0
    for (const { reply } of ready) if (reply !== null) size += reply.length + BLOCK_OVERHEAD
    if (size > 0 && this.socket.writable) {
      const blocks = Buffer.allocUnsafe(size)
      let at = 0
      for (const { reply } of ready) if (reply !== null) at = writeBlock(blocks, at, reply)
      this.socket.write(blocks)
    }
    if (this.stopping) this.closeWhenAnswered()
    else if (this.paused || this.peerEnded) this.proceed()
  }

  private closeWhenAnswered(): void {
    if (this.slots.length > 0 || this.backlogAt < this.backlog.length || this.socket.writableEnded) return
    this.socket.end()
    if (this.peerEnded) return
    // Reading on (into nothing) until the peer closes: unread bytes at close would reset the connection under our last answer.
    this.socket.resume()
    const cancel = this.settings.clock.after(CLOSE_WAIT_MS, () => this.socket.destroy())
    this.socket.on('close', cancel)
  }
}
