import test from 'ava'
import type { ExecutionContext } from 'ava'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngineChild } from '../../crash/engine.ts'
import { ask, assertion, pair } from './client.ts'

const SCOPE = 'system/SupplyDelivery.rs'
const rs = await pair('RS384', 'rs-1')
const es = await pair('ES384', 'es-1')

/** A folder with one client, and how to start an engine on it and on the same data each time. */
function installation(t: ExecutionContext) {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-smart-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const config = join(dir, 'config')
  cpSync('channel-config', config, { recursive: true })
  const engine = join(config, 'engine.yaml')
  const smart = `smart: { clients: { ehr-feed: { jwks_file: keys/ehr-feed.json, scopes: [${SCOPE}] } } }\n`
  writeFileSync(engine, readFileSync(engine, 'utf8') + smart)
  mkdirSync(join(config, 'keys'), { recursive: true })
  const register = (...pairs: readonly (typeof rs)[]) =>
    writeFileSync(join(config, 'keys/ehr-feed.json'), JSON.stringify({ keys: pairs.map(({ jwk }) => jwk) }))
  register(rs)
  const start = async (port = '0') => {
    const child = await startEngineChild({
      config,
      data: join(dir, 'data'),
      set: {
        'api.port': port,
        'channels.or-charges.listen.mllp.port': '0',
        'channels.or-supply-usage.listen.mllp.port': '0',
        'channels.supplier-documents.listen.http.port': '0',
        'destinations.erp.url': 'http://127.0.0.1:9',
      },
    })
    t.teardown(() => child.kill('SIGKILL'))
    return child
  }
  return { start, register }
}

const read = async (api: string, token: string) =>
  (await fetch(`${api}/fhir/SupplyDelivery?_count=1`, { headers: { authorization: `Bearer ${token}` } })).status

test('after kill -9 a used assertion stays used and a token that holds still opens the face (trap 75)', async (t) => {
  const { start } = installation(t)
  const first = await start()
  const audience = `${first.api}/auth/token`
  const signed = await assertion(rs, 'ehr-feed', audience, Date.now())
  const { body } = await ask(first.api, signed, SCOPE)
  const token = body.access_token ?? ''
  t.not(token, '')
  t.not(await read(first.api, token), 401)
  await first.kill('SIGKILL')
  const second = await start(new URL(first.api).port)
  t.is(second.api, first.api)
  const again = await ask(second.api, signed, SCOPE)
  t.is(again.status, 401)
  t.regex(again.body.error_description ?? '', /used before/)
  t.is((await ask(second.api, await assertion(rs, 'ehr-feed', audience, Date.now()), SCOPE)).status, 200)
  t.not(await read(second.api, token), 401)
  const audit = await second.get<{ items: { who: string; what: string }[] }>('/audit?limit=100')
  t.deepEqual(
    audit.items.filter(({ what }) => what.startsWith('token')).map(({ who, what }) => `${who} ${what}`),
    ['ehr-feed token issued', 'ehr-feed token refused', 'ehr-feed token issued'],
  )
})

test('of twenty uses of one assertion at once exactly one gets a token', async (t) => {
  const { api } = await installation(t).start()
  const signed = await assertion(rs, 'ehr-feed', `${api}/auth/token`, Date.now())
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(api, signed, SCOPE)))
  t.is(answers.filter(({ status }) => status === 200).length, 1)
  t.is(answers.filter(({ status }) => status === 401).length, 19)
})

test('a reload brings another key of a client into force and takes the old one away', async (t) => {
  const { start, register } = installation(t)
  const engine = await start()
  const token = async (key: typeof rs) => (await ask(engine.api, await assertion(key, 'ehr-feed', `${engine.api}/auth/token`, Date.now()), SCOPE)).status
  t.is(await token(rs), 200)
  t.is(await token(es), 401)
  register(es)
  t.is(await token(es), 401)
  t.like(await engine.post('/reload', {}), { applied: true })
  t.is(await token(es), 200)
  t.is(await token(rs), 401)
})
