import test from 'ava'
import fc from 'fast-check'
import { charsetOf, escapeText, STANDARD_DELIMITERS, unescapeText } from '../../../mappers/hl7v2/index.ts'
import type { Delimiters } from '../../../mappers/hl7v2/index.ts'

function unescape(text: string, charset = 'utf-8', delimiters: Delimiters = STANDARD_DELIMITERS): string {
  const set = charsetOf(charset)
  if (set === null) throw new Error('unknown charset')
  return unescapeText(text, delimiters, set)
}

test('delimiter escapes give the delimiters', (t) => {
  t.is(unescape('a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f'), 'a|b^c&d~e\\f')
})

test('an escaped escape is not decoded again', (t) => {
  t.is(unescape('\\E\\T\\'), '\\T\\')
})

test('unknown and unterminated escapes keep their text', (t) => {
  for (const text of ['BSV 4\\5 re.', 'C:\\DIR\\FILE', '\\Q\\', '\\', 'a\\', '\\X0\\', '\\XZZ\\', '\\.sp9999\\', '\\C2842\\', '\\Zlocal\\'])
    t.is(unescape(text), text)
  t.is(unescape('4\\5 re.\\T\\x'), '4\\5 re.&x')
})

test('line breaks and highlighting become plain text', (t) => {
  t.is(unescape('one\\.br\\two\\H\\three\\N\\\\.sp2\\four'), 'one\ntwothree\n\nfour')
})

test('hexadecimal escapes are bytes of the message’s character set', (t) => {
  t.is(unescape('M\\XC3BC\\ller'), 'Müller')
  t.is(unescape('M\\XFC\\ller', '8859/1'), 'Müller')
  t.is(unescape('\\X00E0\\ \\X000d\\'), 'à \r')
  t.is(unescape('M\\XFC\\ller'), 'M\\XFC\\ller', 'not valid UTF-8: kept')
})

test('escapes use the message’s own escape character', (t) => {
  t.is(unescape('a%F%b\\F\\', 'utf-8', { ...STANDARD_DELIMITERS, escape: '%' }), 'a|b\\F\\')
})

test('text survives escaping and unescaping, and escaped text holds no delimiter', (t) => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom(...'|^~\\&#\r\n\x0b\x1c', 'X', '0D', '.br'), fc.string({ maxLength: 1 })) })
  const delimiters = fc.constantFrom<Delimiters>(
    STANDARD_DELIMITERS,
    { ...STANDARD_DELIMITERS, truncation: '#' },
    { field: '@', component: '!', repetition: '%', escape: '*', subcomponent: ';', truncation: '' },
  )
  fc.assert(
    fc.property(text, delimiters, (original, d) => {
      const escaped = escapeText(original, d)
      const bare = [d.field, d.component, d.repetition, d.subcomponent, '\r', '\n', '\x0b', '\x1c']
      return unescape(escaped, 'utf-8', d) === original && bare.every((character) => !escaped.includes(character))
    }),
  )
  t.pass()
})

test('without an escape character a delimiter in text becomes a space', (t) => {
  t.is(escapeText('a|b', { ...STANDARD_DELIMITERS, escape: '' }), 'a b')
})
