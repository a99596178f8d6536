import test from 'ava'
import fc from 'fast-check'
import { bundle, face, post, procedure, put } from './face.ts'

const seed = () =>
  bundle(
    'transaction',
    post(procedure({ subject: { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' } }), {}, 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1'),
    post(
      { resourceType: 'Patient', identifier: [{ system: 'urn:test:mrn', value: 'P' }] } as never,
      { ifNoneExist: 'identifier=urn:test:mrn|P' },
      'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    ),
    put({ resourceType: 'Device', id: 'd', lotNumber: 'L' } as never),
    { request: { method: 'DELETE', url: 'Basic/b' } },
    { request: { method: 'GET', url: 'Device/d' } },
  )

type Path = readonly (string | number)[]
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, Array.isArray(value) ? Number(key) : key]))]
}
function change(value: unknown, path: Path, make: (old: unknown) => unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return make(value)
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string | number, unknown>
  copy[step] = change(copy[step], rest, make)
  return copy
}

const WORDS = [
  '',
  'x',
  'Patient/1',
  'urn:uuid:1',
  '__proto__',
  'constructor',
  'Patient?identifier=x',
  '../../etc',
  'W/"1"',
  'POST',
  'PATCH',
  'transaction',
  'message',
  '\u0000',
  '𝒳'.charAt(0),
]
const wild = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, [], {}, [null], [[]], { resourceType: 'Patient' }),
  fc.constantFrom(...WORDS),
  fc.string(),
  fc.jsonValue(),
)
const mutations = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom('replace', 'remove', 'rename', 'double', 'wrap'),
    value: wild,
    name: fc.constantFrom(...WORDS, 'reference', 'resourceType', 'entry', 'url'),
  }),
  { minLength: 1, maxLength: 4 },
)

test('a mutated bundle is answered in FHIR, never by a failure of the engine, and never half stored', async (t) => {
  const { ask, fake } = await face(t)
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      let body: unknown = seed()
      for (const { at, kind, value, name } of changes) {
        const paths = pathsOf(body)
        const path = paths[at % paths.length] ?? []
        body = change(body, path, (old) => {
          switch (kind) {
            case 'replace':
              return value
            case 'remove':
              return undefined
            case 'double':
              return Array.isArray(old) ? [...(old as unknown[]), ...(old as unknown[])] : [old, old]
            case 'wrap':
              return { [name]: old }
            case 'rename':
              return typeof old === 'object' && old !== null
                ? Object.fromEntries(Object.entries(old).map(([key, inner], i) => [i === 0 ? name : key, inner as unknown]))
                : old
          }
        })
      }
      const text = JSON.stringify(body) ?? 'null'
      const before = { versions: fake.versions.length, messages: fake.messages.length }
      const { status, json } = await ask('POST', '', text)
      t.true(status < 500, `${String(status)} for ${text}`)
      t.true(['Bundle', 'OperationOutcome'].includes(json?.resourceType as string), text)
      if (status < 300) return
      t.deepEqual({ versions: fake.versions.length, messages: fake.messages.length }, before, text)
    }),
    { numRuns: 300 },
  )
})

test('bytes of any kind are refused, not choked on', async (t) => {
  const { ask, fake } = await face(t)
  const text = JSON.stringify(seed())
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), fc.string({ maxLength: 3 }), fc.boolean(), async (at, piece, cut) => {
      const { status, json } = await ask('POST', '', text.slice(0, at) + piece + (cut ? '' : text.slice(at + 1)))
      t.true(status < 500, `${String(status)} at ${String(at)} with ${JSON.stringify(piece)}`)
      t.truthy(json?.resourceType)
    }),
    { numRuns: 200 },
  )
  t.true(fake.versions.length >= 0)
})

test('a search of any words is answered in FHIR', async (t) => {
  const { ask } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  const name = fc.oneof(
    fc.constantFrom(
      'identifier',
      'status',
      'subject',
      'date',
      '_lastUpdated',
      '_id',
      '_count',
      '_sort',
      '_include',
      '_revinclude',
      '_offset',
      '_asof',
      'code:text',
      'subject:missing',
    ),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fc.oneof(fc.string(), fc.constantFrom('|', 'a|', 'ge2020', 'Procedure:subject', '-date', '999999999999999999'))), {
        maxLength: 4,
      }),
      async (pairs) => {
        const query = new URLSearchParams(pairs).toString()
        const { status, json } = await ask('GET', `Procedure?${query}`)
        t.true(status < 500, query)
        t.truthy(json?.resourceType)
      },
    ),
    { numRuns: 200 },
  )
})
