/** Problems of a mapping, and what compiling it gives. */
import type { CompiledChannel } from '../../channels/contract/index.ts'

/** What is wrong with a channel's mapping, found when it is compiled. */
export interface ChannelProblem {
  /** Keys in the channel file: `['map', 0, 'set', 'quantity', 'from']`. */
  readonly path: readonly (string | number)[]
  readonly code: string
  readonly message: string
  readonly suggestion?: string
}

export interface ChannelCompilation {
  /** null when there are problems. */
  readonly channel: CompiledChannel | null
  readonly problems: readonly ChannelProblem[]
}

/** Collects problems under a place of the file. */
export class Problems {
  readonly list: ChannelProblem[]
  readonly path: readonly (string | number)[]

  constructor(path: readonly (string | number)[] = [], list: ChannelProblem[] = []) {
    this.path = path
    this.list = list
  }

  at(...keys: readonly (string | number)[]): Problems {
    return new Problems([...this.path, ...keys], this.list)
  }

  add(code: string, message: string, suggestion?: string): void {
    this.list.push({ path: this.path, code, message, ...(suggestion === undefined ? {} : { suggestion }) })
  }

  /** A word that is none of `known`. */
  unknown(code: string, message: string, word: string, known: Iterable<string>): void {
    this.add(code, message, nearest(word, known))
  }
}

/** The known word that is two letters or a third of them away from `word`, or undefined. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = distanceOf(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}
