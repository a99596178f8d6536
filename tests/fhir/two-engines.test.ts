/**
 * Two engines: one stands for an EHR (usages come over MLLP, its bridge applies them, its FHIR face tells of them), the other is told by a
 * subscription. Both are killed and the other side goes on meanwhile; in the end every usage is one event at the receiver.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { exportPKCS8 } from 'jose'
import { startEngineChild, startSandbox } from '../crash/engine.ts'
import type { EngineChild } from '../crash/engine.ts'
import { MASTER_DATA } from '../crash/messages.ts'
import { Sender } from '../crash/sender.ts'
import { pair } from '../server/security/client.ts'

const TOPIC = 'https://aqueduct.dev/fhir/SubscriptionTopic/supply-used'
/** Kills: of the receiver, of the EHR, of both, and again. */
const ROUNDS = Number(process.env['TWO_ENGINES_ROUNDS'] ?? 3)
const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms))

async function freePort(): Promise<string> {
  const server = createSocket().listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return String(port)
}

interface Arrival {
  readonly key: string
  /** Its own event id. */
  readonly id: string
  readonly type: string
  /** Event of the EHR's engine that it was told of. */
  readonly reference: string
}

async function sink(t: ExecutionContext) {
  const arrivals: Arrival[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { id, type, reference } = JSON.parse(Buffer.concat(pieces).toString()) as Arrival
      arrivals.push({ key: String(request.headers['idempotency-key']), id, type, reference })
      response.end('{}')
    })
  }).listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { arrivals, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/events` }
}

const receiverYaml = (ehr: string, port: string, key: string, listen: string) => `channel: from-ehr
about: Usages of another engine
owner: tests
format: fhir
listen:
  fhir_subscription:
    server: ${ehr}/fhir
    auth: { client_id: receiver, key: ${key}, key_id: k1, algorithm: ES384, scopes: [system/Subscription.cruds, system/SupplyDelivery.rs] }
    ${listen}
    port: ${port}
    endpoint: http://127.0.0.1:${port}/notify
    secret: \${NOTIFICATION_SECRET}
    heartbeat: 2s
    poll: 1s
    timeout: 5s
    messages: [SupplyDelivery]
map:
  - id: usage
    for_each: SupplyDelivery
    when: v("status") == "completed"
    to: SupplyUsed
    set:
      occurredAt: occurrence
      quantity: { from: suppliedItem.quantity.value, unit: =EA }
      item: { from: "suppliedItem.item.coding.code", default: unknown }
      reference: "identifier.where(system = 'urn:aqueduct:event').value"
deliver:
  - to: sink
`

async function benchOf(t: ExecutionContext, listen: string) {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-two-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const sandbox = await startSandbox(dir)
  t.teardown(() => sandbox.kill('SIGKILL'))
  const received = await sink(t)
  const keys = await pair('ES384', 'k1')
  const [apiPort, mllpPort, notifyPort] = [await freePort(), await freePort(), await freePort()]

  const ehrConfig = join(dir, 'ehr-config')
  cpSync(resolve('tests/crash/config'), ehrConfig, { recursive: true })
  mkdirSync(join(ehrConfig, 'keys'), { recursive: true })
  writeFileSync(join(ehrConfig, 'keys/receiver.json'), JSON.stringify({ keys: [keys.jwk] }))
  writeFileSync(
    join(ehrConfig, 'engine.yaml'),
    `installation: ehr
api: { host: 127.0.0.1, port: ${apiPort} }
smart: { clients: { receiver: { jwks_file: keys/receiver.json, scopes: [system/Subscription.cruds, system/SupplyDelivery.rs] } } }
`,
  )
  const config = join(dir, 'receiver-config')
  mkdirSync(join(config, 'channels/from-ehr'), { recursive: true })
  mkdirSync(join(config, 'destinations'), { recursive: true })
  const key = join(dir, 'receiver.pem')
  writeFileSync(key, await exportPKCS8(keys.secret))
  writeFileSync(join(config, 'engine.yaml'), 'installation: receiver\napi: { host: 127.0.0.1, port: 0 }\n')
  writeFileSync(join(config, 'channels/from-ehr/channel.yaml'), receiverYaml(`http://127.0.0.1:${apiPort}`, notifyPort, key, listen))
  writeFileSync(join(config, 'destinations/sink.yaml'), `type: http\nurl: ${received.url}\nretry: { first: 50ms, max: 500ms }\nbody: event\n`)

  const ehr = () =>
    startEngineChild({
      config: ehrConfig,
      data: join(dir, 'ehr-data'),
      set: { 'channels.crash.listen.mllp.port': mllpPort, 'destinations.erp.url': sandbox.url, 'destinations.sink.url': sandboxSink.url },
    })
  const sandboxSink = await sink(t)
  const receiver = () => startEngineChild({ config, data: join(dir, 'receiver-data'), set: {}, env: { NOTIFICATION_SECRET: 'only-a-test' } })
  return { ehr, receiver, mllpPort: Number(mllpPort), told: sandboxSink.arrivals, arrivals: received.arrivals }
}

