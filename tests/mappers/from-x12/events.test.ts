import test from 'ava'
import type { LookupTable, MappedEvent, MapOutcome } from '../../../channels/contract/index.ts'
import { eventSchemas } from '../../../canonical/schemas/index.ts'
import { compileX12Channel } from '../../../mappers/from-x12/index.ts'
import { x12Format } from '../../../mappers/x12/index.ts'
import { acknowledgement, AT, interchange, INVOICE, invoice, partners, received, shipment, table } from '../x12/samples.ts'
import type { SetOf } from '../x12/samples.ts'

const tables = new Map<string, LookupTable>([partners])

function run(text: string, known: ReadonlyMap<string, LookupTable> = tables): MapOutcome {
  const channel = compileX12Channel({ name: 'suppliers' }, known, { eventsPerMessage: 100 })
  return channel.run(x12Format.read(Buffer.from(text), { charset: 'MSH-18' }), { message: 1, recordedAt: AT })
}

/** The events of an interchange; each must have the form of its schema unless it waits. */
function events(groups: readonly (readonly SetOf[])[], known: ReadonlyMap<string, LookupTable> = tables): readonly MappedEvent[] {
  const outcome = run(interchange(groups), known)
  if (outcome.kind !== 'mapped') throw new Error(outcome.kind)
  for (const event of outcome.events) {
    if (event.needs.length === 0) eventSchemas[event.type as 'InvoiceReceived'].parse(event.body)
  }
  return outcome.events
}

const changed = (from: string, to: string): SetOf => ({ ...invoice, segments: INVOICE.map((segment) => segment.replace(from, to)) })
const body = (one: SetOf) => events([[one]])[0]?.body

test('an 810 is InvoiceReceived: numbers, dates, lines by what identifies them, charges and an exact total', (t) => {
  const [event] = events([[invoice]])
  t.like(event, {
    type: 'InvoiceReceived',
    businessKey: 'invoice:ACME:INV-881',
    caseKey: 'order:PO-1001',
    keys: [{ kind: 'order', value: 'PO-1001' }],
    needs: [],
  })
  t.like(event?.body, {
    number: 'INV-881',
    order: 'PO-1001',
    date: '2026-03-09',
    occurredAt: '2026-03-09',
    supplier: 'ACME',
    currency: 'USD',
    documentKind: 'invoice',
    amount: '224.25',
    freight: '15.00',
    tax: '4.25',
    reference: 'V-77',
  })
  t.deepEqual(event?.body['lines'], [
    {
      line: '1',
      orderLine: '3',
      item: { code: 'A-1', system: 'vendor' },
      description: 'TITANIUM SCREW',
      unitPrice: '12.5',
      quantity: { value: '10', unit: 'EA' },
    },
    { line: '2', item: { code: 'IMP-1', system: 'item' }, unitPrice: '40', quantity: { value: '2', unit: 'BX' } },
  ])
  t.like(event?.origin['supplier'], { path: 'N1-4', table: 'x12-partners' })
})

test('a credit is one by BIG07 or by its sign, and its amounts are positive either way', (t) => {
  const byCode = body(changed('***DI', '***CR'))
  t.like(byCode, { documentKind: 'credit', amount: '224.25', tax: '4.25' })
  const signed: SetOf = {
    set: '810',
    segments: INVOICE.map((segment) =>
      segment
        .replace('TDS*', 'TDS*-')
        .replace('IT1*1*10', 'IT1*1*-10')
        .replace('IT1*2*2', 'IT1*2*-2')
        .replace('***1500', '***-1500')
        .replace('ST*4.25', 'ST*-4.25'),
    ),
  }
  t.like(body(signed), { documentKind: 'credit', amount: '224.25', freight: '15.00', tax: '4.25' })
  t.deepEqual((body(signed)?.['lines'] as { quantity: unknown }[])[0]?.quantity, { value: '10', unit: 'EA' })
  t.like(body(changed('***DI', '***DR')), { documentKind: 'debit' })
})

test('an invoice with credit lines among others waits for a person instead of being guessed at', (t) => {
  const [event] = events([[changed('IT1*2*2', 'IT1*2*-2')]])
  t.like(event?.needs[0], { kind: 'BAD_VALUE', field: 'lines', owner: 'ap' })
})

