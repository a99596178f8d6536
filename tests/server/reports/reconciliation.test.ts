import test from 'ava'
import { BRIDGE_KEYS, createIdSource, formatEventId, formatMessageId, newRow, SCALE } from '../../../channels/contract/index.ts'
import type { BridgeTable, BridgeTables, DeliveryState, EventState, MessageView, Page, Reader, RowQuery } from '../../../channels/contract/index.ts'
import { reconcile } from '../../../server/reports/index.ts'

const DAY = '2026-03-02'
const NOON = Date.UTC(2026, 2, 2, 12)
const HOUR = 3_600_000

interface Line {
  readonly type?: string
  readonly state?: EventState
  /** States of its documents. */
  readonly documents?: readonly DeliveryState[]
  readonly hasUsage?: boolean
  readonly at?: number
}

/** A store of a few messages and rows. Pages are small on purpose. */
class Small {
  readonly #rows = new Map<BridgeTable, Record<string, string | number>[]>()
  readonly #messages: MessageView[] = []
  #time = NOON
  readonly #ids = createIdSource(() => this.#time)

  put<T extends BridgeTable>(table: T, row: Partial<BridgeTables[T]>): this {
    this.#rows.set(table, [...(this.#rows.get(table) ?? []), newRow(table, row) as unknown as Record<string, string | number>])
    return this
  }

  message(state: MessageView['state'], lines: readonly Line[] = [], at = NOON): number {
    this.#time = at
    const id = this.#ids.next()
    const events = lines.map(({ type = 'SupplyUsed', state: event = 'APPLIED', documents = ['SENT'], hasUsage = true }, i) => {
      if (event === 'APPLIED' && hasUsage && documents.length > 0) this.put('usage', { message: id, n: i + 1, day: DAY, ownership: 'owned' })
      const deliveries = documents.map((one, n) => ({
        id: '',
        destination: 'erp',
        kind: 'journal',
        state: one,
        attempts: 0,
        key: `K${String(n)}`,
        erpRef: null,
        failure: null,
        because: '',
      }))
      return {
        id: formatEventId(id, 'usage', `FT1[${String(i + 1)}]`),
        type,
        state: event,
        businessKey: '',
        case: '',
        body: {},
        origin: {},
        deliveries,
        waitsFor: [],
      }
    })
    this.#messages.unshift({
      id: formatMessageId(id),
      channel: 'c',
      controlId: '',
      type: '',
      lane: '',
      state,
      ack: null,
      acceptedConfig: '',
      runConfig: '',
      receivedAt: '',
      bytes: 0,
      fault: null,
      events,
    })
    return id
  }

  readonly reader: Pick<Reader, 'rows' | 'messages'> = {
    messages: ({ after = '~' }) => {
      const older = this.#messages.filter((message) => message.id < after)
      const items = older.slice(0, 2)
      return Promise.resolve({ items, next: older.length > 2 ? (items.at(-1)?.id ?? null) : null })
    },
    rows: <T extends BridgeTable>({ table, where = {}, after, limit = 100 }: RowQuery<T>): Promise<Page<BridgeTables[T]>> => {
      const keys = BRIDGE_KEYS[table] as readonly string[]
      const keyOf = (row: Record<string, string | number>) => keys.map((key) => row[key]).join('|')
      const fits = (row: Record<string, string | number>) =>
        Object.entries(where as Record<string, unknown>).every(([column, wanted]) => (Array.isArray(wanted) ? wanted : [wanted]).includes(row[column]))
      const rows = (this.#rows.get(table) ?? []).filter(fits).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      const items = rows.filter((row) => after === undefined || keyOf(row) > after.join('|')).slice(0, limit)
      return Promise.resolve({ items: items as unknown as BridgeTables[T][], next: null })
    },
  }
  report(company = '', now = NOON + 20 * HOUR) {
    return reconcile(this.reader, { day: DAY, company, now })
  }
}

