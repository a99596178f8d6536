import test from 'ava'
import { formatIssue, loadConfiguration } from '../../../channels/config/index.ts'
import { readDuration, readSize } from '../../../channels/config/measures.ts'
import { FILES } from './samples.ts'

const load = (change: Readonly<Record<string, string>>, overrides: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}) =>
  loadConfiguration({ files: { ...FILES, ...change }, overrides, env })
const told = (loaded: ReturnType<typeof load>): readonly string[] => loaded.issues.map(formatIssue)

test('overrides reach channels, destinations, policies and the engine', (t) => {
  const { configuration, issues } = load(
    {},
    {
      'channels.or-supply-usage.listen.mllp.port': '0',
      'channels.or-supply-usage.listen.mllp.messages': '[DFT^P03, "ADT^*"]',
      'channels.or-supply-usage.map.0.set.item.from': 'FT1-19.1',
      'destinations.erp.url': 'http://127.0.0.1:1234/in',
      'destinations.erp.retry.first': '50ms',
      'api.port': '0',
      'engine.installation': 'other',
      'policies.gl_owner': 'erp',
    },
  )
  t.deepEqual(issues, [])
  t.like(configuration?.channels[0]?.listen[0], { port: 0, messages: ['DFT^P03', 'ADT^*'] })
  t.is(configuration?.channels[0]?.map[0]?.set['item']?.from, 'FT1-19.1')
  t.like(configuration?.destinations[0], { url: 'http://127.0.0.1:1234/in', retry: { firstMs: 50 } })
  t.like(configuration?.engine, { installation: 'other', api: { port: 0 } })
  t.is(configuration?.policies.glOwner, 'erp')
})

test('an override that names nothing, or gives what its key does not take, is told as --set with a guess', (t) => {
  const loaded = load(
    {},
    {
      'channels.or-suply-usage.lane': 'x',
      'apo.port': '1',
      'destinations.erp.urll': 'x',
      'api.port': 'many',
      'channels.or-supply-usage.map.7.to': 'SupplyUsed',
      nonsense: '',
    },
  )
  t.deepEqual(told(loaded), [
    '--set api.port(1,1) api.port: expected a whole number from 0 to 65535, got "many" [wrong-type]',
    '--set apo.port(1,1) the configuration has nothing at apo.port [bad-override] — did you mean api.port?',
    '--set channels.or-suply-usage.lane(1,1) the configuration has nothing at channels.or-suply-usage.lane [bad-override] — did you mean channels.or-supply-usage.lane?',
    '--set channels.or-supply-usage.map.7.to(1,1) the configuration has nothing at channels.or-supply-usage.map.7.to [bad-override]',
    '--set destinations.erp.urll(1,1) urll is not recognised [unknown-field] — did you mean url?',
    '--set nonsense(1,1) the configuration has nothing at nonsense [bad-override]',
  ])
  t.is(loaded.configuration, null)
})

test('an override of a channel or destination that is no longer there is a warning where that is asked for, and no other one is', (t) => {
  const gone = { 'channels.gone.listen.mllp.port': '0', 'destinations.gone.url': 'http://127.0.0.1/' }
  const levels = (overrides: Readonly<Record<string, string>>, lenientOverrides: boolean) =>
    loadConfiguration({ files: FILES, overrides, lenientOverrides }).issues.map(({ code, level }) => `${code} ${level}`)
  t.deepEqual(levels(gone, false), ['bad-override error', 'bad-override error'])
  t.deepEqual(levels(gone, true), ['bad-override warning', 'bad-override warning'])
  t.deepEqual(levels({ 'apo.port': '1', channels: '1', 'channels.or-supply-usage.map.7.to': 'SupplyUsed' }, true), [
    'bad-override error',
    'bad-override error',
    'bad-override error',
  ])
  t.truthy(loadConfiguration({ files: FILES, overrides: gone, lenientOverrides: true }).configuration)
})

test('a ${NAME} is filled from the environment and never archived', (t) => {
  const { configuration } = load(
    { 'destinations/erp.yaml': 'type: http\nurl: http://127.0.0.1:${PORT}/\nheaders: { Authorization: "Bearer ${ERP_TOKEN}" }\n' },
    {},
    { PORT: '9000', ERP_TOKEN: 'synthetic' },
  )
  t.is(configuration?.destinations[0]?.url, 'http://127.0.0.1:9000/')
  t.is(configuration?.destinations[0]?.headers['Authorization'], 'Bearer synthetic')
  t.false(JSON.stringify(configuration?.files).includes('synthetic'))
})

test('a variable that is not set is an error at its place', (t) => {
  t.deepEqual(told(load({ 'destinations/erp.yaml': 'type: http\nurl: ${ERP_ADRESS}\n' }, {}, { ERP_ADDRESS: 'http://127.0.0.1/' })), [
    'destinations/erp.yaml(2,6) the environment has no ERP_ADRESS [missing-env] — did you mean ERP_ADDRESS?',
  ])
})

