/** How far a listener has got, kept by the store. */

/** The listener's rows of the table `cursor`. */
export interface CursorPort {
  read(kind: string): Promise<string | null>
  /** Resolves once it is committed. */
  move(kind: string, value: string): Promise<void>
}

/** Where a subscription stands. */
export interface TopicState {
  /** Id at the other server; null until it is known. */
  readonly subscription: string | null
  /** Number of the last event that was taken in. */
  readonly event: number
  /** Milliseconds, by the other server's clock where it is known: from here on what is missed is looked for. */
  readonly at: number
  /** Mark of the Subscription as it was last written there. */
  readonly mark: string
}

/** Null when the row is none, or was written by hand. */
export function topicStateOf(value: string | null): TopicState | null {
  if (value === null) return null
  try {
    const state = JSON.parse(value) as Partial<TopicState>
    const { subscription = null, event, at, mark = '' } = state
    return Number.isSafeInteger(event) && Number.isSafeInteger(at) ? { subscription, event: Number(event), at: Number(at), mark } : null
  } catch {
    return null
  }
}
