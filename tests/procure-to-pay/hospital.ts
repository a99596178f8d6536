/** A hospital with a running engine: configuration and master data made for the scenario, whatever ERP stands behind it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { MessageView, Page, TraceView, WorklistView } from '../../channels/contract/index.ts'
import { startEngineChild } from '../crash/engine.ts'
import type { EngineChild } from '../crash/engine.ts'

/** The ERP's side of the scenario. */
export interface ErpSide {
  /** `destinations/erp.yaml`, as it is now: the address may change with a restart. */
  destination(): string
  /** Secrets that the destination file names. */
  readonly env?: Readonly<Record<string, string>>
  /** The account that the journals of use credit. Without it inventory itself; an ERP that relieves inventory by itself wants its clearing account. */
  readonly inventory?: string
  /** How many documents it has under a key. */
  count(kind: string, key: string): Promise<number>
  /** The buyer approves a requisition and orders: gives the order's number. Safe to ask again. */
  order(requisition: string): Promise<string>
  /** Is the supplier's invoice in its books, and at how much? */
  invoiced(number: string): Promise<{ readonly posted: boolean; readonly total: string } | null>
  /** SIGKILL, and up again at the same address with what it had. */
  crash(): Promise<void>
  stop(): Promise<void>
}

export interface Hospital {
  readonly erp: ErpSide
  engine(): EngineChild
  /** SIGKILL, and up again on the same data. */
  crash(): Promise<void>
  stop(): Promise<void>
}

const CHANNELS: Readonly<Record<string, string>> = {
  'or-supply-usage': `channel: or-supply-usage
about: Implants documented in the operating room
owner: periop-interfaces
listen:
  mllp: { host: 127.0.0.1, port: 2575, messages: [DFT^P03], acknowledge: when-stored, ack: auto, charset: utf-8 }
lane: PID-18.1
map:
  - id: usage
    for_each: FT1
    to: SupplyUsed
    business_key: [PID-18.1, FT1-2]
    set:
      occurredAt: FT1-4.1
      quantity: { from: FT1-10, default: 1, unit: =EA, minus: 'v("FT1-6.1") == "CD"' }
      item: { from: FT1-7.1, system: FT1-7.3 }
      udi: { from: ZPA-5, as: udi }
      department: FT1-13.1
      location: ZPA-2
      case: ZPA-9
      patient: PID-3
      procedure: FT1-25
deliver:
  - to: erp
`,
  'supplier-documents': `channel: supplier-documents
about: Invoices of suppliers as X12
owner: accounts-payable
format: x12
listen:
  http: { host: 127.0.0.1, port: 8089, path: /x12, messages: ['810'], acknowledge: when-stored }
deliver:
  - to: erp
`,
}

export const POLICIES = `company: H1
currency: USD
stock_owner: bridge
reorder_owner: bridge
gl_owner: bridge
order_state: submitted
accounts: { inventory: '1410', accrued: '2120', clearing: '2120', waste: '5110', expense: { implants: '5100', default: '5120' } }
reversal_wait: 1d
routes: { '*': erp }
`

export const CODES = { item: 'HIP-12', gtin: '04006381333955', supplier: 'V-1001', location: 'OR-1', lot: 'H-88' } as const

const MASTER: readonly (readonly [string, readonly Readonly<Record<string, string>>[]])[] = [
  ['suppliers', [{ supplier: CODES.supplier, name: 'Northern Implants', status: 'active', currency: 'USD' }]],
  ['cost-centres', [{ cost_centre: 'CC-7010', name: 'Operating theatres', status: 'active' }]],
  ['departments', [{ department: '7010', name: 'Operating theatres', cost_centre: 'CC-7010', service_line: 'ORTHO' }]],
  ['locations', [{ location: CODES.location, name: 'Operating theatre 1', department: '7010', status: 'active' }]],
  [
    'items',
    [
      {
        item: CODES.item,
        description: 'Hip stem 12',
        base_uom: 'EA',
        category: 'implants',
        ownership: 'owned',
        supplier: CODES.supplier,
        gtin: CODES.gtin,
        vendor_catalog: 'NI-12',
        lot_required: '1',
        status: 'active',
      },
    ],
  ],
  ['prices', [{ item: CODES.item, supplier: CODES.supplier, unit: 'EA', price: '1850.00', currency: 'USD', valid_from: '2025-01-01', valid_to: '' }]],
  ['stock', [{ location: CODES.location, item: CODES.item, on_hand: '3', min: '2', max: '4' }]],
]

