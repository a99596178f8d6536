/** The demonstration from beginning to end: engine and ERP as processes of their own, messages over real sockets. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { LOAD_TABLES } from '../../../channels/contract/index.ts'
import type { LoadAnswer, MessageView, Page, ResolveAnswer, WorklistView } from '../../../channels/contract/index.ts'
import { createMllpSender } from '../../../listeners/mllp/index.ts'
import { readMasterData } from '../../master-data.ts'
import type { Io } from '../command.ts'
import { ask } from '../engine-api.ts'
import type { EngineAddress } from '../engine-api.ts'
import { readMessages } from '../message-files.ts'
import { account, gaps } from './account.ts'
import { startChild } from './children.ts'
import type { Child } from './children.ts'
import { procure } from './procure.ts'
import { SAMPLES } from './samples.ts'
import type { Sample } from './samples.ts'

export interface Demo {
  /** The configuration folder. */
  readonly config: string
  /** An empty folder for the engine's and the ERP's data. */
  readonly folder: string
  readonly io: Io
}

export interface PlayedDemo {
  readonly complete: boolean
  readonly engine: EngineAddress
  readonly dataDir: string
  /** `host:port` by channel. */
  readonly listeners: Readonly<Record<string, string>>
  readonly erp: string
  stop(): Promise<void>
}

const SETTLED_MS = 10_000
const X12_CHANNEL = 'supplier-documents'
/** The sample whose requisition is followed to its invoice. */
const PROCURED = 'plate.hl7'
const MAIN = fileURLToPath(new URL('../main.js', import.meta.url))
const ERP = fileURLToPath(new URL('../../../erp-bridge/connectors/sandbox/erp/main.js', import.meta.url))

