/**
 * Measures the ledger alone, through its thread: intake of 1.3 KB messages with one event, one search key and one http delivery,
 * then its outcome; as many in flight as told. Prints messages per second, each with two durable writes.
 *
 *   node build/bench/store.js [--seconds 4] [--flight 8,32] [--rounds 2]
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { createIdSource, systemClock } from '../channels/contract/index.ts'
import type { Answer, IntakeOp, Ledger } from '../channels/contract/index.ts'
import { connectLedger, migrate, openLedger, openReader, serveLedger } from '../store/index.ts'

const nobody = { reads: () => [], decide: () => ({ kind: 'applied', documents: [], cancel: [] }) as const }

function messageOf(id: number): IntakeOp {
  const controlId = `MSG${String(id)}`
  const raw = Buffer.from(`MSH|^~\\&|EHR|HOSP|||20260301||DFT^P03|${controlId}|P|2.5.1\r`.padEnd(1300, 'x'))
  const hash = createHash('sha256').update(raw).digest().subarray(0, 16)
  const body = JSON.stringify({ id: controlId, item: { code: 'IMP-1' }, quantity: { value: '1', unit: 'EA' }, text: 'y'.repeat(400) })
  const lane = `or:${String(id % 997)}`
  return {
    op: 'intake',
    id,
    channel: 'or-supply-usage',
    config: 'c0ffee123456',
    controlId,
    sender: 'EHR|HOSP',
    type: 'DFT^P03',
    raw,
    hash,
    ack: { code: 'AA', bytes: Buffer.alloc(120, 97), at: Date.now() },
    dedupe: true,
    state: 'MAPPED',
    fault: null,
    lane,
    events: [
      {
        n: 1,
        rule: 'usage',
        anchor: 'FT1[1]',
        type: 'SupplyUsed',
        businessKey: `B${String(id)}`,
        caseKey: lane,
        body,
        origin: '{"item":{"path":"FT1-7.1"}}',
        keys: [{ kind: 'case', value: lane }],
        needs: [],
        bridge: null,
      },
    ],
    deliveries: [{ n: 1, event: 1, destination: 'sink', lane }],
  }
}

async function measure(ledger: Ledger, flight: number, ms: number): Promise<number> {
  const ids = createIdSource(() => Date.now())
  const until = performance.now() + ms
  const started = performance.now()
  let done = 0
  const one = () =>
    new Promise<void>((resolve) => {
      const next = () => {
        if (performance.now() > until) return resolve()
        const op = messageOf(ids.next())
        ledger.submit(op, (stored: Answer<'intake'>) => {
          if (!stored.ok || stored.value.kind !== 'stored') throw new Error('not stored')
          ledger.submit(
            { op: 'settle', message: op.id, n: 1, state: 'SENT', attempts: 1, due: 0, failure: null, reference: null, step: null },
            (settled: Answer<'settle'>) => {
              if (!settled.ok || !settled.value.settled) throw new Error('not settled')
              done++
              next()
            },
          )
        })
      }
      next()
    })
  await Promise.all(Array.from({ length: flight }, one))
  return (done * 1000) / (performance.now() - started)
}

if (isMainThread) {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '4' }, flight: { type: 'string', default: '8,32' }, rounds: { type: 'string', default: '2' } },
  })
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const flight of values.flight.split(',').map(Number)) {
      const folder = mkdtempSync(join(tmpdir(), 'aqueduct-bench-'))
      const file = join(folder, 'store.sqlite')
      await migrate({ kind: 'sqlite', file })
      const worker = new Worker(new URL(import.meta.url), { workerData: file })
      await once(worker, 'online')
      const ledger = connectLedger(worker)
      const reader = await openReader({ kind: 'sqlite', file })
      const before = process.cpuUsage()
      const rate = await measure(ledger, flight, Number(values.seconds) * 1000)
      const { user, system } = process.cpuUsage(before)
      const cpu = (user + system) / 1000 / (rate * Number(values.seconds))
      console.log(
        `round ${String(round)}  ${String(flight).padStart(3)} in flight  ${rate.toFixed(0).padStart(6)} messages/s  ${cpu.toFixed(3)} ms CPU a message`,
      )
      await ledger.stop()
      await reader.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  }
} else if (parentPort) {
  serveLedger(
    parentPort,
    await openLedger({ database: { kind: 'sqlite', file: workerData as string }, bridge: nobody, clock: systemClock, installation: 'bench', dedupeDays: 7 }),
  )
}
