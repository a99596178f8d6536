import test from 'ava'
import type {
  Answer,
  DeliveryOutcome,
  DeliveryState,
  DeliveryWork,
  Destination,
  DestinationDefinition,
  Ledger,
  LedgerOp,
  LookupAnswer,
  Outgoing,
  Reader,
} from '../../../channels/contract/index.ts'
import { formatDeliveryId } from '../../../channels/contract/index.ts'
import { DeliveryQueue } from '../../../channels/engine/delivery.ts'
import { StandingClock, settle } from './clock.ts'

const definition: DestinationDefinition = {
  name: 'd',
  type: 'http',
  url: 'http://127.0.0.1:1/',
  timeoutMs: 1000,
  concurrency: 4,
  retry: { firstMs: 1000, maxMs: 10_000, attempts: 3 },
  settleMs: 500,
  body: 'event',
  headers: {},
  breaker: { failures: 50, openMs: 1000 },
  options: {},
  file: 'destinations/d.yaml',
}

/** The deliveries of one destination as rows, guarded like the store guards them. */
class Rows {
  readonly rows = new Map<number, DeliveryWork>()
  readonly log: string[] = []
  failing = 0

  put(n: number, lane: string, more: Partial<DeliveryWork> = {}): DeliveryWork {
    const row: DeliveryWork = {
      message: n,
      n: 1,
      seq: n,
      destination: 'd',
      lane,
      state: 'QUEUED',
      attempts: 0,
      due: 0,
      step: null,
      key: `K${String(n)}`,
      kind: 'journal',
      controlId: `C${String(n)}`,
      messageLane: lane,
      body: '{}',
      ...more,
    }
    this.rows.set(n, row)
    return row
  }

  state(n: number): DeliveryState | undefined {
    return this.rows.get(n)?.state
  }

  readonly ledger: Ledger = {
    submit: (op: LedgerOp, done: (answer: Answer<never>) => void) => {
      setImmediate(() => {
        if (this.failing > 0) {
          this.failing--
          return done({ ok: false, fault: { code: 'STORE_FULL', text: 'disk full' } })
        }
        if (op.op !== 'claim' && op.op !== 'settle') throw new Error(op.op)
        const row = this.rows.get(op.message) as DeliveryWork
        if (op.op === 'claim') {
          const claimed = row.state === 'QUEUED'
          if (claimed) this.rows.set(op.message, { ...row, state: 'SENDING', attempts: op.attempts })
          this.log.push(`claim ${String(op.message)}`)
          return done({ ok: true, value: { claimed } } as unknown as Answer<never>)
        }
        this.rows.set(op.message, { ...row, state: op.state, attempts: op.attempts, due: op.due, step: op.step })
        this.log.push(`${op.state} ${String(op.message)}`)
        done({ ok: true, value: { settled: true } } as unknown as Answer<never>)
      })
    },
    onWork: () => undefined,
    pending: () => 0,
    stop: () => Promise.resolve(),
  }

  readonly reader: { -readonly [Name in 'openWork' | 'laneWork']: Reader[Name] } = {
    openWork: (_destination: string, after: number, limit: number) =>
      Promise.resolve(
        this.#open()
          .filter((row) => row.seq > after)
          .slice(0, limit),
      ),
    laneWork: (_destination: string, lane: string, limit: number) =>
      Promise.resolve(
        this.#open()
          .filter((row) => row.lane === lane)
          .slice(0, limit),
      ),
  }

  #open(): DeliveryWork[] {
    return [...this.rows.values()].filter(({ state }) => state !== 'SENT' && state !== 'CANCELLED').sort((a, b) => a.seq - b.seq)
  }
}

interface Peer {
  readonly sent: string[]
  readonly destination: Destination
}

/** A destination that answers from scripts: by delivery attempt and by lookup. */
function peer(deliver: (work: Outgoing) => DeliveryOutcome | Promise<DeliveryOutcome>, lookup: (() => LookupAnswer) | null = null): Peer {
  const sent: string[] = []
  return {
    sent,
    destination: {
      name: 'd',
      settleMs: 500,
      lookup: lookup && (() => Promise.resolve(lookup())),
      deliver: (work) => {
        sent.push(work.controlId)
        return Promise.resolve(deliver(work))
      },
      stop: () => Promise.resolve(),
    },
  }
}

const ok: DeliveryOutcome = { kind: 'sent', reference: 'E-1' }
const failed = (code: 'DESTINATION_FAILED' | 'DESTINATION_REFUSED' | 'NO_ANSWER'): DeliveryOutcome => ({ kind: 'failed', code, text: 'said no' })