test('R43: every usage line of the day is sent, held or excluded, and the three add up', async (t) => {
  const small = new Small()
  small.message('SENT', [{}, { documents: ['SENT', 'SENT'] }, { documents: ['CANCELLED', 'SENT'] }])
  small.message('HELD', [{ documents: ['SENT', 'HELD'] }, { state: 'WAITING', documents: [] }, { state: 'READY', documents: [] }])
  small.message('QUEUED', [{ documents: ['SENT', 'UNKNOWN'] }, { documents: ['QUEUED'] }])
  small.message('SENT', [{ state: 'CANCELLED', documents: [] }, { documents: [] }, { documents: ['CANCELLED'] }, { type: 'CostReversed' }])
  small.message('SENT', [{ type: 'EncounterChanged', hasUsage: false }])
  small.message('FILTERED')
  small.message('REJECTED')
  small.message('ERROR')
  const { usage, messages, differences } = await small.report()
  t.deepEqual(usage, { total: 12, sent: 4, held: 5, excluded: 3, waiting: 2, refused: 1, underWay: 2 })
  t.is(usage.total, usage.sent + usage.held + usage.excluded)
  t.deepEqual(messages, { taken: 8, filtered: 1, rejected: 1, failed: 1 })
  t.deepEqual(differences, [])
})

test('R43: only what was received on the day counts, from its first to its last millisecond', async (t) => {
  const small = new Small()
  const start = Date.UTC(2026, 2, 2)
  for (const at of [start - 1, start, start + 24 * HOUR - 1, start + 24 * HOUR]) small.message('SENT', [{}], at)
  t.is((await small.report()).usage.total, 2)
  t.is((await reconcile(new Small().reader, { day: DAY, company: '', now: NOON })).usage.total, 0)
})

test('R43: a line with documents and without usage is a difference', async (t) => {
  const small = new Small()
  small.message('SENT', [{}, { hasUsage: false }])
  const { differences } = await small.report()
  t.deepEqual(
    differences.map(({ kind, subject }) => [kind, subject.slice(13)]),
    [['usage', 'usage.FT1[2]']],
  )
})

test('R43: totals by account and cost centre against the ERP’s ledger of the period, as far as the bridge books it', async (t) => {
  const small = new Small()
  const book = (document: string, state: string, amount: number, posting_day = '2026-03-31') => {
    small.put('document', { key: document, state })
    const common = { document, company: 'H1', posting_day, currency: 'USD' }
    small.put('journal_line', { ...common, line: 1, account: '5110', cost_centre: 'CC-1', amount: amount * SCALE })
    small.put('journal_line', { ...common, line: 2, account: '2110', amount: -amount * SCALE })
  }
  book('A', 'SENT', 100.5)
  book('B', 'SENT', 0.25)
  book('C', 'HELD', 7)
  book('D', 'CANCELLED', 9)
  book('E', 'SENT', 50, '2026-04-01')
  const first = await small.report('H1')
  t.like(first.ledger, { period: '2026-03', compared: false })
  t.deepEqual(first.differences, [{ kind: 'ledger', subject: '2026-03', text: 'NOT COMPARED: the ERP’s totals of 2026-03 are not known, pull ledger-totals.' }])
  t.deepEqual(first.ledger.totals, [
    { period: '2026-03', account: '2110', costCentre: '', currency: 'USD', bridge: '-100.75', open: '-7', erp: '' },
    { period: '2026-03', account: '5110', costCentre: 'CC-1', currency: 'USD', bridge: '100.75', open: '7', erp: '' },
  ])
  const total = { company: 'H1', period: '2026-03', currency: 'USD' }
  small.put('ledger_total', { ...total, account: '2110', amount: -100.75 * SCALE })
  small.put('ledger_total', { ...total, account: '5110', cost_centre: 'CC-1', amount: 90 * SCALE })
  small.put('ledger_total', { ...total, account: '9999', amount: 1 * SCALE })
  const { ledger, differences } = await small.report('H1')
  t.true(ledger.compared)
  t.deepEqual(differences, [{ kind: 'ledger', subject: '5110/CC-1', text: 'The bridge booked 100.75 USD in 2026-03, the ERP has 90.' }])
  t.deepEqual((await small.report('H2')).ledger.totals, [])
})

