import test from 'ava'
import { createIdSource } from '../../../channels/contract/index.ts'
import type {
  AckCode,
  Answer,
  ChannelDefinition,
  DeliveryWork,
  Fault,
  Inbound,
  Ledger,
  LedgerOp,
  MapOutcome,
  MessageFormat,
} from '../../../channels/contract/index.ts'
import { Door } from '../../../channels/engine/door.ts'
import type { DoorDeps, DoorSettings } from '../../../channels/engine/door.ts'
import type { ChannelRuntime } from '../../../channels/engine/index.ts'
import { StandingClock } from './clock.ts'

/** A format for tests: `TYPE controlId text`; the acknowledgement is `CODE controlId failure`. */
const format: MessageFormat = {
  name: 'test',
  read(raw): Inbound {
    const [type = '', controlId = ''] = Buffer.from(raw).toString().split(' ')
    return {
      raw,
      type,
      controlId,
      sender: 'S',
      fault: type === '' ? { code: 'NOT_HL7', text: 'no MSH' } : null,
      content: null,
      acknowledge: (code: AckCode, { fault }) => Buffer.from(`${code} ${controlId} ${fault?.code ?? ''}`.trim()),
    }
  },
}

const definition: ChannelDefinition = {
  name: 'c',
  format: 'hl7v2',
  about: '',
  owner: '',
  listen: [],
  accept: null,
  lane: null,
  laneGroup: null,
  map: [],
  deliver: [],
  file: '',
}
const event = { rule: 'r', anchor: '', type: 'SupplyUsed', businessKey: '', caseKey: '', body: { id: 'e' }, origin: {}, originJson: '{}', keys: [], needs: [] }
const mapped: MapOutcome = { kind: 'mapped', lane: 'A1', events: [event] }

interface Setup {
  readonly outcome?: MapOutcome
  readonly settings?: Partial<DoorSettings>
  readonly refusal?: Fault
  readonly openIntakes?: number
}

function open({ outcome = mapped, settings = {}, refusal, openIntakes = 100 }: Setup = {}) {
  const ops: LedgerOp[] = []
  const commits: (() => void)[] = []
  const delivered: DeliveryWork[] = []
  const later: number[] = []
  const mapped: (() => void)[] = []
  const waiting: { message: number; tell: Parameters<DoorDeps['whenDelivered']>[2] }[] = []
  let answers: Answer<'intake'>[] = []
  const ledger: Ledger = {
    submit(op: LedgerOp, done: (answer: Answer<never>) => void) {
      ops.push(op)
      commits.push(() =>
        done((op.op === 'intake' ? (answers.shift() ?? { ok: true, value: { kind: 'stored' } }) : { ok: true, value: { done: true } }) as Answer<never>),
      )
    },
    onWork: () => undefined,
    pending: () => 0,
    stop: () => Promise.resolve(),
  }
  const runtime: ChannelRuntime = { definition, format, config: 'cfg', bridge: null, eventDestinations: ['sink'], compiled: { name: 'c', run: () => outcome } }
  const door = new Door(
    { messages: ['DFT^P03'], acknowledge: 'when-stored', ackTimeoutMs: 1000, charset: 'utf-8', maxMessageBytes: 1000, ...settings },
    {
      ledger,
      ids: createIdSource(() => Date.UTC(2026, 2, 1)),
      clock: new StandingClock(),
      emit: () => undefined,
      runtime: () => runtime,
      refusal: () => refusal ?? null,
      deliver: (work) => delivered.push(work),
      whenDelivered: (message, _timeout, tell) => waiting.push({ message, tell }),
      mapLater(message, done) {
        later.push(message)
        mapped.push(done)
      },
      openIntakes,
      taken: () => undefined,
    },
  )
  const replies: (string | null)[] = []
  return {
    door,
    ops,
    delivered,
    later,
    mapped,
    waiting,
    replies,
    send: (text: string) => door.take(Buffer.from(text), (reply) => replies.push(reply && Buffer.from(reply).toString())),
    commit: (...given: Answer<'intake'>[]) => {
      answers = given
      for (const each of commits.splice(0)) each()
    },
  }
}

test('nothing is acknowledged or delivered before its commit', (t) => {
  const { send, commit, replies, delivered } = open()
  send('DFT^P03 1')
  t.deepEqual([replies, delivered], [[], []])
  commit()
  t.deepEqual(replies, ['AA 1'])
  t.like(delivered[0], { destination: 'sink', lane: 'c:A1', controlId: '1', body: '{"controlId":"1","lane":"c:A1","id":"e"}' })
})

test('a commit that failed is answered AR and nothing is delivered', (t) => {
  const { send, commit, replies, delivered } = open()
  send('DFT^P03 1')
  commit({ ok: false, fault: { code: 'STORE_FULL', text: 'full' } })
  t.deepEqual([replies, delivered], [['AR 1 STORE_FULL'], []])
})

test('with the disk nearly full a message is refused before it reaches the store', (t) => {
  const { send, replies, ops } = open({ refusal: { code: 'STORE_FULL', text: 'full' } })
  send('DFT^P03 1')
  t.deepEqual([replies, ops], [['AR 1 STORE_FULL'], []])
})

