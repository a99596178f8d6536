import test from 'ava'
import type { ServerResponse } from 'node:http'
import { keyServer } from './client.ts'
import { client, es, face, rs } from './face.ts'

test('keys are read from the client’s address, also when the assertion names it, and kept', async (t) => {
  const server = await keyServer(t, [rs.jwk])
  const made = await face(t, { clients: [client('ehr-feed', { kind: 'url', url: server.url }, 'system/*.rs')] })
  t.is((await made.token()).status, 200)
  t.is((await made.token({ like: { header: { jku: server.url } } })).status, 200)
  t.is(server.asked, 1)
  const foreign = await keyServer(t, [es.jwk])
  t.is((await made.token({ key: es, like: { header: { jku: foreign.url } } })).status, 401)
  t.is(foreign.asked, 0)
})

test('a client that changes its keys is known by the new ones at once, and by the old ones no longer after five minutes', async (t) => {
  const server = await keyServer(t, [rs.jwk])
  const made = await face(t, { clients: [client('ehr-feed', { kind: 'url', url: server.url }, 'system/*.rs')] })
  t.is((await made.token()).status, 200)
  server.keys = [es.jwk]
  t.is((await made.token({ key: es })).status, 200)
  t.is(server.asked, 2)
  t.is((await made.token({ key: rs })).status, 401)
  server.keys = [rs.jwk]
  made.now += 300_000
  t.is((await made.token({ key: es })).status, 401)
})

test('invented key names do not make the engine knock at a client’s address without end', async (t) => {
  const server = await keyServer(t, [rs.jwk])
  const made = await face(t, { clients: [client('ehr-feed', { kind: 'url', url: server.url }, 'system/*.rs')] })
  for (let i = 0; i < 20; i++) t.is((await made.token({ like: { header: { kid: `invented-${String(i)}` } } })).status, 401)
  t.is(server.asked, 6)
  t.is((await made.token()).status, 200)
})

for (const [what, instead] of [
  ['redirects', (response, url) => (url === '/good' ? response.end(JSON.stringify({ keys: [rs.jwk] })) : response.writeHead(302, { location: '/good' }).end())],
  ['is broken', (response) => response.writeHead(500).end()],
  ['gives no JSON', (response) => response.end('<html>')],
  ['gives no key set', (response) => response.end('{"keys":7}')],
  ['gives null', (response) => response.end('null')],
  ['gives too much', (response) => response.end(`{"keys":[],"x":"${'a'.repeat(300_000)}"}`)],
  ['hangs up', (response) => response.destroy()],
] as readonly (readonly [string, (response: ServerResponse, url: string) => unknown])[]) {
  test(`an address for keys that ${what} gives none; what it gave before holds for an hour`, async (t) => {
    const server = await keyServer(t, [rs.jwk])
    const clients = [client('ehr-feed', { kind: 'url', url: server.url }, 'system/*.rs')]
    const fresh = await face(t, { clients })
    const known = await face(t, { clients })
    t.is((await known.token()).status, 200)
    server.instead = (request, response) => void instead(response, request.url ?? '')
    const { status, body } = await fresh.token()
    t.is(status, 401)
    t.regex(body.error_description ?? '', /cannot be read from its jwks_url/)
    known.now += 600_000
    t.is((await known.token()).status, 200)
    known.now += 3_600_000
    t.is((await known.token()).status, 401)
    server.instead = null
    known.now += 60_000
    t.is((await known.token()).status, 200)
  })
}

test('an address for keys that never answers is waited for five seconds and no longer', async (t) => {
  const server = await keyServer(t, [rs.jwk])
  const made = await face(t, { clients: [client('ehr-feed', { kind: 'url', url: server.url }, 'system/*.rs')] })
  server.instead = (_request, response) => void response.writeHead(200).write('{"keys":[')
  const began = Date.now()
  t.is((await made.token()).status, 401)
  t.true(Date.now() - began < 8_000)
})
