import test from 'ava'
import type { ExecutionContext } from 'ava'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MedplumClient } from '@medplum/core'
import type { Device, Procedure } from '@medplum/fhirtypes'
import { exportJWK } from 'jose'
import { systemClock } from '../../../channels/contract/index.ts'
import type { SmartSettings } from '../../../channels/contract/index.ts'
import { createFhirClient } from '../../../fhir/client/index.ts'
import { asker, bundle, post, procedure, put } from '../../fhir/facade/face.ts'
import type { Answer } from '../../fhir/facade/face.ts'
import { createFake } from '../../fhir/facade/fake.ts'
import { TOKEN, house } from '../api/house.ts'
import { ask, assertion, keyServer, pair } from './client.ts'

const rs = await pair('RS384', 'rs-1')
const es = await pair('ES384', 'es-1')

/** The whole face with a client that may be granted everything. */
async function open(
  t: ExecutionContext,
  keys: SmartSettings['clients'][number]['keys'] = { kind: 'set', keys: [{ ...rs.jwk }, { ...es.jwk }] },
  scopes = ['system/*.cruds'],
) {
  const dataDir = mkdtempSync(join(tmpdir(), 'aqueduct-smart-'))
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }))
  const settings: SmartSettings = { publicUrl: null, tokenLifetimeMs: 300_000, clients: [{ id: 'ehr-feed', keys, scopes }] }
  const fake = createFake()
  const { url } = await house(t, {
    reader: fake.reader,
    control: fake.control,
    registry: { once: () => Promise.resolve(true) },
    api: { smart: { settings: () => settings, dataDir } },
  })
  const base = `${url}/fhir`
  return {
    url,
    base,
    dataDir,
    fake,
    all: asker(base, TOKEN),
    /** Asks as the client with a token for these scopes. */
    async as(scope: string) {
      const { body } = await ask(url, await assertion(rs, 'ehr-feed', `${url}/auth/token`, Date.now()), scope)
      return asker(base, body.access_token ?? '')
    },
  }
}

const device = { resourceType: 'Device', id: 'd1', status: 'active', patient: { reference: 'Patient/p1' } }
const stored = procedure({ resourceType: 'Procedure', id: 'p1', usedReference: [{ reference: 'Device/d1' }] })

/** Is refused for want of this scope, and says so. */
function wants(t: ExecutionContext, answer: Answer, scope: string): void {
  t.is(answer.status, 403, answer.text)
  t.is(answer.json.resourceType, 'OperationOutcome')
  t.is(answer.json.issue[0].code, 'forbidden')
  t.true(answer.text.includes(scope), answer.text)
  t.true(answer.headers.get('www-authenticate')?.includes(`error="insufficient_scope", scope="${scope}"`))
}

for (const [what, method, path, body, headers, needs] of [
  ['a read', 'GET', 'Procedure/p1', undefined, {}, ['r']],
  ['a read of a version', 'GET', 'Procedure/p1/_history/1', undefined, {}, ['r']],
  ['the history of a resource', 'GET', 'Procedure/p1/_history', undefined, {}, ['r']],
  ['the history of a type', 'GET', 'Procedure/_history', undefined, {}, ['s']],
  ['a search', 'GET', 'Procedure?status=completed', undefined, {}, ['s']],
  ['a create', 'POST', 'Procedure', procedure(), {}, ['c']],
  ['a conditional create', 'POST', 'Procedure', procedure(), { 'if-none-exist': 'identifier=urn:test:case|C-9' }, ['c', 's']],
  ['an update', 'PUT', 'Procedure/p1', stored, {}, ['u']],
  ['an update that creates', 'PUT', 'Procedure/new', { ...stored, id: 'new' }, {}, ['u']],
  ['a conditional update', 'PUT', 'Procedure?identifier=urn:test:case|C-1', stored, {}, ['u', 's']],
  ['a patch', 'PATCH', 'Procedure/p1', [{ op: 'add', path: '/note', value: [{ text: 'x' }] }], { 'content-type': 'application/json-patch+json' }, ['u']],
  ['a delete', 'DELETE', 'Procedure/p1', undefined, {}, ['d']],
  ['a conditional delete', 'DELETE', 'Procedure?identifier=urn:test:case|C-1', undefined, {}, ['d', 's']],
] as const) {
  test(`${what} needs ${needs.join(' and ')} of its type`, async (t) => {
    const face = await open(t)
    await face.all.ask('PUT', 'Procedure/p1', stored)
    const rest = [...'cruds'].filter((each) => !(needs as readonly string[]).includes(each)).join('')
    const without = await face.as(`system/Procedure.${rest} system/Device.cruds`)
    wants(
      t,
      await without.ask(method, path, body, headers),
      `system/Procedure.${
        needs.length === 2
          ? [...'cruds']
              .filter((each) => (needs as readonly string[]).includes(each))
              .toSorted((a, b) => (a === 's' ? 1 : b === 's' ? -1 : 0))
              .join('')
          : needs[0]
      }`,
    )
    t.is(face.fake.versions.length, 1)
    const just = await face.as(`system/Procedure.${[...'cruds'].filter((each) => (needs as readonly string[]).includes(each)).join('')}`)
    const answer = await just.ask(method, path, body, headers)
    t.true(answer.status < 300, answer.text)
  })
}

