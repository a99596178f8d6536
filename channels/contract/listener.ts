/** Ways in. A listener owns sockets and framing; what a message means and when it may be acknowledged is the engine's. */

/** The engine's door for one channel. */
export interface Intake {
  /**
   * Takes one message. `answer` is called once, with the bytes to send back (null: send nothing), and only when the
   * acknowledgement is durable (promise 1). It may be called synchronously only for a refusal.
   */
  take(raw: Uint8Array, answer: (reply: Uint8Array | null) => void): void
  /** A frame larger than the limit: `head` is its first 64 KB, `size` what was counted. Kept as REJECTED, answered AE: sending it again would not help. */
  takeOversized(head: Uint8Array, size: number, answer: (reply: Uint8Array | null) => void): void
  /** Whether more may be taken now; when false, stop reading and wait for {@link whenReady}. */
  ready(): boolean
  /** Calls back once, when intake has room again. */
  whenReady(resume: () => void): void
}

export interface Listener {
  /** Where it listens, once started. */
  readonly address: { readonly type: string; readonly host: string; readonly port: number }
  /** Takes no new connections or messages, answers what it has taken, then closes. */
  stop(): Promise<void>
}
