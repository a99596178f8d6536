/** Events that wait for a resource go on once it is here: what was written lately is held against what is waited for. */
import type { IntakeOp, Reader, ResolveAnswer, ResolveOp, ResourceRequest, RunRecord } from '../contract/index.ts'

const KIND = 'UNRESOLVED_REFERENCE'
const PREFIX = 'reference:'
/** More than so many at once: everything that waits is looked at. */
const MOST = 10_000

export interface ReferencesDeps {
  readonly reader: Pick<Reader, 'resource' | 'worklist'>
  readonly resolve: (request: Omit<ResolveOp, 'op'>) => Promise<ResolveAnswer>
}

/**
 * Asked once a tick, not at every write: a thousand writes cost one look at the worklist. What a run says it waits for is noted too, because the
 * resource may have been committed after the run looked for it and before its item was open.
 */
export class References {
  readonly #deps: ReferencesDeps
  /** Subjects to look at; null: all of them, as after a start. */
  #touched: Set<string> | null = null

  constructor(deps: ReferencesDeps) {
    this.#deps = deps
  }

  written({ writes }: Pick<ResourceRequest, 'writes'>, messages: readonly Pick<IntakeOp, 'events'>[]): void {
    for (const { type, id } of writes) this.#touch(`${PREFIX}${type}/${id}`)
    for (const message of messages) this.ran(message)
  }

  ran({ events }: Pick<RunRecord, 'events'>): void {
    for (const event of events) for (const need of event.needs) if (need.kind === KIND) this.#touch(need.subject)
  }

  /** Retries the items whose resource is here. What could not be asked now is asked again. */
  async retry(): Promise<void> {
    const touched = this.#touched
    if (touched?.size === 0) return
    this.#touched = new Set()
    try {
      let after: number | undefined
      for (;;) {
        const page = await this.#deps.reader.worklist({ state: 'open', kind: KIND, limit: 500, ...(after === undefined ? {} : { after }) })
        for (const item of page.items) {
          if (touched !== null && !touched.has(item.subject)) continue
          const [type = '', id = ''] = item.subject.slice(PREFIX.length).split('/')
          const found = await this.#deps.reader.resource(type, id)
          if (found === null || found.method === 'delete') continue
          await this.#deps.resolve({ item: item.id, action: 'retry', by: 'engine', reason: 'the resource is here now', value: null, erpRef: null })
        }
        if (page.next === null) return
        after = Number(page.next)
      }
    } catch (error) {
      this.#touched = null
      throw error
    }
  }

  #touch(subject: string): void {
    if (this.#touched === null) return
    this.#touched.add(subject)
    if (this.#touched.size > MOST) this.#touched = null
  }
}