test('R43: every period in which lines of the day were posted is compared', async (t) => {
  const small = new Small()
  const message = small.message('SENT', [{}])
  small.put('document', { key: 'A', kind: 'journal', state: 'SENT', message, n: 1 })
  small.put('journal_line', { document: 'A', line: 1, company: 'H1', posting_day: '2026-02-27', account: '5110', currency: 'USD', amount: 5 * SCALE })
  small.put('ledger_total', { company: 'H1', period: '2026-02', currency: 'USD', account: '5110', amount: 4 * SCALE })
  const { ledger, differences } = await small.report('H1')
  t.like(ledger, { period: '2026-02, 2026-03', compared: true })
  t.deepEqual(differences, [{ kind: 'ledger', subject: '5110', text: 'The bridge booked 5 USD in 2026-02, the ERP has 4.' }])
})

test('R43: received and not invoiced, by the age of the last receipt', async (t) => {
  const small = new Small()
  const line = (order: string, day: string, received: number, invoiced: number) => {
    small.put('purchase_order', { purchase_order: order, company: 'H1', currency: 'USD', day })
    small.put('order_line', {
      purchase_order: order,
      line: 1,
      open: 1,
      received: received * SCALE,
      invoiced: invoiced * SCALE,
      price: 2.5 * SCALE,
      currency: 'USD',
    })
  }
  line('P1', '2026-02-20', 4, 0)
  line('P2', '2026-01-01', 4, 2)
  line('P3', '2025-01-01', 4, 4)
  line('P4', '2025-01-01', 1, 0)
  small.put('receipt_line', { receipt: 'R', line: 1, purchase_order: 'P4', order_line: 1, day: '2026-02-27' })
  t.deepEqual((await small.report('H1')).receivedNotInvoiced, [
    { days: '0-30', currency: 'USD', lines: 2, amount: '12.5' },
    { days: '31-60', currency: 'USD', lines: 1, amount: '5' },
  ])
  t.deepEqual((await small.report('H2')).receivedNotInvoiced, [])
})

test('R43: a bill-only use counts on the day it came in, whenever it happened, and on each day after as long as it has no order', async (t) => {
  const small = new Small()
  const ordered = small.message('SENT', [], NOON - 72 * HOUR)
  small.put('usage', { message: ordered, n: 1, day: '2026-02-27', ownership: 'bill-only', quantity: SCALE })
  small
    .put('purchase_order', { purchase_order: 'P1', kind: 'bill-only', at: NOON })
    .put('order_line', { purchase_order: 'P1', line: 1, message: ordered, n: 1 })
  const forgotten = small.message('SENT', [], NOON - 71 * HOUR)
  small.put('usage', { message: forgotten, n: 1, day: '2026-02-27', ownership: 'bill-only', quantity: SCALE })
  const told = small.message('SENT', [], NOON)
  small.put('usage', { message: told, n: 1, day: '2026-02-20', ownership: 'bill-only', quantity: SCALE })
  t.deepEqual((await small.report('', NOON)).billOnly, { uses: 2, ordered: 0, late: 1, longestHours: 71 })
})

test('R43: how long bill-only uses wait for their order', async (t) => {
  const small = new Small()
  const use = (orderedAfter: number | null) => {
    const message = small.message('SENT', [])
    small.put('usage', { message, n: 1, day: DAY, ownership: 'bill-only', quantity: SCALE })
    if (orderedAfter === null) return
    small.put('purchase_order', { purchase_order: `P${String(message)}`, kind: 'bill-only', at: NOON + orderedAfter * HOUR })
    small.put('order_line', { purchase_order: `P${String(message)}`, line: 1, message, n: 1 })
  }
  use(2)
  use(60)
  use(null)
  small.put('usage', { message: 1, n: 1, day: DAY, ownership: 'bill-only', quantity: SCALE, reversed: SCALE })
  t.deepEqual((await small.report('', NOON + 50 * HOUR)).billOnly, { uses: 3, ordered: 2, late: 2, longestHours: 60 })
})
