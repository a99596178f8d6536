/** One batch inside one transaction: ops that commute are done in bulk, the others one by one between them. */
import { AqueductError, faultOf } from '../../channels/contract/index.ts'
import type { Answer, LedgerOp, LedgerOps, OpName } from '../../channels/contract/index.ts'
import * as tables from '../schema/tables.ts'
import { insertInto } from '../sql/port.ts'
import { audit, configure } from './administration.ts'
import { decideAll } from './decide.ts'
import { acknowledge, claim, settle } from './delivery.ts'
import { nextLater, wakeLater } from './event.ts'
import { intake } from './intake.ts'
import { load } from './load.ts'
import { once } from './once.ts'
import { rerun } from './rerun.ts'
import { resolve } from './resolve.ts'
import { writeResources } from './resources.ts'
import { comment, escalate } from './escalation.ts'
import { keepApiKey, keepSubscription, moveCursors } from './access.ts'
import { forget } from './translation.ts'
import type { Writing } from './writing.ts'

export type AnyAnswer = Answer<OpName>

const setCounter = insertInto(tables.counter, 'replace')

/** Applies the ops and gives their answers in order. Runs inside the caller's transaction. */
export async function apply(w: Writing, ops: readonly LedgerOp[]): Promise<AnyAnswer[]> {
  const answers: AnyAnswer[] = new Array<AnyAnswer>(ops.length)
  let segment = new Segment(w, answers)
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i] as LedgerOp
    if (segment.takes(op, i)) continue
    await segment.run()
    segment = new Segment(w, answers)
    if (!segment.takes(op, i)) answers[i] = await alone(w, op)
  }
  await segment.run()
  if (w.memory.numbers.ready) await decideAll(w)
  if (w.memory.seqMoved()) await w.sql.insert(setCounter, [['seq', w.memory.numbers.seq]])
  if (w.memory.noticeMoved()) await w.sql.insert(setCounter, [['notice', w.memory.numbers.notice]])
  return answers
}

type Bulk = 'intake' | 'resources' | 'acknowledge' | 'claim' | 'settle' | 'audit' | 'once'

/** Ops next to each other that may be done kind by kind: none touches a row that another of them does. */
class Segment {
  readonly #w: Writing
  readonly #answers: AnyAnswer[]
  readonly #ops: { [Name in Bulk]: LedgerOps[Name]['op'][] } = { intake: [], resources: [], acknowledge: [], claim: [], settle: [], audit: [], once: [] }
  readonly #at: { [Name in Bulk]: number[] } = { intake: [], resources: [], acknowledge: [], claim: [], settle: [], audit: [], once: [] }
  readonly #deliveries = new Set<string>()

  constructor(w: Writing, answers: AnyAnswer[]) {
    this.#w = w
    this.#answers = answers
  }

  takes(op: LedgerOp, index: number): boolean {
    switch (op.op) {
      case 'intake':
        this.#ops.intake.push(op)
        break
      case 'resources':
        this.#ops.resources.push(op)
        break
      case 'once':
        this.#ops.once.push(op)
        break
      case 'acknowledge':
        this.#ops.acknowledge.push(op)
        break
      case 'audit':
        this.#ops.audit.push(op)
        break
      case 'claim':
      case 'settle': {
        const key = `${String(op.message)}.${String(op.n)}`
        if (this.#deliveries.has(key)) return false
        this.#deliveries.add(key)
        if (op.op === 'claim') this.#ops.claim.push(op)
        else this.#ops.settle.push(op)
        break
      }
      default:
        return false
    }
    this.#at[op.op].push(index)
    return true
  }

  async run(): Promise<void> {
    await this.#bulk('intake', intake)
    await this.#bulk('resources', writeResources)
    await this.#bulk('once', once)
    await this.#bulk('acknowledge', acknowledge)
    await this.#bulk('claim', claim)
    await this.#bulk('settle', settle)
    await this.#bulk('audit', audit)
  }

  async #bulk<Name extends Bulk>(
    name: Name,
    run: (w: Writing, ops: readonly LedgerOps[Name]['op'][]) => Promise<readonly LedgerOps[Name]['answer'][]>,
  ): Promise<void> {
    const ops = this.#ops[name]
    if (ops.length === 0) return
    const values = await run(this.#w, ops)
    this.#at[name].forEach((index, i) => (this.#answers[index] = { ok: true, value: values[i] } as AnyAnswer))
  }
}

/** An op that stands by itself. What it refuses is taken back and answered, without harm to the others. */
async function alone(w: Writing, op: LedgerOp): Promise<AnyAnswer> {
  if (w.memory.numbers.ready) await decideAll(w)
  const numbers = { ...w.memory.numbers }
  const told = w.work.length
  await w.sql.run('savepoint alone')
  try {
    const value = await one(w, op)
    await w.sql.run('release savepoint alone')
    return { ok: true, value }
  } catch (error) {
    if (!(error instanceof AqueductError)) throw error
    await w.sql.run('rollback to savepoint alone')
    await w.sql.run('release savepoint alone')
    w.memory.numbers = numbers
    w.work.length = told
    return { ok: false, fault: faultOf(error, 'INTERNAL') }
  }
}

async function one(w: Writing, op: LedgerOp): Promise<LedgerOps[OpName]['answer']> {
  switch (op.op) {
    case 'rerun':
      return rerun(w, op)
    case 'resolve':
      return resolve(w, op)
    case 'load':
      return load(w, op)
    case 'forget':
      return forget(w, op)
    case 'configuration':
      return configure(w, op)
    case 'comment':
      return comment(w, op)
    case 'api-key':
      return keepApiKey(w, op)
    case 'cursor':
      return moveCursors(w, op)
    case 'subscription':
      return keepSubscription(w, op)
    case 'tick': {
      await wakeLater(w)
      await escalate(w)
      const applied = await decideAll(w)
      return { applied, next: await nextLater(w) }
    }
    default:
      throw new AqueductError('INTERNAL', `the op ${op.op} is done in bulk`)
  }
}
