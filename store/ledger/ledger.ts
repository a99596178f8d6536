/**
 * The ledger: takes whatever waits, runs it in one transaction, syncs once, answers all. Nothing waits for a timer to fill a
 * batch. A batch that fails is taken back and rerun op by op; an op that fails alone is answered with its fault.
 */
import { AqueductError } from '../../channels/contract/index.ts'
import type { Answer, Clock, DeliveryWork, Fault, Ledger, LedgerOp, LedgerOps, OpName } from '../../channels/contract/index.ts'
import type { Sql } from '../sql/port.ts'
import { apply } from './batch.ts'
import type { AnyAnswer } from './batch.ts'
import { Memory } from './memory.ts'
import type { Setting, Writing } from './writing.ts'

/** Ops in one transaction: beyond this a commit takes long enough for senders to notice. */
const BATCH = 4_096

interface Entry {
  readonly op: LedgerOp
  readonly done: (answer: AnyAnswer) => void
}

export interface LedgerParts {
  /** The writing connection; called again after it was lost. */
  readonly connect: () => Promise<Sql>
  readonly setting: Setting
  readonly clock: Clock
}

export class StoreLedger implements Ledger {
  readonly #parts: LedgerParts
  #sql: Sql | null
  #memory: Memory
  #queue: Entry[] = []
  #running = false
  #unanswered = 0
  #tell: ((work: readonly DeliveryWork[]) => void)[] = []
  #stopped: (() => void) | null = null

  private constructor(parts: LedgerParts, sql: Sql, memory: Memory) {
    this.#parts = parts
    this.#sql = sql
    this.#memory = memory
  }

  static async open(parts: LedgerParts): Promise<StoreLedger> {
    const sql = await parts.connect()
    const ledger = new StoreLedger(parts, sql, await Memory.load(sql))
    // Events that a crash left READY are decided before anything else.
    if (ledger.#memory.numbers.ready) await ledger.#transaction([])
    return ledger
  }

  submit<Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }, done: (answer: Answer<Name>) => void): void {
    if (this.#stopped) return done({ ok: false, fault: { code: 'STORE_FAILED', text: 'The store is stopping.' } })
    this.#unanswered++
    this.#queue.push({ op: op as LedgerOp, done: done as (answer: AnyAnswer) => void })
    this.#schedule()
  }

  onWork(tell: (work: readonly DeliveryWork[]) => void): void {
    this.#tell.push(tell)
  }

  pending(): number {
    return this.#unanswered
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      const idle = new Promise<void>((resolve) => (this.#stopped = resolve))
      if (this.#running || this.#queue.length > 0) await idle
    }
    const sql = this.#sql
    this.#sql = null
    await sql?.close()
  }

  #schedule(): void {
    if (this.#running) return
    this.#running = true
    setImmediate(() => void this.#run())
  }

  async #run(): Promise<void> {
    const entries = this.#queue.length > BATCH ? this.#queue.splice(0, BATCH) : this.#queue
    if (entries === this.#queue) this.#queue = []
    await this.#commit(entries)
    this.#running = false
    if (this.#queue.length > 0 || (this.#sql && this.#memory.numbers.ready)) this.#schedule()
    else this.#stopped?.()
  }

  async #commit(entries: readonly Entry[]): Promise<void> {
    let answers: readonly AnyAnswer[] | null = null
    try {
      answers = await this.#transaction(entries.map((entry) => entry.op))
    } catch (error) {
      if (entries.length === 1) answers = [failure(error)]
      // Nothing asked for it: the events stay READY for the next batch.
      if (entries.length === 0) this.#memory.numbers.ready = false
    }
    if (answers) {
      const all = answers
      entries.forEach((entry, i) => this.#answer(entry, all[i] ?? failure(null)))
      return
    }
    for (const entry of entries) await this.#commit([entry])
  }

  #answer(entry: Entry, answer: AnyAnswer): void {
    this.#unanswered--
    entry.done(answer)
  }

  async #transaction(ops: readonly LedgerOp[]): Promise<readonly AnyAnswer[]> {
    const sql = await this.#connected()
    const memory = this.#memory
    const writing: Writing = { sql, memory, setting: this.#parts.setting, now: this.#parts.clock.now(), work: [], changed: new Set() }
    memory.begin()
    let answers: readonly AnyAnswer[]
    try {
      await sql.run(sql.dialect === 'sqlite' ? 'begin immediate' : 'begin')
      answers = await apply(writing, ops)
      await sql.run('commit')
    } catch (error) {
      memory.rolledBack()
      await this.#rollback(sql)
      throw error
    }
    memory.committed()
    if (writing.work.length > 0) for (const tell of this.#tell) tell(writing.work)
    return answers
  }

  /** After a rollback that fails the connection is of unknown state: the next batch gets a new one. */
  async #rollback(sql: Sql): Promise<void> {
    try {
      await sql.run('rollback')
    } catch (error) {
      // SQLite has rolled back by itself after a full disk.
      if (error instanceof Error && error.message.includes('no transaction is active')) return
      this.#sql = null
      await Promise.resolve(sql.close()).catch(() => undefined)
    }
  }

  async #connected(): Promise<Sql> {
    if (this.#sql) return this.#sql
    if (this.#stopped) throw new AqueductError('STORE_FAILED', 'The store is closed.')
    const sql = await this.#parts.connect()
    this.#memory = await Memory.load(sql)
    this.#sql = sql
    return sql
  }
}

/** Codes of the databases that mean a full disk: SQLITE_FULL, PostgreSQL class 53 (insufficient resources). */
function failure(error: unknown): AnyAnswer {
  return { ok: false, fault: storeFault(error) }
}

export function storeFault(error: unknown): Fault {
  if (error instanceof AqueductError) return { code: error.code, text: error.message, ...(error.place === undefined ? {} : { place: error.place }) }
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  // On a full disk SQLite fails first where it grows a file, and names only the file's kind.
  if (['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_WRITE', '53100'].includes(code)) {
    return { code: 'STORE_FULL', text: 'The disk is full; nothing was stored. Send it again later.' }
  }
  return { code: 'STORE_FAILED', text: `The store could not commit (${code || (error instanceof Error ? error.name : 'unknown')}); nothing was stored.` }
}
