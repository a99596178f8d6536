import test from 'ava'
import { compileCondition } from '../../../mappers/language/index.ts'

/** Reason and the text under the caret. */
function told(source: string): readonly string[] {
  const answer = compileCondition(source)
  if (answer.ok) return ['ok']
  const [reason = '', line = '', caret = ''] = answer.problem.message.split('\n')
  return [reason, line.slice(caret.indexOf('^'))]
}

const cases: readonly [string, string, string][] = [
  ['(v("PID-3") == "x"', 'a closing ) is missing', ''],
  ['v("PID-3") in ["a"', 'a closing ] is missing', ''],
  ['v("PID-3") == "x', 'a closing quote is missing', '"x'],
  ['v("PID-3") ==', 'the expression ends too soon', ''],
  ['', 'the expression is empty', ''],
  ['v("PID-3") == "x")', 'there is one ) too many', ')'],
  ['v("PID-3") = "x"', 'is equal to is written ==', '= "x"'],
  ['v("PID-3") <> "x"', 'is not equal to is written !=', '> "x"'],
  ['exists("A01") AND exists("B01")', 'AND is written &&', 'AND exists("B01")'],
  ['(exists("A01") or exists("B01"))', 'or is written ||', 'or exists("B01"))'],
  ['not exists("A01")', 'not is written !', 'not exists("A01")'],
  ['exists("A01") || || true', 'something is missing before ||', '|| true'],
  ['v("PID-3") == “x”', 'texts stand in straight quotes: "CG"', '“x”'],
  ['vv("PID-3") == "x"', 'there is no function vv; there are v, n, exists, count', 'vv("PID-3") == "x"'],
]

for (const [source, reason, under] of cases) {
  test(`${source === '' ? 'nothing' : source} is answered: ${reason}`, (t) => {
    t.deepEqual(told(source), [reason, under])
  })
}

test('a text beside a number says which function goes with which', (t) => {
  t.regex(told('v("FT1-10") > 3')[0] ?? '', /^a text > a number: .*n\("…"\) with 1$/)
  t.regex(told('exists("FT1") && v("FT1-6")')[0] ?? '', /this is a text: compare it/)
  t.is(told('v("FT1-6")')[0], 'a condition gives true or false; this gives a text')
})

test('no word of the parser reaches a person', (t) => {
  for (const [source] of cases) t.notRegex(told(source)[0] ?? '', /[A-Z]{4,}|token|overload|operand|character/, source)
})
