/**
 * Measures the bridge on a real path: usages over MLLP, the whole engine, the sandbox ERP as a process of its own. Each usage moves
 * stock, is looked at for reorder and makes a goods issue and a journal (and now and then a requisition). Told block by block, so
 * that growth with history shows: what the hundred-thousandth usage costs beside what the first ones did.
 *
 *   npm run bench:bridge -- [--usages 100000] [--items 5000] [--lines 5] [--block 10000] [--flight 32] [--ledger]
 *
 * `--ledger` leaves the ERP out: documents stay queued, so what is measured is deciding and storing alone.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startEngineChild, startSandbox } from '../tests/crash/engine.ts'
import type { EngineChild } from '../tests/crash/engine.ts'
import { cpuMs, rssMb } from './process.ts'

const { values } = parseArgs({
  options: {
    usages: { type: 'string', default: '100000' },
    items: { type: 'string', default: '5000' },
    lines: { type: 'string', default: '5' },
    block: { type: 'string', default: '10000' },
    flight: { type: 'string', default: '32' },
    ledger: { type: 'boolean', default: false },
  },
})
const usages = Number(values.usages)
const items = Number(values.items)
const lines = Number(values.lines)
const block = Number(values.block)
const flight = Number(values.flight)
const LOAD_ROWS = 2_000
const SETTLE_MS = 900_000

const itemOf = (n: number): string => `ITEM-${String(n).padStart(5, '0')}`

/** One message of `lines` usages, spread over the items so that neighbours are not neighbours in any table. */
function messageOf(n: number): Buffer {
  const segments = [
    `MSH|^~\\&|PERIOP|BENCH|AQUEDUCT|BENCH|20260302142210||DFT^P03^DFT_P03|B${String(n)}|P|2.5.1`,
    'EVN|P03|20260302142210',
    `PID|1||ZZ${String(n)}^^^B^MR||TESTPERSON^A||||||||||||||ACC-${String(n)}`,
  ]
  for (let line = 0; line < lines; line++) {
    const item = itemOf(((n * lines + line) * 7919) % items)
    segments.push(
      `FT1|${String(line + 1)}|L${String(n)}-${String(line)}||20260302132500||CG|${item}^ITEM^L|||1|||7010^OR|||||||||12.50&USD`,
      `ZPA|${String(line + 1)}|OR-1|U|EA|||||CASE-${String(n)}`,
    )
  }
  return Buffer.from(`\u000b${segments.join('\r')}\r\u001c\r`, 'latin1')
}

async function load(engine: EngineChild): Promise<void> {
  const put = (table: string, rows: readonly Readonly<Record<string, string>>[]) => engine.post(`/load/${table}`, { rows, source: `${table}.csv` })
  await put('cost-centres', [{ cost_centre: 'CC-1', name: 'OR', status: 'active' }])
  await put('departments', [{ department: '7010', name: 'OR', cost_centre: 'CC-1', service_line: 'SURG' }])
  await put('locations', [{ location: 'OR-1', name: 'OR 1', department: '7010', status: 'active' }])
  await put('suppliers', [{ supplier: 'V-1', name: 'Supplier', status: 'active', currency: 'USD' }])
  for (let from = 0; from < items; from += LOAD_ROWS) {
    const numbers = Array.from({ length: Math.min(LOAD_ROWS, items - from) }, (_, i) => from + i)
    await put(
      'items',
      numbers.map((n) => ({ item: itemOf(n), description: 'Item', base_uom: 'EA', category: 'supply', ownership: 'owned', supplier: 'V-1', status: 'active' })),
    )
    await put(
      'stock',
      numbers.map((n) => ({ location: 'OR-1', item: itemOf(n), on_hand: '40', min: '20', max: '60' })),
    )
  }
}

/** Sends messages `from` to `to` over one connection with `flight` unanswered at most; resolves when all are acknowledged. */
function send(port: number, from: number, to: number): Promise<void> {
  return new Promise((done, fail) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    let next = from
    let acked = from
    const fill = (): void => {
      while (next < to && next - acked < flight) socket.write(messageOf(next++))
    }
    socket.on('connect', fill)
    socket.on('error', fail)
    socket.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 0x1c) acked++
      if (acked >= to) {
        socket.end()
        done()
      } else fill()
    })
  })
}

interface Counts {
  /** Deliveries that are open now. */
  readonly open: number
  /** Documents that the ERP has taken since the start. */
  readonly sent: number
  readonly held: number
  readonly waiting: number
}

async function deliveries(engine: EngineChild): Promise<Counts> {
  const text = await (await fetch(`${engine.api}/metrics`)).text()
  const sum = (name: string, with_ = '') =>
    text
      .split('\n')
      .filter((row) => (row.startsWith(`${name}{`) || row.startsWith(`${name} `)) && row.includes(with_))
      .reduce((total, row) => total + Number(row.split(' ').at(-1)), 0)
  const held = sum('aqueduct_deliveries', '"HELD"')
  return { open: sum('aqueduct_deliveries') - held, sent: sum('aqueduct_deliveries_total', '"SENT"'), held, waiting: sum('aqueduct_events_waiting') }
}

const dir = mkdtempSync(join(tmpdir(), 'aqueduct-bench-'))
const sandbox = await startSandbox(dir)
const engine = await startEngineChild({
  config: resolve('bench/bridge-config'),
  data: join(dir, 'data'),
  set: { 'api.port': '0', 'channels.bench.listen.mllp.port': '0', 'destinations.erp.url': values.ledger ? 'http://127.0.0.1:9' : sandbox.url },
})
const pid = engine.process.pid ?? 0
try {
  await load(engine)
  console.log(`${String(usages)} usages in messages of ${String(lines)} over ${String(items)} items${values.ledger ? ', no ERP' : ', sandbox ERP'}`)
  for (let from = 0; from < usages; from += block) {
    const started = Date.now()
    const cpu = cpuMs(pid)
    await send(engine.port, from / lines, Math.min(usages, from + block) / lines)
    const ackedMs = Date.now() - started
    let counts = await deliveries(engine)
    for (const end = Date.now() + SETTLE_MS; !values.ledger && counts.open > 0 && Date.now() < end; counts = await deliveries(engine))
      await new Promise((wake) => setTimeout(wake, 100))
    const ms = Date.now() - started
    const n = Math.min(usages, from + block) - from
    console.log(
      JSON.stringify({
        upTo: from + n,
        usagesPerSecond: Math.round((n / ms) * 1000),
        acknowledgedPerSecond: Math.round((n / ackedMs) * 1000),
        cpuMsPerUsage: +((cpuMs(pid) - cpu) / n).toFixed(3),
        rssMb: rssMb(pid),
        ...counts,
      }),
    )
  }
} finally {
  await engine.kill('SIGKILL')
  await sandbox.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
}
