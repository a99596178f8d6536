/** The scenarios that the conformance suite names: what a hospital's bridge needs of an ERP, end to end on that ERP. */
import type { ExecutionContext } from 'ava'
import type { DocumentKind, InjectedEvent, PullKind } from '../../channels/contract/index.ts'
import { eventSchemas } from '../../canonical/schemas/index.ts'
import type { ErpDocument } from '../../erp-bridge/connectors/index.ts'
import { invoiceOf, kindOf, mirrorOf, never, receiptOf, samplesOf } from './connector.samples.ts'
import type { Sample } from './connector.samples.ts'
import type { Stage } from './connector.suite.ts'

export interface Scenario {
  readonly name: string
  readonly title: string
  /** What the connector's capabilities must name; else the scenario is skipped with a message. */
  readonly kinds?: readonly DocumentKind[]
  readonly pulls?: readonly PullKind[]
  readonly run: (stage: Stage) => Promise<unknown>
}

type Fields = Readonly<Record<string, unknown>>

function isCanonical(t: ExecutionContext, event: InjectedEvent): void {
  const source = { channel: 'bridge/pull', system: 'erp', controlId: '1', position: '' }
  const envelope = { id: 'm00000000001.x', type: event.type, version: 1, recordedAt: '2026-04-01T10:00:00Z', source }
  const schema = (eventSchemas as Readonly<Record<string, { safeParse(value: unknown): { success: boolean; error?: { message: string } } } | undefined>>)[
    event.type
  ]
  const read = schema?.safeParse({ ...envelope, businessKey: event.businessKey, ...event.body })
  t.true(read?.success, `${event.type}: ${read?.error?.message ?? 'no such event'}`)
}

/** Everything of a kind since a cursor, page by page; each event is checked against its schema. */
async function pulled(
  { t, connector }: Stage,
  kind: PullKind,
  since: string | null = null,
): Promise<{ readonly events: readonly InjectedEvent[]; readonly next: string }> {
  const events: InjectedEvent[] = []
  for (let cursor = since; ;) {
    const page = await connector.pull(kind, cursor, never())
    if ('failed' in page) throw new Error(`${kind}: ${page.failed} ${page.text}`)
    for (const event of page.events) isCanonical(t, event)
    events.push(...page.events)
    if (!page.more) return { events, next: page.next }
    t.not(page.next, cursor, 'a page that has more moves the cursor')
    cursor = page.next
  }
}

/** What the ERP last said of a document, by its number. */
async function told(stage: Stage, kind: PullKind, number: string): Promise<Fields | undefined> {
  const { events } = await pulled(stage, kind)
  return events.findLast((event) => event.body['number'] === number)?.body
}
function lineOf(body: Fields | undefined): Fields {
  return ((body?.['lines'] as readonly Fields[] | undefined) ?? [])[0] ?? {}
}
/** `2`, `2.0` and `2.00` are the same. */
const amount = (value: unknown): number => Number(value)

async function stateOf({ connector }: Stage, reference: string): Promise<string> {
  const status = await connector.status(reference, never())
  return status.kind === 'value' ? (status.value?.state ?? 'none') : status.text
}

/** An order that is confirmed, and its number. */
async function confirmed(stage: Stage, name: Sample, changes: Fields = {}): Promise<{ readonly sent: ErpDocument; readonly number: string }> {
  const sent = stage.sample(name, changes)
  const number = await stage.send(sent)
  await stage.erp.approve(number)
  return { sent, number }
}

const BY_SAMPLE: readonly Scenario[] = (Object.keys(samplesOf({ item: {}, implant: {}, consigned: {} } as never)) as Sample[]).map((name) => ({
  name: 'lookup',
  title: `takes a ${name.replace(':', ', ')}, and shows it under its key and kind with its own number`,
  kinds: [kindOf(name)],
  async run({ t, erp, connector, sample, send }) {
    const sent = sample(name)
    t.deepEqual(await connector.lookup(sent.key, sent.kind, never()), { kind: 'absent' })
    const reference = await send(sent)
    t.deepEqual(await connector.lookup(sent.key, sent.kind, never()), { kind: 'present', reference })
    t.is((await connector.lookup(sent.key, sent.kind === 'journal' ? 'goods-issue' : 'journal', never())).kind, 'absent', 'another kind')
    t.is(await erp.count(sent.key), 1)
    const status = await connector.status(reference, never())
    t.is(status.kind === 'value' ? status.value?.key : '', sent.key)
  },
}))