const LISTEN = {
  topic: `mode: topic\n    topic: ${TOPIC}`,
  'topic, id-only': `mode: topic\n    topic: ${TOPIC}\n    content: id-only`,
  'rest-hook': `mode: rest-hook\n    criteria: ['SupplyDelivery?status=completed']`,
  poll: `mode: poll\n    criteria: ['SupplyDelivery?status=completed']`,
} as const

/** The other ways differ little in what a kill can meet; `TWO_ENGINES_ROUNDS=12` runs them too, and longer. */
const WAYS = Object.entries(LISTEN).filter(([name]) => process.env['TWO_ENGINES_ROUNDS'] !== undefined || name === 'topic' || name === 'rest-hook')

for (const [name, listen] of WAYS) {
  test.serial(`two engines exchange by ${name} through kills and outages of either: every usage is one event`, async (t) => {
    t.timeout(300_000)
    const { arrivals, ehr, mllpPort, receiver, told } = await benchOf(t, listen)
    let one: EngineChild | null = await ehr()
    let other: EngineChild | null = await receiver()
    t.teardown(async () => {
      await one?.kill('SIGKILL')
      await other?.kill('SIGKILL')
    })
    for (const [table, rows] of Object.entries(MASTER_DATA)) await one.post(`/load/${table}`, { rows, source: `${table}.csv` })
    const sender = new Sender('E', ['A1', 'A2'])
    // It is subscribed before anything happens: the first start begins now.
    await pause(1_500)
    for (let round = 0; round < ROUNDS; round++) {
      const running = sender.run(mllpPort)
      await pause(200)
      if (round % 3 !== 1) await other.kill('SIGKILL')
      await pause(100)
      if (round % 3 !== 0) {
        await one.kill('SIGKILL')
        await running
      }
      await pause(300)
      if (round % 3 !== 1) other = await receiver()
      if (round % 3 !== 0) one = await ehr()
      else {
        sender.stop()
        await running
      }
      await pause(700)
    }
    await sender.finish(mllpPort)
    // One more may be stored than was acknowledged: the EHR's own sink says what there is.
    const usages = () => new Set(told.map(({ id }) => id))
    const used = () => new Map(arrivals.filter(({ type }) => type === 'SupplyUsed').map((arrival) => [arrival.key, arrival.reference]))
    for (let i = 0; i < 600 && (usages().size < sender.acked.length || used().size < usages().size); i++) await pause(100)
    await pause(2_500)
    t.true(usages().size >= sender.acked.length && sender.acked.length > 20, `${String(sender.acked.length)} acknowledged`)
    t.log(`${String(usages().size)} usages, ${String(arrivals.length)} arrivals`)
    const references = [...used().values()]
    t.deepEqual([...new Set(references)].sort(), [...usages()].sort(), 'every usage came')
    t.is(references.length, usages().size, 'each as one event')
    t.deepEqual(
      arrivals.filter(({ type }) => type !== 'SupplyUsed'),
      [],
      'and nothing was taken back',
    )
    const { items } = await other.get<{ items: readonly { state: string }[] }>('/messages?limit=500&state=ERROR')
    t.deepEqual(items, [])
  })
}