test('a type outside messages is stored REJECTED and answered AR', (t) => {
  const { send, commit, replies, ops } = open()
  send('ADT^A01 1')
  commit()
  t.like(ops[0], { op: 'intake', state: 'REJECTED', dedupe: false, fault: { code: 'UNKNOWN_TYPE', place: 'MSH-9' } })
  t.deepEqual(replies, ['AR 1 UNKNOWN_TYPE'])
})

test('bytes that are no message are stored and answered AR', (t) => {
  const { send, commit, replies, ops } = open()
  send('')
  commit()
  t.like(ops[0], { op: 'intake', state: 'REJECTED', fault: { code: 'NOT_HL7' } })
  t.deepEqual(replies, ['AR  NOT_HL7'])
})

test('an event that waits for a person is not delivered from here', (t) => {
  const need = { kind: 'UNMAPPED_CODE', subject: 'departments:1', field: 'department', place: 'FT1-13.1', text: 'add it' } as const
  const { send, commit, delivered } = open({ outcome: { kind: 'mapped', lane: 'A1', events: [{ ...event, needs: [need] }] } })
  send('DFT^P03 1')
  commit()
  t.deepEqual(delivered, [])
})

test('a resend gets the acknowledgement that was stored', (t) => {
  const { send, commit, replies, delivered } = open()
  send('DFT^P03 1')
  commit({ ok: true, value: { kind: 'duplicate', message: 5, ack: { code: 'AA', at: 0, bytes: Buffer.from('the stored one') } } })
  t.deepEqual([replies, delivered], [['the stored one'], []])
})

test('a failed mapping is AA and ERROR when stored is enough, AE and REJECTED when the sender waits for mapping', (t) => {
  const outcome: MapOutcome = { kind: 'fault', lane: '', fault: { code: 'BAD_VALUE', place: 'FT1-10', text: 'no number' } }
  const stored = open({ outcome })
  stored.send('DFT^P03 1')
  stored.commit()
  t.deepEqual([stored.replies, (stored.ops[0] as { state: string }).state], [['AA 1'], 'ERROR'])
  const strict = open({ outcome, settings: { acknowledge: 'when-mapped' } })
  strict.send('DFT^P03 1')
  strict.commit()
  t.deepEqual([strict.replies, (strict.ops[0] as { state: string }).state], [['AE 1 BAD_VALUE'], 'REJECTED'])
})

test('a large message is stored and acknowledged first and mapped after', (t) => {
  const { send, commit, replies, ops, later } = open()
  send(`DFT^P03 1 ${'x'.repeat(300_000)}`)
  commit()
  t.like(ops[0], { state: 'RECEIVED', events: [] })
  t.deepEqual([replies, later], [['AA 1'], [(ops[0] as { id: number }).id]])
})

test('nothing is taken behind a large message until it is mapped, so that its lane keeps its order', (t) => {
  const { commit, door, mapped, send } = open()
  send(`DFT^P03 1 ${'x'.repeat(300_000)}`)
  t.false(door.ready())
  commit()
  t.false(door.ready(), 'stored, not mapped')
  let resumed = 0
  door.whenReady(() => resumed++)
  mapped[0]?.()
  t.true(door.ready())
  t.is(resumed, 1)
})

test('when-delivered answers when delivery is known, after the acknowledgement is stored', (t) => {
  const { send, commit, replies, ops, waiting } = open({ settings: { acknowledge: 'when-delivered' } })
  send('DFT^P03 1')
  commit()
  t.is((ops[0] as { ack: unknown }).ack, null)
  waiting[0]?.tell('AA', null)
  t.deepEqual(replies, [])
  commit()
  t.like(ops[1], { op: 'acknowledge', ack: { code: 'AA' } })
  t.deepEqual(replies, ['AA 1'])
})

test('a resend of what still waits for delivery joins it', (t) => {
  const { send, commit, waiting } = open({ settings: { acknowledge: 'when-delivered' } })
  send('DFT^P03 1')
  commit({ ok: true, value: { kind: 'duplicate', message: 77, ack: null } })
  t.is(waiting[0]?.message, 77)
})

test('a door that is full or paused says so and calls back when it has room', (t) => {
  const { door, send, commit } = open({ openIntakes: 2 })
  let resumed = 0
  send('DFT^P03 1')
  send('DFT^P03 2')
  t.false(door.ready())
  door.whenReady(() => resumed++)
  commit()
  t.is(resumed, 1)
  door.pause(true)
  t.false(door.ready())
  door.whenReady(() => resumed++)
  door.pause(false)
  t.is(resumed, 2)
})

test('an oversized frame keeps its head and is answered AE: sending it again would not help', (t) => {
  const { door, ops, commit } = open()
  let reply = ''
  door.takeOversized(Buffer.from('DFT^P03 9 head'), 5000, (bytes) => (reply = Buffer.from(bytes ?? '').toString()))
  commit()
  t.like(ops[0], { state: 'REJECTED', fault: { code: 'FRAME_TOO_LARGE' } })
  t.is(reply, 'AE 9 FRAME_TOO_LARGE')
})
