/** What the store's tests stand on: a small bridge, ops with defaults, a clock that stands still. */
import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { DOCUMENT_KINDS, ID_EPOCH, SCALE, newRow } from '../../channels/contract/index.ts'
import type {
  Answer,
  Bridge,
  BridgeEvent,
  Clock,
  Decision,
  DeliveryWork,
  EventRecord,
  IntakeOp,
  LedgerOps,
  Need,
  OpName,
  Policies,
  Reader,
  RerunOp,
} from '../../channels/contract/index.ts'
import { openStore } from '../../store/index.ts'
import type { Database } from '../../store/index.ts'

export class StillClock implements Clock {
  time = Date.UTC(2026, 2, 2, 10)
  lastId = 0
  now(): number {
    return this.time
  }
  after(): () => void {
    return () => undefined
  }
}

const code = (event: BridgeEvent, field: string): string => {
  const value = event.body[field]
  return typeof value === 'object' && value !== null && 'code' in value ? String(value.code) : typeof value === 'string' ? value : ''
}

/** Takes one from stock for each event and issues it. Body fields steer it: `wait` (ms), `cancel` (document id), `defect`. */
export const smallBridge: Bridge = {
  reads(event, rows) {
    const item = { table: 'identifier', finder: null, values: ['item', code(event, 'item')] } as const
    const found = rows.has(item) ? rows.get('identifier', 'item', code(event, 'item')) : undefined
    return [item, ...(found ? [{ table: 'stock' as const, finder: null, values: [code(event, 'location'), found.item] }] : [])].filter(
      (read) => !rows.has(read),
    )
  },
  decide(event, rows, context): Decision {
    if (event.body['defect']) {
      rows.put('stock', newRow('stock', { location: 'BROKEN', item: 'BROKEN' }))
      throw new TypeError('a defect')
    }
    const until = event.body['wait']
    if (typeof until === 'number' && context.now < until && !rows.get('stock', code(event, 'location'), 'DONE'))
      return { kind: 'later', until, because: 'its time has not come' }
    const identifier = rows.get('identifier', 'item', code(event, 'item'))
    if (!identifier)
      return { kind: 'needs', needs: [{ kind: 'UNKNOWN_ITEM', subject: `item:${code(event, 'item')}`, field: 'item', place: 'FT1-7', text: 'Load the item.' }] }
    const stock = rows.get('stock', code(event, 'location'), identifier.item)
    if (stock) {
      rows.put('stock', { ...stock, on_hand: stock.on_hand - SCALE })
      const { location, item } = stock
      rows.put(
        'movement',
        newRow('movement', { message: event.message, n: event.n, line: 1, location, item, quantity: -SCALE, kind: 'issue', day: '2026-03-02' }),
      )
    }
    const cancel = event.body['cancel']
    return {
      kind: 'applied',
      documents: [
        {
          id: `${event.id}/${DOCUMENT_KINDS[0]}`,
          kind: DOCUMENT_KINDS[0],
          chain: `issue:${code(event, 'location')}`,
          destination: event.destination,
          body: { item: identifier.item },
          because: `stock of ${identifier.item} was used`,
        },
      ],
      cancel: typeof cancel === 'string' ? [context.keyOf(cancel)] : [],
    }
  },
}

export const policies: Policies = {
  installation: 'test',
  company: '1',
  currency: 'USD',
  stockOwner: 'bridge',
  reorderOwner: 'bridge',
  glOwner: 'bridge',
  orderState: 'draft',
  accounts: { inventory: '1', accrued: '2', clearing: '3', expense: {}, waste: '4' },
  reversalWaitMs: 1000,
  routes: { '*': 'erp' },
}

/** Ids rise with every call, at the clock's time. */
export function idAt(clock: StillClock): number {
  const id = (clock.now() - ID_EPOCH) * 4096
  clock.lastId = id > clock.lastId ? id : clock.lastId + 16
  return clock.lastId
}

export function event(fields: Partial<EventRecord> = {}): EventRecord {
  return {
    n: 1,
    rule: 'usage',
    anchor: 'FT1[1]',
    type: 'SupplyUsed',
    businessKey: '',
    caseKey: 'case-1',
    body: '{"item":{"code":"IMP-1"},"location":"OR1"}',
    origin: '{"item":{"path":"FT1-7.1"}}',
    keys: [],
    needs: [],
    bridge: null,
    ...fields,
  }
}

