/**
 * Business events in order of commit, told to whoever listens. One look at the store serves all: readers ask for what they lack when the
 * head moves. Whoever reads keeps its own place, so a slow one holds nothing in memory.
 */
import type { BridgeTables, Clock, Reader } from '../../channels/contract/index.ts'

export type Notice = BridgeTables['notice']

export interface NoticeFeed {
  /** Seq of the newest notice. */
  head(): Promise<number>
  /** Notices after a seq of these types ([]: all), and the seq up to which there are no others. */
  read(after: number, types: readonly string[], limit: number): Promise<{ readonly notices: readonly Notice[]; readonly upTo: number }>
  /** Resolves when there may be something after `seq`, after `ms`, when `signal` aborts or when the feed stops. */
  wait(seq: number, ms: number, signal: AbortSignal): Promise<void>
  readonly stopped: boolean
  stop(): void
}

const LOOK_MS = 300

export function createNoticeFeed(reader: Pick<Reader, 'notices'>, clock: Clock, lookMs = LOOK_MS): NoticeFeed {
  let head: number | null = null
  let stopped = false
  const waiting = new Set<{ readonly seq: number; wake(): void }>()
  let looking: (() => void) | null = null

  const after = async (seq: number) => (await reader.notices({ after: seq, limit: 1 }))[0]?.seq ?? null
  /** The highest seq in some 2 × log₂ looks: pages of a long history would take too many. */
  async function findHead(): Promise<number> {
    let low = (await after(head ?? 0)) ?? head ?? 0
    if (low === 0) return 0
    let step = 1
    for (let found = await after(low + step - 1); found !== null; found = await after(low + step - 1)) {
      low = found
      step *= 2
    }
    for (let beyond = low + step; beyond - low > 1;) {
      const middle = Math.floor((low + beyond) / 2)
      const found = await after(middle - 1)
      if (found === null) beyond = middle
      else low = found
    }
    return low
  }
  function look(): void {
    if (stopped || looking !== null || waiting.size === 0) return
    looking = clock.after(lookMs, () => {
      // The store tells of its own failures; the next look may find it well.
      void raise()
        .catch(() => undefined)
        .then(() => {
          looking = null
          for (const each of [...waiting]) if ((head ?? 0) > each.seq) each.wake()
          look()
        })
    })
  }
  async function raise(): Promise<number> {
    const found = await findHead()
    head = Math.max(head ?? 0, found)
    return head
  }
  return {
    get stopped() {
      return stopped
    },
    head: raise,
    async read(seq, types, limit) {
      // The newest that is known before the question: nothing at or below it can still come.
      const known = head ?? 0
      const notices = await reader.notices({ after: seq, limit, ...(types.length === 0 ? {} : { types }) })
      const last = notices.at(-1)?.seq
      const upTo = last !== undefined && notices.length === limit ? last : Math.max(last ?? seq, seq, known)
      if (last !== undefined && last > (head ?? 0)) head = last
      return { notices, upTo }
    },
    async wait(seq, ms, signal) {
      if (stopped || signal.aborted || (head ?? 0) > seq) return
      await new Promise<void>((resolve) => {
        const each = {
          seq,
          wake() {
            waiting.delete(each)
            cancel()
            signal.removeEventListener('abort', each.wake)
            resolve()
          },
        }
        const cancel = clock.after(ms, () => each.wake())
        signal.addEventListener('abort', each.wake, { once: true })
        waiting.add(each)
        look()
      })
    },
    stop() {
      stopped = true
      looking?.()
      looking = null
      for (const each of [...waiting]) each.wake()
    },
  }
}