test('without a token, or with one that is none, nothing below /fhir is answered but what describes it', async (t) => {
  const { base, url } = await open(t)
  for (const path of [
    '',
    '/Procedure',
    '/Procedure/p1',
    '/$process-message',
    '/_history',
    '/.well-known/other',
    '/metadata/x',
    '//metadata',
    '/Procedure/..%2fmetadata',
  ])
    for (const headers of [{}, { authorization: 'Bearer a.b.c' }, { authorization: 'Basic YTpi' }] as Record<string, string>[])
      t.is((await fetch(base + path, { headers })).status, 401, path)
  t.is((await fetch(`${base}/metadata`)).status, 200)
  t.is((await fetch(`${base}/.well-known/smart-configuration`)).status, 200)
  t.is((await fetch(`${url}/FHIR/Procedure`)).status, 404)
})

test('the CapabilityStatement says where tokens are given', async (t) => {
  const { base, url } = await open(t)
  const statement = (await (await fetch(`${base}/metadata`)).json()) as { rest: { security: unknown }[] }
  t.like(statement.rest[0]?.security, {
    service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }] }],
    extension: [{ url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris', extension: [{ url: 'token', valueUri: `${url}/auth/token` }] }],
  })
})

test('a transaction with one entry that is not allowed stores nothing; a batch does the rest', async (t) => {
  const face = await open(t)
  const client = await face.as('system/Device.cu')
  const entries = [put(device), post(procedure())]
  wants(t, await client.ask('POST', '', bundle('transaction', ...entries)), 'system/Procedure.c')
  t.is(face.fake.versions.length, 0)
  const batch = await client.ask(
    'POST',
    '',
    bundle('batch', ...entries, { request: { method: 'GET', url: 'Device/d1' } }, { request: { method: 'GET', url: 'Device?status=active' } }),
  )
  t.is(batch.status, 200)
  t.deepEqual(
    batch.json.entry.map((each: { response: { status: string } }) => each.response.status.slice(0, 3)),
    ['201', '403', '403', '403'],
  )
  t.deepEqual(
    face.fake.versions.map(({ type }) => type),
    ['Device'],
  )
})

test('a conditional reference in a transaction finds nothing that the caller may not search', async (t) => {
  const face = await open(t)
  await face.all.ask('PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1', identifier: [{ system: 'urn:test:mrn', value: '1' }] })
  const told = bundle('transaction', post(procedure({ subject: { reference: 'Patient?identifier=urn:test:mrn|1' } })))
  wants(t, await (await face.as('system/Procedure.c')).ask('POST', '', told), 'system/Patient.s')
  t.is((await (await face.as('system/Procedure.c system/Patient.s')).ask('POST', '', told)).status, 200)
})

test('what a search would bring along is left out where the caller may not have it', async (t) => {
  const face = await open(t)
  await face.all.ask('PUT', 'Patient/p1', { resourceType: 'Patient', id: 'p1' })
  await face.all.ask('PUT', 'Procedure/p1', stored)
  const types = async (scope: string, path: string) => {
    const answer = await (await face.as(scope)).ask('GET', path)
    t.is(answer.status, 200, answer.text)
    return (answer.json.entry as { resource: { resourceType: string } }[]).map(({ resource }) => resource.resourceType)
  }
  t.deepEqual(await types('system/Procedure.s system/Patient.r', 'Procedure?_include=Procedure:subject'), ['Procedure', 'Patient'])
  t.deepEqual(await types('system/Procedure.s', 'Procedure?_include=Procedure:subject'), ['Procedure'])
  t.deepEqual(await types('system/Patient.s system/Procedure.s', 'Patient?_revinclude=Procedure:subject'), ['Patient', 'Procedure'])
  t.deepEqual(await types('system/Patient.s system/Procedure.cud', 'Patient?_revinclude=Procedure:subject'), ['Patient'])
})

test('the whole server is searched and its history read only with a scope for every type', async (t) => {
  const face = await open(t)
  await face.all.ask('PUT', 'Procedure/p1', stored)
  for (const path of ['_history', '?_type=Procedure']) {
    wants(t, await (await face.as('system/Procedure.cruds')).ask('GET', path), 'system/*.s')
    t.is((await (await face.as('system/*.s')).ask('GET', path)).status, 200)
  }
})