export function intakeOp(id: number, fields: Partial<IntakeOp> = {}): IntakeOp {
  const raw = fields.raw ?? Buffer.from(`MSH|^~\\&|EHR|${fields.controlId ?? 'C1'}\r`)
  return {
    op: 'intake',
    id,
    channel: 'or',
    config: 'cfg1',
    controlId: `C${String(id)}`,
    sender: 'EHR|HOSP',
    type: 'DFT^P03',
    raw,
    hash: createHash('sha256').update(raw).digest().subarray(0, 16),
    ack: { code: 'AA', bytes: Buffer.from(`ack of ${String(id)}`), at: Date.UTC(2026, 2, 2) },
    dedupe: true,
    state: 'MAPPED',
    fault: null,
    lane: 'or:1',
    events: [event()],
    deliveries: [{ n: 1, event: 1, destination: 'sink', lane: 'or:1' }],
    ...fields,
  }
}

export function rerunOp(message: number, fields: Partial<RerunOp> = {}): RerunOp {
  return {
    op: 'rerun',
    message,
    config: 'cfg2',
    reason: 'release',
    by: 'ann',
    resend: false,
    state: 'MAPPED',
    fault: null,
    lane: 'or:1',
    events: [event()],
    deliveries: [{ n: 1, event: 1, destination: 'sink', lane: 'or:1' }],
    ...fields,
  }
}

export const unmapped: Need = {
  kind: 'UNMAPPED_CODE',
  subject: 'departments:7010',
  field: 'department',
  place: 'FT1-13.1',
  text: 'Add 7010 to the table departments.',
}

export const itemRow = (item: string, more: Readonly<Record<string, string>> = {}) => ({
  item,
  description: 'an implant',
  base_uom: 'EA',
  category: 'implant',
  ownership: 'owned',
  supplier: 'S1',
  gtin: '',
  vendor_catalog: '',
  charge_code: '',
  lot_required: 'no',
  status: 'active',
  ...more,
})

export interface Harness {
  readonly reader: Reader
  readonly clock: StillClock
  /** Everything the ledger told as work. */
  readonly work: DeliveryWork[]
  ask<Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }): Promise<Answer<Name>>
  /** The answer's value; a fault fails the test. */
  value<Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }): Promise<LedgerOps[Name]['answer']>
  /** Closes and opens it again on the same database. */
  again(bridge?: Bridge): Promise<void>
  stop(): Promise<void>
}

const notGarbage = (_type: string, _field: string, value: unknown) => (JSON.stringify(value).includes('garbage') ? 'no garbage is expected' : null)

export async function harness(t: ExecutionContext, database: Database, bridge: Bridge = smallBridge): Promise<Harness> {
  const clock = new StillClock()
  const work: DeliveryWork[] = []
  const open = async (rules: Bridge) => {
    const store = await openStore({ database, bridge: rules, clock, installation: 'test', dedupeDays: 10, checkEdit: notGarbage })
    store.ledger.onWork((each) => work.push(...each))
    return store
  }
  let store = await open(bridge)
  const self: Harness = {
    get reader() {
      return store.reader
    },
    clock,
    work,
    ask: <Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }) =>
      new Promise<Answer<Name>>((resolve) => store.ledger.submit<Name>(op, resolve)),
    async value<Name extends OpName>(op: LedgerOps[Name]['op'] & { readonly op: Name }) {
      const answer = await self.ask<Name>(op)
      if (!answer.ok) throw new Error(`${answer.fault.code} ${answer.fault.text}`)
      return answer.value
    },
    async again(rules = smallBridge) {
      await store.stop()
      store = await open(rules)
    },
    stop: () => store.stop(),
  }
  t.teardown(() => store.stop())
  await self.value({ op: 'configuration', id: 'cfg1', files: '{"engine.yaml":""}', overrides: '{}', policies })
  return self
}

export const settled = { op: 'settle', attempts: 1, due: 0, failure: null, reference: null, step: null } as const
export const resolution = { op: 'resolve', by: 'ann', reason: 'seen', value: null, erpRef: null } as const
export const forBridge = { deliveries: [], events: [event({ bridge: 'erp' })] } as const

export const states = async (h: Harness, id: number) => (await h.reader.message(id))?.events.map((each) => each.state)
export const openItems = async (h: Harness) => (await h.reader.worklist({ state: 'open' })).items
export const firstItem = async (h: Harness) => {
  const [item] = await openItems(h)
  if (!item) throw new Error('no item is open')
  return item
}
