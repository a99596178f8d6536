import fc from 'fast-check'
import test from 'ava'
import { formatIssue, issueAt, LINTS, loadConfiguration } from '../../../channels/config/index.ts'
import { CHANNEL, FILES, withChannel } from './samples.ts'

const FILE = 'channels/or-supply-usage/channel.yaml'
const found = (files: Readonly<Record<string, string>>, overrides: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}) =>
  loadConfiguration({ files, overrides, env }).issues.map(({ file, line, column, code }) => `${file}(${String(line)},${String(column)}) ${code}`)

test('a sound folder gives a configuration with every default filled and no finding', (t) => {
  const { configuration, issues } = loadConfiguration({ files: FILES })
  t.deepEqual(issues, [])
  const channel = configuration?.channels[0]
  t.like(channel?.listen[0], {
    type: 'mllp',
    port: 2575,
    ackTimeoutMs: 30_000,
    ack: 'auto',
    maxMessageBytes: 16 * 1024 ** 2,
    idleTimeoutMs: 600_000,
    tls: null,
  })
  t.deepEqual(channel?.map[0]?.set['quantity'], {
    from: 'FT1-10',
    value: null,
    default: '1',
    system: null,
    text: null,
    unit: null,
    as: null,
    currency: null,
    table: null,
    missing: 'worklist',
    minus: 'v("FT1-6.1") == "CD"',
  })
  t.like(configuration?.destinations[0], {
    name: 'erp',
    body: 'event',
    concurrency: 8,
    settleMs: 2000,
    retry: { firstMs: 1000, maxMs: 300_000, attempts: null },
    breaker: { failures: 5, openMs: 10_000 },
  })
  t.like(configuration?.engine, { installation: 'test-house', dedupeDays: 7, limits: { eventsPerMessage: 10_000, openIntakes: 2000 } })
  t.is(configuration?.tables.get('departments')?.find('7010', '2026-03-01'), 'OR-MAIN')
})

const ELEVEN = `channel: or-supply-usage
about: Implants and supplies documented in the OR
owner: 0815
listen:
  mllp:
    prot: 2575
    messages: [DFT_P03]
    acknowledge: when-delivrd
    idle_timeout: 30
    max_message: 16 MB
lane: PID-18.1
map:
  - id: usage
    for_each: FT1
    to: SuplyUsed
    set:
      occurredAt: FT1-4.1
  - id: usage
    to: CostIncurred
    set:
      occurredAt: FT1-4.1
      charge: FT1-7.1
      ammount: { from: FT1-11, currency: USD }
      department: { from: FT1-13.1, table: department }
deliver:
  - to: epr
`

test('a channel file with eleven mistakes gives every one of them at once, each at its place', (t) => {
  const { configuration, issues } = loadConfiguration({ files: { ...FILES, [FILE]: ELEVEN } })
  t.is(configuration, null)
  t.deepEqual(
    issues.filter(({ level }) => level === 'error').map((issue) => formatIssue(issue).replace(FILE, '')),
    [
      '(3,8) owner: 0815 is read as the number 815 [unquoted-code] — quote it: "0815"',
      '(6,5) listen.mllp.prot is not recognised [unknown-field] — did you mean port?',
      '(7,16) listen.mllp.messages[1]: expected a message type such as DFT^P03 or DFT^*, got "DFT_P03" [bad-value] — did you mean DFT^P03?',
      '(8,18) listen.mllp.acknowledge: expected one of when-stored, when-mapped, when-delivered, got "when-delivrd" [not-an-option] — did you mean when-delivered?',
      '(9,19) listen.mllp.idle_timeout: 30 has no unit; expected a duration such as 30s, 5m or 2d, or none [bare-number] — did you mean 30s?',
      '(10,18) listen.mllp.max_message: expected a size such as 512KB or 16MB, got "16 MB" [bad-value] — did you mean 16MB?',
      '(15,9) there is no event SuplyUsed [unknown-event] — did you mean SupplyUsed?',
      '(18,9) rule 1 of this channel has the id usage already [duplicate-name]',
      '(23,7) CostIncurred has no field ammount [unknown-event-field] — did you mean amount?',
      '(24,44) there is no table department [unknown-table] — did you mean departments?',
      '(26,9) there is no destination epr [unknown-destination] — did you mean erp?',
    ],
  )
})

