/** SMART clients of engine.yaml: where their keys are and whether these are keys, and how the engine is reached. Pure. */
import type { Issue, Jwk, SmartSettings } from '../contract/index.ts'
import type { Finding } from './lints.ts'
import { readDuration } from './measures.ts'
import { nearest } from './nearest.ts'
import type { Source } from './source.ts'
import type { EngineSpec } from './spec/engine.ts'
import { entries, isRecord, part } from './yaml-file.ts'

const CLIENT_ID = /^[A-Za-z0-9][\w.:/-]{0,199}$/
const MAX_LIFETIME_MS = 3_600_000
const WAYS = ['jwks_url', 'jwks_file', 'jwks'] as const

type Files = Readonly<Record<string, string>>

/** What the spec cannot say: one way to the keys, keys that are keys, addresses that are safe. Works on a file that has mistakes. */
export function checkSmart(engine: Source, files: Files): readonly Issue[] {
  const smart = part(engine.plain, ['smart'])
  if (engine.broken || !isRecord(smart)) return []
  const clients = entries(smart['clients'])
  return [...checkReach(engine, smart, clients.length > 0), ...clients.flatMap(([id, client]) => checkClient(engine, id, client, files))]
}

function checkReach(engine: Source, smart: Readonly<Record<string, unknown>>, anyone: boolean): readonly Issue[] {
  const issues: Issue[] = []
  const url = smart['public_url']
  const host = part(engine.plain, ['api', 'host'])
  if (typeof url === 'string' && url !== '') {
    const finding = addressFinding('public_url', url)
    if (finding) issues.push(engine.report(['smart', 'public_url'], finding))
  } else if (anyone && typeof host === 'string' && !isLoopback(host)) {
    issues.push(engine.report(['smart'], { code: 'no-public-url', message: `the engine listens on ${host} and public_url is not said` }, 'key'))
  }
  const lifetime = smart['token_lifetime']
  const read = typeof lifetime === 'string' ? readDuration(lifetime) : null
  if (read?.ok === true && (read.value < 1_000 || read.value > MAX_LIFETIME_MS)) {
    const finding: Finding = { code: 'bad-value', message: 'token_lifetime: expected 1s to 1h', suggestion: 'SMART advises 5m' }
    issues.push(engine.report(['smart', 'token_lifetime'], finding))
  }
  return issues
}

function checkClient(engine: Source, id: string, client: unknown, files: Files): readonly Issue[] {
  const at = ['smart', 'clients', id]
  const issues: Issue[] = []
  if (!CLIENT_ID.test(id))
    issues.push(
      engine.report(at, { code: 'bad-value', message: 'a client id is up to 200 letters, digits and . _ : / -, beginning with a letter or digit' }, 'key'),
    )
  if (!isRecord(client)) return issues
  const said = WAYS.filter((way) => client[way] !== undefined)
  if (said.length !== 1) {
    const message = said.length === 0 ? `client ${id} has no keys` : `client ${id} has both ${said.join(' and ')}`
    issues.push(engine.report(at, { code: said.length === 0 ? 'missing-field' : 'bad-value', message, suggestion: `say one of ${WAYS.join(', ')}` }, 'key'))
  }
  const { jwks_url: url, jwks_file: file, jwks } = client
  if (typeof url === 'string') {
    const finding = addressFinding('jwks_url', url)
    if (finding) issues.push(engine.report([...at, 'jwks_url'], finding.code === 'http-without-tls' ? { ...finding, code: 'bad-value' } : finding))
  }
  if (typeof file === 'string') {
    const finding = fileFinding(file, files)
    if (finding) issues.push(engine.report([...at, 'jwks_file'], finding))
  }
  if (jwks !== undefined) {
    const read = readKeySet(jwks)
    if (typeof read === 'string') issues.push(engine.report([...at, 'jwks'], { code: 'bad-value', message: `jwks: ${read}` }, 'key'))
  }
  return issues
}

function fileFinding(file: string, files: Files): Finding | null {
  const text = files[file]
  if (text === undefined) {
    const keys = Object.keys(files).filter((name) => /^keys\/[^/]+\.json$/i.test(name))
    const meant = nearest(file, keys)
    return {
      code: 'missing-file',
      message: `there is no ${file}`,
      suggestion: meant === undefined ? 'put it into keys/ with the ending .json' : `did you mean ${meant}?`,
    }
  }
  const read = readKeyFile(text)
  return typeof read === 'string' ? { code: 'bad-value', message: `${file}: ${read}` } : null
}

/** An address that anybody on the way could answer instead gives away who may come in. */
function addressFinding(key: string, url: string): Finding | null {
  const found = /^(https?):\/\/(\[[^\]\s]*\]|[^/:?#@\s]+)(:\d{1,5})?(\/[^?#\s]*)?(\?[^#\s]*)?$/i.exec(url)
  if (found === null || (key === 'public_url' && found[5] !== undefined))
    return { code: 'bad-value', message: `${key}: expected an address such as https://host/path`, suggestion: 'without user, query or fragment' }
  if (found[1]?.toLowerCase() === 'https' || isLoopback(found[2] ?? '')) return null
  return { code: 'http-without-tls', message: `${key} is not https, so that anybody on the way can put himself in its place`, suggestion: 'use https' }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\./.test(host)
}

function readKeyFile(text: string): readonly Jwk[] | string {
  try {
    return readKeySet(JSON.parse(text))
  } catch {
    return 'this is not JSON'
  }
}

/** The keys of a set, or what is wrong with it. Keys for other purposes may stand in it; private ones may not. */
export function readKeySet(set: unknown): readonly Jwk[] | string {
  const keys = part(set, ['keys'])
  if (!Array.isArray(keys)) return 'expected a key set: { keys: [ … ] }'
  const records = keys.filter(isRecord)
  if (records.length !== keys.length) return 'expected each key to be a block'
  if (records.some((key) => key['d'] !== undefined || key['k'] !== undefined))
    return 'a private or secret key stands here; register the public one and make a new pair'
  if (records.some((key) => key['kid'] !== undefined && typeof key['kid'] !== 'string')) return 'kid: expected a text; put it in quotes'
  if (!records.some(isUsable)) return 'no key can be used: it needs kid, and kty RSA (for RS384) or kty EC with crv P-384 (for ES384)'
  return records
}

function isUsable(key: Readonly<Record<string, unknown>>): boolean {
  const has = (...names: readonly string[]) => names.every((name) => typeof key[name] === 'string' && key[name] !== '')
  return has('kid') && ((key['kty'] === 'RSA' && has('n', 'e')) || (key['kty'] === 'EC' && key['crv'] === 'P-384' && has('x', 'y')))
}

/** The settings of a folder without errors. */
export function smartMeaning(spec: EngineSpec['smart'], files: Files): SmartSettings | null {
  if (spec === undefined) return null
  const set = (read: readonly Jwk[] | string): readonly Jwk[] => (typeof read === 'string' ? [] : read)
  return {
    publicUrl: spec.public_url?.replace(/\/+$/, '') ?? null,
    tokenLifetimeMs: spec.token_lifetime,
    clients: Object.entries(spec.clients).map(([id, client]) => ({
      id,
      keys:
        client.jwks_url !== undefined
          ? { kind: 'url', url: client.jwks_url }
          : { kind: 'set', keys: client.jwks_file === undefined ? set(readKeySet(client.jwks)) : set(readKeyFile(files[client.jwks_file] ?? '')) },
      scopes: client.scopes,
    })),
  }
}
