/** The destinations at work: what goes to each, and what is pulled from it. Started, replaced and stopped with the configuration. */
import type { DeliveryWork, Destination, DestinationDefinition, DestinationStatus } from '../contract/index.ts'
import { DeliveryQueue } from './delivery.ts'
import type { DeliveryDeps } from './delivery.ts'
import { Puller } from './pull.ts'
import type { PullDeps } from './pull.ts'

const GRACE_MS = 10_000

interface Outlet {
  readonly definition: DestinationDefinition
  readonly queue: DeliveryQueue
  readonly puller: Puller | null
}

export class Outlets {
  readonly #outlets = new Map<string, Outlet>()
  readonly #make: (definition: DestinationDefinition) => Destination
  readonly #deps: DeliveryDeps & PullDeps
  #pulling = false

  constructor(make: (definition: DestinationDefinition) => Destination, deps: DeliveryDeps & PullDeps) {
    this.#make = make
    this.#deps = deps
  }

  /** Starts the queue of a destination, or replaces it when its definition changed. */
  async start(definition: DestinationDefinition): Promise<void> {
    const running = this.#outlets.get(definition.name)
    if (running && JSON.stringify(running.definition) === JSON.stringify(definition)) return
    if (running) await stopOutlet(running)
    const destination = this.#make(definition)
    const outlet = { definition, queue: new DeliveryQueue(definition, destination, this.#deps), puller: Puller.of(definition, destination, this.#deps) }
    this.#outlets.set(definition.name, outlet)
    await outlet.queue.start()
    if (this.#pulling) outlet.puller?.start()
  }

  /** From now on everything is pulled that is to be. */
  startPulls(): void {
    this.#pulling = true
    for (const { puller } of this.#outlets.values()) puller?.start()
  }

  /** Stops those that are not kept. */
  async keep(names: ReadonlySet<string>): Promise<void> {
    for (const [name, outlet] of this.#outlets) {
      if (names.has(name)) continue
      this.#outlets.delete(name)
      await stopOutlet(outlet)
    }
  }

  async stop(): Promise<void> {
    this.#pulling = false
    await Promise.all([...this.#outlets.values()].map(stopOutlet))
  }

  add(work: DeliveryWork): void {
    this.#outlets.get(work.destination)?.queue.add(work)
  }

  reopened(work: DeliveryWork): void {
    this.#outlets.get(work.destination)?.queue.reopened(work)
  }

  async recheckHeld(): Promise<void> {
    for (const { queue } of this.#outlets.values()) await queue.recheckHeld()
  }

  status(): readonly DestinationStatus[] {
    return [...this.#outlets.values()].map(({ queue, puller }) => ({ ...queue.status(), ...(puller ? { pulls: puller.status() } : {}) }))
  }
}

/** Nothing more is asked of it before nothing more is sent to it: they share the connection. */
async function stopOutlet({ puller, queue }: Outlet): Promise<void> {
  await puller?.stop(GRACE_MS)
  await queue.stop(GRACE_MS)
}
