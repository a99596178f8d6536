import test from 'ava'
import fc from 'fast-check'
import { cloneFhirJson, lexemeOf, parseFhirJson, withLexeme, withMembers, writeFhirJson } from '../../../fhir/r4/index.ts'
import type { JsonObject } from '../../../fhir/r4/index.ts'

const read = (text: string): JsonObject => {
  const parsed = parseFhirJson(text)
  if (!parsed.ok) throw new Error(`${parsed.text} ${parsed.at}`)
  return parsed.value
}
const refusal = (text: string): string => {
  const parsed = parseFhirJson(text)
  return parsed.ok ? 'accepted' : `${parsed.at}: ${parsed.text}`
}

test('a decimal keeps its trailing zeros through parse, clone and write', (t) => {
  const text = '{"value":1.00,"list":[0.10,1,-0,1E5,1.10e-2,100000000000000000001.5],"deep":{"a":[[2.0]]}}'
  const value = read(text)
  t.is(writeFhirJson(value), text)
  t.is(writeFhirJson(cloneFhirJson(value)), text)
  t.is(value['value'], 1)
  t.is(lexemeOf(value, 'value'), '1.00')
  t.is(lexemeOf(value['list'] as object, 0), '0.10')
  t.is(lexemeOf(value['list'] as object, 1), '1')
  t.is(lexemeOf(value, 'list'), undefined)
})

test('a member that was replaced does not keep the characters of the old number', (t) => {
  const value = read('{"a":1.00,"b":2.00}') as Record<string, number>
  value['a'] = 3
  t.is(writeFhirJson(value), '{"a":3,"b":2.00}')
  t.is(writeFhirJson(withMembers(value, { a: undefined, c: 'x' })), '{"b":2.00,"c":"x"}')
  t.is(writeFhirJson(withLexeme({ a: 5 }, 'a', '5.000')), '{"a":5.000}')
  t.is(writeFhirJson(withLexeme({ a: 5 }, 'a', '6.0')), '{"a":5}')
})

test('the same member name twice in one object is refused with its place, escaped or not', (t) => {
  t.regex(refusal('{"a":1,\n "b":{"c":1, "c":2}}'), /^line 2, column 14: The same member name/)
  t.regex(refusal('{"a":1,"\\u0061":2}'), /same member name/)
  t.regex(refusal('{"__proto__":1,"__proto__":2}'), /same member name/)
})

test('nesting of 100 is read, deeper is refused and not a crash', (t) => {
  const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  t.is(refusal(nested(100)), 'accepted')
  t.regex(refusal(nested(101)), /nested deeper than 100/)
  t.regex(refusal('{"a":'.repeat(200_000)), /nested deeper/)
})

test('half a surrogate pair and U+0000 are refused, a whole pair is read', (t) => {
  for (const bad of ['\\ud83d', '\ud83d', '\\ude00', '\\ud83d\\u0041', '\\ude00\\ud83d', '\ude00x']) t.regex(refusal(`{"a":"${bad}"}`), /surrogate/, bad)
  t.regex(refusal('{"a":"\\u0000"}'), /U\+0000/)
  t.is(read('{"a":"\\ud83d\\ude00"}')['a'], '😀')
  t.is(read('{"a":"😀"}')['a'], '😀')
})

test('a member named __proto__ is a member and changes no object', (t) => {
  const text = '{"__proto__":{"polluted":true},"a":{"__proto__":[1.0]}}'
  const value = read(text)
  t.is((value as { polluted?: unknown }).polluted, undefined)
  t.is(({} as { polluted?: unknown }).polluted, undefined)
  t.is(writeFhirJson(value), text)
  t.is(writeFhirJson(cloneFhirJson(value)), text)
})

test('what JSON forbids is refused with line and column, without the content', (t) => {
  for (const bad of ['', '[]', '"x"', '1', '{', '{"a"}', '{"a":}', '{"a":1,}', '{a:1}', "{'a':1}", '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":NaN}'])
    t.not(refusal(bad), 'accepted', bad)
  for (const bad of ['{"a":"x\ny"}', '{"a":"\\x41"}', '{"a":"\\u12G4"}', '{"a":1}x', '{"a":tru}', '{"a":1e999}', '{"a":[1,]}', '\ufeff{}', '{"a":"secret'])
    t.not(refusal(bad), 'accepted', bad)
  t.is(refusal('{\n  "a": [1, secret]\n}'), 'line 2, column 12: A JSON value was expected.')
})

test('any JSON object reads as JSON.parse reads it, and writes to the same value', (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' })), fc.integer({ min: 0, max: 3 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      if (text.includes('\\u0000')) return
      const ours = read(text)
      t.deepEqual(ours, JSON.parse(text) as JsonObject)
      t.deepEqual(JSON.parse(writeFhirJson(ours)), JSON.parse(text))
      t.is(writeFhirJson(cloneFhirJson(ours)), writeFhirJson(ours))
    }),
    { numRuns: 500 },
  )
})

test('the characters of any number survive', (t) => {
  const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?$/)
  fc.assert(
    fc.property(fc.array(digits), (numbers) => {
      const text = `{"a":[${numbers.join(',')}]}`
      t.is(writeFhirJson(cloneFhirJson(read(text))), text)
    }),
  )
})

test('a text cut or changed at any place is refused or read, never a crash', (t) => {
  const text = '{"a":[1.00,{"b":"\\u00e4\\n😀"}],"c":null,"d":true}'
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(3), fc.string({ maxLength: 3, unit: 'binary' }), (at, cut, insert) => {
      const changed = text.slice(0, at) + insert + text.slice(at + cut)
      const parsed = parseFhirJson(changed)
      if (parsed.ok) t.deepEqual(JSON.parse(writeFhirJson(parsed.value)), JSON.parse(changed))
      else t.regex(parsed.at, /^line \d+, column \d+$/)
    }),
    { numRuns: 2000 },
  )
})
