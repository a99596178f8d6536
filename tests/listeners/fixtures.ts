/** An engine's door, a clock and a peer whose doings the tests decide. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { Clock, EngineEvents, Intake, MllpListen } from '../../channels/contract/index.ts'
import { systemClock } from '../../channels/contract/index.ts'
import { frameBlock, MllpFramer, startMllpListener } from '../../listeners/mllp/index.ts'
import type { MllpListener } from '../../listeners/mllp/index.ts'

export type Answer = (reply: Uint8Array | null) => void

/** An engine's door whose answers the test gives. */
export class FakeIntake implements Intake {
  readonly taken: { readonly text: string; readonly answer: Answer }[] = []
  room = true
  private resumes: (() => void)[] = []
  private watchers: { count: number; done: () => void }[] = []
  private readonly answerAll: ((text: string, answer: Answer) => void) | null

  constructor(answerAll: ((text: string, answer: Answer) => void) | null = null) {
    this.answerAll = answerAll
  }

  take(raw: Uint8Array, answer: Answer): void {
    this.note(Buffer.from(raw).toString(), answer)
  }

  takeOversized(head: Uint8Array, size: number, answer: Answer): void {
    this.note(`oversized ${size} ${head.length}`, answer)
  }

  ready(): boolean {
    return this.room
  }

  whenReady(resume: () => void): void {
    this.resumes.push(resume)
  }

  open(): void {
    this.room = true
    const resumes = this.resumes
    this.resumes = []
    for (const resume of resumes) resume()
  }

  /** Resolves when so many were taken. */
  took(count: number): Promise<void> {
    return new Promise((done) => {
      this.watchers.push({ count, done })
      this.tell()
    })
  }

  private note(text: string, answer: Answer): void {
    this.taken.push({ text, answer })
    this.answerAll?.(text, answer)
    this.tell()
  }

  private tell(): void {
    for (const { count, done } of this.watchers) if (this.taken.length >= count) done()
  }
}

/** A clock that the test moves. */
export class HandClock implements Clock {
  private time = 0
  private tasks: { at: number; task: () => void }[] = []

  now(): number {
    return this.time
  }

  after(ms: number, task: () => void): () => void {
    const entry = { at: this.time + ms, task }
    this.tasks.push(entry)
    return () => {
      this.tasks = this.tasks.filter((other) => other !== entry)
    }
  }

  move(ms: number): void {
    this.time += ms
    const due = this.tasks.filter(({ at }) => at <= this.time)
    this.tasks = this.tasks.filter(({ at }) => at > this.time)
    for (const { task } of due) task()
  }
}

const SETTINGS: MllpListen & { readonly channel: string } = {
  type: 'mllp',
  channel: 'test',
  host: '127.0.0.1',
  port: 0,
  messages: ['ADT^A08'],
  acknowledge: 'when-stored',
  ackTimeoutMs: 1000,
  ack: 'auto',
  charset: 'utf-8',
  maxMessageBytes: 100_000,
  idleTimeoutMs: 60_000,
  maxConnections: 10,
  tls: null,
}

export interface Place {
  readonly listener: MllpListener
  readonly problems: EngineEvents['listener:problem'][]
}

export async function listening(
  t: ExecutionContext,
  intake: Intake,
  changes: Partial<MllpListen> = {},
  clock: Clock = systemClock,
  graceMs = 2000,
): Promise<Place> {
  const problems: EngineEvents['listener:problem'][] = []
  const emit = (name: string, event: object): void => {
    if (name === 'listener:problem') problems.push(event as EngineEvents['listener:problem'])
  }
  const listener = await startMllpListener({ ...SETTINGS, ...changes }, intake, { clock, emit, graceMs })
  t.teardown(() => listener.stop())
  return { listener, problems }
}

/** A client that counts what it reads. */
export class Peer {
  readonly socket: Socket
  readonly replies: string[] = []
  readonly reads: number[] = []
  readonly closed: Promise<void>
  private readonly framer = new MllpFramer({ maxBytes: 1_000_000 })
  private watchers: { count: number; done: () => void }[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      const frames = this.framer.push(chunk)
      this.reads.push(frames.length)
      for (const frame of frames) if (frame.kind === 'message') this.replies.push(frame.bytes.toString())
      for (const { count, done } of this.watchers) if (this.replies.length >= count) done()
    })
    socket.on('error', () => undefined)
    this.closed = new Promise((done) => socket.on('close', () => done()))
  }

  got(count: number): Promise<void> {
    return new Promise((done) => {
      if (this.replies.length >= count) done()
      else this.watchers.push({ count, done })
    })
  }
}

export function peer(t: ExecutionContext, { listener }: Place, options: { readonly allowHalfOpen?: boolean } = {}): Promise<Peer> {
  return new Promise((done, fail) => {
    const socket = connect({ port: listener.address.port, host: '127.0.0.1', ...options })
    t.teardown(() => socket.destroy())
    socket.once('error', fail)
    socket.once('connect', () => done(new Peer(socket)))
  })
}

export const soon = (text: string, answer: Answer): void => void setImmediate(() => answer(Buffer.from(`ack ${text}`)))
export const blocks = (...texts: readonly string[]): Buffer => Buffer.concat(texts.map((text) => frameBlock(Buffer.from(text))))

export const message = (id: string): Buffer => Buffer.from(`MSH|^~\\&|A|B|C|D|||ADT^A08|${id}|P|2.5.1\r`)
export const ack = (id: string, code = 'AA'): Buffer => Buffer.from(`MSH|^~\\&|C|D|A|B|||ACK^A08^ACK|X|P|2.5.1\rMSA|${code}|${id}|words\r`)
