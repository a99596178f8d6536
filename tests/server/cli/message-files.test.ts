import test from 'ava'
import fc from 'fast-check'
import { nearest } from '../../../server/cli/nearest.ts'
import { splitMessages } from '../../../server/cli/message-files.ts'

const segment = fc.stringMatching(/^[A-LN-Z][A-Z0-9]{2}\|[ -~\u00a0-\u00ff]{0,30}$/).filter((text) => !/^(FHS|BHS|BTS|FTS)/.test(text))
const message = fc.tuple(fc.stringMatching(/^MSH\|[ -~]{0,30}$/), fc.array(segment, { maxLength: 5 })).map(([head, rest]) => [head, ...rest])

test('whatever line ends separate them, the messages come out as they were, with CR', (t) => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), fc.constantFrom('\r', '\n', '\r\n'), (messages, eol) => {
      const file = Buffer.from(messages.map((segments) => segments.join(eol) + eol).join(eol), 'latin1')
      t.deepEqual(
        splitMessages('f', file).map((found) => Buffer.from(found.bytes).toString('latin1')),
        messages.map((segments) => segments.join('\r') + '\r'),
      )
    }),
  )
})

test('batch envelopes and MLLP frames are left out', (t) => {
  const found = splitMessages('f', Buffer.from('FHS|x\rBHS|x\r\x0bMSH|1\rPID|1\r\x1c\r\x0bMSH|2\r\x1c\rBTS|2\rFTS|1\r'))
  t.deepEqual(
    found.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
    [
      ['f', 'MSH|1\rPID|1\r'],
      ['f#2', 'MSH|2\r'],
    ],
  )
})

test('what holds no MSH is one message as it is', (t) => {
  const bytes = Buffer.from('GET / HTTP/1.1\n\n')
  t.deepEqual(splitMessages('f', bytes), [{ name: 'f', bytes }])
  t.deepEqual(splitMessages('f', Buffer.alloc(0)), [])
})

test('a word far from everything has no neighbour', (t) => {
  t.is(nearest('chekc', ['check', 'send']), 'check')
  t.is(nearest('zzzz', ['check', 'send']), undefined)
})