export const SCENARIOS: readonly Scenario[] = [
  ...BY_SAMPLE,
  {
    name: 'requisition',
    title: 'R42: it waits for its buyer; approved, the ERP makes an order of it that names it',
    kinds: ['requisition'],
    pulls: ['requisitions', 'orders'],
    async run(stage) {
      const { t, erp, sample, send, fixture } = stage
      const sent = sample('requisition')
      const number = await send(sent)
      t.is((await told(stage, 'requisitions', number))?.['status'], 'submitted')
      t.is(await erp.orderOf(sent.key), null)
      await erp.approve(number)
      const requisition = await told(stage, 'requisitions', number)
      t.true(['approved', 'ordered'].includes(String(requisition?.['status'])))
      t.is(requisition?.['key'], sent.key)
      const order = await erp.orderOf(sent.key)
      const event = (await pulled(stage, 'orders')).events.findLast(({ body }) => body['number'] === order)
      t.is(event?.caseKey, `order:${String(order)}`)
      t.like(event?.body, { document: 'order', supplier: fixture.supplier, currency: fixture.currency, origins: [sent.key] })
      t.like(lineOf(event?.body)['item'], { code: fixture.item.code })
    },
  },
  {
    name: 'order',
    title: 'R31: it goes to its state in steps, resumes after the one that was confirmed, and exists once',
    kinds: ['purchase-order'],
    async run(stage) {
      const { t, erp, connector, sample, send } = stage
      if (!connector.capabilities().steps) return t.pass()
      await erp.loseAnswers(1)
      const sent = sample('purchase-order')
      t.like(await connector.deliver(sent, never()), { kind: 'failed', code: 'NO_ANSWER' })
      const found = await connector.lookup(sent.key, 'purchase-order', never())
      t.is(found.kind, 'partial')
      const resumed = { ...sent, step: found.kind === 'partial' ? found.step : null }
      const reference = await send(resumed)
      t.is(await stateOf(stage, reference), 'submitted')
      t.is(await send(resumed), reference)
      t.is(await erp.count(sent.key), 1)
      t.deepEqual(await connector.lookup(sent.key, 'purchase-order', never()), { kind: 'present', reference })
    },
  },
  {
    name: 'short receipt',
    title: 'the order stays open for the rest, and closes with it',
    kinds: ['purchase-order', 'goods-receipt'],
    pulls: ['orders'],
    async run(stage) {
      const { t, send, document, fixture } = stage
      const { number } = await confirmed(stage, 'purchase-order')
      const line = { item: fixture.implant.code, unit: fixture.implant.unit, lot: 'LOT-A' }
      await send(document('goods-receipt', receiptOf(fixture, number, { ...line, quantity: '2' })))
      const short = await told(stage, 'orders', number)
      t.is(short?.['status'], 'ordered')
      t.is(amount(lineOf(short)['received']), 2)
      await send(document('goods-receipt', receiptOf(fixture, number, { ...line, quantity: '1' })))
      const full = await told(stage, 'orders', number)
      t.is(full?.['status'], 'received')
      t.is(amount(lineOf(full)['received']), 3)
    },
  },
  {
    name: 'lot',
    title: 'R5: an item that needs a lot is not received without one',
    kinds: ['purchase-order', 'goods-receipt'],
    async run(stage) {
      const { t, erp, connector, document, fixture } = stage
      const { number } = await confirmed(stage, 'purchase-order')
      const receipt = document('goods-receipt', receiptOf(fixture, number, { item: fixture.implant.code, unit: fixture.implant.unit, quantity: '1' }))
      t.like(await connector.deliver(receipt, never()), { kind: 'failed', code: 'ERP_REFUSED' })
      t.is(await erp.count(receipt.key), 0)
    },
  },
  {
    name: 'price variance',
    title: 'R22: an invoice at another price than the order’s posts at its own price',
    kinds: ['purchase-order', 'goods-receipt', 'supplier-invoice'],
    pulls: ['invoices'],
    async run(stage) {
      const { t, send, document, fixture } = stage
      const { number } = await confirmed(stage, 'purchase-order')
      await send(document('goods-receipt', receiptOf(fixture, number, { item: fixture.implant.code, unit: fixture.implant.unit, quantity: '3', lot: 'LOT-B' })))
      const invoice = await send(document('supplier-invoice', invoiceOf(fixture, number, { quantity: '3', unitPrice: '12.50', amount: '37.50' })))
      const { events } = await pulled(stage, 'invoices')
      const event = events.findLast(({ body }) => body['number'] === `INV-${number}` || body['reference'] === invoice)
      t.like(event?.body, { document: 'invoice', status: 'posted', supplier: fixture.supplier, currency: fixture.currency })
      t.is(event?.caseKey, `order:${number}`)
      t.is(amount(event?.body['amount']), 37.5)
    },
  },
  {
    name: 'closed period',
    title: 'R35: it has a code of its own, for the posting date and not the clinical one',
    kinds: ['journal'],
    async run({ t, erp, connector, sample, send, fixture }) {
      await erp.closePeriod(fixture.closedDay.slice(0, 7))
      const late = sample('journal', { documentDate: fixture.closedDay, postingDate: fixture.closedDay })
      t.like(await connector.deliver(late, never()), { kind: 'failed', code: 'ERP_PERIOD_CLOSED' })
      t.is(await erp.count(late.key), 0)
      await send(sample('journal', { documentDate: fixture.closedDay }))
    },
  },
  {
    name: 'duplicate',
    title: 'R29: what is there under its key is found before a second sending, and a supplier’s code exists once',
    kinds: ['supplier'],
    async run({ t, erp, connector, sample, send }) {
      const first = sample('supplier', { supplier: 'V-TWICE' })
      const reference = await send(first)
      t.deepEqual(await connector.lookup(first.key, 'supplier', never()), { kind: 'present', reference })
      const second = sample('supplier', { supplier: 'V-TWICE' })
      t.like(await connector.deliver(second, never()), { kind: 'failed', code: 'ERP_REFUSED' })
      t.is(await erp.count(second.key), 0)
    },
  },
  {
    name: 'unknown outcome',
    title: 'R30: a lost answer is unknown, and the lookup finds the document',
    kinds: ['goods-issue'],
    async run({ t, erp, connector, sample }) {
      await erp.loseAnswers(1)
      const sent = sample('goods-issue')
      t.like(await connector.deliver(sent, never()), { kind: 'failed', code: 'NO_ANSWER' })
      t.not((await connector.lookup(sent.key, 'goods-issue', never())).kind, 'absent')
      t.is(await erp.count(sent.key), 1)
    },
  },
  {
    name: 'reversal',
    title: 'R33: an issue is undone by a return, a journal by its mirror',
    kinds: ['goods-issue', 'goods-return', 'journal'],
    async run(stage) {
      const { t, sample, send, document } = stage
      const issue = sample('goods-issue')
      const returned = await send(document('goods-return', mirrorOf(issue, await send(issue))))
      t.is(await stateOf(stage, returned), 'posted')
      const journal = sample('journal')
      const reference = await send(journal)
      const swap = { debit: 'credit', credit: 'debit' } as const
      const lines = (journal.body['lines'] as readonly { side: 'debit' | 'credit' }[]).map((line) => ({ ...line, side: swap[line.side] }))
      const mirror = await send(document('journal', mirrorOf(journal, reference, { lines })))
      t.is(await stateOf(stage, mirror), 'posted')
    },
  },
  {
    name: 'bill-only',
    title: 'R3, R23: its order has its invoice posted without any receipt',
    kinds: ['purchase-order', 'supplier-invoice'],
    async run(stage) {
      const { t, erp, send, document, fixture } = stage
      const { sent, number } = await confirmed(stage, 'purchase-order:bill-only')
      const invoice = document('supplier-invoice', invoiceOf(fixture, number, { quantity: '1', unitPrice: '12.34', amount: '12.34' }))
      t.is(await stateOf(stage, await send(invoice)), 'posted')
      t.is(await erp.count(sent.key), 1)
    },
  },
  {
    name: 'consignment',
    title: 'R7: what belongs to the supplier is issued as consumption and can be given back',
    kinds: ['goods-issue', 'goods-return'],
    async run(stage) {
      const { t, sample, send, document } = stage
      const issue = sample('goods-issue:consigned')
      const reference = await send(issue)
      t.is(await stateOf(stage, reference), 'posted')
      t.is(await stateOf(stage, await send(document('goods-return', mirrorOf(issue, reference)))), 'posted')
    },
  },
  {
    name: 'unit conversion',
    title: 'R14: what was ordered in packs is received in units',
    kinds: ['purchase-order', 'goods-receipt'],
    pulls: ['orders'],
    async run(stage) {
      const { t, send, document, fixture } = stage
      const { item } = fixture
      const { number } = await confirmed(stage, 'purchase-order:packs')
      await send(document('goods-receipt', receiptOf(fixture, number, { item: item.code, unit: item.unit, quantity: item.perPack })))
      const order = await told(stage, 'orders', number)
      t.is(amount(lineOf(order)['received']), 1)
      t.is(order?.['status'], 'received')
    },
  },
  {
    name: 'cancel',
    title: 'R33: an order that is only submitted is taken back, once',
    kinds: ['purchase-order', 'order-cancellation'],
    async run(stage) {
      const { t, sample, send, document } = stage
      const order = sample('purchase-order')
      const reference = await send(order)
      const { eventId, company, documentDate, postingDate, lines } = order.body as unknown as Fields & { readonly lines: readonly Fields[] }
      const bare = lines.map(({ line, item, quantity, unit }) => ({ line, item, quantity, unit }))
      const header = { eventId, company, documentDate, postingDate, mirrorOf: order.key, originalReference: reference }
      const cancellation = document('order-cancellation', { ...header, lines: bare })
      const number = await send(cancellation)
      t.is(await stateOf(stage, reference), 'cancelled')
      t.deepEqual(await stage.connector.lookup(cancellation.key, 'order-cancellation', never()), { kind: 'present', reference: number })
    },
  },
  {
    name: 'pull',
    title: 'the bench’s item and supplier come as changes with the columns of their load file',
    pulls: ['items', 'suppliers'],
    async run(stage) {
      const { t, fixture } = stage
      const items = (await pulled(stage, 'items')).events
      const item = items.find(({ body }) => body['code'] === fixture.item.code)
      t.is(item?.type, 'ItemChanged')
      t.like(item?.body['attributes'], { item: fixture.item.code, base_uom: fixture.item.unit, status: 'active' })
      t.true(items.some(({ body }) => body['code'] === fixture.implant.code))
      const supplier = (await pulled(stage, 'suppliers')).events.find(({ body }) => body['code'] === fixture.supplier)
      t.is(supplier?.type, 'SupplierChanged')
      t.like(supplier?.body['attributes'], { supplier: fixture.supplier, status: 'active' })
    },
  },
  {
    name: 'pull',
    title: 'every kind that the connector names answers with canonical events, first everything and then from the cursor on',
    async run(stage) {
      const { t, connector } = stage
      for (const kind of connector.capabilities().pulls) {
        const first = await pulled(stage, kind)
        const second = await pulled(stage, kind, first.next)
        t.true(second.events.length <= first.events.length, kind)
      }
      t.pass()
    },
  },
  {
    name: 'pull',
    title: 'what is new since the cursor comes, under the number that the delivery was told',
    kinds: ['purchase-order'],
    pulls: ['orders'],
    async run(stage) {
      const { t, sample, send } = stage
      const { next } = await pulled(stage, 'orders')
      const sent = sample('purchase-order')
      const number = await send(sent)
      const { events } = await pulled(stage, 'orders', next)
      const event = events.findLast(({ body }) => body['key'] === sent.key)
      t.like(event, { type: 'DocumentStatusChanged', caseKey: `order:${number}`, businessKey: '' })
      t.like(event?.body, { document: 'order', number, status: 'submitted' })
    },
  },
]
