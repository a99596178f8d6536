/** A running engine on the shipped configuration, with a sandbox ERP, as a user has them: processes, sockets, files. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { ExecutionContext } from 'ava'
import { parse } from 'csv-parse/sync'
import type { MessageView, Page, WorklistView } from '../../channels/contract/index.ts'
import { startEngineChild, startSandbox } from '../crash/engine.ts'
import type { EngineChild } from '../crash/engine.ts'

export const TABLES = ['suppliers', 'cost-centres', 'departments', 'locations', 'items', 'units', 'prices', 'stock']

export interface Running {
  readonly engine: EngineChild
  readonly sandbox: string
  readonly dir: string
  /** Sends one block on a connection of its own; resolves with the acknowledgement's text. */
  send(content: Buffer | string): Promise<string>
  message(controlId: string): Promise<MessageView>
  worklist(): Promise<readonly WorklistView[]>
  /** Asks until it is so. */
  until<T>(ask: () => Promise<T>, so: (value: T) => boolean): Promise<T>
}

export async function run(
  t: ExecutionContext,
  options: { readonly set?: Readonly<Record<string, string>>; readonly config?: string; readonly load?: boolean } = {},
): Promise<Running> {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-test-'))
  const sandbox = await startSandbox(dir)
  const engine = await startEngineChild({
    config: options.config ?? resolve('channel-config'),
    data: join(dir, 'data'),
    set: {
      'api.port': '0',
      'channels.or-charges.listen.mllp.port': '0',
      'channels.supplier-documents.listen.http.port': '0',
      'channels.or-supply-usage.listen.mllp.port': '0',
      'destinations.erp.url': sandbox.url,
      ...options.set,
    },
  })
  t.teardown(async () => {
    await engine.kill('SIGKILL')
    await sandbox.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  })
  if (options.load !== false) {
    for (const table of TABLES) {
      const rows = parse(readFileSync(`channel-config/samples/master-data/${table}.csv`), { columns: true, skip_empty_lines: true }) as Record<string, string>[]
      await engine.post(`/load/${table}`, { rows, source: `${table}.csv` })
    }
  }
  const port = engine.listeners.find(({ channel }) => channel === 'or-supply-usage')?.port ?? engine.port
  const running: Running = {
    engine,
    sandbox: sandbox.url,
    dir,
    send: (content) => exchange(port, framed(content)),
    async message(controlId) {
      const found = await running.until(
        () => engine.get<Page<MessageView>>(`/messages?controlId=${encodeURIComponent(controlId)}`),
        ({ items }) => items.length > 0,
      )
      return found.items[0] as MessageView
    },
    worklist: async () => (await engine.get<Page<WorklistView>>('/worklist')).items,
    async until(ask, so) {
      for (let i = 0; i < 400; i++) {
        const value = await ask()
        if (so(value)) return value
        await new Promise((wake) => setTimeout(wake, 25))
      }
      throw new Error('it did not become so within ten seconds')
    },
  }
  return running
}

export function framed(content: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from([0x0b]), Buffer.from(content), Buffer.from([0x1c, 0x0d])])
}

/** Writes bytes on a new connection and resolves with the first acknowledgement. */
export function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0)
    const socket = net.connect({ host: '127.0.0.1', port })
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      const end = received.indexOf(Buffer.from([0x1c, 0x0d]))
      if (end < 0) return
      resolve(received.toString('latin1', 1, end))
      socket.end()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed without an acknowledgement')))
  })
}

export interface Line {
  readonly controlId?: string
  readonly type?: string
  readonly item?: string
  readonly quantity?: string
  readonly unit?: string
  readonly department?: string
  readonly account?: string
  readonly kind?: 'CG' | 'CD'
  readonly reference?: string
}

/** A usage message of one line for the shipped `or-supply-usage`. */
export function usage({
  controlId = 'T1',
  type = 'DFT^P03^DFT_P03',
  item = 'SUT-VIC-30',
  quantity = '1',
  unit = 'EA',
  department = '7010',
  account = 'ACC1',
  kind = 'CG',
  reference = 'L1',
}: Line): string {
  return [
    `MSH|^~\\&|PERIOP|GENHOSP|AQUEDUCT|ERP|20260302102233||${type}|${controlId}|P|2.5.1`,
    'EVN|P03|20260302102233',
    `PID|1||MRN1^^^GENHOSP^MR||ZZCANARY^PERSON||19700101|F||||||||||${account}^^^GENHOSP^AN`,
    `FT1|1|${reference}||20260302|20260302|${kind}|${item}^Suture^ITEM|||${quantity}|||${department}`,
    `ZPA|1|OR-CORE|U|${unit}|||||CASE-${account}`,
    '',
  ].join('\r')
}