/** Plays every sample and prints its account. The children run on until `stop`; a failure on the way stops them. */
export async function playDemo(demo: Demo): Promise<PlayedDemo> {
  const children: Child[] = []
  const stop = async (): Promise<void> => {
    // The engine first: it drains to the ERP.
    for (const child of children.toReversed()) await child.stop()
  }
  try {
    const running = await start(demo, children)
    await loadMasterData(demo, running.engine)
    const complete = await play(demo, running)
    return { ...running, complete, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Running = Omit<PlayedDemo, 'complete' | 'stop'>

async function start({ config, folder, io }: Demo, children: Child[]): Promise<Running> {
  const dataDir = join(folder, 'data')
  const erpChild = await startChild(ERP, ['--port', '0', '--data', join(folder, 'erp.sqlite')], 'the sandbox ERP')
  children.push(erpChild)
  const erp = addressOf(erpChild.ready)
  const settings = {
    'api.port': '0',
    'destinations.erp.url': erp,
    ...Object.fromEntries(
      [...new Set(SAMPLES.filter(({ file }) => !isFhir(file)).map((sample) => sample.channel))].map((channel) => [`channels.${channel}.listen.mllp.port`, '0']),
    ),
    [`channels.${X12_CHANNEL}.listen.http.port`]: '0',
  }
  const set = Object.entries(settings).flatMap(([path, value]) => ['--set', `${path}=${value}`])
  const engineChild = await startChild(MAIN, ['run', '--config', config, '--data', dataDir, ...set], 'the engine')
  children.push(engineChild)
  const engine = JSON.parse(await readFile(join(dataDir, 'engine.json'), 'utf8')) as EngineAddress
  const listeners = Object.fromEntries(
    (engineChild.ready['listeners'] as readonly { channel: string; type: string; host: string; port: number }[])
      .filter(({ type }) => type !== 'file' && type !== 'fhir')
      .map(({ channel, host, port }) => [channel, `${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`]),
  )
  io.out(`The engine runs on ${config} with SQLite in ${dataDir}; the sandbox ERP answers at ${erp}.`)
  return { engine, dataDir, listeners, erp }
}

function addressOf(ready: Readonly<Record<string, unknown>>): string {
  const { url, port } = ready
  return typeof url === 'string' ? url.replace(/\/+$/, '') : `http://127.0.0.1:${String(port)}`
}

async function loadMasterData({ config, io }: Demo, engine: EngineAddress): Promise<void> {
  const told: string[] = []
  // Stock last: it stands on items and locations.
  for (const table of [...LOAD_TABLES].sort((a, b) => Number(a === 'stock') - Number(b === 'stock'))) {
    const file = join(config, 'samples', 'master-data', `${table}.csv`)
    if (!existsSync(file)) continue
    const read = readMasterData(table, file, await readFile(file, 'utf8'))
    if (!read.ok) throw new Error(read.problems.map((problem) => `${problem.file}(${problem.line}) ${problem.text}`).join('\n'))
    const answer = await ask<LoadAnswer>(engine, 'POST', `/load/${table}`, { rows: read.data.rows, source: `${table}.csv` })
    if (!answer.ok) throw new Error(`loading ${table}: ${answer.text}`)
    told.push(`${answer.body.loaded} ${table}`)
  }
  io.out(`Master data loaded: ${told.join(', ')}.\n`)
}

async function play(demo: Demo, running: Running): Promise<boolean> {
  const { io, config } = demo
  const accounts: string[] = []
  let complete = true
  let procured: MessageView | undefined
  for (const [i, sample] of SAMPLES.entries()) {
    const file = join(config, 'channels', sample.channel, 'messages', sample.file)
    const controlId = isFhir(file) ? await write(file, running.engine) : await send(file, running.listeners[sample.channel] ?? '')
    io.out(`▶ ${sample.file}: ${sample.about} — acknowledged AA, control id ${controlId}`)
    let message = await settled(running.engine, controlId)
    if (sample.fix !== undefined) message = await fix(sample, message, running.engine, io)
    const missing = await gaps(sample, message, async (key) =>
      documents(await fetch(`${running.erp}/sandbox/v1/documents?key=${key}`).then((response) => response.json())),
    )
    complete &&= missing.length === 0
    if (sample.file === PROCURED) procured = message
    accounts.push([account(i + 1, sample, message), ...missing.map((text) => `   ✗ ${text}`)].join('\n'))
  }
  io.out(`\nWhat became of each\n\n${accounts.join('\n\n')}\n`)
  if (procured === undefined) throw new Error(`${PROCURED} was not played`)
  const missing = await procure({ engine: running.engine, erp: running.erp, x12: running.listeners[X12_CHANNEL] ?? '', scan: procured, io })
  io.out(missing.map((text) => `   ✗ ${text}\n`).join(''))
  io.out(await stock(running.engine))
  return complete && missing.length === 0
}

const isFhir = (file: string): boolean => file.endsWith('.json')

/** Writes a resource or a transaction to the engine's FHIR face; the file's name is the key by which a resend would be known. */
async function write(file: string, engine: EngineAddress): Promise<string> {
  const body = await readFile(file, 'utf8')
  const { id = '', resourceType, type } = JSON.parse(body) as Readonly<Record<string, string>>
  const controlId = basename(file)
  const response = await fetch(`${engine.api}/fhir${type === undefined ? `/${resourceType ?? ''}/${id}` : ''}`, {
    method: type === undefined ? 'PUT' : 'POST',
    headers: { authorization: `Bearer ${engine.token}`, 'content-type': 'application/fhir+json', 'idempotency-key': controlId },
    body,
  })
  if (!response.ok) throw new Error(`${file} was not accepted: ${response.status} ${await response.text()}`)
  return controlId
}

async function send(file: string, address: string): Promise<string> {
  const [host = '', port = ''] = address.split(':')
  const sender = createMllpSender({ host, port: Number(port), timeoutMs: SETTLED_MS })
  try {
    const [message] = await readMessages(file)
    if (message === undefined) throw new Error(`${file} holds no message`)
    const answer = await sender.send(message.bytes)
    if (answer.kind !== 'ack' || answer.code !== 'AA')
      throw new Error(`${file} was not accepted: ${answer.kind === 'ack' ? `${answer.code} ${answer.text}` : answer.text}`)
    return answer.controlId
  } finally {
    await sender.close()
  }
}

/** The message once nothing of it is on its way any more. */
async function settled(engine: EngineAddress, controlId: string): Promise<MessageView> {
  const until = Date.now() + SETTLED_MS
  for (;;) {
    const found = await ask<Page<MessageView>>(engine, 'GET', `/messages?controlId=${encodeURIComponent(controlId)}`)
    if (!found.ok) throw new Error(found.text)
    const [newest] = found.body.items
    const open = newest === undefined || newest.state === 'QUEUED' || newest.state === 'RECEIVED'
    if (newest !== undefined && (!open || Date.now() > until)) {
      const whole = await ask<MessageView>(engine, 'GET', `/messages/${newest.id}`)
      if (!whole.ok) throw new Error(whole.text)
      return whole.body
    }
    if (Date.now() > until) throw new Error(`the message ${controlId} is not in the engine`)
    await wait(25)
  }
}

async function fix(sample: Sample, message: MessageView, engine: EngineAddress, io: Io): Promise<MessageView> {
  const list = await ask<Page<WorklistView>>(engine, 'GET', '/worklist?state=open')
  const item = list.ok ? list.body.items.find((one) => one.waiters.some((waiter) => waiter.startsWith(message.id))) : undefined
  if (item === undefined || sample.fix === undefined) return message
  io.out(`  ! it is ${message.state}. Worklist item ${item.id}: ${item.kind} ${item.subject}\n    ${item.text}`)
  const answer = await ask<ResolveAnswer>(engine, 'POST', `/worklist/${item.id}/resolve`, {
    action: 'edit',
    value: sample.fix.value,
    reason: sample.fix.about,
    erpRef: null,
  })
  if (!answer.ok || answer.body.kind !== 'resolved') throw new Error(`the worklist item was not closed: ${answer.ok ? 'refused' : answer.text}`)
  io.out(
    `  ✓ aqueduct resolve ${item.id} --action edit --value ${sample.fix.value} --reason "${sample.fix.about}": ${answer.body.resumed} event went on by itself`,
  )
  return settled(engine, message.controlId)
}

function documents(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer
  const items: unknown =
    typeof answer === 'object' && answer !== null
      ? ((answer as Record<string, unknown>)['items'] ?? (answer as Record<string, unknown>)['documents'])
      : undefined
  return Array.isArray(items) ? items : []
}

interface StockRow {
  readonly location: string
  readonly item: string
  readonly onHand: string
  readonly min: string
  readonly onOrder: string
}

async function stock(engine: EngineAddress): Promise<string> {
  const answer = await ask<readonly StockRow[] | { readonly items: readonly StockRow[] }>(engine, 'GET', '/stock')
  if (!answer.ok) return ''
  const rows = 'items' in answer.body ? answer.body.items : answer.body
  return `Stock now\n${rows.map((row) => `   ${row.location.padEnd(12)} ${row.item.padEnd(12)} on hand ${row.onHand}, min ${row.min}, on order ${row.onOrder}`).join('\n')}\n`
}
