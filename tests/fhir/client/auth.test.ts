import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { decodeProtectedHeader, exportJWK, importSPKI, jwtVerify } from 'jose'
import type { FhirAuth } from '../../../channels/contract/index.ts'
import { backendServices, createFhirClient } from '../../../fhir/client/index.ts'
import { StandingClock } from '../../channels/engine/clock.ts'
import { temporary } from '../../end-to-end/folder.ts'
import { serve } from './server.ts'
import type { Asked, Given } from './server.ts'

const NOW = Date.UTC(2026, 2, 1)

function keys(t: ExecutionContext, algorithm: 'RS384' | 'ES384') {
  const pair =
    algorithm === 'RS384'
      ? generateKeyPairSync('rsa', {
          modulusLength: 2048,
          publicKeyEncoding: { type: 'spki', format: 'pem' },
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        })
      : generateKeyPairSync('ec', {
          namedCurve: 'P-384',
          publicKeyEncoding: { type: 'spki', format: 'pem' },
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        })
  const file = join(temporary(t), 'key.pem')
  writeFileSync(file, pair.privateKey)
  return { file, publicKey: pair.publicKey }
}

/** A server with a token endpoint: each token it gives is another. */
async function ehr(t: ExecutionContext, more: (asked: Asked) => Given | null = () => null) {
  let given = 0
  const accepted = new Set<string>()
  const server = await serve(t, (asked) => {
    const own = more(asked)
    if (own) return own
    if (asked.url === '/fhir/.well-known/smart-configuration') {
      return { body: { token_endpoint: `${server.base}/token`, token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'] } }
    }
    if (asked.url === '/fhir/token') {
      const token = `t${String(++given)}`
      accepted.add(token)
      return { body: { access_token: token, token_type: 'bearer', expires_in: 300, scope: 'system/*.rs' } }
    }
    return accepted.has((asked.headers['authorization'] as string | undefined)?.slice(7) ?? '')
      ? { body: { resourceType: 'Device', id: '1' } }
      : { status: 401 }
  })
  return { ...server, forget: () => accepted.clear(), tokens: () => given }
}

const auth = (key: string, more: Partial<FhirAuth> = {}): FhirAuth => ({
  clientId: 'aqueduct',
  key,
  keyId: 'k1',
  algorithm: 'RS384',
  tokenUrl: null,
  scopes: ['system/Procedure.rs', 'system/Device.rs'],
  ...more,
})

for (const algorithm of ['RS384', 'ES384'] as const) {
  test(`the assertion is what SMART asks for: ${algorithm}, iss and sub the client, aud the token URL, at most five minutes, a jti of its own`, async (t) => {
    const { file, publicKey } = keys(t, algorithm)
    const { base, asked } = await ehr(t)
    const clock = new StandingClock(NOW)
    const smart = backendServices({ auth: auth(file, { algorithm }), base, clock, timeoutMs: 5_000 })
    t.teardown(() => smart.close())
    t.deepEqual(await smart.header(), { ok: true, value: 'Bearer t1' })
    const [, request] = asked
    t.is(request?.headers['content-type'], 'application/x-www-form-urlencoded')
    const form = new URLSearchParams(request?.body)
    t.is(form.get('grant_type'), 'client_credentials')
    t.is(form.get('scope'), 'system/Procedure.rs system/Device.rs')
    t.is(form.get('client_assertion_type'), 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    const assertion = form.get('client_assertion') ?? ''
    t.like(decodeProtectedHeader(assertion), { alg: algorithm, kid: 'k1', typ: 'JWT' })
    const { payload } = await jwtVerify(assertion, await importSPKI(publicKey, algorithm), {
      currentDate: new Date(NOW),
      audience: `${base}/token`,
      issuer: 'aqueduct',
      subject: 'aqueduct',
    })
    t.true((payload.exp ?? Infinity) <= NOW / 1000 + 300)
    t.truthy(payload.jti)
    smart.refused('Bearer t1')
    await smart.header()
    const second = new URLSearchParams(asked.at(-1)?.body).get('client_assertion') ?? ''
    t.not((await jwtVerify(second, await importSPKI(publicKey, algorithm), { currentDate: new Date(NOW) })).payload.jti, payload.jti)
  })
}

test('a token is kept, asked for once by all who wait, and renewed before it ends', async (t) => {
  const { file } = keys(t, 'ES384')
  const { base, tokens } = await ehr(t)
  const clock = new StandingClock(NOW)
  const client = createFhirClient({ base, auth: auth(file, { algorithm: 'ES384' }), headers: {}, clock, timeoutMs: 60_000 })
  t.teardown(() => client.close())
  const answers = await Promise.all([1, 2, 3, 4].map(() => client.read('Device', '1')))
  t.true(answers.every(({ ok }) => ok))
  t.is(tokens(), 1)
  await clock.move(200_000)
  t.true((await client.read('Device', '1')).ok)
  t.is(tokens(), 1)
  await clock.move(75_000)
  t.true((await client.read('Device', '1')).ok)
  t.is(tokens(), 2, 'with 25 seconds left it is renewed')
})

test('a token that is refused is renewed once; one that is refused again is a failure', async (t) => {
  const { file } = keys(t, 'ES384')
  let refuse = false
  const { base, forget, tokens } = await ehr(t, ({ url }) => (refuse && url.includes('/Device') ? { status: 401 } : null))
  const client = createFhirClient({ base, auth: auth(file, { algorithm: 'ES384' }), headers: {}, clock: new StandingClock(NOW), timeoutMs: 60_000 })
  t.teardown(() => client.close())
  t.true((await client.read('Device', '1')).ok)
  forget()
  t.true((await client.read('Device', '1')).ok, 'the server forgot the token; a new one is taken')
  t.is(tokens(), 2)
  refuse = true
  const refused = await client.read('Device', '1')
  t.true(!refused.ok && refused.code === 'DESTINATION_AUTH' && refused.class === 'transient')
  t.is(tokens(), 3, 'once, not for ever')
})

test('what keeps a token from being got is a failure with words for the operator and no secret', async (t) => {
  const { file } = keys(t, 'RS384')
  const clock = new StandingClock(NOW)
  const of = async (base: string, more: Partial<FhirAuth> = {}) => {
    const smart = backendServices({ auth: auth(file, more), base, clock, timeoutMs: 5_000 })
    t.teardown(() => smart.close())
    const answer = await smart.header()
    if (answer.ok) return 'given'
    t.is(answer.code, 'DESTINATION_AUTH')
    return answer.text
  }
  const { base } = await ehr(t)
  t.regex(await of(base, { key: '/nowhere/key.pem' }), /cannot be read \(ENOENT\)/)
  t.regex(await of(base, { algorithm: 'ES384' }), /no private key for ES384/)
  t.regex(await of('http://127.0.0.1:9/fhir'), /smart-configuration cannot be read/)
  const without = await serve(t, () => ({ body: { issuer: 'x' } }))
  t.regex(await of(without.base), /names no token_endpoint/)
  const other = await serve(t, () => ({ body: { token_endpoint: 'http://x/token', token_endpoint_auth_signing_alg_values_supported: ['ES384'] } }))
  t.regex(await of(other.base), /does not take RS384/)
  const refusing = await serve(t, () => ({ status: 400, body: { error: 'invalid_client', error_description: 'secret words' } }))
  t.is(await of(refusing.base, { tokenUrl: `${refusing.base}/token` }), 'The token endpoint answered 400 (invalid_client).')
  const odd = await serve(t, () => ({ body: { access_token: 'x', token_type: 'mac' } }))
  t.regex(await of(odd.base, { tokenUrl: `${odd.base}/token` }), /no bearer token/)
})

test('a key may be a JWK, whose own kid is used', async (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const file = join(temporary(t), 'key.jwk')
  writeFileSync(file, JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'own' }))
  const { base, asked } = await ehr(t)
  const smart = backendServices({
    auth: auth(file, { algorithm: 'ES384', keyId: null, tokenUrl: `${base}/token` }),
    base,
    clock: new StandingClock(NOW),
    timeoutMs: 5_000,
  })
  t.teardown(() => smart.close())
  t.true((await smart.header()).ok)
  t.is(asked.length, 1, 'a token URL that is named is not looked for')
  t.like(decodeProtectedHeader(new URLSearchParams(asked[0]?.body).get('client_assertion') ?? ''), { kid: 'own' })
})
