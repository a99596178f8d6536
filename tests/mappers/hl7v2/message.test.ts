import test from 'ava'
import fc from 'fast-check'
import { buildMessage, buildSegment, Hl7Message, STANDARD_DELIMITERS } from '../../../mappers/hl7v2/index.ts'

const HEADER = 'MSH|^~\\&|ORLOG|GENHOSP|AQUEDUCT|SUPPLY|20260301142233||DFT^P03^DFT_P03|C1|P|2.5.1'

function parse(text: string): Hl7Message {
  const message = Hl7Message.parse(text)
  if (message === null) throw new Error('not HL7')
  return message
}

test('leaves are found by field, repetition, component and subcomponent', (t) => {
  const m = parse(`${HEADER}\rPID|1||A^^^H1&OID&ISO^MR~B^^^H2^PI||DOE^JANE\r`)
  t.is(m.value(1, 3, 1, 1, 0), 'A')
  t.is(m.value(1, 3, 1, 4, 2), 'OID')
  t.is(m.value(1, 3, 2, 4, 1), 'H2')
  t.is(m.value(1, 3, 2, 5, 0), 'PI')
  t.is(m.value(1, 5, 1, 2, 1), 'JANE')
  t.is(m.raw(1, 3), 'A^^^H1&OID&ISO^MR~B^^^H2^PI')
  t.is(m.repetitions(1, 3), 2)
})

test('a field read as a simple type is its first component, and that its first subcomponent', (t) => {
  const m = parse(`${HEADER}\rFT1|1|||||||||100&USD^UP\r`)
  t.is(m.value(1, 10, 1, 0, 0), '100')
  t.is(m.value(1, 10, 1, 1, 0), '100')
  t.is(m.value(1, 10, 1, 1, 2), 'USD')
})

test('what is absent reads as empty, wherever one looks', (t) => {
  const m = parse(`${HEADER}\rPID|1||A~B^C\r`)
  t.is(m.value(1, 3, 3, 1, 0), '')
  t.is(m.value(1, 3, 1, 2, 0), '', 'the next repetition’s component is not this one’s')
  t.is(m.value(1, 3, 2, 1, 2), '', 'the next component is not a subcomponent')
  t.is(parse(`${HEADER}\rPID|A^B&C~D&E`).value(1, 1, 1, 1, 2), '', 'nor is a later component’s')
  t.is(m.value(1, 99, 1, 0, 0), '')
  t.is(m.value(9, 1, 1, 0, 0), '')
  t.is(m.value(-1, 1, 1, 0, 0), '')
  t.is(m.raw(1, 99), '')
  t.is(m.repetitions(1, 2), 0)
  t.is(m.repetitions(1, 50), 0)
  t.is(m.segmentName(7), '')
})

test('MSH-1 is the separator and MSH-2 is neither split nor unescaped', (t) => {
  const m = parse(`${HEADER}\r`)
  t.is(m.value(0, 1, 1, 0, 0), '|')
  t.is(m.value(0, 2, 1, 1, 0), '^~\\&')
  t.is(m.raw(0, 2), '^~\\&')
  t.is(m.repetitions(0, 2), 1)
  t.is(m.value(0, 9, 1, 2, 0), 'P03')
})

test('the HL7 null is not an empty field', (t) => {
  const m = parse(`${HEADER}\rITM|1|""||x\r`)
  t.true(m.isNull(1, 2))
  t.is(m.value(1, 2, 1, 0, 0), '""')
  t.false(m.isNull(1, 3))
  t.is(m.value(1, 3, 1, 0, 0), '')
})

