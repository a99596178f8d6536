/** A ledger in another thread: ops of one turn go over together, answers of one commit come back together. */
import type { MessagePort, Worker } from 'node:worker_threads'
import type { Answer, DeliveryWork, Ledger, LedgerOp, LedgerOps, OpName } from '../../channels/contract/index.ts'
import { OpsWriter, longAnswer, readOps, shortAnswer } from './wire.ts'
import type { AnswersPacket, OpsPacket } from './wire.ts'

type ToLedger = OpsPacket | { readonly kind: 'stop' }
type FromLedger = AnswersPacket | { readonly kind: 'work'; readonly work: readonly DeliveryWork[] } | { readonly kind: 'ready' } | { readonly kind: 'stopped' }
type AnyAnswer = Answer<OpName>

/** Serves a ledger to the thread at the other end of the port, until it is told to stop. */
export function serveLedger(port: MessagePort, ledger: Ledger): void {
  const post = (packet: FromLedger) => port.postMessage(packet)
  let answers: (0 | AnyAnswer)[] = []
  const flush = () => {
    const packet: AnswersPacket = { kind: 'answers', answers }
    answers = []
    post(packet)
  }
  ledger.onWork((work) => post({ kind: 'work', work }))
  port.on('message', (packet: ToLedger) => {
    if (packet.kind === 'stop') {
      void ledger.stop().then(() => {
        post({ kind: 'stopped' })
        port.close()
      })
      return
    }
    for (const op of readOps(packet)) {
      const name = op.op
      submitAny(ledger, op, (answer) => {
        // All answers of a commit come in one turn: they go back together.
        if (answers.length === 0) queueMicrotask(flush)
        answers.push(shortAnswer(name, answer))
      })
    }
  })
  post({ kind: 'ready' })
}

function submitAny(ledger: Ledger, op: LedgerOp, done: (answer: AnyAnswer) => void): void {
  ;(ledger.submit as (op: LedgerOp, done: (answer: AnyAnswer) => void) => void).call(ledger, op, done)
}

export interface ConnectedLedger extends Ledger {
  /** Told once when the thread ends without having been asked to. What was pending has been answered STORE_FAILED. */
  onFailure(tell: (error: Error) => void): void
}

/** The near end of a ledger that a worker serves with {@link serveLedger}. */
export function connectLedger(worker: Worker): ConnectedLedger {
  const writer = new OpsWriter()
  /** Answers come in the order of the ops. */
  let pending: { readonly name: OpName; readonly done: (answer: AnyAnswer) => void }[] = []
  let head = 0
  let scheduled = false
  let dead: Error | null = null
  let stopped: (() => void) | null = null
  const works: ((work: readonly DeliveryWork[]) => void)[] = []
  const failures: ((error: Error) => void)[] = []

  const flush = () => {
    scheduled = false
    if (dead || writer.empty) return
    const packet = writer.take()
    worker.postMessage(packet, [packet.bytes.buffer])
  }
  const answer = (short: 0 | AnyAnswer) => {
    const entry = pending[head++]
    if (head > 1024 && head * 2 > pending.length) {
      pending = pending.slice(head)
      head = 0
    }
    entry?.done(longAnswer(entry.name, short))
  }
  const fail = (error: Error) => {
    if (dead) return
    dead = error
    const left = pending.slice(head)
    pending = []
    head = 0
    for (const { done } of left)
      done({ ok: false, fault: { code: 'STORE_FAILED', text: 'The store’s thread has ended; what it had not answered is not certain.' } })
    if (stopped) stopped()
    else for (const tell of failures) tell(error)
  }
  worker.on('message', (packet: FromLedger) => {
    if (packet.kind === 'answers') for (const each of packet.answers) answer(each)
    else if (packet.kind === 'work') for (const tell of works) tell(packet.work)
    else if (packet.kind === 'stopped') {
      dead = new Error('stopped')
      stopped?.()
    }
  })
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`the store's thread ended with code ${String(code)}`)))

  return {
    submit<Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }, done: (answer: Answer<Name>) => void) {
      if (dead || stopped) return done({ ok: false, fault: { code: 'STORE_FAILED', text: 'The store is not running.' } })
      writer.add(op as LedgerOp)
      pending.push({ name: op.op, done: done as (answer: AnyAnswer) => void })
      if (scheduled) return
      scheduled = true
      setImmediate(flush)
    },
    onWork: (tell) => void works.push(tell),
    onFailure: (tell) => void failures.push(tell),
    pending: () => pending.length - head,
    async stop() {
      if (dead) return
      flush()
      const ended = new Promise<void>((resolve) => (stopped = resolve))
      worker.postMessage({ kind: 'stop' } satisfies ToLedger)
      await ended
      await worker.terminate()
    },
  }
}
