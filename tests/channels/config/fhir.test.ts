import test from 'ava'
import { formatIssue, loadConfiguration } from '../../../channels/config/index.ts'
import { FILES, withChannel } from './samples.ts'

const LISTEN = 'mllp: { host: 127.0.0.1, port: 2575, messages: [DFT^P03], acknowledge: when-stored, charset: utf-8 }'
const load = (block: string, env: Readonly<Record<string, string>> = { SECRET: 'not-in-a-file' }) =>
  loadConfiguration({ files: withChannel((text) => text.replace('listen:', 'format: fhir\nlisten:').replace(LISTEN, `fhir_subscription:\n    ${block}`)), env })
const told = (block: string) => load(block).issues.map(formatIssue)

const TOPIC =
  '{ server: https://ehr.example/fhir/, mode: topic, topic: https://ehr.example/topics/a, endpoint: https://us.example/notify, secret: "${SECRET}", messages: [Procedure], include: [Procedure.focalDevice.manipulated], auth: { client_id: a, key: /etc/key.pem, scopes: [system/Procedure.rs] } }'

test('a subscription is read with its defaults, its server without the last slash, its secret from the environment', (t) => {
  const { configuration, issues } = load(TOPIC)
  t.deepEqual(issues.map(formatIssue), [])
  t.deepEqual(configuration?.channels[0]?.listen, [
    {
      type: 'fhir-subscription',
      server: 'https://ehr.example/fhir',
      auth: { clientId: 'a', key: '/etc/key.pem', keyId: null, algorithm: 'RS384', tokenUrl: null, scopes: ['system/Procedure.rs'] },
      headers: {},
      mode: 'topic',
      topic: 'https://ehr.example/topics/a',
      criteria: [],
      content: 'full-resource',
      host: '127.0.0.1',
      port: 0,
      path: '/notify',
      endpoint: 'https://us.example/notify',
      secret: 'not-in-a-file',
      heartbeatMs: 60_000,
      pollMs: 300_000,
      include: ['Procedure.focalDevice.manipulated'],
      messages: ['Procedure'],
      acknowledge: 'when-stored',
      ackTimeoutMs: 30_000,
      timeoutMs: 30_000,
      charset: 'utf-8',
      maxMessageBytes: 16_777_216,
    },
  ])
})

test('what a mode lacks, or has no use for, is named where it stands', (t) => {
  const of = (block: string) => told(block).map((line) => line.replace(/^[^ ]+ /, ''))
  t.deepEqual(of('{ server: https://ehr.example/fhir, mode: topic, messages: [Procedure] }'), [
    'topic is missing for mode topic [missing-field] — add topic: the canonical URL of one of the server’s topics',
    'endpoint is missing for mode topic [missing-field] — add endpoint: the address of `path` as the server reaches it',
    'secret is missing for mode topic [missing-field] — add secret: ${NAME}, so that nobody else can send notifications',
  ])
  t.deepEqual(of('{ server: https://ehr.example/fhir, mode: poll, messages: [Procedure] }'), [
    'criteria is missing for mode poll [missing-field] — add criteria: [Procedure?status=completed]',
  ])
  t.deepEqual(
    of(
      '{ server: https://ehr.example/fhir, mode: poll, topic: https://ehr.example/a, content: id-only, criteria: [status=completed], messages: [Procedure] }',
    ).sort(),
    [
      'R4 subscriptions carry nothing or the whole resource [bad-value] — write content: empty or content: full-resource',
      'a criterion begins with a resource type [bad-value] — write Procedure?status=completed',
      'topic has no meaning for mode poll [bad-value] — remove topic, or write mode: topic',
    ],
  )
})

test('a secret in clear, a path that is none, a server that is no address are refused', (t) => {
  const codes = (block: string) => load(block).issues.map(({ code }) => code)
  t.true(codes(TOPIC.replace('"${SECRET}"', 'hunter2')).includes('secret-in-clear'))
  t.deepEqual(codes(TOPIC.replace('Procedure.focalDevice.manipulated', 'focalDevice')), ['bad-value'])
  t.deepEqual(codes(TOPIC.replace('https://ehr.example/fhir/', 'ehr.example')), ['bad-value'])
})

test('notifications and searches over the network in clear text are a warning', (t) => {
  t.deepEqual(
    told(TOPIC.replace('https://ehr.example/fhir/', 'http://ehr.example/fhir')).map((line) => line.replace(/^[^ ]+ /, '')),
    ['warning: resources of ehr.example cross the network in clear text [http-without-tls] — use https'],
  )
})

test('a fhir destination takes events and needs a web address', (t) => {
  const of = (text: string) => loadConfiguration({ files: { ...FILES, 'destinations/ehr.yaml': text } })
  t.like(
    of('type: fhir\nurl: http://127.0.0.1:9/fhir\noptions: { write: update }\n').configuration?.destinations.find(({ name }) => name === 'ehr'),
    {
      type: 'fhir',
      body: 'event',
      options: { write: 'update' },
    },
  )
  t.deepEqual(
    of('type: fhir\nurl: ehr\n').issues.map(({ code }) => code),
    ['bad-value'],
  )
})

const face = (text: (text: string) => string) => loadConfiguration({ files: withChannel(text), env: {} })
const codesOf = (text: (text: string) => string) => face(text).issues.map(({ code, message }) => `${code}: ${message}`)

test('listen.fhir is read with its defaults, and opens no port', (t) => {
  const { configuration } = face((text) => text.replace('listen:', 'format: fhir\nlisten:').replace(LISTEN, 'fhir: { resources: [Procedure] }'))
  t.deepEqual(configuration?.channels[0]?.listen, [
    { type: 'fhir', messages: ['Procedure'], profiles: [], acknowledge: 'when-stored', ackTimeoutMs: 30_000, charset: 'utf-8', maxMessageBytes: 16_777_216 },
  ])
})

test('a way in that does not bring what the format is, and a type that is taken twice, are named', (t) => {
  t.deepEqual(
    codesOf((text) => text.replace(LISTEN, 'fhir: { resources: [Procedure] }')),
    ['bad-value: fhir brings FHIR resources, and the format is hl7v2'],
  )
  t.deepEqual(
    codesOf((text) => text.replace('listen:', 'format: fhir\nlisten:')),
    ['bad-value: FHIR does not come over MLLP'],
  )
  t.deepEqual(
    codesOf((text) => text.replace('listen:', 'format: fhir\nlisten:').replace(LISTEN, 'fhir: { resources: [Procedure, Procedure] }')),
    ['duplicate-name: Procedure stands here twice'],
  )
})
