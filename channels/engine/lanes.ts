/**
 * The lanes of one destination in memory: what may be sent next. Strictly in order inside a lane, parallel across lanes. Pure
 * data: no timers, no I/O. What does not fit stays in the store and is fetched when there is room.
 */
import type { DeliveryWork } from '../contract/index.ts'

interface Lane {
  readonly name: string
  queue: DeliveryWork[]
  /** Index of the head in `queue`; the array is cut when it is half consumed. */
  head: number
  /** idle: head may go; busy: head is out; delayed: head is due later; held: head waits for a person, the rest is on disk. */
  state: 'idle' | 'busy' | 'delayed' | 'held'
  due: number
}

export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  #ready: Lane[] = []
  #readyHead = 0
  readonly #delayed = new Set<Lane>()
  /** No delayed lane is due before this: thousands of them are not looked through for each message. */
  #earliest = Infinity
  #size = 0

  /** Deliveries in memory. */
  get size(): number {
    return this.#size
  }

  /** Lanes whose head is HELD. */
  held(): string[] {
    return [...this.#lanes.values()].filter((lane) => lane.state === 'held').map((lane) => lane.name)
  }

  isHeld(name: string): boolean {
    return this.#lanes.get(name)?.state === 'held'
  }

  /** Ids (`message.n`) of what is in memory, to tell what a page from the store adds. */
  known(): Set<string> {
    const known = new Set<string>()
    for (const lane of this.#lanes.values()) for (let i = lane.head; i < lane.queue.length; i++) known.add(idOf(lane.queue[i] as DeliveryWork))
    return known
  }

  /** Appends to its lane. A HELD delivery stops its lane; what comes to a held lane is left to the store. */
  add(work: DeliveryWork, now: number): void {
    let lane = this.#lanes.get(work.lane)
    if (lane?.state === 'held') return
    if (!lane) this.#lanes.set(work.lane, (lane = { name: work.lane, queue: [], head: 0, state: 'idle', due: 0 }))
    lane.queue.push(work)
    this.#size++
    if (lane.queue.length - lane.head === 1 && lane.state === 'idle') this.#wake(lane, now)
  }

  /** The next head that may go, taken out for sending; its lane is busy until {@link finish} or {@link delay}. */
  take(): DeliveryWork | null {
    const lane = this.#ready[this.#readyHead]
    if (!lane) return null
    this.#readyHead++
    if (this.#readyHead > 512 && this.#readyHead * 2 > this.#ready.length) {
      this.#ready = this.#ready.slice(this.#readyHead)
      this.#readyHead = 0
    }
    lane.state = 'busy'
    return lane.queue[lane.head] as DeliveryWork
  }

  hasReady(): boolean {
    return this.#readyHead < this.#ready.length
  }

  /** The head is done with (sent, cancelled): the lane goes on. */
  finish(name: string, now: number): void {
    const lane = this.#lanes.get(name)
    if (!lane || lane.state === 'held') return
    lane.queue[lane.head] = undefined as unknown as DeliveryWork
    lane.head++
    this.#size--
    if (lane.head === lane.queue.length) {
      this.#lanes.delete(name)
      return
    }
    if (lane.head > 64 && lane.head * 2 > lane.queue.length) {
      lane.queue = lane.queue.slice(lane.head)
      lane.head = 0
    }
    lane.state = 'idle'
    this.#wake(lane, now)
  }

  /** The head stays and is due later, as `work` now says. */
  delay(work: DeliveryWork, now: number): void {
    const lane = this.#lanes.get(work.lane)
    if (!lane || lane.state === 'held') return
    lane.queue[lane.head] = work
    lane.state = 'idle'
    this.#wake(lane, now)
  }

  /** The head waits for a person: the lane stops, and what is behind it is left to the store. */
  hold(name: string): void {
    const lane = this.#lanes.get(name)
    if (!lane) return
    this.#size -= lane.queue.length - lane.head
    lane.queue = []
    lane.head = 0
    lane.state = 'held'
    this.#delayed.delete(lane)
  }

  /** Forgets a held lane, so that it can be loaded again from the store. */
  forget(name: string): void {
    if (this.#lanes.get(name)?.state === 'held') this.#lanes.delete(name)
  }

  /** Moves lanes whose time has come to the ready ones; gives the next due time, or null. */
  wakeDue(now: number): number | null {
    if (now < this.#earliest) return this.#earliest === Infinity ? null : this.#earliest
    let next: number | null = null
    for (const lane of this.#delayed) {
      if (lane.due <= now) {
        this.#delayed.delete(lane)
        lane.state = 'idle'
        this.#ready.push(lane)
      } else if (next === null || lane.due < next) next = lane.due
    }
    this.#earliest = next ?? Infinity
    return next
  }

  #wake(lane: Lane, now: number): void {
    const head = lane.queue[lane.head] as DeliveryWork
    if (head.state === 'HELD') return this.hold(lane.name)
    if (head.due > now) {
      lane.state = 'delayed'
      lane.due = head.due
      this.#delayed.add(lane)
      this.#earliest = Math.min(this.#earliest, head.due)
    } else this.#ready.push(lane)
  }
}

/** `message.n`: what identifies a delivery inside the engine. */
export function idOf(work: { readonly message: number; readonly n: number }): string {
  return `${String(work.message)}.${String(work.n)}`
}
