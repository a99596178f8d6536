/**
 * Writes FHIR resources with the messages that they are for, many ops at a time. Ops that could see each other (the same resource, a
 * condition that an earlier write may change, the same message) go in rounds one after another, so that all comes out as one by one.
 */
import type { IntakeAnswer, IntakeOp, ResourceQuery, ResourcesAnswer, ResourcesOp, ResourceWrite } from '../../channels/contract/index.ts'
import { areFound, keyCells } from '../resource-query.ts'
import * as tables from '../schema/tables.ts'
import { deleteFrom, insertInto, numberOf, selectFrom, textOf } from '../sql/port.ts'
import type { Cell } from '../sql/port.ts'
import { findDuplicates, storeMessages } from './intake.ts'
import type { Writing } from './writing.ts'

const selectCurrent = selectFrom(tables.resource, { columns: ['type', 'id', 'version'] })
const insertVersion = insertInto(tables.resourceVersion)
const insertCurrent = insertInto(tables.resource, 'replace')
const insertKey = insertInto(tables.resourceKey)
const deleteKeys = deleteFrom(tables.resourceKey, ['type', 'id'])
const insertShared = insertInto(tables.resourceMessage)
const insertNotice = insertInto(tables.bridgeTables.notice)
const insertCursor = insertInto(tables.bridgeTables.cursor, 'replace')

const NOTICE = { create: 'resource.created', update: 'resource.updated', delete: 'resource.deleted' } as const

const nameOf = (of: { readonly type: string; readonly id: string }): string => `${of.type}/${of.id}`

/** In the order of the ops. */
export async function writeResources(w: Writing, ops: readonly ResourcesOp[]): Promise<readonly ResourcesAnswer[]> {
  const answers: ResourcesAnswer[] = []
  let round = new Round()
  for (const op of ops) {
    if (round.takes(op)) continue
    answers.push(...(await write(w, round.ops)))
    round = new Round()
    round.takes(op)
  }
  answers.push(...(await write(w, round.ops)))
  return answers
}

/** Ops none of which can see what another of them does. */
class Round {
  readonly ops: ResourcesOp[] = []
  readonly #resources = new Set<string>()
  readonly #messages = new Set<string>()
  readonly #cursors = new Set<string>()
  /** Types of what is written, and of what was there before. */
  readonly #types = new Set<string>()
  readonly #changed = new Set<string>()
  /** Values of what is new. */
  readonly #values = new Set<string>()