async function withQueue(rows: Rows, { destination }: Peer) {
  const clock = new StandingClock()
  const queue = new DeliveryQueue(definition, destination, {
    ledger: rows.ledger,
    reader: rows.reader,
    clock,
    emit: () => undefined,
    random: () => 0,
    settled: () => undefined,
  })
  await queue.start()
  await settle()
  return { queue, clock }
}

test('what the store has open is delivered in order inside each lane', async (t) => {
  const rows = new Rows()
  for (const n of [1, 2, 3]) rows.put(n, 'a')
  const http = peer(() => ok)
  await withQueue(rows, http)
  t.deepEqual(http.sent, ['C1', 'C2', 'C3'])
  t.is(rows.state(3), 'SENT')
})

test('a transient failure stops its lane until the backoff is over, and no other lane', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  rows.put(2, 'a')
  rows.put(3, 'b')
  let down = true
  const http = peer((work) => (work.lane === 'a' && down ? failed('DESTINATION_FAILED') : ok))
  const { clock } = await withQueue(rows, http)
  t.deepEqual(http.sent, ['C1', 'C3'])
  down = false
  await clock.move(499)
  t.deepEqual(http.sent, ['C1', 'C3'])
  await clock.move(1)
  t.deepEqual(http.sent, ['C1', 'C3', 'C1', 'C2'])
})

test('a refusal holds the delivery and its lane, until it is resolved', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  rows.put(2, 'a')
  const http = peer((work) => (work.controlId === 'C1' ? failed('DESTINATION_REFUSED') : ok))
  const { queue } = await withQueue(rows, http)
  t.is(rows.state(1), 'HELD')
  t.is(rows.state(2), 'QUEUED')
  rows.put(1, 'a', { state: 'CANCELLED' })
  await queue.recheckHeld()
  await settle()
  t.is(rows.state(2), 'SENT')
})

test('after the last allowed attempt a delivery is held', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  const http = peer(() => failed('DESTINATION_FAILED'))
  const { clock } = await withQueue(rows, http)
  await clock.move(60_000)
  t.is(http.sent.length, 3)
  t.is(rows.state(1), 'HELD')
})

test('an ERP delivery is claimed before it is sent', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  const erp = peer(
    () => {
      t.is(rows.state(1), 'SENDING')
      return ok
    },
    () => ({ kind: 'absent' }),
  )
  await withQueue(rows, erp)
  t.deepEqual(rows.log, ['claim 1', 'SENT 1'])
})

test('a lost answer is looked up after the settle time, and what is present is not sent again', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  const erp = peer(
    () => failed('NO_ANSWER'),
    () => ({ kind: 'present', reference: 'PO-7' }),
  )
  const { clock } = await withQueue(rows, erp)
  t.is(rows.state(1), 'UNKNOWN')
  await clock.move(499)
  t.is(rows.state(1), 'UNKNOWN')
  await clock.move(1)
  t.is(rows.state(1), 'SENT')
  t.deepEqual(erp.sent, ['C1'])
})

test('what a lookup finds absent is sent again, under a new claim', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  const answers = [failed('NO_ANSWER'), ok]
  const erp = peer(
    () => answers.shift() as DeliveryOutcome,
    () => ({ kind: 'absent' }),
  )
  const { clock } = await withQueue(rows, erp)
  await clock.move(1000)
  t.deepEqual(rows.log, ['claim 1', 'UNKNOWN 1', 'QUEUED 1', 'claim 1', 'SENT 1'])
})

test('an event’s delivery is looked up by the key that it was sent with: its own id', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a', { key: null, kind: 'SupplyUsed' })
  const keys: string[] = []
  const one = peer(
    (work) => {
      keys.push(`sent ${work.key}`)
      return failed('NO_ANSWER')
    },
    () => ({ kind: 'present', reference: null }),
  )
  const lookup = (key: string): Promise<LookupAnswer> => {
    keys.push(`asked ${key}`)
    return Promise.resolve({ kind: 'present', reference: null })
  }
  const { clock } = await withQueue(rows, { ...one, destination: { ...one.destination, lookup } })
  await clock.move(1000)
  t.deepEqual(keys, [`sent ${formatDeliveryId(1, 1)}`, `asked ${formatDeliveryId(1, 1)}`])
})

test('a delivery that a crash left SENDING is looked up before anything is sent', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a', { state: 'SENDING', attempts: 1 })
  const erp = peer(
    () => ok,
    () => ({ kind: 'present', reference: 'PO-7' }),
  )
  const { clock } = await withQueue(rows, erp)
  await clock.move(500)
  t.deepEqual(erp.sent, [])
  t.is(rows.state(1), 'SENT')
})

