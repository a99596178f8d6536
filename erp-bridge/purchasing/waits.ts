/** What is about an order that is not known yet waits for it, then becomes work for a person, and still goes on when it comes. */
import type { BridgeContext, BridgeEvent, Need } from '../../channels/contract/index.ts'
import { releasedText } from '../facts.ts'
import { settled } from '../policies.ts'
import type { Waits } from '../understood.ts'

const LOOK_AGAIN_MS = 3_600_000

/** Is its time to wait still running? It counts from when the event was received. */
export function mayWait(event: BridgeEvent, context: BridgeContext): boolean {
  return context.now < event.receivedAt + settled(context.policies).matching.waitMs
}

/** Waits for the time of `matching.waitMs`; after it, the need, looked at again with everything that happens to the order. */
export function waitFor(event: BridgeEvent, context: BridgeContext, because: string, need: Need): Waits {
  if (mayWait(event, context)) return { kind: 'later', until: event.receivedAt + settled(context.policies).matching.waitMs, because }
  return { kind: 'needs', needs: [need], until: context.now + LOOK_AGAIN_MS }
}

/** Work for a person that may also settle itself. */
export function heldFor(context: BridgeContext, needs: readonly Need[]): Waits {
  return { kind: 'needs', needs, until: context.now + LOOK_AGAIN_MS }
}

/** `WHO: REASON [KIND…]`: who released it, and which kinds; without brackets every kind. Null: nobody. */
export function releaseOf(event: BridgeEvent): { readonly text: string; readonly allows: (kind: string) => boolean } | null {
  const raw = releasedText(event)
  if (raw === '') return null
  const kinds = (/ \[([A-Z_ ]*)\]$/.exec(raw)?.[1] ?? '').split(' ').filter((name) => name !== '')
  return { text: raw, allows: (kind) => kinds.length === 0 || kinds.includes(kind) }
}
