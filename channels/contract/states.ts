/**
 * The states of messages, events and deliveries and the legal moves between them, as data (DESIGN §4). The store guards moves
 * with these tables, recovery has one function per state a crash can leave, `docs/states.md` is generated from them.
 */

export const MESSAGE_STATES = {
  RECEIVED: 'Stored and acknowledged or about to be; not mapped yet.',
  FILTERED: 'Not for this channel, or it tells nothing that is not known already; answered AA.',
  REJECTED: 'Refused with AR or AE; the bytes are kept.',
  ERROR: 'Acknowledged, and mapping failed; on a worklist.',
  MAPPED: 'Its events exist; what became of it follows from them.',
} as const
export type MessageState = keyof typeof MESSAGE_STATES

export const EVENT_STATES = {
  READY: 'For the bridge, not decided yet.',
  WAITING: 'Open worklist items, or an earlier event with the same business key, must close first.',
  APPLIED: 'Decided: its deliveries exist.',
  CANCELLED: 'Discarded by a person, or superseded before it was applied: by a replay, or by a later message about the same thing.',
} as const
export type EventState = keyof typeof EVENT_STATES

export const DELIVERY_STATES = {
  QUEUED: 'To be sent when its lane and its due time allow.',
  SENDING: 'Claimed: bytes may be on the way to the ERP.',
  UNKNOWN: 'No answer: looked up by key before anything is sent again.',
  SENT: 'The destination has it.',
  HELD: 'Refused for good or out of attempts: on a worklist.',
  CANCELLED: 'Undone before it was sent, or discarded by a person.',
} as const
export type DeliveryState = keyof typeof DELIVERY_STATES

interface Move<State> {
  readonly from: State
  readonly on: string
  readonly to: State
}

export const MESSAGE_MOVES = [
  { from: 'RECEIVED', on: 'mapped', to: 'MAPPED' },
  { from: 'RECEIVED', on: 'filtered', to: 'FILTERED' },
  { from: 'RECEIVED', on: 'failed', to: 'ERROR' },
  { from: 'ERROR', on: 'mapped', to: 'MAPPED' },
  { from: 'ERROR', on: 'filtered', to: 'FILTERED' },
  { from: 'ERROR', on: 'failed', to: 'ERROR' },
  { from: 'ERROR', on: 'discarded', to: 'FILTERED' },
  { from: 'FILTERED', on: 'mapped', to: 'MAPPED' },
  { from: 'FILTERED', on: 'filtered', to: 'FILTERED' },
  { from: 'FILTERED', on: 'failed', to: 'ERROR' },
  { from: 'MAPPED', on: 'mapped', to: 'MAPPED' },
  { from: 'MAPPED', on: 'filtered', to: 'MAPPED' },
  { from: 'MAPPED', on: 'failed', to: 'MAPPED' },
] as const satisfies readonly Move<MessageState>[]

export const EVENT_MOVES = [
  { from: 'READY', on: 'applied', to: 'APPLIED' },
  { from: 'READY', on: 'needs', to: 'WAITING' },
  { from: 'WAITING', on: 'resumed', to: 'READY' },
  { from: 'WAITING', on: 'remapped', to: 'READY' },
  { from: 'READY', on: 'remapped', to: 'READY' },
  { from: 'READY', on: 'discarded', to: 'CANCELLED' },
  { from: 'WAITING', on: 'discarded', to: 'CANCELLED' },
  { from: 'CANCELLED', on: 'revived', to: 'READY' },
] as const satisfies readonly Move<EventState>[]

export const DELIVERY_MOVES = [
  { from: 'QUEUED', on: 'claim', to: 'SENDING' },
  { from: 'QUEUED', on: 'sent', to: 'SENT' },
  { from: 'QUEUED', on: 'transient', to: 'QUEUED' },
  { from: 'QUEUED', on: 'permanent', to: 'HELD' },
  { from: 'QUEUED', on: 'cancel', to: 'CANCELLED' },
  { from: 'SENDING', on: 'sent', to: 'SENT' },
  { from: 'SENDING', on: 'transient', to: 'QUEUED' },
  { from: 'SENDING', on: 'no-answer', to: 'UNKNOWN' },
  { from: 'SENDING', on: 'permanent', to: 'HELD' },
  { from: 'SENDING', on: 'recovered', to: 'UNKNOWN' },
  { from: 'UNKNOWN', on: 'present', to: 'SENT' },
  { from: 'UNKNOWN', on: 'absent', to: 'QUEUED' },
  { from: 'UNKNOWN', on: 'no-answer', to: 'UNKNOWN' },
  { from: 'UNKNOWN', on: 'permanent', to: 'HELD' },
  { from: 'HELD', on: 'retry', to: 'QUEUED' },
  { from: 'HELD', on: 'retry-attempted', to: 'UNKNOWN' },
  { from: 'HELD', on: 'link', to: 'SENT' },
  { from: 'HELD', on: 'discard', to: 'CANCELLED' },
] as const satisfies readonly Move<DeliveryState>[]

/** Deliveries in these states hold their lane: what follows them in it is not sent. */
export const OPEN_DELIVERY_STATES = ['QUEUED', 'SENDING', 'UNKNOWN', 'HELD'] as const satisfies readonly DeliveryState[]

/** May a thing in `from` go to `to`? */
export function mayMove<State extends string>(moves: readonly Move<State>[], from: State, to: State): boolean {
  return moves.some((move) => move.from === from && move.to === to)
}

/** What an outsider sees of a message: its own state until it is MAPPED, then what follows from its events and deliveries. */
export type MessageStatus = Exclude<MessageState, 'MAPPED'> | 'WAITING' | 'HELD' | 'QUEUED' | 'SENT' | 'CANCELLED'

/** Derives {@link MessageStatus}: the most urgent thing wins (HELD, WAITING, QUEUED), then SENT, then CANCELLED. */
export function statusOf(state: MessageState, events: readonly EventState[], deliveries: readonly DeliveryState[]): MessageStatus {
  if (state !== 'MAPPED') return state
  if (deliveries.includes('HELD')) return 'HELD'
  if (events.includes('WAITING')) return 'WAITING'
  if (events.includes('READY') || deliveries.some((d) => d === 'QUEUED' || d === 'SENDING' || d === 'UNKNOWN')) return 'QUEUED'
  const all = [...events.filter((e) => e === 'CANCELLED'), ...deliveries]
  return all.length > 0 && all.every((s) => s === 'CANCELLED') ? 'CANCELLED' : 'SENT'
}
