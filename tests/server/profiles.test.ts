import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { formatIssue } from '../../channels/config/index.ts'
import { compileFolder } from '../../server/configuration.ts'
import { startEngineChild } from '../crash/engine.ts'
import { asker, procedure } from '../fhir/facade/face.ts'

const PROFILE = 'http://example.org/fhir/StructureDefinition/done'
const CHANNEL = `channel: procedures
about: Procedures that a profile constrains
owner: engine
format: fhir
listen:
  fhir: { resources: [Procedure], profiles: ['${PROFILE}'] }
lane: Procedure.id
map:
  - id: usage
    for_each: Procedure.usedCode
    to: SupplyUsed
    business_key: [Procedure.id]
    set:
      occurredAt: Procedure.performed
      case: Procedure.id
      quantity: { value: 1, unit: =EA }
      item: { from: coding.code }
deliver:
  - to: sink
`

function folder(t: ExecutionContext, withProfile: boolean): string {
  const dir = mkdtempSync(join(tmpdir(), 'aqueduct-profiles-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  cpSync('tests/crash/config', dir, { recursive: true })
  mkdirSync(join(dir, 'channels/procedures'))
  writeFileSync(join(dir, 'channels/procedures/channel.yaml'), CHANNEL)
  if (!withProfile) return dir
  mkdirSync(join(dir, 'profiles/test.package/package'), { recursive: true })
  const element = [
    { id: 'Procedure', path: 'Procedure', min: 0, max: '*' },
    { id: 'Procedure.status', path: 'Procedure.status', min: 1, max: '1', type: [{ code: 'code' }], fixedCode: 'completed' },
  ]
  const definition = { resourceType: 'StructureDefinition', url: PROFILE, type: 'Procedure', kind: 'resource', derivation: 'constraint', snapshot: { element } }
  writeFileSync(join(dir, 'profiles/test.package/package/StructureDefinition-done.json'), JSON.stringify(definition))
  return dir
}

test('a channel that names a profile which is not in the folder is told where', (t) => {
  const { compiled, issues } = compileFolder(folder(t, false), {}, {})
  t.is(compiled, null)
  t.true(
    issues.some((issue) => issue.code === 'unknown-profile' && issue.line === 6),
    issues.map(formatIssue).join('\n'),
  )
  t.false(compileFolder(folder(t, true), {}, {}).issues.some((issue) => issue.level === 'error'))
})

test('what does not meet the profile that its channel names is answered 422 with its place and not stored', async (t) => {
  const dir = folder(t, true)
  const engine = await startEngineChild({
    config: resolve(dir),
    data: join(dir, 'data'),
    set: { 'channels.crash.listen.mllp.port': '0', 'destinations.sink.url': 'http://127.0.0.1:9/', 'destinations.erp.url': 'http://127.0.0.1:9/' },
  })
  t.teardown(() => engine.kill('SIGKILL'))
  const { ask } = asker(`${engine.api}/fhir`, engine.token)
  t.is((await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))).status, 201)
  const refused = await ask('PUT', 'Procedure/b', procedure({ id: 'b', status: 'in-progress' }))
  t.is(refused.status, 422)
  t.is(refused.json.issue[0].expression[0], 'Procedure.status')
  t.is((await ask('GET', 'Procedure/b')).status, 404)
  const judged = await ask('POST', `Procedure/$validate?profile=${encodeURIComponent(PROFILE)}`, procedure({ status: 'in-progress' }))
  t.is(judged.json.issue[0].expression[0], 'Procedure.status')
  const unknown = await ask('POST', 'Procedure/$validate?profile=urn:none', procedure())
  t.like(unknown.json.issue[0], { severity: 'warning', code: 'not-found' })
})
