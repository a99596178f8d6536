/** A store of plain maps for the bridge's rules, and events and master data to run them on. */
import { BRIDGE_FINDERS, BRIDGE_KEYS, newRow, RowSet, SCALE } from '../../channels/contract/index.ts'
import type { BridgeContext, BridgeEvent, BridgeTable, BridgeTables, Decision, DocumentDraft, Policies, Read } from '../../channels/contract/index.ts'
import { createBridge } from '../../erp-bridge/index.ts'

type Row = Record<string, string | number>

export const POLICIES: Policies = {
  installation: 'test',
  company: 'H1',
  currency: 'USD',
  stockOwner: 'bridge',
  reorderOwner: 'bridge',
  glOwner: 'bridge',
  orderState: 'draft',
  accounts: { inventory: '1410', accrued: '2110', clearing: '2190', expense: { implant: '5110', default: '5120' }, waste: '5190' },
  reversalWaitMs: 60_000,
  routes: {},
}

const ITEM = {
  description: '',
  base_uom: 'EA',
  category: 'supply',
  ownership: 'owned',
  supplier: 'V-1',
  vendor_catalog: '',
  charge_code: '',
  lot_required: 0,
  status: 'active',
}

export interface World {
  readonly tables: { [T in BridgeTable]: Map<string, BridgeTables[T]> }
  /** What the row does not say is '' or 0. */
  put<T extends BridgeTable>(table: T, row: Partial<BridgeTables[T]>): void
  /** Loads, decides and writes back as the ledger does. */
  decide(event: BridgeEvent, options?: { readonly policies?: Partial<Policies>; readonly now?: number }): Decision
  /** Sets the state of every document. */
  settle(state: string, erpRef?: string): void
  all<T extends BridgeTable>(table: T): BridgeTables[T][]
  stock(location?: string, item?: string): BridgeTables['stock'] | undefined
}

/** A small hospital: OR-1 in department 7010, owned sutures, implants of every ownership. */
export function createWorld(): World {
  const tables = Object.fromEntries(Object.keys(BRIDGE_KEYS).map((table) => [table, new Map()])) as World['tables']
  const bridge = createBridge()
  const keyOf = (id: string): string => Buffer.from(id).toString('base64url').slice(-12).padStart(12, '0')
  const keys = new Map<string, string>()
  const uniqueKey = (id: string): string => {
    const known = keys.get(id) ?? `${keyOf(id).slice(0, 8)}${String(keys.size).padStart(4, '0')}`
    keys.set(id, known)
    return known
  }
  function find(read: Read): Row[] {
    const rows = [...tables[read.table].values()] as unknown as Row[]
    const finders = BRIDGE_FINDERS as Record<string, Record<string, readonly string[]>>
    const columns: readonly string[] = read.finder === null ? BRIDGE_KEYS[read.table] : finders[read.table]![read.finder]!
    return rows.filter((row) => columns.every((column, i) => row[column] === read.values[i]))
  }
  const world: World = {
    tables,
    put(table, row) {
      const values = newRow(table, row) as unknown as Row
      tables[table].set((BRIDGE_KEYS[table] as readonly string[]).map((column) => values[column]).join('|'), values as never)
    },
    decide(given, options = {}) {
      // A test that writes `released` means a release on the worklist, unless it says who corrected what.
      const event: BridgeEvent = typeof given.body['released'] === 'string' ? { corrected: ['released'], ...given } : given
      const context: BridgeContext = { now: options.now ?? event.receivedAt, policies: { ...POLICIES, ...options.policies }, keyOf: uniqueKey }
      const rows = new RowSet()
      for (let reads = bridge.reads(event, rows, context); reads.length > 0; reads = bridge.reads(event, rows, context)) {
        for (const read of reads) rows.loaded(read, find(read))
      }
      const decision = bridge.decide(event, rows, context)
      for (const change of rows.changes()) world.put(change.table, change.row as never)
      if (decision.kind === 'applied') {
        for (const draft of decision.documents) book(draft, event)
        for (const key of decision.cancel) world.put('document', { ...tables.document.get(key)!, state: 'CANCELLED' })
      }
      return decision
    },
    settle(state, erpRef = '') {
      for (const document of world.all('document')) if (document.state !== 'CANCELLED') world.put('document', { ...document, state, erp_ref: erpRef })
    },
    all: (table) => [...tables[table].values()] as never,
    stock: (location = 'OR-1', item = 'SUT-1') => tables.stock.get(`${location}|${item}`),
  }
  function book(draft: DocumentDraft, event: BridgeEvent): void {
    const key = uniqueKey(draft.id)
    if (tables.document.has(key)) return
    const body = JSON.stringify({ ...draft.body, key })
    world.put('document', {
      key,
      id: draft.id,
      kind: draft.kind,
      destination: draft.destination,
      message: event.message,
      n: event.n,
      delivery: 1,
      state: 'QUEUED',
      mirror_of: draft.mirrorOf ?? '',
      erp_ref: '',
      body,
    })
  }
  world.put('department', { department: '7010', name: 'Theatre', cost_centre: 'CC-7010', service_line: 'ORTHO' })
  world.put('cost_centre', { cost_centre: 'CC-7010', name: 'Theatre', status: 'active' })
  world.put('cost_centre', { cost_centre: 'CC-OLD', name: 'Closed', status: 'inactive' })
  world.put('location', { location: 'OR-1', name: 'Room 1', department: '7010', status: 'active' })
  world.put('supplier', { supplier: 'V-1', name: 'Sutures Inc', status: 'active', currency: 'USD' })
  world.put('supplier', { supplier: 'V-BAD', name: 'Blocked Inc', status: 'blocked', currency: 'USD' })
  world.put('item', { ...ITEM, item: 'SUT-1', vendor_catalog: 'MS-3000' })
  world.put('item', { ...ITEM, item: 'HIP-1', category: 'implant', ownership: 'bill-only', lot_required: 1 })
  world.put('item', { ...ITEM, item: 'REP-1', category: 'implant', ownership: 'bill-and-replace' })
  world.put('item', { ...ITEM, item: 'CON-1', category: 'implant', ownership: 'consigned' })
  world.put('item', { ...ITEM, item: 'PAR-1', ownership: 'par' })
  world.put('item', { ...ITEM, item: 'GLUE-1', base_uom: 'ML' })
  world.put('item', { ...ITEM, item: 'OLD-1', status: 'inactive' })
  world.put('identifier', { scheme: 'gtin', value: '00012345678905', item: 'SUT-1' })
  world.put('identifier', { scheme: 'charge', value: 'CH-9', item: 'SUT-1' })
  world.put('identifier', { scheme: 'vendor', value: 'MS-3000', item: 'SUT-1' })
  world.put('unit', { item: 'SUT-1', unit: 'BX', numerator: 10, denominator: 1 })
  world.put('unit', { item: '', unit: 'DZ', numerator: 12, denominator: 1 })
  world.put('unit', { item: '', unit: 'HALF', numerator: 1, denominator: 2 })
  for (const item of ['SUT-1', 'HIP-1', 'REP-1', 'CON-1', 'PAR-1', 'GLUE-1']) {
    world.put('price', { item, supplier: 'V-1', unit: 'EA', valid_from: '2026-01-01', valid_to: '', price: 12.345 * SCALE, currency: 'USD' })
  }
  world.put('price', { item: 'GLUE-1', supplier: 'V-1', unit: '', valid_from: '2026-01-01', valid_to: '', price: 1 * SCALE, currency: 'USD' })
  world.put('stock', { location: 'OR-1', item: 'SUT-1', on_hand: 100 * SCALE, min: 40 * SCALE, max: 100 * SCALE, on_order: 0, demand: 0, multiple: 30 * SCALE })
  return world
}

