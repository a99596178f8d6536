/** Plays messages over several connections at a pace, and counts what came back. */
import { setTimeout as wait } from 'node:timers/promises'
import type { MllpSender, SendAnswer } from '../../listeners/mllp/index.ts'
import type { MessageFile } from './message-files.ts'

export interface Sending {
  readonly messages: readonly MessageFile[]
  connect(): MllpSender
  readonly connections: number
  /** Messages a second in all; 0 is as fast as they are answered. */
  readonly rate: number
  readonly repeat: number
  readonly signal: AbortSignal
  progress(text: string): void
}

export interface Tally {
  /** How many were to be sent. */
  readonly wanted: number
  /** How many went out, answered or not. */
  readonly sent: number
  readonly seconds: number
  /** Acknowledgements by code. */
  readonly answers: Readonly<Record<string, number>>
  readonly timeouts: number
  /** Sent, and the connection went before the answer. */
  readonly lost: number
  readonly unsent: number
  /** Milliseconds from sending to acknowledgement, or null without any. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number } | null
  /** Why no connection could be made, when that ended it. */
  readonly unreachable: string | null
}

/** Up to so many messages, each answer gets a line; of more, the count is told once a second. */
const LINES_LIMIT = 50

/** Sends everything, or as much as can be: it ends early when no connection can be made or `signal` aborts. */
export async function sendAll(sending: Sending): Promise<Tally> {
  const { messages, rate, signal } = sending
  const wanted = messages.length * sending.repeat
  const answers: Record<string, number> = {}
  const times: number[] = []
  const counts = { sent: 0, timeouts: 0, lost: 0 }
  let next = 0
  let unreachable: string | null = null
  let told = performance.now()
  const started = performance.now()

  const count = (message: MessageFile, answer: SendAnswer, ms: number): void => {
    if (answer.kind === 'ack') {
      answers[answer.code] = (answers[answer.code] ?? 0) + 1
      times.push(ms)
    }
    if (answer.kind === 'closed' && !answer.sent) unreachable = answer.text
    else counts.sent++
    if (answer.kind === 'timeout') counts.timeouts++
    if (answer.kind === 'closed' && answer.sent) counts.lost++
    if (wanted <= LINES_LIMIT) sending.progress(line(message, answer, ms))
    else if (performance.now() - told > 1000) {
      told = performance.now()
      sending.progress(`${counts.sent} of ${wanted}`)
    }
  }

  const work = async (): Promise<void> => {
    const sender = sending.connect()
    while (next < wanted && unreachable === null && !signal.aborted) {
      const i = next++
      if (rate > 0) await wait(Math.max(0, started + (i * 1000) / rate - performance.now()), undefined, { signal }).catch(() => undefined)
      const message = messages[i % messages.length]
      if (message === undefined || signal.aborted) break
      const begun = performance.now()
      count(message, await sender.send(message.bytes), performance.now() - begun)
    }
    await sender.close()
  }
  await Promise.all(Array.from({ length: Math.min(sending.connections, wanted) }, work))

  const seconds = (performance.now() - started) / 1000
  return { wanted, seconds: Number(seconds.toFixed(3)), answers, unsent: wanted - counts.sent, latency: latencies(times), unreachable, ...counts }
}

function line(message: MessageFile, answer: SendAnswer, ms: number): string {
  if (answer.kind !== 'ack') return `--  ${message.name}: ${answer.text}`
  return `${answer.code}  ${message.name}  ${answer.controlId}  ${ms.toFixed(1)} ms${answer.text === '' ? '' : `  ${answer.text}`}`
}

function latencies(times: readonly number[]): Tally['latency'] {
  if (times.length === 0) return null
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number): number => Number((sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] ?? 0).toFixed(2))
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}
