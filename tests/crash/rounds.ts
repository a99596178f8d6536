/**
 * Kills an engine under load with SIGKILL, again and again, with lost ERP answers switched on, and then asks: did every
 * acknowledged message end as promise 2 says, does every document exist once in the ERP's own database, did order hold?
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageView, Page } from '../../channels/contract/index.ts'
import { startEngineChild, startSandbox } from './engine.ts'
import type { EngineChild } from './engine.ts'
import { MASTER_DATA } from './messages.ts'
import { Sender } from './sender.ts'
import { startSink } from './sink.ts'
import type { Arrival } from './sink.ts'

export interface CrashOptions {
  readonly rounds: number
  /** Connection URL of PostgreSQL, or null for SQLite in a temporary directory. */
  readonly postgres: string | null
  readonly connections: number
  /** 0–1, for the moment of each kill. */
  readonly random: () => number
  readonly tell: (text: string) => void
}

export interface CrashReport {
  readonly rounds: number
  readonly acked: number
  readonly documents: number
  readonly delivered: number
  /** Deliveries that came twice to the HTTP sink: allowed, under the same key. */
  readonly again: number
  /** Empty when every promise held. */
  readonly broken: readonly string[]
}

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms))

export async function crashRounds(options: CrashOptions): Promise<CrashReport> {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-crash-'))
  const sink = await startSink()
  const sandbox = await startSandbox(dir)
  const set = {
    'channels.crash.listen.mllp.port': '0',
    'destinations.erp.url': sandbox.url,
    'destinations.sink.url': sink.url,
    ...(options.postgres === null ? {} : { 'store.url': '${CRASH_STORE_URL}' }),
  }
  const env = options.postgres === null ? {} : { CRASH_STORE_URL: options.postgres }
  const start = () => startEngineChild({ data: join(dir, 'data'), set, env })
  const senders = Array.from(
    { length: options.connections },
    (_, i) =>
      new Sender(
        `C${String(i)}`,
        [0, 1, 2].map((n) => `A${String(i)}${String(n)}`),
      ),
  )
  let engine: EngineChild | null = null
  try {
    engine = await start()
    for (const [table, rows] of Object.entries(MASTER_DATA)) await engine.post(`/load/${table}`, { rows, source: `${table}.csv` })
    await fetch(`${sandbox.url}/sandbox/v1/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'lose-answer', count: 1_000_000, every: 7 }),
    })
    for (let round = 0; round < options.rounds; round++) {
      const { port } = engine
      const running = senders.map((sender) => sender.run(port))
      await pause(30 + options.random() * 900)
      await engine.kill('SIGKILL')
      await Promise.all(running)
      engine = await start()
      if ((round + 1) % 10 === 0)
        options.tell(`${String(round + 1)} kills, ${String(senders.reduce((sum, sender) => sum + sender.acked.length, 0))} acknowledged`)
    }
    const { port } = engine
    await Promise.all(senders.map((sender) => sender.finish(port)))
    await settled(engine)
    return await verify(options, engine, sandbox.url, senders, sink.arrivals)
  } finally {
    for (const sender of senders) sender.stop()
    await engine?.kill('SIGKILL')
    await sandbox.kill('SIGKILL')
    sink.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Waits until nothing is queued, on the way or unknown. */
async function settled(engine: EngineChild): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const counts = await engine.get<{ deliveries: { state: string; count: number }[]; waiting: number }>('/counts')
    const open = counts.deliveries
      .filter(({ state }) => state === 'QUEUED' || state === 'SENDING' || state === 'UNKNOWN')
      .reduce((sum, { count }) => sum + count, 0)
    if (open === 0 && counts.waiting === 0) return
    await pause(100)
  }
}

async function verify(
  options: CrashOptions,
  engine: EngineChild,
  sandbox: string,
  senders: readonly Sender[],
  arrivals: readonly Arrival[],
): Promise<CrashReport> {
  const broken: string[] = []
  const acked = senders.flatMap((sender) => sender.acked)
  for (const sender of senders) for (const code of sender.codes.keys()) if (code !== 'AA') broken.push(`a sender got ${code}`)

  const messages = new Map<string, MessageView>()
  for (let after = ''; ;) {
    const page = await engine.get<Page<MessageView>>(`/messages?limit=500${after && `&after=${after}`}`)
    for (const message of page.items) {
      if (messages.has(message.controlId)) broken.push(`${message.controlId} is stored twice`)
      messages.set(message.controlId, message)
    }
    if (page.next === null) break
    after = page.next
  }
  const keys = new Map<string, string>()
  for (const { controlId } of acked) {
    const message = messages.get(controlId)
    if (!message) broken.push(`${controlId} was acknowledged and is not stored`)
    else if (message.state !== 'SENT') broken.push(`${controlId} ended ${message.state}`)
    else if (!message.events[0]?.deliveries.some((delivery) => delivery.destination === 'sink')) broken.push(`${controlId} has no delivery to the sink`)
    else if (!message.events[0].deliveries.some((delivery) => delivery.destination === 'erp')) broken.push(`${controlId} has no document`)
  }
  for (const message of messages.values())
    for (const event of message.events) for (const { key } of event.deliveries) if (key !== null) keys.set(key, message.controlId)

  const { items } = (await (await fetch(`${sandbox}/sandbox/v1/documents`)).json()) as { items: { key: string; kind: string }[] }
  const inErp = new Map<string, number>()
  for (const { key } of items) inErp.set(key, (inErp.get(key) ?? 0) + 1)
  for (const [key, count] of inErp) {
    if (count > 1) broken.push(`document ${key} exists ${String(count)} times in the ERP`)
    if (!keys.has(key)) broken.push(`document ${key} of the ERP belongs to no message`)
  }
  for (const [key, controlId] of keys) if (!inErp.has(key)) broken.push(`document ${key} of ${controlId} is not in the ERP`)

  const seen = new Set<string>()
  const last = new Map<string, number>()
  for (const { controlId, lane, key } of arrivals) {
    if (seen.has(key)) continue
    seen.add(key)
    const number = Number(controlId.split('-')[1])
    if (number < (last.get(lane) ?? -1)) broken.push(`${controlId} came to the sink after a later message of its lane`)
    last.set(lane, number)
  }
  const arrived = new Set(arrivals.map((arrival) => arrival.controlId))
  for (const { controlId } of acked) if (!arrived.has(controlId)) broken.push(`${controlId} never came to the sink`)

  return { rounds: options.rounds, acked: acked.length, documents: items.length, delivered: seen.size, again: arrivals.length - seen.size, broken }
}
