/** Acknowledgements that wait for delivery (`acknowledge: when-delivered`): who waits, and when the answer is known. */
import { faultOf } from '../contract/index.ts'
import type { Clock, Fault, Reader } from '../contract/index.ts'

type Tell = (code: 'AA' | 'AE', fault: Fault | null) => void

export class Awaiting {
  readonly #waiting = new Map<number, { readonly tell: Tell[]; readonly cancel: () => void }>()
  readonly #reader: Pick<Reader, 'message'>
  readonly #clock: Clock
  #stopped = false

  constructor(reader: Pick<Reader, 'message'>, clock: Clock) {
    this.#reader = reader
    this.#clock = clock
  }

  /** Adds one who waits. The first sets the time; a resend joins it. */
  add(message: number, timeoutMs: number, tell: Tell): void {
    const entry = this.#waiting.get(message)
    if (entry) {
      entry.tell.push(tell)
      return
    }
    const cancel = this.#clock.after(timeoutMs, () =>
      this.#answer(message, 'AE', {
        code: 'NO_ANSWER',
        text: `Not delivered within ${String(timeoutMs)} ms; it is stored and delivery goes on. Send it again to ask.`,
      }),
    )
    this.#waiting.set(message, { tell: [tell], cancel })
    if (this.#stopped) this.#stop(message)
    else this.settled(message)
  }

  /** Something of this message was settled or decided: look whether the answer is known now. */
  settled(message: number): void {
    if (!this.#waiting.has(message)) return
    this.#reader.message(message).then(
      (view) => {
        if (view?.state === 'SENT' || view?.state === 'CANCELLED' || view?.state === 'FILTERED') this.#answer(message, 'AA', null)
        else if (view?.state === 'HELD' || view?.state === 'ERROR') {
          const failure = view.events.flatMap((event) => event.deliveries).find((delivery) => delivery.failure)?.failure ?? view.fault
          this.#answer(message, 'AE', failure ?? { code: 'DESTINATION_REFUSED', text: 'A delivery of this message is held; it is on the worklist.' })
        }
      },
      (error: unknown) => this.#answer(message, 'AE', faultOf(error, 'STORE_FAILED')),
    )
  }

  /** Answers everybody AE, from now on at once: the engine stops, the messages are stored. */
  stop(): void {
    this.#stopped = true
    for (const message of [...this.#waiting.keys()]) this.#stop(message)
  }

  #stop(message: number): void {
    this.#answer(message, 'AE', { code: 'NO_ANSWER', text: 'The engine stops; the message is stored and delivery goes on. Send it again to ask.' })
  }

  #answer(message: number, code: 'AA' | 'AE', fault: Fault | null): void {
    const entry = this.#waiting.get(message)
    if (!entry) return
    this.#waiting.delete(message)
    entry.cancel()
    for (const tell of entry.tell) tell(code, fault)
  }
}