/** Starts it on an empty store, with its master data loaded. @param own files over those of every hospital */
export async function openHospital(erp: ErpSide, own: Readonly<Record<string, string>> = {}): Promise<Hospital> {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-hospital-'))
  const files: Readonly<Record<string, string>> = {
    'engine.yaml': 'installation: hospital\napi: { host: 127.0.0.1, port: 0 }\n',
    'policies/bridge.yaml': erp.inventory === undefined ? POLICIES : POLICIES.replace("inventory: '1410'", `inventory: '${erp.inventory}'`),
    'tables/x12-partners.csv': `code,value\nNORTHIMP,${CODES.supplier}\n`,
    ...Object.fromEntries(Object.entries(CHANNELS).map(([name, text]) => [`channels/${name}/channel.yaml`, text])),
    ...own,
  }
  const write = (name: string, text: string): void => {
    const file = join(dir, 'config', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  const start = (): Promise<EngineChild> => {
    write('destinations/erp.yaml', erp.destination())
    return startEngineChild({
      config: join(dir, 'config'),
      data: join(dir, 'data'),
      env: erp.env ?? {},
      set: { 'api.port': '0', 'channels.or-supply-usage.listen.mllp.port': '0', 'channels.supplier-documents.listen.http.port': '0' },
    })
  }
  const remove = (): void => rmSync(dir, { recursive: true, force: true })
  let engine = await start().catch((error: unknown) => {
    remove()
    throw error
  })
  try {
    for (const [table, rows] of MASTER) await engine.post(`/load/${table}`, { rows, source: `${table}.csv` })
  } catch (error) {
    await engine.kill('SIGKILL')
    remove()
    throw error
  }
  return {
    erp,
    engine: () => engine,
    async crash() {
      await engine.kill('SIGKILL')
      engine = await start()
    },
    async stop() {
      await engine.kill('SIGKILL')
      await erp.stop()
      remove()
    },
  }
}

const port = (hospital: Hospital, channel: string): number => hospital.engine().listeners.find((each) => each.channel === channel)?.port ?? 0

/** Sends one message over MLLP and resolves with the code of its acknowledgement. Rejects when none comes. */
export function sendHl7(hospital: Hospital, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port: port(hospital, 'or-supply-usage') })
    let received = ''
    socket.on('connect', () => socket.write(`\u000b${text}\u001c\r`))
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1')
      const code = /MSA\|(\w\w)/.exec(received)?.[1]
      if (code === undefined || !received.includes('\u001c')) return
      socket.destroy()
      resolve(code)
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('closed without an acknowledgement')))
  })
}

/** Posts an interchange; resolves with what it is answered. */
export async function sendX12(hospital: Hospital, text: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${String(port(hospital, 'supplier-documents'))}/x12`, {
    method: 'POST',
    headers: { 'content-type': 'application/edi-x12' },
    body: text,
  })
  return { status: response.status, text: await response.text() }
}

/** Posts to the process API under an idempotency key. Rejects on anything but 2xx. */
export async function process<T>(hospital: Hospital, path: string, key: string, body: unknown): Promise<T> {
  const { api, token } = hospital.engine()
  const response = await fetch(`${api}/api/process/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`)
  return JSON.parse(text) as T
}

export async function system<T>(hospital: Hospital, path: string): Promise<T> {
  const { api, token } = hospital.engine()
  const response = await fetch(`${api}/api/system/v1${path}`, { headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${String(response.status)} ${text}`)
  return JSON.parse(text) as T
}

export async function messages(hospital: Hospital): Promise<readonly MessageView[]> {
  const list = (await hospital.engine().get<Page<MessageView>>('/messages?limit=500')).items
  return list
}

export async function message(hospital: Hospital, controlId: string): Promise<MessageView | undefined> {
  return (await hospital.engine().get<Page<MessageView>>(`/messages?controlId=${encodeURIComponent(controlId)}`)).items[0]
}

export async function worklist(hospital: Hospital): Promise<readonly WorklistView[]> {
  return (await hospital.engine().get<Page<WorklistView>>('/worklist?state=open')).items
}

export function trace(hospital: Hospital, id: string): Promise<TraceView> {
  return hospital.engine().get<TraceView>(`/trace/${encodeURIComponent(id)}`)
}
