import test from 'ava'
import { formatIssue, loadConfiguration } from '../../../channels/config/index.ts'
import { withChannel } from './samples.ts'

/** A rule that makes invoices, with this as its lines. */
const RULE = (lines: string) => `map:
  - id: invoice
    for_each: Invoice
    to: InvoiceReceived
    set:
      occurredAt: date
      number: id
      lines: ${lines}
  - id: rest`
const load = (lines: string) => loadConfiguration({ files: withChannel((text) => text.replace(/map:\n {2}- id: \S+/, RULE(lines))), env: {} })
const told = (lines: string) =>
  load(lines)
    .issues.map((issue) => formatIssue(issue).replace(/^[^ ]+ /, ''))
    .filter((text) => /lines|line has|nope/.test(text))

test('lines are for_each and set, with the short form inside as outside', (t) => {
  t.deepEqual(told('{ for_each: Invoice.lineItem, set: { item: chargeItem } }'), [])
  const channel = load('{ for_each: Invoice.lineItem, set: { item: chargeItem, status: { value: accepted } } }').drafts[0]
  t.like(channel?.map[0]?.set['lines']?.lines, { forEach: 'Invoice.lineItem', set: { item: { from: 'chargeItem' }, status: { value: 'accepted' } } })
})

test('one without the other, a path beside them, an unknown field and an unknown table are named', (t) => {
  t.regex(told('{ set: { item: chargeItem } }').join('\n'), /lines has set and no for_each \[missing-field\] — add for_each/)
  t.regex(told('{ for_each: Invoice.lineItem }').join('\n'), /lines has for_each and no set/)
  t.regex(told('{ from: x, for_each: Invoice.lineItem, set: { item: chargeItem } }').join('\n'), /lines has both for_each and from/)
  t.regex(told('{ for_each: Invoice.lineItem, set: { itm: chargeItem } }').join('\n'), /a line has no field itm \[unknown-event-field\] — did you mean item\?/)
  t.regex(told('{ for_each: Invoice.lineItem, set: { item: { from: chargeItem, table: nope } } }').join('\n'), /there is no table nope/)
})
