/**
 * What crosses between the wire thread and the ledger thread. Structured clone costs per object and clones whole buffers behind
 * views, so a batch is one flat list of cells and one block of bytes, transferred.
 */
import type { AckCode, Answer, IntakeOp, LedgerOp, OpName, ResourcesOp, ResourceWrite } from '../../channels/contract/index.ts'

type Plain = string | number | boolean | null | object

export interface OpsPacket {
  readonly kind: 'ops'
  readonly cells: readonly Plain[]
  readonly bytes: Uint8Array<ArrayBuffer>
}
/** 0 stands for the answer that an op usually gets. */
export interface AnswersPacket {
  readonly kind: 'answers'
  readonly answers: readonly (0 | Answer<OpName>)[]
}

const INTAKE = 1
const SETTLE = 2
const CLAIM = 3
const RESOURCES = 4
const OTHER = 0

export class OpsWriter {
  #cells: Plain[] = []
  #parts: Uint8Array[] = []
  #size = 0

  get empty(): boolean {
    return this.#cells.length === 0
  }

  add(op: LedgerOp): void {
    const cells = this.#cells
    switch (op.op) {
      case 'intake':
        cells.push(INTAKE)
        this.#intake(op)
        break
      case 'settle':
        cells.push(SETTLE, op.message, op.n, op.state, op.attempts, op.due, op.failure, op.reference, op.step)
        break
      case 'claim':
        cells.push(CLAIM, op.message, op.n, op.attempts)
        break
      case 'resources':
        cells.push(RESOURCES)
        this.#resources(op)
        break
      case 'acknowledge':
        // The ack's bytes may be a view of something large.
        cells.push(OTHER, { ...op, ack: { ...op.ack, bytes: op.ack.bytes.slice() } })
        break
      default:
        cells.push(OTHER, op)
    }
  }

