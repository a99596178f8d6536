import test from 'ava'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIssue, loadConfiguration, readConfigurationFolder } from '../../../channels/config/index.ts'
import { FILES } from './samples.ts'

const KEY = { kty: 'EC', crv: 'P-384', kid: 'a1', x: 'AA', y: 'AA' }
const SET = JSON.stringify({ keys: [KEY] })

const load = (smart: string, files: Readonly<Record<string, string>> = {}) =>
  loadConfiguration({ files: { ...FILES, 'engine.yaml': `installation: test-house\n${smart}`, ...files } })
const told = (smart: string, files: Readonly<Record<string, string>> = {}): readonly string[] => load(smart, files).issues.map(formatIssue)
const client = (said: string) => `smart:\n  clients:\n    ehr-feed: { ${said} }\n`

test('without smart nobody may ask for a token', (t) => {
  t.is(load('').configuration?.engine.smart, null)
})

test('clients have their keys by address, in a file of the folder, or in place', (t) => {
  const { configuration, issues } = load(
    `smart:
  public_url: https://aqueduct.example.org/
  token_lifetime: 90s
  clients:
    by-address: { jwks_url: https://ehr.example.org/jwks.json, scopes: [system/Procedure.cruds, system/*.read] }
    by-file: { jwks_file: keys/feed.json, scopes: [system/Device.c] }
    in-place: { jwks: ${SET}, scopes: [system/*.*] }
`,
    { 'keys/feed.json': SET },
  )
  t.deepEqual(issues, [])
  t.deepEqual(configuration?.engine.smart, {
    publicUrl: 'https://aqueduct.example.org',
    tokenLifetimeMs: 90_000,
    clients: [
      { id: 'by-address', keys: { kind: 'url', url: 'https://ehr.example.org/jwks.json' }, scopes: ['system/Procedure.cruds', 'system/*.read'] },
      { id: 'by-file', keys: { kind: 'set', keys: [KEY] }, scopes: ['system/Device.c'] },
      { id: 'in-place', keys: { kind: 'set', keys: [KEY] }, scopes: ['system/*.*'] },
    ],
  })
  t.is(load('smart: { clients: {} }\n').configuration?.engine.smart?.tokenLifetimeMs, 300_000)
})

test('other keys in a file are another configuration', (t) => {
  const smart = client('jwks_file: keys/feed.json, scopes: [system/*.rs]')
  const id = (text: string) => load(smart, { 'keys/feed.json': text }).configuration?.id
  t.not(id(SET), id(JSON.stringify({ keys: [{ ...KEY, kid: 'a2' }] })))
})

test('the public keys of keys/ are read with the folder', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-config-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, 'keys'))
  writeFileSync(join(dir, 'keys/feed.json'), SET)
  writeFileSync(join(dir, 'other.json'), '{}')
  t.deepEqual(readConfigurationFolder(dir).files, { 'keys/feed.json': SET })
})

for (const [what, said, files, expected] of [
  ['no keys', 'scopes: [system/*.rs]', {}, /client ehr-feed has no keys \[missing-field\] — say one of jwks_url, jwks_file, jwks/],
  ['keys in two ways', `jwks_url: "https://a/b", jwks: ${SET}, scopes: [system/*.rs]`, {}, /has both jwks_url and jwks \[bad-value\]/],
  ['a key address in clear text', 'jwks_url: "http://ehr.example.org/jwks", scopes: [system/*.rs]', {}, /jwks_url is not https.*\[bad-value\]/],
  ['a key address with a password', 'jwks_url: "https://u@ehr.example.org/jwks", scopes: [system/*.rs]', {}, /jwks_url: expected an address/],
  [
    'a file that is not there',
    'jwks_file: keys/fed.json, scopes: [system/*.rs]',
    { 'keys/feed.json': SET },
    /there is no keys\/fed.json \[missing-file\] — did you mean keys\/feed.json/,
  ],
  ['a file that is no JSON', 'jwks_file: keys/feed.json, scopes: [system/*.rs]', { 'keys/feed.json': '{' }, /keys\/feed.json: this is not JSON \[bad-value\]/],
  ['a private key', `jwks: ${JSON.stringify({ keys: [{ ...KEY, d: 'AA' }] })}, scopes: [system/*.rs]`, {}, /a private or secret key stands here/],
  ['a secret key', `jwks: { keys: [{ kty: oct, kid: a, k: AA }] }, scopes: [system/*.rs]`, {}, /a private or secret key stands here/],
  ['no key that fits', `jwks: { keys: [{ kty: EC, crv: P-256, kid: a, x: AA, y: AA }] }, scopes: [system/*.rs]`, {}, /no key can be used/],
  ['an unquoted kid', `jwks: { keys: [{ kty: RSA, kid: 0123, n: AA, e: AQAB }] }, scopes: [system/*.rs]`, {}, /kid: expected a text; put it in quotes/],
  ['no key set', `jwks: [], scopes: [system/*.rs]`, {}, /expected a key set/],
  ['no scopes', `jwks: ${SET}, scopes: []`, {}, /scopes is empty/],
  ['letters out of order', `jwks: ${SET}, scopes: [system/Device.sr]`, {}, /scopes\[1\]: expected a scope such as/],
  ['scopes of a person', `jwks: ${SET}, scopes: [user/Device.rs]`, {}, /expected a scope such as/],
  ['scopes narrowed by a query', `jwks: ${SET}, scopes: ["system/Device.rs?status=active"]`, {}, /expected a scope such as/],
] as const) {
  test(`a client with ${what} is refused with the reason`, (t) => {
    const texts = told(client(said), files)
    t.is(texts.length, 1, texts.join('\n'))
    t.regex(texts[0] ?? '', expected)
    t.regex(texts[0] ?? '', /^engine\.yaml\(\d+,\d+\) /)
    t.is(load(client(said), files).configuration, null)
  })
}

test('a client id that would not survive in a trail is refused', (t) => {
  t.regex(told(`smart: { clients: { "a b": { jwks: ${SET}, scopes: [system/*.rs] } } }\n`).join(), /a client id is up to 200 letters/)
})

test('a token that would hold too long or not at all is refused', (t) => {
  for (const lifetime of ['2h', '500ms']) t.regex(told(`smart: { token_lifetime: ${lifetime} }\n`).join(), /token_lifetime: expected 1s to 1h/)
})

test('how the engine is reached must be an address, is warned about in clear text, and is asked for where it leaves the machine', (t) => {
  t.regex(told('smart: { public_url: "https://a.example.org/?x=1" }\n').join(), /public_url: expected an address/)
  t.regex(told('smart: { public_url: "http://a.example.org" }\n').join(), /warning: public_url is not https.*\[http-without-tls\]/)
  t.deepEqual(told('smart: { public_url: "http://127.0.0.1:8686" }\n'), [])
  const open = `api: { host: 0.0.0.0 }\n${client(`jwks: ${SET}, scopes: [system/*.rs]`)}`
  t.regex(told(open).join(), /warning: the engine listens on 0\.0\.0\.0 and public_url is not said \[no-public-url\]/)
  t.truthy(load(open).configuration)
})
