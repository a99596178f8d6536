/** A small configuration folder of a test's own, with its master data and messages. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { startSandbox } from '../crash/engine.ts'
import { MASTER_DATA } from '../crash/messages.ts'
import type { EngineProcess } from './process.ts'

/** A directory that goes away with the test. */
export function temporary(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-test-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export async function sandboxIn(t: ExecutionContext, dir: string): Promise<string> {
  const sandbox = await startSandbox(dir)
  t.teardown(() => sandbox.kill('SIGKILL'))
  return sandbox.url
}

export interface ChannelText {
  readonly name: string
  /** The `listen:` block as YAML flow. */
  readonly listen: string
  readonly to: readonly string[]
  /** Path of the quantity: a mapping that can be wrong and mended. */
  readonly quantity?: string
}

export function channelYaml({ name, listen, to, quantity = 'FT1-10' }: ChannelText): string {
  return `channel: ${name}
about: A channel of a test
owner: tests
listen: ${listen}
accept: exists("FT1") && v("MSH-11.1") == "P"
lane: PID-18.1
map:
  - id: usage
    for_each: FT1
    to: SupplyUsed
    business_key: [PID-18.1, FT1-2]
    set:
      occurredAt: FT1-4.1
      case: PID-18.1
      quantity: { from: ${quantity}, default: 1, unit: =EA, minus: 'v("FT1-6.1") == "CD"' }
      item: { from: FT1-7.1, system: FT1-7.3 }
      unitCost: { from: FT1-22, as: money, currency: USD }
      department: FT1-13.1
      location: FT1-16.1
      reference: FT1-2
deliver:
${to.map((destination) => `  - to: ${destination}\n`).join('')}`
}

export const FIXED: Readonly<Record<string, string>> = {
  'engine.yaml': 'installation: end-to-end\napi: { host: 127.0.0.1, port: 0 }\nstore: { min_free: 1MB }\n',
  'destinations/erp.yaml':
    'type: sandbox\nurl: http://127.0.0.1:1\ntimeout: 5s\nsettle: 100ms\nconcurrency: 4\nretry: { first: 50ms, max: 200ms }\nbody: document\n',
  'destinations/sink.yaml': 'type: http\nurl: http://127.0.0.1:1/events\ntimeout: 5s\nconcurrency: 4\nretry: { first: 50ms, max: 200ms }\nbody: event\n',
  'policies/bridge.yaml': `company: TEST
currency: USD
stock_owner: bridge
reorder_owner: bridge
gl_owner: bridge
order_state: draft
accounts: { inventory: '1410', accrued: '2110', clearing: '2190', waste: '5190', expense: { default: '5110' } }
routes: { '*': erp }
`,
}

/** Writes the folder; gives its path. */
export function writeFolder(dir: string, channels: readonly ChannelText[], more: Readonly<Record<string, string>> = {}): string {
  const folder = join(dir, 'config')
  const files = { ...FIXED, ...Object.fromEntries(channels.map((channel) => [`channels/${channel.name}/channel.yaml`, channelYaml(channel)])), ...more }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

export async function loadMasterData(engine: EngineProcess): Promise<void> {
  for (const [table, rows] of Object.entries(MASTER_DATA)) await engine.post(`/load/${table}`, { rows, source: `${table}.csv` })
}