let messages = 0

/** An event of SUT-1 at OR-1; `body` replaces fields, undefined removes them. */
export function event(type: string, body: Record<string, unknown> = {}, envelope: Partial<BridgeEvent> = {}): BridgeEvent {
  const message = envelope.message ?? (messages += 1)
  const fields = { occurredAt: '2026-03-01T10:22', item: { code: 'SUT-1' }, quantity: { value: '2', unit: 'EA' }, location: 'OR-1', case: 'CASE-1', ...body }
  return {
    message,
    n: 1,
    id: `m${String(message).padStart(11, '0')}.usage.FT1`,
    type,
    channel: 'or-supply-usage',
    businessKey: '',
    caseKey: 'CASE-1',
    body: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    destination: 'erp',
    receivedAt: Date.UTC(2026, 2, 6),
    ...envelope,
  }
}

export function kindsOf(decision: Decision): string[] {
  return decision.kind === 'applied' ? decision.documents.map((document) => document.kind) : [decision.kind]
}

export function needsOf(decision: Decision): string[] {
  return decision.kind === 'needs' ? decision.needs.map((need) => `${need.kind} ${need.subject}`) : [decision.kind]
}

/** The body of the only document of a kind. */
export function bodyOf(decision: Decision, kind: string): Record<string, unknown> & { lines: Record<string, unknown>[] } {
  const found = decision.kind === 'applied' ? decision.documents.filter((document) => document.kind === kind) : []
  if (found.length !== 1) throw new Error(`${String(found.length)} documents of kind ${kind}`)
  return found[0]!.body as never
}

/** Account (and cost centre) → sum of all journals that were not cancelled, in ten-thousandths, debit positive. */
export function ledgerOf(world: World): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const document of world.all('document')) {
    if (document.kind !== 'journal' || document.state === 'CANCELLED') continue
    for (const line of (JSON.parse(document.body) as { lines: { account: string; costCentre?: string; side: string; amount: string }[] }).lines) {
      const [whole = '0', part = ''] = line.amount.split('.')
      const amount = BigInt(whole + part.padEnd(4, '0'))
      const name = `${line.account}/${line.costCentre ?? ''}`
      sums.set(name, (sums.get(name) ?? 0n) + (line.side === 'debit' ? amount : -amount))
    }
  }
  return sums
}