test('a channel with mistakes still gives a draft, so that its paths and conditions can be checked in the same run', (t) => {
  const { drafts, locate } = loadConfiguration({ files: { ...FILES, [FILE]: ELEVEN } })
  t.is(drafts[0]?.map[1]?.set['department']?.from, 'FT1-13.1')
  const problem = issueAt(locate, FILE, ['map', 1, 'set', 'charge', 'from'], { code: 'bad-path', message: 'FT1-7.1 …', suggestion: 'FT1-7' })
  t.deepEqual(problem, { file: FILE, line: 22, column: 15, code: 'bad-path', level: 'error', message: 'FT1-7.1 …', suggestion: 'did you mean FT1-7?' })
})

test('text that is no YAML is one finding at its place, not a heap of missing keys', (t) => {
  t.deepEqual(
    found(withChannel((text) => text.replace('lane: PID-18.1', 'lane: "PID-18.1')))
      .filter((line) => line.includes(FILE))
      .map((line) => line.split(' ')[1]),
    ['parse-error'],
  )
})

test('a key that stands twice is found, and the rest of the file is checked all the same', (t) => {
  t.deepEqual(found(withChannel((text) => `${text.replace('to: erp', 'to: epr')}lane: PID-18.1\n`)), [
    `${FILE}(21,9) unknown-destination`,
    `${FILE}(22,1) duplicate-key`,
  ])
})

test('a field that the event needs and no rule sets is an error at `set`', (t) => {
  t.deepEqual(found(withChannel((text) => text.replace('      occurredAt: FT1-4.1\n', ''))), [`${FILE}(14,5) missing-event-field`])
})

test('`from` beside `value`, and neither of them, are errors', (t) => {
  const files = withChannel((text) =>
    text
      .replace('{ from: FT1-22, currency: USD }', '{ from: FT1-22, value: "1", currency: USD }')
      .replace('{ from: FT1-13.1, table: departments }', '{ table: departments }'),
  )
  t.deepEqual(found(files), [`${FILE}(18,33) bad-value`, `${FILE}(19,7) missing-field`])
})

test('an amount without a currency is a warning and does not stop the configuration', (t) => {
  const { configuration, issues } = loadConfiguration({ files: withChannel((text) => text.replace(', currency: USD', '')) })
  t.deepEqual(
    issues.map(({ code, level }) => [code, level]),
    [['money-without-currency', 'warning']],
  )
  t.truthy(configuration)
})

test('minus on an event that has no reversal is an error', (t) => {
  t.true(found(withChannel((text) => text.replace('to: SupplyUsed', 'to: SupplyRequested'))).includes(`${FILE}(16,52) no-reversal`))
})

test('two listeners on one port are found, and port 0 never clashes', (t) => {
  const second = CHANNEL.replace('channel: or-supply-usage', 'channel: other')
  const files = { ...FILES, 'channels/other/channel.yaml': second, 'channels/other/channel.test.yaml': 'tests: []' }
  t.deepEqual(found(files), ['channels/other/channel.yaml(5,34) port-taken'])
  t.deepEqual(found(files, { 'channels.other.listen.mllp.port': '0', 'channels.or-supply-usage.listen.mllp.port': '0' }), [])
  t.deepEqual(found(files, { 'channels.other.listen.mllp.port': '8686' }), ['--set channels.other.listen.mllp.port(1,1) port-taken'])
})

test('MLLP without TLS is a warning unless it stays on the machine', (t) => {
  t.deepEqual(found(withChannel((text) => text.replace('host: 127.0.0.1, ', ''))), [`${FILE}(5,3) mllp-without-tls`])
})

