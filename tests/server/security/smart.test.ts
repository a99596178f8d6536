import test from 'ava'
import { readFileSync, statSync, truncateSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT, UnsecuredJWT, decodeJwt } from 'jose'
import { house } from '../api/house.ts'
import { ask, assertion, pair } from './client.ts'
import type { TokenBody } from './client.ts'
import { CLIENTS, NOW, client, es, face, holds, inPlace, rs } from './face.ts'

for (const key of [rs, es]) {
  test(`a client that signs with ${key.alg} gets a token that opens the face for what was granted, and nothing else`, async (t) => {
    const made = await face(t)
    const { status, headers, body } = await made.token({ key })
    t.is(status, 200, JSON.stringify(body))
    t.like(body, { token_type: 'bearer', expires_in: 300, scope: 'system/SupplyDelivery.rs' })
    t.is(headers.get('cache-control'), 'no-store')
    t.is(headers.get('pragma'), 'no-cache')
    const token = body.access_token ?? ''
    t.true(await holds(made, token))
    for (const path of ['/api/ops/v1/messages', '/api/system/v1/items', '/api/ops/v1/keys']) t.is((await made.read(token, path)).status, 403, path)
  })
}

test('discovery says where tokens are given and how to ask, without a token', async (t) => {
  const made = await face(t)
  const answer = await fetch(`${made.url}/fhir/.well-known/smart-configuration`)
  t.is(answer.status, 200)
  t.regex(answer.headers.get('content-type') ?? '', /^application\/json/)
  t.like(await answer.json(), {
    token_endpoint: made.audience,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  })
  t.is((await fetch(`${made.url}/auth/token`)).headers.get('allow'), 'POST')
  made.settings = null
  t.is((await fetch(`${made.url}/fhir/.well-known/smart-configuration`)).status, 404)
  t.is((await fetch(`${made.url}/auth/token`, { method: 'POST' })).status, 404)
})

const seconds = (ms: number) => Math.floor(ms / 1000)

