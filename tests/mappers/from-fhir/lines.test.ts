import test from 'ava'
import { channelOf, compile, field, run } from './samples.ts'
import type { FieldRule, MapRule } from '../../../channels/contract/index.ts'

const line = (set: Readonly<Record<string, Partial<FieldRule> | string>>, forEach = 'Invoice.lineItem'): FieldRule => ({
  ...field({}),
  lines: { forEach, set: Object.fromEntries(Object.entries(set).map(([name, how]) => [name, field(how)])) },
})
const invoiceRule = (lines: FieldRule, more: Partial<MapRule> = {}): MapRule => ({
  id: 'invoice',
  forEach: 'Invoice',
  when: null,
  to: 'InvoiceReceived',
  businessKey: [],
  set: { occurredAt: field('date'), number: field('identifier.value.first()'), lines },
  ...more,
})
const LINES = {
  item: 'chargeItem.ofType(CodeableConcept) | chargeItem.resolve().code',
  quantity: { from: "priceComponent.where(type = 'base').factor", unit: '=EA' },
  amount: "priceComponent.where(type = 'base').amount.value",
} as const

const invoice = (items: string) =>
  `{"resourceType":"Invoice","id":"i1","status":"issued","date":"2026-03-03","identifier":[{"value":"N-1"}],"lineItem":[${items}]}`
const item = (code: string, factor: string, amount: string, more = '') =>
  `{${more}"chargeItemCodeableConcept":{"coding":[{"code":"${code}"}]},"priceComponent":[{"type":"base","factor":${factor},"amount":{"value":${amount},"currency":"USD"}}]}`

const problems = (rule: MapRule) => compile(channelOf([rule])).problems.map(({ message, path, suggestion }) => ({ at: path.join('.'), message, suggestion }))

test('each item is one line, with the digits and the place that it was sent with, numbered by its place', (t) => {
  const made = run(invoice(`${item('A', '2', '237.00')},${item('B', '1.50', '10.10')}`), [invoiceRule(line(LINES))])
  t.like(made, {
    kind: 'mapped',
    events: [
      {
        body: {
          type: 'InvoiceReceived',
          lines: [
            { line: '1', item: { code: 'A' }, quantity: { value: '2', unit: 'EA' }, amount: '237.00' },
            { line: '2', item: { code: 'B' }, quantity: { value: '1.50', unit: 'EA' }, amount: '10.10' },
          ],
        },
        origin: {
          lines: { path: 'Invoice.lineItem' },
          'lines[1].amount': { path: 'Invoice.lineItem[1].priceComponent[0].amount.value', rule: 'implants/invoice/lines/amount' },
        },
      },
    ],
  })
  const own = run(invoice(item('A', '1', '1', '"sequence":7,')), [invoiceRule(line({ ...LINES, line: 'sequence' }))])
  t.like(own, { events: [{ body: { lines: [{ line: '7' }] } }] })
})

test('a document without lines, and a line that cannot be read, are refused with their place', (t) => {
  const rule = invoiceRule(line(LINES))
  t.like(run('{"resourceType":"Invoice","id":"i1","status":"issued","date":"2026-03-03","identifier":[{"value":"N-1"}]}', [rule]), {
    kind: 'fault',
    fault: { code: 'MISSING_FIELD', place: 'Invoice.lineItem' },
  })
  t.like(run(invoice(`${item('A', '1', '1')},${item('B', '-1', '1')}`), [rule]), {
    kind: 'fault',
    fault: { code: 'BAD_VALUE', place: 'Invoice.lineItem[1].priceComponent[0].factor' },
  })
})

test('what a line refers to and a code that no table has make the event wait; it cannot be given for one line alone', (t) => {
  const reference = '{"chargeItemReference":{"reference":"ChargeItem/c1"}}'
  t.like(run(invoice(reference), [invoiceRule(line(LINES))]), { events: [{ needs: [{ kind: 'UNRESOLVED_REFERENCE' }] }] })
  const tabled = line({ ...LINES, costCentre: { from: 'chargeItem.ofType(CodeableConcept)', table: 'departments' } })
  const made = run(invoice(`${item('7020', '1', '1')},${item('9', '1', '1')}`), [invoiceRule(tabled)])
  t.like(made, {
    events: [{ needs: [{ kind: 'UNMAPPED_CODE', subject: 'departments:9', field: '', place: 'Invoice.lineItem[1].chargeItemCodeableConcept' }] }],
  })
  t.like(made, { events: [{ body: { lines: [{ costCentre: 'OR-ORTHO' }, { line: '2' }] } }] })
})

test('mistakes in lines are told where they stand', (t) => {
  t.like(problems(invoiceRule(line({ item: 'chargeItm' }))), [{ at: 'map.0.set.lines.set.item.from', suggestion: 'chargeItem' }])
  t.like(problems(invoiceRule(line({ itm: 'chargeItem' }))), [{ at: 'map.0.set.lines.set.itm', suggestion: 'item' }])
  t.like(problems(invoiceRule(line({}, 'Invoice.lineItems'))), [{ at: 'map.0.set.lines.for_each', suggestion: 'lineItem' }])
  t.like(problems(invoiceRule(field('Invoice.lineItem'))), [{ at: 'map.0.set.lines', message: 'lines is made of lines: say for_each and set instead of from' }])
  const wrong = invoiceRule(line(LINES), { set: { occurredAt: field('date'), number: line({}), lines: line(LINES) } })
  t.like(problems(wrong), [{ at: 'map.0.set.number' }])
})