test('a channel without tests, an empty folder and a stray file are told', (t) => {
  const { 'channels/or-supply-usage/channel.test.yaml': _, ...untested } = FILES
  t.deepEqual(found(untested), [`${FILE}(1,1) no-tests`])
  t.true(found({}).includes('channels(1,1) no-channels'))
  const { issues } = loadConfiguration({ files: { ...FILES, 'destination/other.yaml': 'type: http', 'channels/x/chanel.yaml': '' } })
  t.deepEqual(issues.map(formatIssue), [
    'channels/x/chanel.yaml(1,1) warning: nothing reads this file [unknown-file] — did you mean channels/x/channel.yaml?',
    'channels/x/channel.yaml(1,1) the folder of channel x has no channel.yaml [missing-file]',
    'destination/other.yaml(1,1) warning: nothing reads this file [unknown-file] — did you mean destinations/other.yaml?',
  ])
})

test('the id is that of the content: comments and tests aside, the same files and overrides give the same, others another', (t) => {
  const id = (files: Readonly<Record<string, string>>, overrides: Readonly<Record<string, string>> = {}) =>
    loadConfiguration({ files, overrides }).configuration?.id
  const reversed = Object.fromEntries(Object.entries(FILES).reverse())
  t.regex(id(FILES) ?? '', /^[0-9a-f]{12}$/)
  t.is(id(reversed), id(FILES))
  t.is(id({ ...FILES, 'channels/or-supply-usage/channel.test.yaml': 'tests: [] # later' }), id(FILES))
  t.not(id({ ...FILES, 'tables/departments.csv': 'code,value\n7010,OR-NORTH\n' }), id(FILES))
  t.not(id(FILES, { 'api.port': '0' }), id(FILES))
})

test('what is archived under the id loads again to the same id', (t) => {
  const first = loadConfiguration({ files: FILES, overrides: { 'api.port': '0' } }).configuration
  const again = loadConfiguration({ files: first?.files ?? {}, overrides: first?.overrides ?? {} }).configuration
  t.is(again?.id, first?.id)
})

test('every code that a test folder brings out stands in the lint table', (t) => {
  for (const { code, level } of loadConfiguration({ files: { ...FILES, [FILE]: ELEVEN } }).issues)
    t.is((LINTS as Readonly<Record<string, { readonly level: string }>>)[code]?.level, level)
})

test('a folder that is not called as its channel, and two channels of one name, are told', (t) => {
  const files = { ...FILES, 'channels/second/channel.yaml': CHANNEL.replace('2575', '2576'), 'channels/second/channel.test.yaml': 'tests: []' }
  t.deepEqual(found(files), ['channels/second/channel.yaml(1,10) duplicate-name', 'channels/second/channel.yaml(1,10) name-mismatch'])
})

test('whatever is done to the text of a folder, loading gives findings at real places and never throws', (t) => {
  const names = Object.keys(FILES)
  const damage = fc.record({
    file: fc.constantFrom(...names),
    at: fc.nat(600),
    cut: fc.nat(40),
    put: fc.oneof(
      fc.constantFrom('', ':', '\n', '- ', '{', '"', '*a', '&a ', '\t', '${X}', '0123', 'null', '<<: *x', '__proto__: 1'),
      fc.string({ maxLength: 12 }),
    ),
  })
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (all) => {
      const files: Record<string, string> = { ...FILES }
      for (const { file, at, cut, put } of all) {
        const text = files[file] ?? ''
        files[file] = text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + cut)
      }
      const { configuration, issues } = loadConfiguration({ files })
      if (configuration === null && !issues.some(({ level }) => level === 'error')) return false
      return issues.every(({ line, column, code, message }) => line >= 1 && column >= 1 && code in LINTS && message !== '')
    }),
    { numRuns: 150 },
  )
  t.pass()
})