test('charges and allowances are summed to the cent, taxes apart, and a price of a hundred is divided exactly', (t) => {
  const more = INVOICE.flatMap((segment) => (segment.startsWith('SAC') ? [segment, 'SAC*A*C310***199', 'SAC*C*H850***301', 'SAC*N*D240***99'] : [segment]))
  t.like(body({ set: '810', segments: more }), { freight: '13.01', tax: '7.26' })
  const hundred = body(changed('IT1*1*10*EA*12.5*', 'IT1*1*10*EA*12.5*HP'))
  t.is((hundred?.['lines'] as { unitPrice: string }[])[0]?.unitPrice, '0.125')
})

test('tax stated for the document counts once, not again with that of its lines', (t) => {
  const segments = INVOICE.flatMap((segment) =>
    segment.startsWith('PID') ? [segment, 'TXI*ST*2'] : segment.startsWith('TXI') ? [] : segment.startsWith('TDS') ? [segment, 'TXI*ST*4.25'] : [segment],
  )
  t.like(body({ set: '810', segments }), { tax: '4.25' })
})

test('a partner in no row of the table is a need of that code, for all its invoices', (t) => {
  const [event] = events([[changed('ACME-9', 'OTHER')]], new Map([table('x12-partners', {})]))
  t.like(event?.needs[0], { kind: 'UNMAPPED_CODE', subject: 'x12-partners:OTHER', field: 'supplier', place: 'N1-4' })
  t.is(event?.businessKey, 'invoice:?OTHER:INV-881')
  t.is(event?.body['supplier'], undefined)
})

test('the partner is known by the seller’s N104, else by GS02, else by ISA06', (t) => {
  t.like(body(changed('ACME-9', 'OTHER')), { supplier: 'ACME' })
  const none = INVOICE.filter((segment) => !segment.startsWith('N1*SE'))
  const by = (rows: Readonly<Record<string, string>>) => events([[{ set: '810', segments: none }]], new Map([table('x12-partners', rows)]))[0]?.body['supplier']
  t.is(by({ ACMEMED: 'VIA-GS' }), 'VIA-GS')
})

test('a currency is stated, or the partner’s, or a need; it is never guessed', (t) => {
  const none: SetOf = { set: '810', segments: INVOICE.filter((segment) => !segment.startsWith('CUR')) }
  t.like(events([[none]])[0]?.needs[0], { kind: 'UNMAPPED_CODE', subject: 'x12-currencies:ACME', field: 'currency' })
  t.is(events([[none]], new Map([partners, table('x12-currencies', { ACME: 'EUR' })]))[0]?.body['currency'], 'EUR')
  t.like(events([[changed('CUR*SE*USD', 'CUR*SE*USX')]])[0]?.needs[0], { subject: 'x12-currencies:USX' })
})

test('an 855 is PurchaseOrderAcknowledged: each ACK a line with its own quantity, status and date', (t) => {
  const [event] = events([[acknowledgement]])
  t.like(event, { type: 'PurchaseOrderAcknowledged', caseKey: 'order:PO-1001', businessKey: '' })
  t.like(event?.body, { order: 'PO-1001', number: 'SO-5', documentKind: 'changed', supplier: 'ACME', date: '2026-03-04' })
  const lines = event?.body['lines'] as readonly Readonly<Record<string, unknown>>[]
  t.deepEqual(
    lines.map((line) => [line['line'], line['orderLine'], line['status'], (line['quantity'] as { value: string }).value, line['date']]),
    [
      ['1.1', '1', 'accepted', '6', '2026-03-06'],
      ['1.2', '1', 'backordered', '4', '2026-03-20'],
      ['2', '2', 'changed', '2', undefined],
      ['3', '3', 'rejected', '1', undefined],
      ['4', '4', 'substituted', '5', undefined],
    ],
  )
  t.deepEqual(lines[4]?.['item'], { code: 'A-4B', system: 'vendor' })
  t.is(lines[2]?.['unitPrice'], '41')
})

test('an 855 without lines accepts or rejects the order as a whole', (t) => {
  const whole = (code: string) => body({ set: '855', segments: [`BAK*00*${code}*PO-1001*20260303`, 'CUR*SE*USD'] })
  t.like(whole('AK'), { documentKind: 'accepted', number: 'PO-1001', lines: [] })
  t.like(whole('RJ'), { documentKind: 'rejected' })
})