  takes(op: ResourcesOp): boolean {
    const writes = op.writes.map(nameOf)
    const messages = op.messages.flatMap(({ dedupe, sender, controlId }) => (dedupe && controlId !== '' ? [`${sender}\u0001${controlId}`] : []))
    const cursor = op.cursor ? `${op.cursor.source}\u0001${op.cursor.kind}` : ''
    if (writes.some((name) => this.#resources.has(name)) || messages.some((name) => this.#messages.has(name)) || this.#cursors.has(cursor)) return false
    if (op.expects.some(({ query }) => this.#mayChange(query))) return false
    for (const name of messages) this.#messages.add(name)
    if (cursor !== '') this.#cursors.add(cursor)
    for (const each of op.writes) this.#note(each)
    this.ops.push(op)
    return true
  }

  #note(write: ResourceWrite): void {
    this.#resources.add(nameOf(write))
    this.#types.add(write.type)
    if (write.version > 1) this.#changed.add(write.type)
    else for (const { param, value } of write.keys) this.#values.add(`${write.type}\u0001${param}\u0001${value}`)
  }

  /**
   * May what was written change what a query finds? What was there before may have been found too, so only new resources are judged by
   * their values, and only where a query compares plain texts. Whoever cannot tell says yes.
   */
  #mayChange({ types, ids, criteria }: ResourceQuery): boolean {
    const written = types.filter((type) => this.#types.has(type))
    if (written.length === 0) return false
    if (ids !== null) return ids.some((id) => written.some((type) => this.#resources.has(`${type}/${id}`)))
    if (written.some((type) => this.#changed.has(type))) return true
    return !criteria.some(
      ({ param, any, not, missing }) =>
        not !== true &&
        missing === undefined &&
        any.every(
          ({ value, how = 'equal' }) =>
            value !== undefined && how === 'equal' && !written.some((type) => this.#values.has(`${type}\u0001${param}\u0001${value}`)),
        ),
    )
  }
}

async function write(w: Writing, ops: readonly ResourcesOp[]): Promise<ResourcesAnswer[]> {
  if (ops.length === 0) return []
  const duplicates = await duplicatesOf(w, ops)
  const conflicts = await conflictsOf(
    w,
    ops.filter((op) => !duplicates.has(op)),
  )
  const writing = ops.filter((op) => !duplicates.has(op) && !conflicts.has(op))
  await storeMessages(
    w,
    writing.flatMap((op) => op.messages),
  )
  await store(w, writing)
  return ops.map((op) => duplicates.get(op) ?? conflicts.get(op) ?? { kind: 'stored' })
}

/** Messages of one op are copies of one request for several channels, and no resends of each other. */
async function duplicatesOf(w: Writing, ops: readonly ResourcesOp[]): Promise<Map<ResourcesOp, ResourcesAnswer>> {
  const duplicates = new Map<ResourcesOp, ResourcesAnswer>()
  const most = Math.max(...ops.map((op) => op.messages.length))
  for (let i = 0; i < most; i++) {
    const asked = new Map<IntakeOp, ResourcesOp>()
    for (const op of ops) {
      const message = op.messages[i]
      if (message && !duplicates.has(op)) asked.set(message, op)
    }
    for (const [message, answer] of await findDuplicates(w, [...asked.keys()])) note(duplicates, asked.get(message), answer)
  }
  return duplicates
}

function note(duplicates: Map<ResourcesOp, ResourcesAnswer>, op: ResourcesOp | undefined, answer: IntakeAnswer): void {
  if (op && answer.kind === 'duplicate') duplicates.set(op, { kind: 'duplicate', message: answer.message, ack: answer.ack?.bytes ?? null })
}

async function conflictsOf(w: Writing, ops: readonly ResourcesOp[]): Promise<Map<ResourcesOp, ResourcesAnswer>> {
  const conflicts = new Map<ResourcesOp, ResourcesAnswer>()
  const current = new Map<string, number>()
  const named = ops.flatMap((op) => op.writes.map((each) => [each.type, each.id]))
  for (const row of await w.sql.select(selectCurrent, named)) current.set(`${textOf(row['type'])}/${textOf(row['id'])}`, numberOf(row['version']))
  for (const op of ops) {
    const own = new Map<string, number>()
    const at = op.writes.findIndex((each) => {
      const name = nameOf(each)
      const before = own.get(name) ?? current.get(name) ?? 0
      own.set(name, each.version)
      return each.version !== before + 1
    })
    if (at >= 0) conflicts.set(op, { kind: 'conflict', what: 'version', at })
  }
  const asked = ops.flatMap((op) => (conflicts.has(op) ? [] : op.expects.map((expectation, at) => ({ op, at, ...expectation }))))
  const holds = await areFound(w.sql, asked)
  asked.forEach(({ op, at }, i) => {
    if (!holds[i] && !conflicts.has(op)) conflicts.set(op, { kind: 'conflict', what: 'expectation', at })
  })
  return conflicts
}

async function store(w: Writing, ops: readonly ResourcesOp[]): Promise<void> {
  const versions: Cell[][] = []
  const notices: Cell[][] = []
  const shared: Cell[][] = []
  const cursors: Cell[][] = []
  /** The last write of a resource is what it is now. */
  const current = new Map<string, Cell[]>()
  const keys = new Map<string, Cell[][]>()
  const replaced = new Map<string, Cell[]>()
  for (const op of ops) {
    const message = op.messages[0]?.id ?? 0
    for (const other of op.messages.slice(1)) shared.push([other.id, message])
    for (const each of op.writes) {
      const name = nameOf(each)
      const seq = ++w.memory.numbers.version
      versions.push([seq, each.type, each.id, each.version, each.method, each.updated, message, each.body])
      current.set(name, [each.type, each.id, each.version, each.updated, each.method === 'delete' ? 1 : 0, seq])
      keys.set(name, each.method === 'delete' ? [] : each.keys.map((key, i) => keyCells(each.type, each.id, i + 1, key)))
      if (each.version > 1) replaced.set(name, [each.type, each.id])
      const notice = ++w.memory.numbers.notice
      notices.push([message, 0, notice, notice, w.now, NOTICE[each.method], name, JSON.stringify({ version: String(each.version) })])
    }
    if (op.cursor) cursors.push([op.cursor.source, op.cursor.kind, op.cursor.value, w.now])
  }
  await w.sql.insert(insertVersion, versions)
  await w.sql.insert(insertCurrent, [...current.values()])
  await w.sql.delete(deleteKeys, [...replaced.values()])
  await w.sql.insert(insertKey, [...keys.values()].flat())
  await w.sql.insert(insertShared, shared)
  await w.sql.insert(insertNotice, notices)
  await w.sql.insert(insertCursor, cursors)
}
