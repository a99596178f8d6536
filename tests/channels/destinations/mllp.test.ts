import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { systemClock } from '../../../channels/contract/index.ts'
import type { DestinationDefinition, Outgoing } from '../../../channels/contract/index.ts'
import { createMllpDestination, masterFile } from '../../../channels/destinations/mllp/index.ts'
import { createMllpSender, frameBlock, MllpFramer } from '../../../listeners/mllp/index.ts'
import { Hl7Message } from '../../../mappers/hl7v2/index.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../../listeners/certificate.ts'

const never = new AbortController().signal
const ITEM = {
  type: 'ItemChanged',
  occurredAt: '2026-03-09T10:00:00Z',
  code: 'IMP-1',
  description: 'Screw & plate',
  status: 'active',
  attributes: { base_uom: 'EA', category: 'implant', supplier: 'ACME', vendor_catalog: 'A-1', charge_code: 'CDM-7', gtin: '00844588003288' },
}
const work = (body: unknown = ITEM, more: Partial<Outgoing> = {}): Outgoing => ({
  id: 'm000000000a.d2',
  key: 'm000000000a.d2',
  kind: 'ItemChanged',
  controlId: 'C1',
  lane: 'a',
  body: JSON.stringify(body),
  step: null,
  attempt: 1,
  ...more,
})
const definition = (port: number, more: Partial<DestinationDefinition> = {}): DestinationDefinition => ({
  name: 'clinical',
  type: 'mllp',
  url: `mllp://127.0.0.1:${String(port)}`,
  timeoutMs: 400,
  concurrency: 8,
  retry: { firstMs: 1, maxMs: 1, attempts: null },
  settleMs: 0,
  body: 'event',
  headers: {},
  breaker: { failures: 5, openMs: 1000 },
  options: {},
  file: 'destinations/clinical.yaml',
  ...more,
})

interface Receiver {
  readonly port: number
  readonly taken: string[]
  connections: number
}

/** Takes MLLP and answers each message with what `answer` gives: text to frame, null for nothing, or the socket to do with as it likes. */
async function receiver(t: ExecutionContext, answer: (message: string, socket: Socket) => string | null, secure = false): Promise<Receiver> {
  const taken: string[] = []
  const made: Receiver = { port: 0, taken, connections: 0 }
  const accept = (socket: Socket): void => {
    made.connections++
    const framer = new MllpFramer({ maxBytes: 100_000 })
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      for (const frame of framer.push(chunk)) {
        if (frame.kind !== 'message') continue
        const message = frame.bytes.toString()
        taken.push(message)
        const reply = answer(message, socket)
        if (reply !== null) socket.write(frameBlock(Buffer.from(reply)))
      }
    })
    t.teardown(() => socket.destroy())
  }
  const server: Server = secure ? createTlsServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, accept) : createServer(accept)
  server.listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  t.teardown(() => server.close())
  return Object.assign(made, { port: (server.address() as AddressInfo).port })
}

const controlIdOf = (message: string): string => Hl7Message.parse(message)?.value(0, 10, 1, 0, 0) ?? ''
const ack = (code: string) => (message: string) => `MSH|^~\\&|R|||||20260310||ACK|A1|P|2.6\rMSA|${code}|${controlIdOf(message)}\r`

function destination(t: ExecutionContext, port: number, more: Partial<DestinationDefinition> = {}) {
  const made = createMllpDestination(
    definition(port, more),
    () => Date.UTC(2026, 2, 10),
    (target) => createMllpSender(target, systemClock),
  )
  t.teardown(() => made.stop())
  return made
}

test('an item change goes out as MFN^M16 with item, vendor and package, escaped, under the delivery’s id', async (t) => {
  const { port, taken } = await receiver(t, ack('AA'))
  t.deepEqual(await destination(t, port).deliver(work(), never), { kind: 'sent', reference: null })
  t.deepEqual(taken[0]?.split('\r').slice(0, -1), [
    'MSH|^~\\&|AQUEDUCT||||20260310000000+0000||MFN^M16^MFN_M16|m000000000a.d2|P|2.6||||||UNICODE UTF-8',
    'MFI|INV^Inventory master file^HL70175||UPD|||NE',
    'MFE|MUP|m000000000a.d2|20260309|IMP-1^Screw \\T\\ plate|CWE',
    'ITM|IMP-1|Screw \\T\\ plate|A^^HL70776||implant|||||||CDM-7',
    'VND|1|ACME||A-1|Y^^HL70532',
    'PKG|1|EA|Y^^HL70532|1||||00844588003288',
  ])
})

test('AA and CA are taken; AE, AR, CE and CR are refused for good', async (t) => {
  for (const code of ['AA', 'CA']) {
    const { port } = await receiver(t, ack(code))
    t.like(await destination(t, port).deliver(work(), never), { kind: 'sent' })
  }
  for (const code of ['AE', 'AR', 'CE', 'CR']) {
    const { port } = await receiver(t, ack(code))
    t.like(await destination(t, port).deliver(work(), never), { kind: 'failed', code: 'DESTINATION_REFUSED', text: `The receiver answered ${code}.` })
  }
})

