import test from 'ava'
import { formatMessageId } from '../../../channels/contract/index.ts'
import type { BridgeEvent, ResourceWrite, WorklistView } from '../../../channels/contract/index.ts'
import { keysOf, validateResource } from '../../../fhir/r4/index.ts'
import { isOwnResource, recordOf } from '../../../fhir/record/index.ts'
import type { RecordParts } from '../../../fhir/record/index.ts'
import { about, invoiced, line, ordered, received } from '../../erp-bridge/purchase.ts'
import { createWorld, event } from '../../erp-bridge/world.ts'
import type { World } from '../../erp-bridge/world.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- resources are looked into by many paths
type Json = any

/** Records what a world was told, as the recorder does, and keeps the versions. */
class Book {
  readonly world: World = createWorld()
  readonly events: BridgeEvent[] = []
  readonly versions: ResourceWrite[] = []
  item: WorklistView | null = null
  #seen = 0

  tell(...events: readonly BridgeEvent[]): void {
    for (const each of events) {
      this.events.push(each)
      this.world.decide(each)
    }
  }

  async record(): Promise<readonly ResourceWrite[]> {
    const notices = this.world.all('notice').slice(this.#seen)
    this.#seen += notices.length
    const writes = await recordOf(
      notices.map((notice, i) => ({ ...notice, seq: this.#seen + i })),
      this.#parts(),
    )
    this.versions.push(...writes)
    return writes
  }

  of(type: string): Json[] {
    const last = new Map(this.versions.filter((each) => each.type === type).map((each) => [each.id, each]))
    return [...last.values()].map(({ body }) => JSON.parse(body ?? 'null') as Json)
  }

  #parts(): RecordParts {
    const { world, events, versions } = this
    const tables = world.tables as Record<string, Map<string, Record<string, unknown>>>
    return {
      installation: 'test',
      now: () => Date.UTC(2026, 2, 6),
      keys: (resource) => keysOf(resource),
      reader: {
        rows: (({ table, where = {} }: { table: string; where?: Record<string, unknown> }) => {
          const rows = [...(tables[table]?.values() ?? [])]
          return Promise.resolve({
            items: rows.filter((row) => Object.entries(where).every(([column, value]) => [value].flat().includes(row[column]))),
            next: null,
          })
        }) as RecordParts['reader']['rows'],
        message: (id) => {
          const found = events.filter(({ message }) => message === id).map(({ id: name, type, body }) => ({ id: name, type, state: 'APPLIED', body }))
          return Promise.resolve({ events: found } as never)
        },
        worklistItem: () => Promise.resolve(this.item),
        resources({ types: [type], ids }) {
          const found = (ids ?? []).flatMap((id) => versions.findLast((each) => each.type === type && each.id === id) ?? [])
          return Promise.resolve({ items: found.map((each) => ({ ...each, message: 0 })), total: found.length })
        },
      },
    }
  }
}

test('from a requisition over the order and its receipts to the paid invoice, each is a valid resource that names where it came from', async (t) => {
  const book = new Book()
  book.tell(event('SupplyUsed', { quantity: { value: '70', unit: 'EA' }, patient: { value: 'P-1', system: 'urn:test:mrn' } }))
  await book.record()
  const [requisition] = book.of('SupplyRequest')
  t.like(requisition, { status: 'active', itemCodeableConcept: { coding: [{ code: 'SUT-1' }] }, supplier: [{ display: 'V-1' }] })
  const key = book.world.all('requisition')[0]!.requisition
  book.tell(about('DocumentStatusChanged', { document: 'requisition', number: 'REQ-1', key, status: 'approved' }))
  book.tell(ordered({ origins: [key] }))
  await book.record()
  const lines = () => book.of('SupplyRequest').filter(({ identifier }: Json) => identifier.some(({ value }: Json) => value === 'PO-1'))
  t.is(lines()[0].extension[0].valueReference.reference, `SupplyRequest/${String(requisition.id)}`)
  t.true(
    book
      .of('SupplyRequest')
      .find(({ id }: Json) => id === requisition.id)
      .identifier.some(({ value }: Json) => value === 'REQ-1'),
  )

  book.tell(about('PurchaseOrderAcknowledged', { order: 'PO-1', number: 'A-1', lines: [line({ unitPrice: '12' })] }, { channel: 'edi' }))
  const acknowledged = (await book.record()).filter(({ type }) => type === 'SupplyRequest').map(({ body }) => JSON.parse(body ?? '') as Json)
  t.deepEqual(
    acknowledged.map(({ meta, extension }) => [meta.tag[0].code, extension.at(-1).valueCode]),
    [['order.acknowledged', 'accepted']],
  )

  book.tell(received('R-1', [line({ quantity: '4' })]), received('R-2', [line({ quantity: '6' })]))
  await book.record()
  const receipts = book.of('SupplyDelivery').filter(({ id }: Json) => String(id).startsWith('aq.receipt'))
  t.deepEqual(
    receipts.map(({ suppliedItem }: Json) => suppliedItem.quantity.value),
    [4, 6],
  )
  t.is(receipts[0].basedOn[0].reference, `SupplyRequest/${String(lines()[0].id)}`)
  t.is(lines()[0].status, 'completed')

  book.tell(invoiced('INV-1', [line({ unitPrice: '12' })]))
  await book.record()
  const [invoice] = book.of('Invoice')
  t.like(invoice, { status: 'issued', issuer: { display: 'V-1' }, totalGross: { value: 120, currency: 'USD' } })
  t.is(invoice.lineItem[0].extension[0].valueReference.reference, `SupplyRequest/${String(lines()[0].id)}`)
  const bill = book.world.all('document').find(({ kind }) => kind === 'supplier-invoice')!.key
  const said = (status: string) => about('DocumentStatusChanged', { document: 'invoice', number: 'BILL-1', key: bill, status })
  book.tell(said('posted'), said('paid'))
  await book.record()
  t.is(book.of('Invoice')[0].status, 'balanced')

  for (const { type, id, body } of book.versions) {
    t.true(isOwnResource(type, id), `${type}/${id}`)
    t.deepEqual(validateResource(JSON.parse(body ?? '') as Json), [], `${type}/${id}`)
    if (type !== 'SupplyDelivery') t.false(body?.includes('P-1"'), 'only what a use says of its patient')
  }
  const provenances = book.of('Provenance')
  for (const { target } of provenances) {
    for (const { reference } of target) {
      const [type, id, , version] = String(reference).split('/')
      t.truthy(book.versions.find((each) => each.type === type && each.id === id && String(each.version) === version))
    }
  }
  t.true(provenances.some(({ entity }: Json) => entity[0].what.identifier.value === formatMessageId(book.events[0]!.message)))
})

test('a cost is a ChargeItem with the journal that booked it; taken back, it is entered in error', async (t) => {
  const book = new Book()
  const charge = { item: undefined, charge: { code: 'C-1' }, amount: { amount: '100.00', currency: 'USD' }, department: '7010', patient: { value: 'P-1' } }
  book.tell(event('CostIncurred', charge, { businessKey: 'k' }))
  await book.record()
  const [item] = book.of('ChargeItem')
  t.like(item, {
    status: 'billable',
    code: { coding: [{ code: 'C-1' }] },
    priceOverride: { value: 100, currency: 'USD' },
    subject: { identifier: { value: 'P-1' } },
  })
  t.is(item.identifier.length, 2)
  book.tell(event('CostReversed', charge, { businessKey: 'k' }))
  const again = await book.record()
  t.is(book.of('ChargeItem')[0].status, 'entered-in-error')
  t.deepEqual(
    again.map(({ type, version }) => [type, version]),
    [
      ['ChargeItem', 2],
      ['Provenance', 1],
    ],
  )
  for (const { body } of book.versions) t.deepEqual(validateResource(JSON.parse(body ?? '') as Json), [])
})

test('what was taken back piece by piece before anybody looked is told piece by piece', async (t) => {
  const book = new Book()
  const key = { businessKey: 'k' }
  book.tell(event('SupplyUsed', { quantity: { value: '3', unit: 'EA' } }, key))
  for (const value of ['1', '2']) book.tell(event('SupplyReversed', { quantity: { value, unit: 'EA' } }, key))
  await book.record()
  const told = book.versions.filter(({ type }) => type === 'SupplyDelivery').map(({ body }) => JSON.parse(body ?? '') as Json)
  t.deepEqual(
    told.map(({ status, suppliedItem, meta }) => [status, suppliedItem.quantity.value, meta.tag[0].code]),
    [
      ['completed', 3, 'usage.applied'],
      ['completed', 2, 'usage.reversed'],
      ['entered-in-error', 3, 'usage.reversed'],
    ],
  )
  t.is(book.of('Provenance').length, 3)
})

test('an order of a use that was not sent goes with the use', async (t) => {
  const book = new Book()
  const implant = { item: { code: 'HIP-1' }, lot: 'L-1', serial: 'S-1', quantity: { value: '1', unit: 'EA' } }
  book.tell(event('SupplyUsed', implant, { businessKey: 'k' }))
  await book.record()
  t.is(book.of('SupplyDelivery')[0].basedOn[0].reference, `SupplyRequest/${String(book.of('SupplyRequest')[0].id)}`)
  book.tell(event('SupplyReversed', implant, { businessKey: 'k' }))
  await book.record()
  t.is(book.of('SupplyDelivery')[0].status, 'entered-in-error')
  t.is(book.of('SupplyRequest')[0].status, 'cancelled')
  for (const { body } of book.versions) t.deepEqual(validateResource(JSON.parse(body ?? '') as Json), [])
})

test('a worklist item is a Task without the words of persons', async (t) => {
  const book = new Book()
  const { UNKNOWN_ITEM } = { UNKNOWN_ITEM: 'UNKNOWN_ITEM' as const }
  const resolution = { action: 'discard', by: 'ann', at: '2026-03-06T10:00:00.000Z', reason: 'Jane Doe was moved' }
  book.item = {
    id: 7,
    kind: UNKNOWN_ITEM,
    subject: 'item:X',
    state: 'closed',
    text: 'Item X is not in the item master.',
    owner: 'stewards',
    severity: 'high',
    openedAt: '2026-03-06T09:00:00.000Z',
    dueAt: '2026-03-07T09:00:00.000Z',
    waiting: 0,
    waiters: [],
    assignee: 'bob',
    escalated: 0,
    care: 0,
    supply: 0,
    money: null,
    comments: [{ at: '2026-03-06T09:30:00.000Z', by: 'bob', text: 'call Jane Doe' }],
    resolution,
  }
  book.world.put('notice', { message: 0, n: 7, line: 1, seq: 1, at: 1, type: 'worklist.closed', subject: '7', body: '{}' })
  await book.record()
  const [task] = book.of('Task')
  t.like(task, { status: 'rejected', priority: 'urgent', owner: { display: 'stewards' }, focus: { identifier: { value: 'item:X' } } })
  t.false(JSON.stringify(task).includes('Jane'))
  t.deepEqual(validateResource(task), [])
})
