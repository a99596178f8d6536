/**
 * Measures the FHIR face: creates and transactions a second, each durable before its answer, over the whole engine (validation, search keys,
 * versions, a message for each) with SQLite; beside it a bare koa handler that only inserts the body into SQLite with the same durability
 * (WAL, synchronous=FULL), one commit a request as such a handler does. Rounds are interleaved. Memory of the engine with validation on.
 *
 *   npm run bench:fhir -- [--seconds 5] [--flight 1,8,32] [--rounds 2]
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import { startEngineChild } from '../tests/crash/engine.ts'
import { cpuMs, rssMb } from './process.ts'

const procedureOf = (n: number, subject: string, device: string) => ({
  resourceType: 'Procedure',
  identifier: [{ system: 'urn:bench:case', value: `C-${String(n)}` }],
  status: 'completed',
  code: { coding: [{ system: 'http://snomed.info/sct', code: '179344006', display: 'Total hip replacement' }], text: 'Total hip replacement' },
  subject: { reference: subject },
  performedPeriod: { start: '2026-03-02T13:20:00+01:00', end: '2026-03-02T15:05:00+01:00' },
  focalDevice: [{ action: { coding: [{ system: 'http://hl7.org/fhir/device-action', code: 'implanted' }] }, manipulated: { reference: device } }],
  usedCode: [{ coding: [{ system: 'urn:bench:items', code: `ITEM-${String(n % 5000)}` }] }],
})
const patientOf = (n: number) => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:bench:mrn', value: `P-${String(n)}` }],
  name: [{ family: 'Testcase', given: ['Bench'] }],
})
const deviceOf = (n: number) => ({
  resourceType: 'Device',
  udiCarrier: [{ deviceIdentifier: '00844588003288', carrierHRF: `(01)00844588003288(17)291231(21)S${String(n)}` }],
  serialNumber: `S${String(n)}`,
  expirationDate: '2029-12-31',
})
const uuid = (kind: string, n: number) => `urn:uuid:${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`

const creation = (n: number) => ({ path: '/fhir/Procedure', body: JSON.stringify(procedureOf(n, 'Patient/p', 'Device/d')) })
const transaction = (n: number) => ({
  path: '/fhir',
  body: JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: uuid('a', n), resource: patientOf(n), request: { method: 'POST', url: 'Patient', ifNoneExist: `identifier=urn:bench:mrn|P-${String(n)}` } },
      { fullUrl: uuid('b', n), resource: deviceOf(n), request: { method: 'POST', url: 'Device' } },
      { fullUrl: uuid('c', n), resource: procedureOf(n, uuid('a', n), uuid('b', n)), request: { method: 'POST', url: 'Procedure' } },
    ],
  }),
})

interface Measured {
  readonly rate: number
  readonly p99: number
}

let number = 0
async function measure(pool: Pool, token: string, make: (n: number) => { path: string; body: string }, flight: number, ms: number): Promise<Measured> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', prefer: 'return=minimal' }
  const times: number[] = []
  const started = performance.now()
  const one = async () => {
    while (performance.now() - started < ms) {
      const { path, body } = make(++number)
      const sent = performance.now()
      const answer = await pool.request({ method: 'POST', path, headers, body })
      const text = await answer.body.text()
      if (answer.statusCode > 201) throw new Error(`${String(answer.statusCode)}: ${text}`)
      times.push(performance.now() - sent)
    }
  }
  await Promise.all(Array.from({ length: flight }, one))
  const sorted = times.toSorted((a, b) => a - b)
  return { rate: (times.length * 1000) / (performance.now() - started), p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0 }
}

/** The bare handler, in a process of its own as the engine is. */
async function serveBare(file: string): Promise<void> {
  const [{ default: Koa }, { default: Database }, { randomUUID }] = await Promise.all([import('koa'), import('better-sqlite3'), import('node:crypto')])
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE resource (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID')
  const insert = database.prepare('INSERT INTO resource (id, body) VALUES (?, ?)')
  const app = new Koa()
  app.use(async (context) => {
    const chunks: Buffer[] = []
    for await (const chunk of context.req as AsyncIterable<Buffer>) chunks.push(chunk)
    insert.run(randomUUID(), Buffer.concat(chunks))
    context.status = 201
    context.body = ''
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.send?.((server.address() as AddressInfo).port)
}

const bare = process.argv[2] === '--serve' ? process.argv[3] : undefined
if (bare !== undefined) await serveBare(bare)
else {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '5' }, flight: { type: 'string', default: '1,8,32' }, rounds: { type: 'string', default: '2' } },
  })
  const ms = Number(values.seconds) * 1000
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-bench-fhir-'))
  const engine = await startEngineChild({
    data: join(dir, 'data'),
    set: { 'channels.crash.listen.mllp.port': '0', 'destinations.sink.url': 'http://127.0.0.1:9/', 'destinations.erp.url': 'http://127.0.0.1:9/' },
  })
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ['--serve', join(dir, 'bare.sqlite')])
  const [port] = (await once(child, 'message')) as [number]
  const pools = { engine: new Pool(engine.api, { connections: 64 }), bare: new Pool(`http://127.0.0.1:${String(port)}`, { connections: 64 }) }
  const pid = engine.process.pid ?? 0
  console.log(`at start: ${String(rssMb(pid))} MB resident`)
  const line = (round: number, flight: number, what: string, { rate, p99 }: Measured, rest: string) =>
    console.log(
      `round ${String(round)}  ${String(flight).padStart(2)} in flight  ${what.padEnd(28)} ${rate.toFixed(0).padStart(6)}/s  p99 ${p99.toFixed(1).padStart(6)} ms${rest}`,
    )
  try {
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const flight of values.flight.split(',').map(Number)) {
        const before = cpuMs(pid)
        const created = await measure(pools.engine, engine.token, creation, flight, ms)
        const cpu = (cpuMs(pid) - before) / ((created.rate * ms) / 1000)
        const inserted = await measure(pools.bare, '', creation, flight, ms)
        const moved = await measure(pools.engine, engine.token, transaction, flight, ms)
        const share = `  ${(created.rate / inserted.rate).toFixed(2)} of the bare handler  ${cpu.toFixed(2)} ms CPU each`
        line(round, flight, 'creates', created, share)
        line(round, flight, 'bare inserts', inserted, '')
        line(round, flight, 'transactions of 3 resources', moved, '')
      }
      console.log(`after round ${String(round)}: ${String(rssMb(pid))} MB resident`)
    }
  } finally {
    await Promise.all([pools.engine.destroy(), pools.bare.destroy()])
    child.kill('SIGKILL')
    await engine.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}