test('an acknowledgement of another message, an unknown code, garbage or silence is no answer, and the same is sent again', async (t) => {
  const answers: readonly ((message: string, socket: Socket) => string | null)[] = [
    () => 'MSH|^~\\&|R|||||20260310||ACK|A1|P|2.6\rMSA|AA|ANOTHER\r',
    ack('ZZ'),
    () => 'hello',
    () => null,
    (_message, socket) => {
      socket.destroy()
      return null
    },
  ]
  for (const answer of answers) {
    let times = 0
    const { port, taken } = await receiver(t, (message, socket) => (times++ === 0 ? answer(message, socket) : ack('AA')(message)))
    const out = destination(t, port)
    t.like(await out.deliver(work(), never), { kind: 'failed', code: 'NO_ANSWER', class: 'transient' })
    t.like(await out.deliver(work(ITEM, { attempt: 2 }), never), { kind: 'sent' })
    t.deepEqual(taken.map(controlIdOf), ['m000000000a.d2', 'm000000000a.d2'])
  }
})

test('an acknowledgement that comes after the time is not taken for the next message’s', async (t) => {
  const late: (() => void)[] = []
  let times = 0
  const { port } = await receiver(t, (message, socket) => {
    if (times++ > 0) return null
    late.push(() => socket.write(frameBlock(Buffer.from(ack('AA')(message)))))
    return null
  })
  const out = destination(t, port)
  t.like(await out.deliver(work(), never), { code: 'NO_ANSWER' })
  const second = out.deliver(work(ITEM, { id: 'm000000000b.d1' }), never)
  late[0]?.()
  t.like(await second, { code: 'NO_ANSWER' })
})

test('one message is in flight on one connection, however many are asked for', async (t) => {
  let open = 0
  let most = 0
  const made = await receiver(t, (message, socket) => {
    most = Math.max(most, ++open)
    setImmediate(() => {
      open--
      socket.write(frameBlock(Buffer.from(ack('AA')(message))))
    })
    return null
  })
  const out = destination(t, made.port)
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => out.deliver(work(ITEM, { id: `m000000000a.d${String(n)}` }), never)))
  t.true(outcomes.every(({ kind }) => kind === 'sent'))
  t.deepEqual([most, made.connections], [1, 1])
})

test('nobody listening is unreachable: nothing was sent', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  t.like(await destination(t, port).deliver(work(), never), { code: 'DESTINATION_UNREACHABLE' })
})

test('a receiver that closed its connection is connected to again', async (t) => {
  const made = await receiver(t, (message, socket) => {
    socket.end(frameBlock(Buffer.from(ack('AA')(message))))
    return null
  })
  const out = destination(t, made.port)
  t.is((await out.deliver(work(), never)).kind, 'sent')
  const again = await out.deliver(work(), never)
  // The close may be noticed only by sending into it: then it is sent again.
  if (again.kind === 'failed') t.is((await out.deliver(work(), never)).kind, 'sent')
  t.true(made.connections >= 2)
})

test('over TLS the receiver’s certificate is checked', async (t) => {
  const { port } = await receiver(t, ack('AA'), true)
  const url = `mllps://localhost:${String(port)}`
  t.like(await destination(t, port, { url }).deliver(work(), never), { kind: 'failed', code: 'DESTINATION_UNREACHABLE' })
  t.is((await destination(t, port, { url, options: { tls: { ca: CERTIFICATE } } }).deliver(work(), never)).kind, 'sent')
})

test('an inactive or blocked item is deactivated; other events have no such message', async (t) => {
  const options = { message: 'M16', application: 'A', facility: '', receivingApplication: '', receivingFacility: '' } as const
  const of = (body: unknown) => {
    const made = masterFile(work(body), options, 0)
    return made.ok ? made.text.split('\r') : []
  }
  t.regex(of({ ...ITEM, status: 'blocked' })[2] ?? '', /^MFE\|MDC\|/)
  t.regex(of({ ...ITEM, status: 'inactive' })[3] ?? '', /\|I\^\^HL70776/)
  t.deepEqual(of({ code: 'X' }).slice(2, -1), ['MFE|MUP|m000000000a.d2||X|CWE', 'ITM|X'])
  const { port, taken } = await receiver(t, ack('AA'))
  t.like(await destination(t, port).deliver(work(ITEM, { kind: 'SupplyUsed' }), never), {
    kind: 'failed',
    code: 'DESTINATION_REFUSED',
    text: 'This destination sends ItemChanged as master files; SupplyUsed has no such message.',
  })
  t.deepEqual(taken, [])
})

test('options: message M15 sends IIM in v2.5.1, applications are named, mistakes are said at the start', async (t) => {
  const { port, taken } = await receiver(t, ack('AA'))
  await destination(t, port, { options: { message: 'M15', application: 'ERP', receiving_application: 'ORLOG' } }).deliver(work(), never)
  const segments = taken[0]?.split('\r') ?? []
  t.regex(segments[0] ?? '', /^MSH\|\^~\\&\|ERP\|\|ORLOG\|\|.*\|MFN\^M15\^MFN_M15\|m000000000a\.d2\|P\|2\.5\.1/)
  t.is(segments[3], 'IIM|IMP-1^Screw \\T\\ plate|IMP-1^Screw \\T\\ plate|||||||EA')
  t.throws(() => destination(t, port, { options: { message: 'M05' } }), { message: /M16 or M15/ })
  t.throws(() => destination(t, port, { url: 'http://x' }), { message: /no usable url/ })
})
