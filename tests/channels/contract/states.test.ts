import test from 'ava'
import fc from 'fast-check'
import {
  DELIVERY_MOVES,
  DELIVERY_STATES,
  EVENT_MOVES,
  EVENT_STATES,
  FAILURES,
  MESSAGE_MOVES,
  MESSAGE_STATES,
  OPEN_DELIVERY_STATES,
  mayMove,
  statusOf,
} from '../../../channels/contract/index.ts'
import type { DeliveryState, EventState, MessageState, MessageStatus } from '../../../channels/contract/index.ts'

const TABLES = [
  {
    name: 'message',
    states: Object.keys(MESSAGE_STATES),
    moves: MESSAGE_MOVES as readonly { from: string; on: string; to: string }[],
    starts: ['RECEIVED', 'FILTERED', 'REJECTED', 'ERROR', 'MAPPED'],
    ends: ['REJECTED'],
  },
  {
    name: 'event',
    states: Object.keys(EVENT_STATES),
    moves: EVENT_MOVES as readonly { from: string; on: string; to: string }[],
    starts: ['READY', 'WAITING', 'APPLIED'],
    // A replay revives what a person discarded.
    ends: ['APPLIED'],
  },
  {
    name: 'delivery',
    states: Object.keys(DELIVERY_STATES),
    moves: DELIVERY_MOVES as readonly { from: string; on: string; to: string }[],
    starts: ['QUEUED'],
    ends: ['SENT', 'CANCELLED'],
  },
]

for (const { name, states, moves, starts, ends } of TABLES) {
  test(`${name}: every move names states that exist, and one thing leads to one state`, (t) => {
    const seen = new Map<string, string>()
    for (const { from, on, to } of moves) {
      t.true(states.includes(from) && states.includes(to), `${from} ${on} ${to}`)
      t.false(seen.has(`${from} ${on}`), `${from} on ${on} is said twice`)
      seen.set(`${from} ${on}`, to)
    }
  })

  test(`${name}: every state can be reached, and only ${ends.join(' and ')} cannot be left`, (t) => {
    const reached = new Set(starts)
    for (let size = 0; size !== reached.size;) {
      size = reached.size
      for (const { from, to } of moves) if (reached.has(from)) reached.add(to)
    }
    t.deepEqual([...reached].sort(), [...states].sort())
    t.deepEqual(
      states
        .filter((state) => !moves.some(({ from, to }) => from === state && to !== from))
        .filter((state) => state !== 'MAPPED')
        .sort(),
      [...ends].sort(),
    )
  })

  test(`${name}: mayMove says yes to exactly the moves of the table`, (t) => {
    for (const from of states)
      for (const to of states)
        t.is(
          mayMove(moves, from, to),
          moves.some((move) => move.from === from && move.to === to),
          `${from} → ${to}`,
        )
  })
}

test('what was sent to an ERP is never QUEUED again without a lookup in between, unless it surely did not arrive', (t) => {
  t.deepEqual(
    DELIVERY_MOVES.filter(({ from, to }) => from === 'SENDING' && to === 'QUEUED').map(({ on }) => on),
    ['transient'],
  )
  t.deepEqual(
    DELIVERY_MOVES.filter(({ from, to }) => from === 'UNKNOWN' && to === 'QUEUED').map(({ on }) => on),
    ['absent'],
  )
  t.false(mayMove(DELIVERY_MOVES, 'UNKNOWN', 'SENDING'))
  t.false(mayMove(DELIVERY_MOVES, 'SENT', 'CANCELLED'))
})

test('the states that hold a lane are those that a delivery can still leave', (t) => {
  t.deepEqual([...OPEN_DELIVERY_STATES].sort(), [...new Set(DELIVERY_MOVES.map(({ from }) => from))].sort())
})

test('the most urgent thing names a message', (t) => {
  const cases: readonly (readonly [MessageState, readonly EventState[], readonly DeliveryState[], MessageStatus])[] = [
    ['RECEIVED', [], [], 'RECEIVED'],
    ['REJECTED', [], [], 'REJECTED'],
    ['ERROR', ['APPLIED'], ['HELD'], 'ERROR'],
    ['MAPPED', [], [], 'SENT'],
    ['MAPPED', ['WAITING', 'APPLIED'], ['SENT', 'HELD'], 'HELD'],
    ['MAPPED', ['WAITING', 'READY'], ['QUEUED'], 'WAITING'],
    ['MAPPED', ['READY'], [], 'QUEUED'],
    ['MAPPED', ['APPLIED'], ['SENT', 'UNKNOWN'], 'QUEUED'],
    ['MAPPED', ['APPLIED'], ['SENT', 'SENDING'], 'QUEUED'],
    ['MAPPED', ['APPLIED'], ['SENT', 'CANCELLED'], 'SENT'],
    ['MAPPED', ['APPLIED'], ['CANCELLED', 'CANCELLED'], 'CANCELLED'],
    ['MAPPED', ['CANCELLED'], [], 'CANCELLED'],
    ['MAPPED', ['CANCELLED', 'APPLIED'], ['SENT'], 'SENT'],
  ]
  for (const [state, events, deliveries, status] of cases) t.is(statusOf(state, events, deliveries), status, `${state} ${events.join()} ${deliveries.join()}`)
})

test('property: a message is SENT only when nothing of it is open', (t) => {
  const events = fc.array(fc.constantFrom(...(Object.keys(EVENT_STATES) as EventState[])), { maxLength: 4 })
  const deliveries = fc.array(fc.constantFrom(...(Object.keys(DELIVERY_STATES) as DeliveryState[])), { maxLength: 4 })
  fc.assert(
    fc.property(events, deliveries, (ofEvents, ofDeliveries) => {
      const open =
        ofEvents.some((state) => state === 'READY' || state === 'WAITING') ||
        ofDeliveries.some((state) => (OPEN_DELIVERY_STATES as readonly string[]).includes(state))
      const status = statusOf('MAPPED', ofEvents, ofDeliveries)
      t.is(status === 'SENT' || status === 'CANCELLED', !open)
    }),
  )
  t.pass()
})

test('every failure has a class, a meaning and something to do', (t) => {
  for (const [code, failure] of Object.entries(FAILURES)) {
    t.regex(code, /^[A-Z][A-Z0-9_]+$/)
    t.true(['transient', 'unknown', 'permanent'].includes(failure.class), code)
    t.regex(failure.meaning, /\.$/, code)
    t.regex(failure.fix, /\.$/, code)
  }
})
