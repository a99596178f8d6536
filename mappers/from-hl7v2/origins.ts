/** Origins of events, interned: events whose fields came the same way share one object and one JSON text. */
import type { Origin } from '../../channels/contract/index.ts'

export interface Interned {
  readonly origin: Readonly<Record<string, Origin>>
  readonly json: string
}

interface Node {
  readonly next: Node[]
  interned: Interned | null
}

/** Keeps one {@link Interned} for each row of states it was asked for. */
export class Origins {
  readonly #root: Node = { next: [], interned: null }
  readonly #make: (states: readonly number[]) => Readonly<Record<string, Origin>>

  /** @param make the origins of a row of states, one state a field */
  constructor(make: (states: readonly number[]) => Readonly<Record<string, Origin>>) {
    this.#make = make
  }

  of(states: readonly number[]): Interned {
    let node = this.#root
    for (const state of states) node = node.next[state] ??= { next: [], interned: null }
    if (node.interned === null) {
      const origin = this.#make(states)
      node.interned = { origin, json: JSON.stringify(origin) }
    }
    return node.interned
  }
}
