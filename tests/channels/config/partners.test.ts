/** What the configuration says of suppliers' electronic documents: format x12, files, x12 and mllp destinations, pull. */
import test from 'ava'
import { formatIssue, loadConfiguration } from '../../../channels/config/index.ts'
import { FILES } from './samples.ts'

const CHANNEL = `channel: docs
format: x12
listen:
  http: { port: 2577, path: /x12, messages: ['810'] }
  file: { folder: edi/in, pattern: '*.edi', poll: 2s, answers: out, messages: ['810', '855'] }
deliver:
  - to: erp
`
const files = (channel: string, destination?: string): Readonly<Record<string, string>> => ({
  ...FILES,
  'channels/docs/channel.yaml': channel,
  'channels/docs/channel.test.yaml': 'tests: []\n',
  ...(destination === undefined ? {} : { 'destinations/out.yaml': destination }),
})
const load = (channel: string, destination?: string) => loadConfiguration({ files: files(channel, destination) })
const told = (channel: string, destination?: string): readonly string[] => load(channel, destination).issues.map(formatIssue)

test('a channel of format x12 needs no map, and may listen to files and HTTP', (t) => {
  const { configuration, issues } = load(CHANNEL)
  t.deepEqual(issues, [])
  const channel = configuration?.channels.find(({ name }) => name === 'docs')
  t.like(channel, { format: 'x12', map: [] })
  t.deepEqual(channel?.listen[1], {
    type: 'file',
    folder: 'edi/in',
    done: 'done',
    refused: 'refused',
    answers: 'out',
    pattern: '*.edi',
    pollMs: 2000,
    messages: ['810', '855'],
    acknowledge: 'when-stored',
    ackTimeoutMs: 30_000,
    charset: 'MSH-18',
    maxMessageBytes: 16 * 1024 * 1024,
  })
})

test('without a format a channel is HL7 v2 and needs its map', (t) => {
  t.regex(told(CHANNEL.replace('format: x12\n', '').replaceAll("'810', '855'", 'DFT^P03').replaceAll("'810'", 'DFT^P03')).join('\n'), /map is missing/)
  t.like(
    load(CHANNEL).configuration?.channels.find(({ name }) => name === 'or-supply-usage'),
    { format: 'hl7v2' },
  )
})

test('what has no meaning for x12 is said: map, accept, lane, MLLP', (t) => {
  const more = `${CHANNEL.replace('  http:', '  mllp: { host: 127.0.0.1, port: 2599, messages: ["810"] }\n  http:')}lane: PID-18\naccept: "true"\nmap: [{ id: a, to: ItemChanged, set: { occurredAt: MSH-7, code: MSH-4 } }]\n`
  const text = told(more).join('\n')
  for (const what of ['map has no meaning', 'accept has no meaning', 'lane has no meaning', 'X12 does not come over MLLP']) t.true(text.includes(what), what)
})

test('a transaction set that YAML read as a number is asked for in quotes', (t) => {
  t.regex(told(CHANNEL.replace("['810']", '[810]')).join('\n'), /quote it: "810"/)
})

const SUPPLIERS = 'type: x12\nurl: file:edi/out\noptions: { sender: { id: NORTHGATE }, receivers: { ACME: { id: ACME } } }\n'

test('an x12 destination goes to a folder or an address and gets documents; a channel cannot deliver to it', (t) => {
  t.deepEqual(told(CHANNEL, SUPPLIERS), [])
  t.like(
    load(CHANNEL, SUPPLIERS).configuration?.destinations.find(({ name }) => name === 'out'),
    { type: 'x12', body: 'document', url: 'file:edi/out' },
  )
  t.deepEqual(told(CHANNEL, SUPPLIERS.replace('file:edi/out', 'https://van.example.org/as2')), [])
  for (const url of ['edi/out', '"file:"', 'file://edi/out', 'ftp://x'])
    t.regex(told(CHANNEL, SUPPLIERS.replace('file:edi/out', url)).join('\n'), /url: expected an address such as/)
  t.regex(told(CHANNEL.replace('to: erp', 'to: out'), SUPPLIERS).join('\n'), /takes orders of the bridge/)
})

test('what is pulled from an ERP and how often', (t) => {
  const tryton =
    'type: tryton\nurl: http://127.0.0.1:8000\noptions: { database: db, user: bridge }\npull: { every: { items: 15m, orders: 1m }, deliver: [erp] }\n'
  t.deepEqual(load(CHANNEL, tryton).configuration?.destinations.find(({ name }) => name === 'out')?.pull, {
    every: { items: 900_000, orders: 60_000 },
    fullMs: 86_400_000,
    deliver: ['erp'],
  })
  t.regex(told(CHANNEL, tryton.replace('items:', 'itmes:')).join('\n'), /itmes/)
})