  #intake(op: IntakeOp): void {
    const cells = this.#cells
    cells.push(op.id, op.channel, op.config, op.controlId, op.sender, op.type, op.dedupe, op.state, op.fault, op.lane, op.restates ?? null)
    this.#bytes(op.raw)
    this.#bytes(op.hash)
    if (op.ack) {
      cells.push(op.ack.code, op.ack.at)
      this.#bytes(op.ack.bytes)
    } else cells.push(null)
    cells.push(op.events.length)
    for (const event of op.events) {
      cells.push(event.n, event.rule, event.anchor, event.type, event.businessKey, event.caseKey, event.body, event.origin, event.bridge)
      cells.push(event.statement ?? null, event.needs.length === 0 ? null : event.needs, event.keys.length)
      for (const key of event.keys) cells.push(key.kind, key.value)
    }
    cells.push(op.deliveries.length)
    for (const delivery of op.deliveries) cells.push(delivery.n, delivery.event, delivery.destination, delivery.lane)
  }

  #resources(op: ResourcesOp): void {
    const cells = this.#cells
    cells.push(op.cursor ?? null, op.expects.length === 0 ? null : op.expects, op.messages.length)
    for (const message of op.messages) this.#intake(message)
    cells.push(op.writes.length)
    for (const write of op.writes) {
      cells.push(write.type, write.id, write.version, write.method, write.updated, write.body, write.keys.length)
      for (const key of write.keys) cells.push(key.param, key.system, key.value, key.low, key.high)
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.#cells.push(bytes.length)
    this.#parts.push(bytes)
    this.#size += bytes.length
  }

  /** The packet, and empties this. The one copy of a message's bytes on their way. */
  take(): OpsPacket {
    const bytes = new Uint8Array(this.#size)
    let at = 0
    for (const part of this.#parts) {
      bytes.set(part, at)
      at += part.length
    }
    const packet: OpsPacket = { kind: 'ops', cells: this.#cells, bytes }
    this.#cells = []
    this.#parts = []
    this.#size = 0
    return packet
  }
}

/** Reads a packet's ops in order. Bytes are views of the packet's block. */
export function readOps({ cells, bytes }: OpsPacket): LedgerOp[] {
  const ops: LedgerOp[] = []
  let i = 0
  let at = 0
  const next = <T>(): T => cells[i++] as T
  const view = (): Uint8Array => {
    const length = next<number>()
    at += length
    return bytes.subarray(at - length, at)
  }
  const list = <T>(read: () => T): T[] => {
    const length = next<number>()
    const items: T[] = []
    for (let k = 0; k < length; k++) items.push(read())
    return items
  }
  const intake = (): IntakeOp => {
    const id = next<number>()
    const channel = next<string>()
    const config = next<string>()
    const controlId = next<string>()
    const sender = next<string>()
    const type = next<string>()
    const dedupe = next<boolean>()
    const state = next<IntakeOp['state']>()
    const fault = next<IntakeOp['fault']>()
    const lane = next<string>()
    const restates = next<IntakeOp['restates'] | null>()
    const raw = view()
    const hash = view()
    const code = next<AckCode | null>()
    const ack = code === null ? null : { code, at: next<number>(), bytes: view() }
    const events = list((): IntakeOp['events'][number] => {
      const n = next<number>()
      const rule = next<string>()
      const anchor = next<string>()
      const eventType = next<string>()
      const businessKey = next<string>()
      const caseKey = next<string>()
      const body = next<string>()
      const origin = next<string>()
      const bridge = next<string | null>()
      const statement = next<IntakeOp['events'][number]['statement'] | null>()
      const needs = next<IntakeOp['events'][number]['needs'] | null>() ?? []
      const keys = list((): IntakeOp['events'][number]['keys'][number] => ({ kind: next(), value: next() }))
      const event = { n, rule, anchor, type: eventType, businessKey, caseKey, body, origin, keys, needs, bridge }
      return statement ? { ...event, statement } : event
    })
    const deliveries = list(() => ({ n: next<number>(), event: next<number>(), destination: next<string>(), lane: next<string>() }))
    const op: IntakeOp = { op: 'intake', id, channel, config, controlId, sender, type, raw, hash, ack, dedupe, state, fault, lane, events, deliveries }
    return restates ? { ...op, restates } : op
  }
  const resources = (): ResourcesOp => {
    const cursor = next<ResourcesOp['cursor'] | null>()
    const expects = next<ResourcesOp['expects'] | null>() ?? []
    const messages = list(intake)
    const writes = list((): ResourceWrite => {
      const write = { type: next<string>(), id: next<string>(), version: next<number>(), method: next<ResourceWrite['method']>(), updated: next<number>() }
      const body = next<string | null>()
      return {
        ...write,
        body,
        keys: list(() => ({ param: next<string>(), system: next<string>(), value: next<string>(), low: next<number>(), high: next<number>() })),
      }
    })
    return cursor ? { op: 'resources', messages, writes, expects, cursor } : { op: 'resources', messages, writes, expects }
  }
  while (i < cells.length) {
    switch (next<number>()) {
      case INTAKE:
        ops.push(intake())
        break
      case RESOURCES:
        ops.push(resources())
        break
      case SETTLE:
        ops.push({ op: 'settle', message: next(), n: next(), state: next(), attempts: next(), due: next(), failure: next(), reference: next(), step: next() })
        break
      case CLAIM:
        ops.push({ op: 'claim', message: next(), n: next(), attempts: next() })
        break
      default:
        ops.push(next<LedgerOp>())
    }
  }
  return ops
}

type Usual = { readonly [Name in OpName]?: Answer<Name> }
const USUAL: Usual = {
  intake: { ok: true, value: { kind: 'stored' } },
  resources: { ok: true, value: { kind: 'stored' } },
  claim: { ok: true, value: { claimed: true } },
  settle: { ok: true, value: { settled: true } },
  acknowledge: { ok: true, value: { done: true } },
  configuration: { ok: true, value: { done: true } },
  audit: { ok: true, value: { done: true } },
}

export function shortAnswer(name: OpName, answer: Answer<OpName>): 0 | Answer<OpName> {
  if (!answer.ok) return answer
  const value = answer.value as Readonly<Record<string, unknown>>
  const usual = value['kind'] === 'stored' || value['claimed'] === true || value['settled'] === true || value['done'] === true
  return usual && name in USUAL ? 0 : answer
}

export function longAnswer(name: OpName, answer: 0 | Answer<OpName>): Answer<OpName> {
  return answer === 0 ? (USUAL[name] as Answer<OpName>) : answer
}
