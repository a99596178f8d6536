import test from 'ava'
import fc from 'fast-check'
import { compileFhirPath, FhirScope } from '../../../mappers/fhirpath/index.ts'
import { writeFhirJson } from '../../../fhir/r4/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'
import { editJson } from '../../../server/rehearsal/edit-json.ts'

const NOTES: JsonObject = { resourceType: 'Procedure', id: 'p1', note: Array.from({ length: 3_000 }, (_each, i) => ({ text: `note ${i} ${'a'.repeat(40)}` })) }
const NONE = () => null

function evaluate(text: string, resource: JsonObject = NOTES) {
  const answer = compileFhirPath(text)
  if (!answer.ok) throw new Error(answer.problem.reason)
  return answer.path.find(new FhirScope(resource, resource, NONE))
}

for (const [what, path] of [
  ['collections that multiply', 'Procedure.note.select(%resource.note.select(%resource.note.text))'],
  ['nested conditions', 'Procedure.note.where(%resource.note.where(%resource.note.exists(text = id)).exists())'],
  ['a union that compares all with all', 'Procedure.note.first().select(%resource.note | %resource.note.text)'],
  ['texts that grow', `Procedure.note.text.first()${".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')".repeat(8)}`],
] as const) {
  test(`${what} end in a failure within a second, and tell nothing of the resource`, (t) => {
    const started = performance.now()
    const error = t.throws(() => evaluate(path), { message: /takes too long/ })
    t.true(performance.now() - started < 1_000)
    t.false(JSON.stringify(error).includes('note 1'))
  })
}

test('a pattern that hangs others runs in linear time', (t) => {
  t.deepEqual(
    evaluate("Procedure.id.matches('^(a+)+$')", { resourceType: 'Procedure', id: `${'a'.repeat(5_000)}b` }).map(({ value }) => value),
    [false],
  )
})

test('what a rule of a large resource needs stays far within the bounds', (t) => {
  t.is(evaluate("Procedure.note.where(text.startsWith('note 29')).text.count()")[0]?.value, 111)
})

test('any text compiles or is refused, and evaluating what compiles gives values or MAPPING_FAILED', (t) => {
  const word = fc.constantFrom(
    'Procedure',
    'note',
    'text',
    '.',
    '(',
    ')',
    '[',
    ']',
    '0',
    "'a'",
    ' | ',
    ' and ',
    ' = ',
    'where',
    'first',
    'exists',
    '%item',
    '$this',
    'resolve',
    'ofType',
    '-',
    ',',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const answer = compileFhirPath(words.join(''))
      if (!answer.ok) return answer.problem.reason !== ''
      const resource: JsonObject = { resourceType: 'Procedure', id: 'p1', note: [{ text: 'a' }] }
      try {
        return Array.isArray(answer.path.find(new FhirScope(resource, resource, NONE)))
      } catch (error) {
        return (error as { code?: string }).code === 'MAPPING_FAILED'
      }
    }),
    { numRuns: 2_000 },
  )
  t.pass()
})

test('a member of a JSON sample is changed, taken away and added by its path, the others keep their characters', (t) => {
  const text = '{"a":{"b":[{"c":1.00,"d":"x"}]},"e":2.50}'
  const edit = (set: Readonly<Record<string, string>>) => editJson(text, set)
  t.deepEqual(edit({ 'a.b[0].d': 'y', e: '' }), { ok: true, text: '{"a":{"b":[{"c":1.00,"d":"y"}]}}' })
  t.deepEqual(edit({ 'a.b[1]': '{"c":3.0}' }), { ok: true, text: '{"a":{"b":[{"c":1.00,"d":"x"},{"c":3.0}]},"e":2.50}' })
  t.like(edit({ 'z.y': '1' }), { ok: false })
  t.is(writeFhirJson({ a: 1 }), '{"a":1}')
})
