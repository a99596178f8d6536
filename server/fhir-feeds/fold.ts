/** The fold over the feed of writes: which subscriptions there are, and which write is which event of which. One for all subscriptions. */
import type { Reader } from '../../channels/contract/index.ts'
import { parseFhirJson } from '../../fhir/r4/index.ts'
import type { JsonObject } from '../../fhir/r4/index.ts'
import type { Notice } from '../subscriptions/index.ts'
import { criterionOf } from './criteria.ts'
import type { Criterion } from './criteria.ts'
import { BLOCK } from './tally.ts'
import type { Block, Head, Tally } from './tally.ts'
import { versionOf } from './versions.ts'
import type { ReadVersion } from './versions.ts'

interface Followed {
  readonly head: Head
  readonly criterion: Criterion | null
  /** The block that the next event goes to. */
  readonly block: Block
}

export class Fold {
  readonly #reader: Pick<Reader, 'resourceVersion'>
  readonly #tally: Tally
  #followed: ReadonlyMap<string, Followed> = new Map()

  constructor(reader: Pick<Reader, 'resourceVersion'>, tally: Tally) {
    this.#reader = reader
    this.#tally = tally
  }

  /** As the last commit left it. */
  async load(): Promise<void> {
    const followed = new Map<string, Followed>()
    for (const head of await this.#tally.heads()) {
      const found = await this.#reader.resourceVersion('Subscription', head.id, head.version)
      const parsed = found === null || found.body === null ? null : parseFhirJson(found.body)
      const block = await this.#tally.block(head.id, Math.floor(head.events / BLOCK))
      followed.set(head.id, { head, block, criterion: parsed?.ok === true ? criterionOf(parsed.value) : null })
    }
    this.#followed = followed
  }

  head(id: string): Head | undefined {
    return this.#followed.get(id)?.head
  }

  ids(): readonly string[] {
    return [...this.#followed.keys()]
  }

  /**
   * Takes a page of notices and commits what it changed, with the place after it. What was changed counts only after the commit.
   * @param isDue the place is kept even when nothing changed
   * @returns ids of subscriptions with news
   */
  async take(notices: readonly Notice[], upTo: number, isDue: boolean): Promise<ReadonlySet<string>> {
    const next = new Map(this.#followed)
    const changed = new Set<string>()
    const blocks = new Map<string, Block>()
    for (const notice of notices) {
      const version = await versionOf(this.#reader, notice)
      if (version === null) continue
      if (version.type === 'Subscription') {
        next.set(version.id, follow(next.get(version.id), version))
        changed.add(version.id)
        continue
      }
      for (const [id, followed] of next) {
        if (!followed.head.counting || version.resource === null || followed.criterion?.isMet(version) !== true) continue
        const { head } = followed
        const at = Math.floor(head.events / BLOCK)
        const block = head.events % BLOCK === 0 ? [notice.seq] : [...followed.block, notice.seq]
        blocks.set(`${id}/${String(at)}`, block)
        next.set(id, { ...followed, block, head: { ...head, events: head.events + 1 } })
        changed.add(id)
      }
    }
    if (changed.size > 0 || isDue) {
      const heads = [...changed].flatMap((id) => next.get(id)?.head ?? [])
      await this.#tally.keep(upTo, heads, blocks)
    }
    this.#followed = next
    return changed
  }
}

/** A subscription after a version of it. Its count goes on whatever becomes of it: a number is given once. */
function follow(known: Followed | undefined, { id, version, resource }: ReadVersion): Followed {
  const status = statusOf(resource)
  // What was never active has not started: there is nothing to count of it yet.
  const counting = status === 'active' || (known?.head.counting === true && (status === 'error' || status === 'requested'))
  const head: Head = { id, version, counting, events: known?.head.events ?? 0 }
  return { head, block: known?.block ?? [], criterion: resource === null ? null : criterionOf(resource) }
}

/** `off` for what is deleted. */
export function statusOf(resource: JsonObject | null): string {
  const status = resource?.['status']
  return typeof status === 'string' ? status : 'off'
}
