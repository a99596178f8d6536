import test from 'ava'
import fc from 'fast-check'
import { Hl7Message } from '../../../mappers/hl7v2/index.ts'
import { compileCondition, compilePath, groupScope, messageScope, parsePath } from '../../../mappers/language/index.ts'

const message = Hl7Message.parse(
  ['MSH|^~\\&|A|B|C|D|2026||OMS^O05|1|P|2.5', 'PID|||1^^^N^MR~2^^^S&x^SS', 'ORC|NW|1', 'RQD|1|A', 'ORC|NW|2', 'RQD|2|B', 'RQD|3|C', 'NTE|1||last'].join('\r'),
)!
const read = (text: string) => {
  const answer = compilePath(text)
  return answer.ok ? answer.reader.read(messageScope(message)) : answer.problem.reason
}

test('paths name segments, fields, repetitions, components and subcomponents', (t) => {
  t.deepEqual(
    ['PID-3', 'PID-3.1', 'PID-3[2]', 'PID-3[2].4.2', 'RQD(2)-2', 'PID-3[*.5=SS].1', 'PID-3[*.5=ZZ].1', 'PID-9', 'ZZZ-1', 'MSH-9.2', 'MSH-1'].map(read),
    ['1', '1', '2', 'x', 'B', '2', '', '', '', 'O05', '|'],
  )
})

test('a group reads its own order, not the first of the message', (t) => {
  const answer = compilePath('ORC-2')
  const groups = message.groups('RQD')
  t.deepEqual(
    groups.map((_, i) => answer.ok && answer.reader.read(groupScope(message, 'RQD', groups, i))),
    ['1', '2', '2'],
  )
})

for (const [text, suggestion] of [
  ['PID-3.1.9.2', 'PID-3.1.9'],
  ['PIDD-3', 'PID-3'],
  ['PID.3', 'PID-3'],
  ['pid-3', 'PID-3'],
  ['PID - 3', 'PID-3'],
  ['FT1[2]-7', 'FT1(2)-7'],
  ['PID-3(2).1', 'PID-3[2].1'],
  ['PID-3-1', 'PID-3.1'],
  ['PID-3.1[2]', 'PID-3[2].1'],
] as const) {
  test(`${text} is no path; ${suggestion} is suggested`, (t) => {
    const answer = parsePath(text)
    t.is(!answer.ok && answer.problem.suggestion, suggestion)
  })
}

test('there is no field, component or repetition 0', (t) => {
  for (const text of ['PID-0', 'PID-3.0', 'PID-3[0]', 'FT1(0)-3']) t.false(parsePath(text).ok, text)
})

test('whatever is written as a path is read back as it was meant', (t) => {
  const number = fc.integer({ min: 1, max: 99 })
  const segment = fc.constantFrom('PID', 'FT1', 'ZPA', 'Z09')
  fc.assert(
    fc.property(
      segment,
      fc.option(number),
      number,
      fc.option(number),
      fc.option(fc.tuple(number, fc.option(number))),
      (name, occurrence, field, repetition, parts) => {
        const text = `${name}${occurrence === null ? '' : `(${occurrence})`}-${field}${repetition === null ? '' : `[${repetition}]`}${parts === null ? '' : `.${parts[0]}${parts[1] === null ? '' : `.${parts[1]}`}`}`
        const answer = parsePath(text)
        if (!answer.ok) return t.fail(text)
        const { path } = answer
        t.deepEqual(
          [path.segment, path.occurrence, path.field, path.repetition, path.component, path.subcomponent],
          [name, occurrence, field, repetition, parts?.[0] ?? null, parts?.[1] ?? null],
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('no text makes the path reader throw, and every suggestion is a path', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9()[\].\-*=]{0,14}$/)), (text) => {
      const answer = parsePath(text)
      if (!answer.ok && answer.problem.suggestion?.startsWith('[') === false)
        t.true(parsePath(answer.problem.suggestion).ok, `${text} → ${answer.problem.suggestion}`)
    }),
    { numRuns: 500 },
  )
  t.pass()
})

const holds = (source: string) => {
  const answer = compileCondition(source)
  return answer.ok ? answer.test(messageScope(message)) : answer.problem.message
}

test('conditions read texts, numbers, presence and counts', (t) => {
  for (const source of [
    'v("MSH-11") == "P"',
    'n("RQD-1") == 1',
    'n("RQD-1") * 2 + 1 == 3.0',
    'exists("NTE") && !exists("ZZZ")',
    'exists("NTE-3") && !exists("NTE-2")',
    'count("RQD") == 3',
    'v("NTE-3").matches("^l.st$")',
    '["a"].exists(x, x == "a")',
  ])
    t.is(holds(source), true, source)
})

test('a blank number compares as false with everything', (t) => {
  t.deepEqual(['n("PID-9") < 0', 'n("PID-9") >= 0', 'n("PID-9") == 0'].map(holds), [false, false, false])
})

test('a problem shows the expression with a caret under its place', (t) => {
  const answer = compileCondition('v("MSH-11") == "P" && foo("x")')
  t.regex(answer.ok ? '' : answer.problem.message, /foo\("x"\)\n {2} {22}\^/)
})

test('a pattern that backtracks cannot hang the engine, and look-around is refused', (t) => {
  const answer = compileCondition('v("PID-5").matches("^(a+)+$")')
  const long = Hl7Message.parse(`MSH|^~\\&|A\rPID|||||${'a'.repeat(50_000)}!`)!
  t.false(answer.ok && answer.test(messageScope(long)))
  t.false(compileCondition('v("PID-5").matches("(?=a)")').ok)
  t.false(compileCondition('v("PID-5").matches(v("PID-6"))').ok)
})

test('a condition with a computed path is refused', (t) => {
  t.false(compileCondition('v("PID-" + "5") == ""').ok)
})