test('a message needs create of every type that it tells, and of all types when it tells none', async (t) => {
  const face = await open(t)
  const header = { resourceType: 'MessageHeader', id: 'mh-1', eventUri: 'urn:test:used', source: { endpoint: 'urn:test:ehr' } }
  const message = (...resources: readonly unknown[]) => bundle('message', { resource: header }, ...resources.map((resource) => ({ resource })))
  const told = message(stored, device)
  wants(t, await (await face.as('system/Procedure.c')).ask('POST', '$process-message', told), 'system/Device.c')
  wants(t, await (await face.as('system/Procedure.cruds')).ask('POST', '$process-message', message()), 'system/*.c')
  t.is(face.fake.messages.length, 0)
  t.is((await (await face.as('system/Procedure.c system/Device.c')).ask('POST', '$process-message', told)).status, 200)
})

test('who may patch and not read does not get the resource in answer', async (t) => {
  const face = await open(t)
  await face.all.ask('PUT', 'Procedure/p1', { ...stored, note: [{ text: 'not for all' }] })
  const patch = async (scope: string) =>
    (await face.as(scope)).ask('PATCH', 'Procedure/p1', [{ op: 'replace', path: '/status', value: 'in-progress' }], {
      'content-type': 'application/json-patch+json',
      prefer: 'return=representation',
    })
  const blind = await patch('system/Procedure.u')
  t.deepEqual([blind.status, blind.text], [200, ''])
  t.is((await patch('system/Procedure.ru')).json.note[0].text, 'not for all')
})

test('$validate stores nothing and is open to who may search, read or create the type', async (t) => {
  const face = await open(t)
  for (const letter of ['s', 'r', 'c']) t.is((await (await face.as(`system/Procedure.${letter}`)).ask('POST', 'Procedure/$validate', procedure())).status, 200)
  wants(t, await (await face.as('system/Procedure.ud system/Device.r')).ask('POST', 'Procedure/$validate', procedure()), 'system/Procedure.s')
  t.is(face.fake.versions.length, 0)
})

for (const key of [rs, es]) {
  test(`our own client and this server understand each other (${key.alg})`, async (t) => {
    const server = await keyServer(t, [key.jwk])
    const face = await open(t, { kind: 'url', url: server.url }, ['system/Procedure.cruds'])
    const file = join(face.dataDir, 'client.json')
    writeFileSync(file, JSON.stringify({ ...(await exportJWK(key.secret)), kid: key.kid }), { mode: 0o600 })
    const auth = {
      tokenUrl: null,
      clientId: 'ehr-feed',
      key: file,
      keyId: null,
      algorithm: key.alg as 'RS384' | 'ES384',
      scopes: ['system/Procedure.rs', 'system/Procedure.c'],
    }
    const client = createFhirClient({ base: face.base, auth, headers: {}, clock: systemClock, timeoutMs: 5_000 })
    t.teardown(() => client.close())
    const made = await client.create(procedure() as never, { ifNoneExist: 'identifier=urn:test:case|C-1' })
    t.true(made.ok, JSON.stringify(made))
    const again = await client.create(procedure() as never, { ifNoneExist: 'identifier=urn:test:case|C-1' })
    t.like(again, { ok: true, status: 200 })
    t.is(face.fake.versions.length, 1)
    const found = await client.search('Procedure?status=completed')
    t.like(found, { ok: true, cut: false })
    // What was not asked for was not granted.
    const refused = await client.update({ ...procedure(), id: face.fake.versions[0]?.id } as never)
    t.like(refused, { ok: false, status: 403 })
  })
}

test('MedplumClient logs in with its assertion, works, and is told what it may not do', async (t) => {
  const face = await open(t, undefined, ['system/Procedure.crs'])
  const medplum = new MedplumClient({ baseUrl: `${face.url}/`, fhirUrlPath: 'fhir', tokenUrl: `${face.url}/auth/token`, clientId: 'ehr-feed', fetch })
  await medplum.startJwtAssertionLogin(await assertion(es, 'ehr-feed', `${face.url}/auth/token`, Date.now()))
  const made = await medplum.createResource(procedure() as never as Procedure)
  t.is((await medplum.readResource('Procedure', made.id)).subject.reference, 'Patient/p1')
  t.is((await medplum.searchResources('Procedure', { status: 'completed' })).length, 1)
  await t.throwsAsync(medplum.deleteResource('Procedure', made.id), { message: /system\/Procedure\.d/ })
  await t.throwsAsync(medplum.createResource(device as never as Device), { message: /system\/Device\.c/ })
})