test('what a crash left SENDING may still be on its way: that the ERP does not have it counts only after the settle time', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a', { state: 'SENDING', attempts: 1 })
  let arrived = false
  const erp = peer(
    () => ok,
    () => (arrived ? { kind: 'present', reference: 'PO-7' } : { kind: 'absent' }),
  )
  const { clock } = await withQueue(rows, erp)
  await clock.move(499)
  t.deepEqual(erp.sent, [])
  arrived = true
  await clock.move(1)
  t.deepEqual(erp.sent, [])
  t.is(rows.state(1), 'SENT')
})

test('what is committed to a held lane while it is loaded again is sent, after what was read', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  const http = peer((work) => (work.controlId === 'C1' ? failed('DESTINATION_REFUSED') : ok))
  let release: () => void = () => undefined
  const { laneWork } = rows.reader
  const { queue } = await withQueue(rows, http)
  rows.put(1, 'a', { state: 'CANCELLED' })
  rows.put(2, 'a')
  rows.reader.laneWork = async (...asked) => {
    const read = await laneWork(...asked)
    await new Promise<void>((resolve) => (release = resolve))
    return read
  }
  const loading = queue.recheckHeld()
  await settle()
  queue.add(rows.put(3, 'a'))
  release()
  await loading
  await settle()
  t.deepEqual(http.sent, ['C1', 'C2', 'C3'])
})

test('after a claim that the store could not take, the breaker still lets its probe go', async (t) => {
  const rows = new Rows()
  for (let n = 1; n <= 50; n++) rows.put(n, `lane ${String(n)}`)
  let down = true
  const erp = peer(
    () => (down ? { kind: 'failed', code: 'DESTINATION_UNREACHABLE', text: 'down' } : ok),
    () => ({ kind: 'absent' }),
  )
  const { clock, queue } = await withQueue(rows, erp)
  t.is(queue.status().breaker, 'open')
  down = false
  rows.failing = 1
  await clock.move(10_000)
  t.is(queue.status().breaker, 'closed')
  t.is([...rows.rows.values()].filter(({ state }) => state === 'SENT').length, 50)
})

test('a delivery cancelled before its claim is not sent and its lane goes on', async (t) => {
  const rows = new Rows()
  const first = rows.put(1, 'a')
  const erp = peer(
    () => ok,
    () => ({ kind: 'absent' }),
  )
  const { queue } = await withQueue(new Rows(), erp)
  void queue
  const guarded = await withQueue(rows, erp)
  rows.put(2, 'a', { state: 'CANCELLED' })
  rows.put(3, 'a')
  guarded.queue.add({ ...first, message: 2, seq: 2, controlId: 'C2' })
  guarded.queue.add({ ...first, message: 3, seq: 3, controlId: 'C3' })
  await settle()
  t.deepEqual(erp.sent, ['C1', 'C3'])
})

test('an outcome that the store cannot keep is kept in memory until it can, and the lane waits', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  rows.put(2, 'a')
  rows.failing = 2
  const http = peer(() => ok)
  const { clock } = await withQueue(rows, http)
  t.deepEqual(http.sent, ['C1'])
  await clock.move(2000)
  t.deepEqual(http.sent, ['C1', 'C2'])
  t.is(rows.state(1), 'SENT')
})

test('what does not fit in memory stays in the store and still comes in order', async (t) => {
  const rows = new Rows()
  const http = peer(() => ok)
  for (let n = 1; n <= 10_500; n++) rows.put(n, `lane ${String(n % 7)}`)
  const { clock } = await withQueue(rows, http)
  for (let i = 0; i < 400 && http.sent.length < 10_500; i++) await clock.move(1)
  t.is(http.sent.length, 10_500)
  for (let lane = 0; lane < 7; lane++) {
    const numbers = http.sent.map((id) => Number(id.slice(1))).filter((n) => n % 7 === lane)
    t.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    )
  }
})

test('stopping waits for what is out and settles it', async (t) => {
  const rows = new Rows()
  rows.put(1, 'a')
  rows.put(2, 'a')
  let answer: (outcome: DeliveryOutcome) => void = () => undefined
  const http = peer(() => new Promise((resolve) => (answer = resolve)))
  const { queue } = await withQueue(rows, http)
  const stopped = queue.stop(1000)
  answer(ok)
  await stopped
  t.is(rows.state(1), 'SENT', 'its outcome is committed before the stop is done')
  t.deepEqual(http.sent, ['C1'])
})
