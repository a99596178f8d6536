/**
 * Measures the whole engine against a bound in the same run, interleaved (DESIGN §10): the yardstick does two threads, three
 * durable writes a message and a fixed mapping; the engine does everything it promises. Prints one line per run and the ratios
 * with their spread.
 *
 *   npm run bench -- --tools DIR [--rounds 2] [--seconds 8] [--connections 1,8,32] [--only engine]
 *
 * DIR has mllp-load.mjs, sink.mjs and yardstick/engine.mjs. Loopback only.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { cpuMs, rssMb } from './process.ts'

const { values } = parseArgs({
  options: {
    tools: { type: 'string', default: '../shared/bench' },
    rounds: { type: 'string', default: '2' },
    count: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '15' },
    connections: { type: 'string', default: '1,8,32' },
    only: { type: 'string', default: '' },
  },
})
const tools = resolve(values.tools)
const SINK_PORT = 6690

interface Measured {
  readonly who: string
  readonly connections: number
  readonly acked: number
  readonly acksPerSecond: number
  readonly deliveredPerSecond: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly cpuMsPerMessage: number
  readonly rssMb: number
  readonly firstAckMs: number
}

interface Load {
  readonly acked: number
  readonly ack_per_s: number
  readonly p50_ms: number
  readonly p95_ms: number
  readonly p99_ms: number
}

/** Waits for the first line on stdout that `accept` takes. */
async function line(child: ChildProcess, accept: (text: string) => boolean): Promise<string> {
  if (!child.stdout) throw new Error('the child has no stdout')
  const lines = createInterface({ input: child.stdout })
  for await (const text of lines) if (accept(text)) return text
  throw new Error(`${child.spawnargs.join(' ')} ended before it was ready`)
}

const sink = async <T>(path: string, method = 'GET') =>
  (await fetch(`http://127.0.0.1:${String(SINK_PORT)}${path}`, { method }))
    .text()
    .then((text) => (text.startsWith('{') ? (JSON.parse(text) as T) : (text as T)))

async function run(script: string, args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  await once(child, 'exit')
  return out
}

async function start(who: string, dir: string): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  if (who === 'yardstick') {
    const child = spawn(process.execPath, [join(tools, 'yardstick/engine.mjs'), '6680', String(SINK_PORT), join(dir, 'yardstick.sqlite')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await line(child, (text) => text === 'up')
    return { child, port: 6680 }
  }
  const main = join(import.meta.dirname, '../server/cli/main.js')
  const config = resolve('bench/config')
  const child = spawn(process.execPath, [main, 'run', '--config', config, '--data', join(dir, 'data'), '--set', 'channels.bench.listen.mllp.port=0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ready = JSON.parse(await line(child, (text) => text.startsWith('{"ready"'))) as { listeners: { port: number }[] }
  return { child, port: ready.listeners[0]?.port ?? 0 }
}

async function measure(who: string, connections: number): Promise<Measured> {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-bench-'))
  await sink('/reset', 'POST')
  const startedAt = Date.now()
  const { child, port } = await start(who, dir)
  const pid = child.pid ?? 0
  const first = JSON.parse(await run(join(tools, 'first-ack.mjs'), [String(port), String(startedAt)])) as { first_ack_ms: number }
  await run(join(tools, 'mllp-load.mjs'), [
    '--port',
    String(port),
    '--conns',
    String(connections),
    '--count',
    '3000',
    '--maxsec',
    '5',
    '--prefix',
    `W${String(startedAt)}`,
  ])
  await sink('/reset', 'POST')
  const cpu = cpuMs(pid)
  const load = JSON.parse(
    await run(join(tools, 'mllp-load.mjs'), ['--port', String(port), '--conns', String(connections), '--count', values.count, '--maxsec', values.seconds]),
  ) as Load
  let stats = await sink<{ unique: number; rate: number }>('/stats')
  for (let i = 0; i < 300 && stats.unique < load.acked; i++) {
    await new Promise((wake) => setTimeout(wake, 100))
    stats = await sink('/stats')
  }
  const measured: Measured = {
    who,
    connections,
    acked: load.acked,
    acksPerSecond: load.ack_per_s,
    deliveredPerSecond: stats.rate,
    p50: load.p50_ms,
    p95: load.p95_ms,
    p99: load.p99_ms,
    cpuMsPerMessage: +((cpuMs(pid) - cpu) / load.acked).toFixed(4),
    rssMb: rssMb(pid),
    firstAckMs: first.first_ack_ms,
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  rmSync(dir, { recursive: true, force: true })
  if (stats.unique < load.acked) throw new Error(`${who}: ${String(load.acked)} acknowledged, ${String(stats.unique)} delivered`)
  return measured
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const sinkProcess = spawn(process.execPath, [join(tools, 'sink.mjs'), String(SINK_PORT)], { stdio: ['ignore', 'pipe', 'inherit'] })
try {
  await line(sinkProcess, (text) => text.startsWith('sink on'))
  for (const connections of values.connections.split(',').map(Number)) {
    const ratios: number[] = []
    for (let round = 0; round < Number(values.rounds); round++) {
      const bound = values.only === 'engine' ? null : await measure('yardstick', connections)
      if (bound) console.log(JSON.stringify(bound))
      const engine = await measure('aqueduct', connections)
      console.log(JSON.stringify(engine))
      if (bound) ratios.push(engine.deliveredPerSecond / bound.deliveredPerSecond)
    }
    if (ratios.length > 0)
      console.log(`${String(connections)} connections: ${median(ratios).toFixed(2)} of the yardstick (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`)
  }
} finally {
  sinkProcess.kill()
}