test('an 856 is one ShipmentAnnounced an order, with lots, serials and expiry by line', (t) => {
  const made = events([[shipment]])
  t.deepEqual(
    made.map(({ anchor, caseKey }) => [anchor, caseKey]),
    [
      ['GS[1].ST[1].HL(2)', 'order:PO-1001'],
      ['GS[1].ST[1].HL(6)', 'order:PO-1002'],
    ],
  )
  t.like(made[0]?.body, { number: 'SHP-9', order: 'PO-1001', supplier: 'ACME', reference: 'TRACK-1' })
  t.deepEqual(made[0]?.body['lines'], [
    {
      line: '1',
      orderLine: '1',
      item: { code: 'A-1', system: 'vendor' },
      date: '2026-03-07',
      lot: 'LOT-7',
      expiry: '2028-01-31',
      quantity: { value: '6', unit: 'EA' },
    },
    { line: '2.1', orderLine: '2', item: { code: 'A-2', system: 'vendor' }, date: '2026-03-07', serial: 'S-1', quantity: { value: '1', unit: 'EA' } },
    { line: '2.2', orderLine: '2', item: { code: 'A-2', system: 'vendor' }, date: '2026-03-07', serial: 'S-2', quantity: { value: '1', unit: 'EA' } },
  ])
  t.like(made[0]?.keys, [
    { kind: 'order', value: 'PO-1001' },
    { kind: 'lot', value: 'LOT-7' },
    { kind: 'serial', value: 'S-1' },
  ])
})

test('levels of an 856 that are their own parents end in an event without lines, not in a loop', (t) => {
  const ring: SetOf = {
    set: '856',
    segments: ['BSN*00*SHP-9*20260305*0800', 'HL*1*2*O', 'PRF*PO-1', 'HL*2*3*I', 'LIN**VN*A', 'SN1**1*EA', 'HL*3*2*P', 'CTT*3'],
  }
  t.deepEqual(body(ring)?.['lines'], [])
})

test('a 997 is TransmissionAcknowledged for each of our transactions, with X12’s own codes', (t) => {
  const [event] = events([[received]])
  t.like(event, { type: 'TransmissionAcknowledged', caseKey: '', keys: [] })
  t.like(event?.body, { control: '123456789/0001', status: 'rejected', errors: ['AK3:PO1(6):8', 'AK4:3:7', 'AK5:5'] })
  t.like(body({ set: '997', segments: ['AK1*PO*5', 'AK9*A*1*1*1'] }), { control: '5/0001', status: 'accepted' })
})

test('a TA1 that rejects our interchange is a rejection; one that accepts says nothing new', (t) => {
  const of = (code: string) => {
    const text = interchange([]).replace('IEA*0', `TA1*123456789*260310*0915*${code}*006~\nIEA*0`)
    return run(text)
  }
  t.like(of('R'), { kind: 'mapped', events: [{ body: { control: '123456789/0001', status: 'rejected', errors: ['TA1:006'] } }] })
  t.like(of('A'), { kind: 'filtered' })
})

test('a broken transaction makes no event and the good ones go on', (t) => {
  const broken: SetOf = { set: '810', control: '0002', segments: INVOICE.filter((segment) => !segment.startsWith('BIG')) }
  t.deepEqual(
    events([[invoice, broken]]).map(({ anchor }) => anchor),
    ['GS[1].ST[1]'],
  )
  t.like(run(interchange([[broken]])), { kind: 'fault', fault: { code: 'NOT_X12' } })
})

test('the same interchange makes the same event ids; too many events are a fault', (t) => {
  const ids = () => events([[invoice, { ...invoice, control: '0002' }]]).map(({ body }) => body['id'])
  t.deepEqual(ids(), ids())
  t.is(new Set(ids()).size, 2)
  const small = compileX12Channel({ name: 'suppliers' }, tables, { eventsPerMessage: 1 })
  const text = Buffer.from(interchange([[invoice, { ...invoice, control: '0002' }]]))
  t.like(small.run(x12Format.read(text, { charset: 'utf-8' }), { message: 1, recordedAt: AT }), { kind: 'fault', fault: { code: 'TOO_MANY_EVENTS' } })
})

test('a test interchange (ISA15 = T) is answered and goes no further, unless the channel takes tests', (t) => {
  const trial = interchange([[invoice]]).replace('*P*>', '*T*>')
  t.deepEqual(run(trial), { kind: 'filtered', by: 'ISA15 test' })
  t.regex(Buffer.from(x12Format.read(Buffer.from(trial), { charset: 'MSH-18' }).acknowledge('AA', { at: AT, id: 'a' })).toString(), /AK9\*A/)
  const channel = compileX12Channel({ name: 'suppliers', interchange: { test: true, receivers: [] } }, tables, { eventsPerMessage: 100 })
  t.is(channel.run(x12Format.read(Buffer.from(trial), { charset: 'MSH-18' }), { message: 1, recordedAt: AT }).kind, 'mapped')
})