for (const [name, ending] of [
  ['CR', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\n'],
] as const) {
  test(`segments end with ${name}`, (t) => {
    const m = parse([HEADER, 'PID|1||A', 'FT1|1|T'].join(ending) + ending)
    t.is(m.segmentCount, 3)
    t.deepEqual([m.segmentName(1), m.rawSegment(2)], ['PID', 'FT1|1|T'])
  })
}

test('mixed terminators and blank lines make no empty segments', (t) => {
  const m = parse(`\ufeff\r\n${HEADER}\r\nPID|1\n\n\rFT1|1\rNTE|1`)
  t.deepEqual(
    [0, 1, 2, 3].map((i) => m.segmentName(i)),
    ['MSH', 'PID', 'FT1', 'NTE'],
  )
  t.is(m.segmentCount, 4)
})

test('the delimiters are whatever the header states', (t) => {
  const m = parse('MSH@!%#*@ORLOG@GENHOSP\rPID@1@@A!!!H1*OID*ISO%B#F#C\r')
  t.is(m.value(1, 3, 1, 4, 2), 'OID')
  t.is(m.value(1, 3, 2, 1, 0), 'B@C')
})

test('swapped repetition and subcomponent separators are honoured as they stand', (t) => {
  const m = parse('MSH|^&~\\|A|B\rPID|1||x^y\\z&w\r')
  t.is(m.repetitions(1, 3), 2)
  t.is(m.value(1, 3, 1, 2, 2), 'z')
  t.is(m.value(1, 3, 2, 1, 0), 'w')
})

test('a fifth encoding character is accepted', (t) => {
  const m = parse('MSH|^~\\&#|A|B\rPID|1||x\\P\\y\r')
  t.is(m.delimiters.truncation, '#')
  t.is(m.value(1, 3, 1, 0, 0), 'x#y')
  t.is(m.raw(0, 3), 'A')
})

test('encoding characters that are left out separate nothing', (t) => {
  const m = parse('MSH|^~|A|B\rPID|1||a\\T\\b&c~d\r')
  t.is(m.value(1, 3, 1, 1, 1), 'a\\T\\b&c')
  t.is(m.value(1, 3, 2, 1, 0), 'd')
})

test('what has no readable header is no message', (t) => {
  for (const text of ['', 'MSH', 'MSH|', 'MSH||', 'MSH is required', 'MSHA^~\\&', 'PID|1', 'GET / HTTP/1.1\r\n\r\n', 'MSH\r^~\\&'])
    t.is(Hl7Message.parse(text), null, JSON.stringify(text))
})

test('continuation segments join mid-field', (t) => {
  const m = parse(`${HEADER}\rFT1|A|B|C|34\rADD|5|678|\rADD|90\rNTE|1\r`)
  t.is(m.rawSegment(1), 'FT1|A|B|C|345|678|90')
  t.is(m.segmentName(2), 'NTE')
})

test('an escaped carriage return does not make a segment', (t) => {
  const m = parse(`${HEADER}\rFT1|1|a\\X0D\\FT1\\F\\2\r`)
  t.is(m.count('FT1'), 1)
  t.is(m.value(1, 2, 1, 0, 0), 'a\rFT1|2')
})

test('segments are found by name and occurrence within bounds', (t) => {
  const m = parse(`${HEADER}\rFT1|1\rZPA|a\rFT1|2\rZPA|b\rFT1X|3\rFT1\r`)
  t.is(m.find('FT1', 2), 3)
  t.is(m.find('FT1', 3), 6)
  t.is(m.find('ZPA', 1, 3, 5), 4)
  t.is(m.find('ZPA', 1, 0, 2), -1)
  t.is(m.count('FT1'), 3)
  t.is(m.segmentName(5), 'FT1X')
})

test('any message is given back exactly by its segments and fields', (t) => {
  const character = fc.constantFrom('|', '^', '~', '\\', '&', 'A', 'é', '"', ' ', '1', '漢', '\ud83d')
  const segment = fc.tuple(fc.constantFrom('PID', 'FT1', 'ZZ', 'Z'), fc.string({ unit: character })).map(([name, rest]) => `${name}|${rest}`)
  fc.assert(
    fc.property(fc.array(segment), (segments) => {
      const text = [HEADER, ...segments].join('\r')
      const m = parse(text)
      const again = Array.from({ length: m.segmentCount }, (_, i) => {
        const first = i === 0 ? 2 : 1
        const fields = Array.from({ length: m.fieldCount(i) - first + 1 }, (_, f) => m.raw(i, f + first))
        return [m.segmentName(i), ...fields].join('|')
      })
      return again.join('\r') === text
    }),
  )
  t.pass()
})

test('what is built is read back, with any delimiters', (t) => {
  const delimiters = fc
    .uniqueArray(fc.constantFrom(...'|^~\\&#@!%*$+;:,'), { minLength: 5, maxLength: 5 })
    .map(([field = '', component = '', repetition = '', escape = '', subcomponent = '']) => ({
      field,
      component,
      repetition,
      escape,
      subcomponent,
      truncation: '',
    }))
  const leaf = fc.string({ unit: fc.constantFrom(...'|^~\\&#@!%*$+;:,', 'a', 'X', 'T', '0', 'ü', '\r', '\n', '\x0b', '\x1c') })
  fc.assert(
    fc.property(delimiters, leaf, leaf, leaf, (d, one, two, three) => {
      const text = buildMessage(
        [
          ['MSH', ['A']],
          ['ZZZ', [one, [['', two], three]]],
        ],
        d,
      )
      const m = parse(text)
      return (
        m.value(1, 1, 1, 0, 0) === one && m.value(1, 2, 1, 1, 2) === two && m.value(1, 2, 1, 2, 1) === three && m.segmentCount === 2 && !text.includes('\n')
      )
    }),
  )
  t.pass()
})

test('a built segment has no trailing empty fields and four encoding characters', (t) => {
  t.is(buildSegment('PID', ['1', '', ['a', '', ''], '', ''], STANDARD_DELIMITERS), 'PID|1||a')
  t.is(buildSegment('MSH', ['A'], { ...STANDARD_DELIMITERS, truncation: '#' }), 'MSH|^~\\&|A')
})

test('reading any text never throws', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(12), fc.nat(4), fc.nat(4), (text, field, repetition, component) => {
      const m = Hl7Message.parse('MSH' + text)
      if (m === null) return true
      for (let i = 0; i < m.segmentCount; i++) m.value(i, field, repetition, component, component)
      return m.groups('FT1').length === m.count('FT1')
    }),
  )
  t.pass()
})
