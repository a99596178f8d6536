import test from 'ava'
import { formatIssue, loadChannelTests } from '../../../channels/config/index.ts'

const FOLDER = 'channels/demo'
const load = (text: string, more: Readonly<Record<string, string>> = {}) =>
  loadChannelTests({ [`${FOLDER}/channel.test.yaml`]: text, [`${FOLDER}/messages/a.hl7`]: 'MSH|a', [`${FOLDER}/items.csv`]: 'item\nI1\n', ...more }, 'demo')

test('a test names its messages as one, as a list, or with changes', (t) => {
  const { tests, issues } = load(`tests:
  - name: one
    send: messages/a.hl7
  - name: several
    send: [messages/a.hl7, { from: messages/a.hl7, set: { PID-3: "" } }]
    now: 2026-03-01T08:00:00+01:00
    load: { items: items.csv }
    ack: AA
    state: SENT
    events: [{ type: SupplyUsed, quantity: { value: "2" } }]
  - name: changed
    send: { from: messages/a.hl7, set: { FT1-10: 3 } }
    failure: BAD_VALUE
    at: FT1(1)-10
`)
  t.deepEqual(issues, [])
  t.deepEqual(tests[0]?.send, [{ file: 'messages/a.hl7', text: 'MSH|a', set: {} }])
  t.deepEqual(tests[1]?.send[1]?.set, { 'PID-3': '' })
  t.is(tests[1]?.now, Date.UTC(2026, 2, 1, 7))
  t.deepEqual(tests[1]?.load, { items: { file: 'items.csv', text: 'item\nI1\n' } })
  t.deepEqual(tests[1]?.locate(['events', 0, 'quantity', 'value']), { line: 10, column: 53 })
  t.deepEqual(tests[2]?.send[0]?.set, { 'FT1-10': '3' })
  t.is(tests[0]?.events, undefined)
})

test('every mistake of a test file is told at once, and sound tests beside them stay', (t) => {
  const { tests, issues } = load(`tests:
  - name: sound
    send: messages/a.hl7
  - name: sound
    send: messages/b.hl7
    now: 2026-02-30T08:00:00Z
  - send: { from: messages/c.hl7, sett: {} }
    now: 2026-03-01T08:00:00
    ack: OK
    load: { itmes: items.csv }
    failure: BAD_VALU
    events: [{ lot: 0123 }]
`)
  t.deepEqual(
    tests.map(({ name }) => name),
    ['sound'],
  )
  t.deepEqual(
    issues.map((issue) => formatIssue(issue).replace('channels/demo/channel.test.yaml', '')),
    [
      '(4,11) test 1 has the same name [duplicate-test]',
      '(5,11) there is no file messages/b.hl7 in channels/demo [missing-file] — did you mean messages/a.hl7?',
      '(6,10) now: this day or time is in no calendar [bad-value]',
      '(7,5) name is missing [missing-field]',
      '(7,35) send[1].sett is not recognised [unknown-field] — did you mean set?',
      '(8,10) now: expected a moment with its zone such as 2026-03-01T08:00:00+01:00, got "2026-03-01T08:00:00" [bad-value]',
      '(9,10) ack: expected one of AA, AE, AR, got "OK" [not-an-option]',
      '(10,13) load.itmes is not recognised [unknown-field] — did you mean items?',
      '(11,14) failure: expected one of FRAME_TOO_LARGE',
      '(12,21) 0123 is read as the number 123 [unquoted-code] — quote it: "0123"',
    ].map((line, n) => (line.startsWith('(11') ? formatIssue(issues[n]!).replace('channels/demo/channel.test.yaml', '') : line)),
  )
  t.is(issues.find(({ line }) => line === 11)?.suggestion, 'did you mean BAD_VALUE?')
})

test('a channel without a test file has no tests and no findings', (t) => {
  t.deepEqual(loadChannelTests({}, 'demo'), { tests: [], issues: [] })
})

test('files beside the channel can be named with ..', (t) => {
  const { tests, issues } = load('tests: [{ name: shared, send: ../shared/m.hl7 }]', { 'channels/shared/m.hl7': 'MSH|s' })
  t.deepEqual(issues, [])
  t.is(tests[0]?.send[0]?.text, 'MSH|s')
})
