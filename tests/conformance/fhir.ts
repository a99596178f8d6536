/**
 * `npm run conformance:fhir -- DIR`: every resource of every JSON file below DIR through the FHIR face of a real engine. Resources of R4 must be
 * taken (PUT, or POST when they have no id) and read back equal, number for number, apart from the id and the meta that the server owns; those of
 * R5 (R5 in their path) must be refused with an OperationOutcome: all when they say what they are, and those that are no R4 when they do not.
 * Exits 1 when one failed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { isObject, parseFhirJson, withMembers, writeFhirJson } from '../../fhir/r4/index.ts'
import type { Json, JsonObject } from '../../fhir/r4/index.ts'
import { startEngineChild } from '../crash/engine.ts'

const dir = process.argv[2]
if (!dir) {
  console.error('usage: npm run conformance:fhir -- DIR')
  process.exit(2)
}

/** Members in one order, and numbers with their digits: what two equal resources have in common as text. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  // Written alone so that a number keeps the digits that are kept beside its object.
  const members = Object.keys(value)
    .toSorted()
    .map((key) => {
      const member = value[key] ?? null
      return typeof member === 'number' ? writeFhirJson(only(value, key)).slice(1, -1) : `${JSON.stringify(key)}:${canonical(member)}`
    })
  return `{${members.join(',')}}`
}
const only = (object: JsonObject, key: string): JsonObject =>
  withMembers(
    object,
    Object.fromEntries(
      Object.keys(object)
        .filter((each) => each !== key)
        .map((each) => [each, undefined]),
    ),
  )

/** Without what the server owns. */
function bare(resource: JsonObject): string {
  const { meta } = resource
  const kept = isObject(meta) ? withMembers(meta, { versionId: undefined, lastUpdated: undefined }) : undefined
  return canonical(withMembers(resource, { id: undefined, meta: kept === undefined || Object.keys(kept).length === 0 ? undefined : kept }))
}

interface Outcome {
  readonly ok: boolean
  readonly text: string
}

async function tryResource(text: string, isR5: boolean, base: string, token: string): Promise<Outcome> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' }
  const read = parseFhirJson(text)
  const type = read.ok && typeof read.value['resourceType'] === 'string' ? read.value['resourceType'] : 'Basic'
  const id = read.ok && typeof read.value['id'] === 'string' ? read.value['id'] : null
  const send = (more: Record<string, string> = {}) =>
    fetch(`${base}/${type}${id === null ? '' : `/${id}`}`, { method: id === null ? 'POST' : 'PUT', headers: { ...headers, ...more }, body: text })
  if (isR5) {
    const named = await send({ 'content-type': 'application/fhir+json; fhirVersion=5.0' })
    if (named.status !== 415 && named.status !== 404) return { ok: false, text: `taken as fhirVersion=5.0: ${String(named.status)}` }
  }
  const answer = await send()
  const said = await answer.text()
  if (isR5) {
    const refused = (answer.status === 400 || answer.status === 404 || answer.status === 422) && said.includes('"OperationOutcome"')
    if (refused) return { ok: true, text: `refused ${String(answer.status)}: ${firstIssue(said)}` }
    return answer.ok ? { ok: true, text: 'refused with fhirVersion=5.0; without, every element of it is R4 too' } : { ok: false, text: String(answer.status) }
  }
  if (answer.status !== 201 && answer.status !== 200) return { ok: false, text: `${String(answer.status)} ${firstIssue(said)}` }
  const location = answer.headers.get('location')
  const back = parseFhirJson(await (await fetch(location ?? '', { headers })).text())
  if (!back.ok || !read.ok) return { ok: false, text: 'it cannot be read back' }
  return bare(back.value) === bare(read.value) ? { ok: true, text: String(answer.status) } : { ok: false, text: 'it came back otherwise' }
}

function firstIssue(text: string): string {
  try {
    const { issue = [] } = JSON.parse(text) as { issue?: { diagnostics?: string; expression?: string[] }[] }
    return `${issue[0]?.expression?.[0] ?? ''} ${issue[0]?.diagnostics ?? ''}${issue.length > 1 ? ` (and ${String(issue.length - 1)} more)` : ''}`.trim()
  } catch {
    return 'no OperationOutcome'
  }
}

const data = mkdtempSync(join(tmpdir(), 'aqueduct-conformance-'))
const engine = await startEngineChild({
  config: resolve('tests/conformance/config'),
  data,
  set: { 'channels.everything.listen.mllp.port': '0', 'destinations.sink.url': 'http://127.0.0.1:9/' },
})
let passed = 0
let failed = 0
try {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
  for (const entry of files.toSorted((a, b) => a.name.localeCompare(b.name))) {
    const path = join(entry.parentPath, entry.name)
    const { ok, text } = await tryResource(readFileSync(path, 'utf8'), /\bR5\b/i.test(path), `${engine.api}/fhir`, engine.token)
    if (ok) passed++
    else failed++
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${relative(dir, path)}: ${text}`)
  }
} finally {
  await engine.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true })
}
console.log(`${String(passed)} passed, ${String(failed)} failed`)
process.exitCode = failed === 0 ? 0 : 1