test('secrets in clear are errors wherever they stand, and are not repeated', (t) => {
  const yaml = 'type: http\nurl: http://bridge:hunter2@127.0.0.1/\nheaders: { Authorization: Bearer hunter2 }\noptions: { password: hunter2, user: bridge }\n'
  const lines = told(load({ 'destinations/erp.yaml': yaml }, { 'destinations.erp.options.api_key': 'hunter2' }))
  t.deepEqual(
    lines.map((line) => line.replace(/ .*\[/, ' [').replace(/ — .*/, '')),
    [
      '--set [secret-in-clear]',
      'destinations/erp.yaml(2,6) [secret-in-clear]',
      'destinations/erp.yaml(3,27) [secret-in-clear]',
      'destinations/erp.yaml(4,22) [secret-in-clear]',
    ],
  )
  t.false(lines.join('').includes('hunter2'))
})

test('policies in several files are read as one, and a key in two of them is told', (t) => {
  const { configuration } = load({ 'policies/a.yaml': 'accounts: { inventory: "1400" }\n', 'policies/b.yaml': 'gl_owner: erp\naccounts: { waste: "6190" }\n' })
  t.like(configuration?.policies, { glOwner: 'erp', accounts: { inventory: '1400', waste: '6190' } })
  t.deepEqual(told(load({ 'policies/a.yaml': 'gl_owner: erp\n', 'policies/b.yaml': 'gl_owner: bridge\nstock_owner: erb\n' })), [
    'policies/b.yaml(1,1) gl_owner stands in another file of policies too [duplicate-key]',
    'policies/b.yaml(2,14) stock_owner: expected one of bridge, erp, got "erb" [not-an-option] — did you mean erp?',
  ])
})

const ERP = 'type: sandbox\nurl: http://127.0.0.1:8090/\n'
const POLICIES = `company: H1
currency: USD
stock_owner: bridge
reorder_owner: bridge
gl_owner: bridge
accounts: { inventory: "1400", accrued: "2150", clearing: "2160", waste: "6190", expense: { default: "6100" } }
`

test('an ERP in use needs policies that say who owns what; documents go to the only ERP there is', (t) => {
  const { configuration, issues } = load({ 'destinations/erp.yaml': ERP, 'policies/policies.yaml': POLICIES })
  t.deepEqual(issues, [])
  t.deepEqual(configuration?.policies.routes, { '*': 'erp' })
  t.is(configuration?.destinations[0]?.body, 'document')
  const missing = load({ 'destinations/erp.yaml': ERP }).issues
  t.deepEqual(
    missing.map(({ message }) => message.split(' ')[0]),
    ['company', 'currency', 'gl_owner', 'stock_owner', 'reorder_owner'],
  )
})

test('an ERP that books the ledger itself must not also get journals from the bridge (R28)', (t) => {
  const files = { 'destinations/erp.yaml': `${ERP}options: { books_gl: true }\n` }
  t.deepEqual(
    load({ ...files, 'policies/policies.yaml': POLICIES }).issues.map(({ code, line, column }) => [code, line, column]),
    [['two-gl-owners', 3, 22]],
  )
  t.deepEqual(load({ ...files, 'policies/policies.yaml': POLICIES.replace('gl_owner: bridge', 'gl_owner: erp') }).issues, [])
})

test('a route to a destination or of a kind that does not exist is told', (t) => {
  const lines = told(load({ 'destinations/erp.yaml': ERP, 'policies/policies.yaml': `${POLICIES}routes: { '*': erp, jurnal: erp, requisition: epr }\n` }))
  t.deepEqual(lines, [
    'policies/policies.yaml(7,21) there is no document kind jurnal [unknown-field] — did you mean journal?',
    'policies/policies.yaml(7,47) there is no destination epr [unknown-destination] — did you mean erp?',
  ])
})

test('account numbers without quotes are told, for YAML would drop their zeros', (t) => {
  t.deepEqual(told(load({ 'policies/p.yaml': 'accounts: { inventory: 0140, waste: 6190 }\n' })), [
    'policies/p.yaml(1,24) accounts.inventory: 0140 is read as the number 140 [unquoted-code] — quote it: "0140"',
    'policies/p.yaml(1,37) accounts.waste: expected a text, got the number 6190 [unquoted-code] — quote it: "6190"',
  ])
})

test('an address that does not fit the type is told without repeating it', (t) => {
  t.deepEqual(told(load({ 'destinations/erp.yaml': 'type: http\nurl: localhost:9000\n' })), [
    'destinations/erp.yaml(2,6) url: expected an address such as https://host/path for type http [bad-value]',
  ])
})

test('durations and sizes are read with their unit only', (t) => {
  t.deepEqual(readDuration('1.5h'), { ok: true, value: 5_400_000 })
  t.deepEqual(readDuration('250ms'), { ok: true, value: 250 })
  t.deepEqual(readSize('512KB'), { ok: true, value: 524_288 })
  t.deepEqual(readDuration('30 sec'), { ok: false, suggestion: '30s' })
  t.deepEqual(readDuration('5min'), { ok: false, suggestion: '5m' })
  t.deepEqual(readSize('16mb'), { ok: false, suggestion: '16MB' })
  t.false(readDuration('16MB').ok)
  t.false(readDuration('0.1ms').ok)
})