for (const [what, like, text] of [
  ['that expires more than five minutes ahead (trap 75)', { claims: { exp: seconds(NOW) + 306 } }, /more than five minutes/],
  ['that expires in milliseconds', { claims: { exp: NOW + 60_000 } }, /more than five minutes/],
  ['for another audience (trap 75)', { claims: { aud: 'https://elsewhere.example.org/token' } }, /aud must be the token endpoint/],
  ['for us and others too', { claims: { aud: ['https://elsewhere.example.org/token', 'X'] } }, /aud must be/],
  ['without an audience', { claims: { aud: undefined } }, /aud must be/],
  ['that has expired', { claims: { exp: seconds(NOW) - 6 } }, /has expired/],
  ['without an end', { claims: { exp: undefined } }, /does not say when it expires/],
  ['whose end is a text', { claims: { exp: 'soon' } }, /does not say when it expires/],
  ['that was made in the future', { claims: { iat: seconds(NOW) + 60 } }, /iat is in the future/],
  ['that holds only later', { claims: { nbf: seconds(NOW) + 60 } }, /nbf is in the future/],
  ['without an id', { claims: { jti: undefined } }, /no id of its own/],
  ['with an empty id', { claims: { jti: '' } }, /no id of its own/],
  ['with an id that is a number', { claims: { jti: 7 } }, /no id of its own/],
  ['about somebody else', { claims: { sub: 'other' } }, /iss and sub must both be/],
  ['of nobody', { claims: { iss: undefined } }, /not registered/],
  ['of a stranger', { claims: { iss: 'stranger', sub: 'stranger' } }, /not registered/],
  ['that does not name its key', { header: { kid: undefined } }, /does not name its key/],
  ['with a key that is not registered (unknown kid)', { header: { kid: 'rs-2' } }, /is not among the client's public keys/],
  ['with a key of the other kind', { header: { kid: 'es-1' } }, /is not among the client's public keys/],
  ['that says its keys are elsewhere (foreign jku)', { header: { jku: 'https://evil.example.org/jwks.json' } }, /jku is not the address/],
  ['of another type', { header: { typ: 'at+jwt' } }, /typ must be JWT/],
] as const) {
  test(`an assertion ${what} is refused`, async (t) => {
    const made = await face(t)
    const { status, body, headers } = await made.token({ like })
    t.is(status, 401, JSON.stringify(body))
    t.is(body.error, 'invalid_client')
    t.regex(body.error_description ?? '', text)
    t.regex(body.error_description ?? '', /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    t.is(headers.get('cache-control'), 'no-store')
    t.is(body.access_token, undefined)
    t.is(made.audits.length, 1)
    t.is(made.audits[0]?.[1], 'token refused')
  })
}

test('an assertion that is used twice is refused the second time, also after a restart; another client may have the same id (trap 75)', async (t) => {
  const used = new Set<string>()
  const made = await face(t, { once: used })
  const like = { claims: { jti: 'the-same' } }
  t.is((await made.token({ like })).status, 200)
  const again = await made.token({ like })
  t.is(again.status, 401)
  t.regex(again.body.error_description ?? '', /used before/)
  t.is((await made.token({ by: 'other', like })).status, 200)
  // What was used stays used in an engine that starts anew over the same store.
  const next = await face(t, { once: used })
  t.is((await next.token({ like })).status, 401)
})

test('a jti is used up by a good assertion alone', async (t) => {
  const made = await face(t)
  const claims = { jti: 'kept' }
  t.is((await made.token({ like: { claims: { ...claims, aud: 'https://x.example.org' } } })).status, 401)
  t.is((await made.token({ like: { claims, header: { kid: 'no' } } })).status, 401)
  t.is((await made.token({ like: { claims } })).status, 200)
})

test('an assertion signed with an algorithm that is not ours, with none, or with a public key as secret, is refused (trap 75)', async (t) => {
  const other = await pair('RS256', 'rs-1')
  const p256 = await pair('ES256', 'es-1')
  const made = await face(t)
  const claims = { iss: 'ehr-feed', sub: 'ehr-feed', aud: made.audience, exp: seconds(NOW) + 60, jti: 'x' }
  const none = new UnsecuredJWT(claims).encode()
  const hmac = await new SignJWT(claims).setProtectedHeader({ alg: 'HS384', kid: 'rs-1', typ: 'JWT' }).sign(Buffer.from(String(rs.jwk.n)))
  for (const signed of [none, hmac, await assertion(other, 'ehr-feed', made.audience, NOW), await assertion(p256, 'ehr-feed', made.audience, NOW)]) {
    const { status, body } = await ask(made.url, signed, 'system/SupplyDelivery.rs')
    t.is(status, 401)
    t.regex(body.error_description ?? '', /must be signed with RS384 or ES384/)
  }
})

test('an assertion whose signature does not hold is refused: another key of the same name, changed claims, no JWT at all', async (t) => {
  const made = await face(t)
  const impostor = await pair('RS384', 'rs-1')
  const good = await assertion(rs, 'ehr-feed', made.audience, NOW)
  const [head = '', , mark = ''] = good.split('.')
  const changed = Buffer.from(JSON.stringify({ ...decodeJwt(good), jti: 'mine' })).toString('base64url')
  for (const signed of [
    await assertion(impostor, 'ehr-feed', made.audience, NOW),
    `${head}.${changed}.${mark}`,
    `${head}.${changed}.`,
    'x',
    'a.b.c',
    `${'a'.repeat(20_000)}.b.c`,
  ]) {
    const { status, body } = await ask(made.url, signed, 'system/SupplyDelivery.rs')
    t.is(status, 401)
    t.is(body.error, 'invalid_client')
  }
  t.is((await ask(made.url, good, 'system/SupplyDelivery.rs')).status, 200)
})

test('clocks that differ by a few seconds, a single audience in a list and a missing typ do no harm', async (t) => {
  const made = await face(t)
  for (const like of [
    { claims: { exp: seconds(NOW) + 303, iat: seconds(NOW) + 3 } },
    { claims: { exp: seconds(NOW) - 3 } },
    { claims: { aud: [made.audience] } },
    { header: { typ: undefined } },
  ])
    t.is((await made.token({ like })).status, 200)
})

for (const [what, more, error] of [
  ['no grant type', { grant_type: undefined }, 'invalid_request'],
  ['another grant type', { grant_type: 'password' }, 'unsupported_grant_type'],
  ['no type of assertion', { client_assertion_type: undefined }, 'invalid_request'],
  ['another type of assertion', { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }, 'invalid_request'],
  ['no assertion', { client_assertion: undefined }, 'invalid_request'],
  ['a scope that the client does not have', { scope: 'system/Patient.rs' }, 'invalid_scope'],
  ['a scope that is none', { scope: 'everything' }, 'invalid_scope'],
] as const) {
  test(`a request with ${what} is refused with ${error}`, async (t) => {
    const made = await face(t)
    const { status, body } = await made.token({ more })
    t.is(status, 400)
    t.is(body.error, error)
    t.truthy(body.error_description)
  })
}

test('a request that says something twice, is no form, is too large, or names another client is refused', async (t) => {
  const made = await face(t)
  const post = async (body: string, type = 'application/x-www-form-urlencoded') => {
    const answer = await fetch(`${made.url}/auth/token`, { method: 'POST', body, headers: { 'content-type': type } })
    return { status: answer.status, error: ((await answer.json()) as TokenBody).error }
  }
  t.deepEqual(await post('grant_type=client_credentials&grant_type=client_credentials'), { status: 400, error: 'invalid_request' })
  t.deepEqual(await post('{"grant_type":"client_credentials"}', 'application/json'), { status: 400, error: 'invalid_request' })
  t.deepEqual(await post(`grant_type=client_credentials&x=${'a'.repeat(200_000)}`), { status: 400, error: 'invalid_request' })
  t.like(await made.token({ more: { client_id: 'other' } }), { status: 401, body: { error: 'invalid_client' } })
  t.is((await made.token({ more: { client_id: 'ehr-feed' } })).status, 200)
})

test('what is granted is within what is registered and what was asked, in the version that was asked in; who asks for nothing gets what is registered', async (t) => {
  const made = await face(t)
  const scope = async (asked: string, by = 'ehr-feed') => (await made.token({ scope: asked, by })).body.scope
  t.is(await scope('system/Procedure.rs system/Patient.rs openid'), 'system/Procedure.rs')
  t.is(await scope('system/*.rs'), 'system/Procedure.rs system/SupplyDelivery.rs')
  t.is(await scope('system/SupplyDelivery.*'), 'system/SupplyDelivery.read')
  t.is(await scope('system/*.cruds', 'other'), 'system/*.rs')
  t.is((await made.token({ more: { scope: undefined } })).body.scope, 'system/Procedure.cruds system/SupplyDelivery.rs')
})

test('a token of one type does not open another, and the refusal names the scope that is missing', async (t) => {
  const made = await face(t)
  const { body } = await made.token({ scope: 'system/Procedure.cruds' })
  const answer = await made.read(body.access_token ?? '')
  t.is(answer.status, 403)
  t.regex(answer.headers.get('www-authenticate') ?? '', /error="insufficient_scope", scope="system\/SupplyDelivery\.s"/)
  const outcome = (await answer.json()) as { resourceType: string; issue: { diagnostics?: string }[] }
  t.is(outcome.resourceType, 'OperationOutcome')
  t.regex(JSON.stringify(outcome), /system\/SupplyDelivery\.s/)
})

test('a token holds as long as it says, over a restart of the engine, and not at another installation', async (t) => {
  const made = await face(t)
  const token = (await made.token()).body.access_token ?? ''
  t.is(statSync(join(made.dataDir, 'smart.key')).mode & 0o777, 0o600)
  const again = await face(t, { dataDir: made.dataDir })
  t.true(await holds(again, token))
  const other = await face(t)
  t.is((await other.read(token)).status, 401)
  again.now = NOW + 299_000
  t.true(await holds(again, token))
  again.now = NOW + 300_000
  const late = await again.read(token)
  t.is(late.status, 401)
  t.regex(late.headers.get('www-authenticate') ?? '', /invalid_token/)
})

test('a secret that a power cut left half written is made anew', async (t) => {
  const made = await face(t)
  const token = (await made.token()).body.access_token ?? ''
  truncateSync(join(made.dataDir, 'smart.key'), 5)
  const again = await face(t, { dataDir: made.dataDir })
  t.is((await again.read(token)).status, 401)
  t.is(readFileSync(join(made.dataDir, 'smart.key')).length, 32)
})

test('a token that was altered, signed by its client, or of another kind opens nothing', async (t) => {
  const made = await face(t)
  const token = (await made.token()).body.access_token ?? ''
  const [head = '', , mark = ''] = token.split('.')
  const wider = Buffer.from(JSON.stringify({ ...decodeJwt(token), scope: 'system/*.cruds' })).toString('base64url')
  const none = new UnsecuredJWT(decodeJwt(token)).encode()
  const secret = readFileSync(join(made.dataDir, 'smart.key'))
  const untyped = await new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'HS256' }).sign(secret)
  const foreign = await new SignJWT({ ...decodeJwt(token), iss: 'another-house' }).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(secret)
  const elsewhere = await new SignJWT({ ...decodeJwt(token), aud: 'console' }).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(secret)
  for (const wrong of [`${head}.${wider}.${mark}`, none, untyped, foreign, elsewhere, await assertion(rs, 'ehr-feed', made.audience, NOW), 'a.b.c'])
    t.is((await made.read(wrong)).status, 401)
})

test('a client that a reload takes away loses its tokens, one that gets narrower scopes loses the rest', async (t) => {
  const made = await face(t)
  const token = (await made.token()).body.access_token ?? ''
  made.settings = { publicUrl: null, tokenLifetimeMs: 300_000, clients: [client('ehr-feed', inPlace(rs), 'system/Procedure.cruds')] }
  t.is((await made.read(token)).status, 403)
  made.settings = { ...made.settings, clients: [] }
  t.is((await made.read(token)).status, 401)
  t.is((await made.token()).status, 401)
  made.settings = null
  t.is((await made.read(token)).status, 401)
})

test('tokens given and refused stand in the audit, never the token or the assertion', async (t) => {
  const made = await face(t)
  const token = (await made.token()).body.access_token ?? ''
  await made.token({ scope: 'system/Patient.rs' })
  await made.token({ by: 'stranger' })
  t.deepEqual(made.audits, [
    ['ehr-feed', 'token issued', 'system/SupplyDelivery.rs'],
    ['ehr-feed', 'token refused', 'invalid_scope'],
    ['unregistered client', 'token refused', 'invalid_client'],
  ])
  t.false(JSON.stringify([made.audits, made.problems]).includes(token))
})

test('who fails again and again has to wait, others do not', async (t) => {
  const made = await face(t)
  for (let i = 0; i < 30; i++) t.is((await made.token({ like: { claims: { aud: 'x' } } })).status, 401)
  const blocked = await made.token()
  t.is(blocked.status, 429)
  t.is(blocked.headers.get('retry-after'), '60')
  t.is(blocked.body.error, 'temporarily_unavailable')
  t.is(made.audits.length, 30)
  t.is((await made.token({ by: 'other', scope: 'system/*.read' })).status, 200)
  made.now += 60_000
  t.is((await made.token()).status, 200)
})

test('a store that cannot remember an assertion gives no token', async (t) => {
  const made = await house(t, {
    control: { audit: () => Promise.resolve() },
    registry: { once: () => Promise.reject(new Error('disk')) },
    api: { smart: { settings: () => ({ publicUrl: null, tokenLifetimeMs: 300_000, clients: CLIENTS }), dataDir: tmpdir() } },
  })
  const { status, body, headers } = await ask(made.url, await assertion(rs, 'ehr-feed', `${made.url}/auth/token`, Date.now()), 'system/SupplyDelivery.rs')
  t.is(status, 503)
  t.is(body.error, 'temporarily_unavailable')
  t.is(headers.get('retry-after'), '2')
})

/** Asks over a raw request, since fetch sets Host itself. */
function rawToken(url: string, host: string, signed: string): Promise<number> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: 'system/SupplyDelivery.rs',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signed,
  }).toString()
  return new Promise((resolve, reject) => {
    const headers = { host, 'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length }
    const sent = request(`${url}/auth/token`, { method: 'POST', headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end(form)
  })
}

test('an assertion for another server cannot be used here by saying its name as Host', async (t) => {
  const made = await face(t)
  const stolen = await assertion(rs, 'ehr-feed', 'http://elsewhere.example.org/auth/token', NOW)
  t.is(await rawToken(made.url, 'elsewhere.example.org', stolen), 401)
  const port = new URL(made.url).port
  t.is(await rawToken(made.url, `localhost:${port}`, await assertion(rs, 'ehr-feed', `http://localhost:${port}/auth/token`, NOW)), 200)
})

test('behind a proxy the audience is the public address, whatever the request says', async (t) => {
  const made = await face(t, { publicUrl: 'https://aqueduct.example.org' })
  t.like(await (await fetch(`${made.url}/fhir/.well-known/smart-configuration`)).json(), { token_endpoint: 'https://aqueduct.example.org/auth/token' })
  t.is((await made.token()).status, 200)
  t.is((await made.token({ like: { claims: { aud: `${made.url}/auth/token` } } })).status, 401)
})
