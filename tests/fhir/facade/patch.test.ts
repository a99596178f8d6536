import test from 'ava'
import fc from 'fast-check'
import { applyPatch } from '../../../fhir/facade/json-patch.ts'
import { parseFhirJson, writeFhirJson } from '../../../fhir/r4/index.ts'
import type { Json, JsonObject } from '../../../fhir/r4/index.ts'
import { face, procedure } from './face.ts'

const TYPE = { 'content-type': 'application/json-patch+json' }

test('a patch changes what it names and is a version like any other', async (t) => {
  const { ask, fake } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  const answer = await ask(
    'PATCH',
    'Procedure/a',
    [
      { op: 'test', path: '/status', value: 'completed' },
      { op: 'replace', path: '/status', value: 'entered-in-error' },
      { op: 'add', path: '/note', value: [{ text: 'x' }] },
      { op: 'remove', path: '/identifier/0/system' },
    ],
    TYPE,
  )
  t.deepEqual([answer.status, answer.headers.get('etag'), answer.json.status, answer.json.note[0].text], [200, 'W/"2"', 'entered-in-error', 'x'])
  t.deepEqual(answer.json.identifier, [{ value: 'C-1' }])
  t.is(fake.messages.at(-1)?.request.interaction, 'update')
  t.is((await ask('PATCH', 'Procedure/a', [], { ...TYPE, 'if-match': 'W/"1"' })).status, 412)
})

test('a patch that does not fit, or leaves no resource of R4, is refused and nothing is stored', async (t) => {
  const { ask, fake } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  const cases: [unknown, number][] = [
    [[{ op: 'test', path: '/status', value: 'unknown' }], 422],
    [[{ op: 'replace', path: '/nothing/0', value: 1 }], 422],
    [[{ op: 'add', path: '/colour', value: 'red' }], 400],
    [[{ op: 'remove', path: '/status' }], 422],
    [[{ op: 'replace', path: '/id', value: 'b' }], 400],
    [[{ op: 'add', path: '/__proto__/x', value: 1 }], 422],
    [{ op: 'add' }, 400],
  ]
  for (const [body, status] of cases)
    t.true([400, 422].includes((await ask('PATCH', 'Procedure/a', body, TYPE)).status), `${JSON.stringify(body)} ${String(status)}`)
  t.is((await ask('PATCH', 'Procedure/a', '[],"x":1', TYPE)).status, 400)
  t.is((await ask('PATCH', 'Procedure/a', procedure())).status, 415)
  t.is((await ask('PATCH', 'Procedure/none', [], TYPE)).status, 404)
  t.is(fake.versions.length, 1)
})

test('a patch that another write overtakes is made of what that one left', async (t) => {
  const { ask, fake } = await face(t)
  await ask('PUT', 'Procedure/a', procedure({ id: 'a' }))
  await ask('PUT', 'Procedure/a', procedure({ id: 'a', note: [{ text: 'theirs' }] }))
  const theirs = fake.versions.pop()
  fake.before = () => fake.versions.push(theirs!)
  const answer = await ask('PATCH', 'Procedure/a', [{ op: 'replace', path: '/status', value: 'unknown' }], TYPE)
  t.deepEqual([answer.headers.get('etag'), answer.json.status, answer.json.note[0].text], ['W/"3"', 'unknown', 'theirs'])
})

const read = (text: string): JsonObject => {
  const parsed = parseFhirJson(text)
  if (!parsed.ok) throw new Error(parsed.text)
  return parsed.value
}

test('numbers keep their digits through add, replace, copy, move and what is left alone', (t) => {
  const resource = read('{"kept":1.00,"list":[{"value":2.50}],"old":3}')
  const { operations } = read(
    '{"operations":[{"op":"add","path":"/new","value":1.10},{"op":"replace","path":"/old","value":4.00},{"op":"copy","from":"/list/0","path":"/list/-"},{"op":"move","from":"/new","path":"/moved"}]}',
  )
  const patched = applyPatch(resource, operations as readonly Json[])
  t.is(patched.ok ? writeFhirJson(patched.value) : patched.text, '{"kept":1.00,"list":[{"value":2.50},{"value":2.50}],"old":4.00,"moved":1.10}')
  t.is(writeFhirJson(resource), '{"kept":1.00,"list":[{"value":2.50}],"old":3}', 'the resource that was patched is as before')
})

test('no list of operations makes a patch fail otherwise than by saying so', (t) => {
  const path = fc.constantFrom('', '/', '/a', '/a/0', '/a/-', '/b/c', '/__proto__', '/constructor', '/a/01', 'a', '/b/c/d')
  const operation = fc.record(
    { op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'), path, from: path, value: fc.jsonValue() },
    { requiredKeys: ['op'] },
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 6 }), (operations) => {
      const before = { a: [1, { x: 2 }], b: { c: 'd' } }
      const patched = applyPatch(before, operations as unknown as readonly Json[])
      t.deepEqual(before, { a: [1, { x: 2 }], b: { c: 'd' } })
      if (patched.ok) t.is(Object.getPrototypeOf(patched.value), Object.prototype)
    }),
  )
})
