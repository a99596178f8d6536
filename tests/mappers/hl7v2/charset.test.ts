import test from 'ava'
import iconv from 'iconv-lite'
import { charsetOf, decodeBytes, hl7v2Format, Hl7Message } from '../../../mappers/hl7v2/index.ts'

function text(stated: string, name: string): string {
  return `MSH|^~\\&|A|B|C|D|||ADT^A08|1|P|2.5.1||||||${stated}\rPID|1||${name}|tail\r`
}

function nameIn(raw: Buffer, charset: string): { name: string; fault: string | null; place: string | undefined } {
  const inbound = hl7v2Format.read(raw, { charset })
  if (!(inbound.content instanceof Hl7Message)) throw new Error('not HL7')
  return { name: inbound.content.value(1, 3, 1, 0, 0), fault: inbound.fault?.code ?? null, place: inbound.fault?.place }
}

test('the message is believed when the channel says MSH-18', (t) => {
  for (const [stated, encoding] of [
    ['8859/1', 'iso-8859-1'],
    ['ISO-8859-1', 'iso-8859-1'],
    ['8859/15', 'iso-8859-15'],
    ['UNICODE UTF-8', 'utf-8'],
    ['UTF-8', 'utf-8'],
  ] as const) {
    t.deepEqual(nameIn(iconv.encode(text(stated, 'Müller'), encoding), 'MSH-18'), { name: 'Müller', fault: null, place: undefined }, stated)
  }
  t.is(nameIn(iconv.encode(text('8859/2', 'Łódź'), 'iso-8859-2'), 'MSH-18').name, 'Łódź')
})

test('nothing stated means UTF-8 where it is valid, and Latin-1 where not', (t) => {
  t.is(nameIn(Buffer.from(text('', 'Müller')), 'MSH-18').name, 'Müller')
  t.is(nameIn(iconv.encode(text('', 'Müller'), 'iso-8859-1'), 'MSH-18').name, 'Müller')
})

test('trail bytes that equal delimiters do not split a field', (t) => {
  // 表 ends in 0x5C (\), ｜ holds 0x7C.
  const sjis = iconv.encode(text('ISO IR14', '表能'), 'shift_jis')
  t.true(sjis.includes(0x5c, 60))
  t.is(nameIn(sjis, 'MSH-18').name, '表能')
  t.is(nameIn(iconv.encode(text('', '功許'), 'big5'), 'big5').name, '功許')
  t.is(nameIn(iconv.encode(text('GB 18030-2000', '俓倇'), 'gb18030'), 'MSH-18').name, '俓倇')
})

test('ISO 2022 Japanese is decoded before anything is split', (t) => {
  // ESC $ B 46|\ ESC ( B: the two bytes of 日本 with escape sequences round them.
  const [head = '', tail = ''] = text('ASCII~ISO IR87', '@@').split('@@')
  const raw = Buffer.concat([Buffer.from(head), Buffer.of(0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42), Buffer.from(tail)])
  t.is(nameIn(raw, 'MSH-18').name, '日本')
})

test('bytes that are not in the named set are a fault, and can still be answered', (t) => {
  const latin = iconv.encode(text('UNICODE UTF-8', 'Müller'), 'iso-8859-1')
  t.deepEqual([nameIn(latin, 'MSH-18').fault, nameIn(latin, 'MSH-18').place], ['WRONG_CHARSET', 'MSH-18'])
  t.is(nameIn(latin, 'utf-8').fault, 'WRONG_CHARSET')
  t.is(nameIn(iconv.encode(text('BIG-5', 'Mü x'), 'iso-8859-1'), 'MSH-18').fault, 'WRONG_CHARSET')
  t.is(nameIn(iconv.encode(text('ASCII', 'Müller'), 'iso-8859-1'), 'MSH-18').fault, 'WRONG_CHARSET')
  const answer = hl7v2Format.read(latin, { charset: 'utf-8' }).acknowledge('AE', { at: 0, id: 'A' })
  t.true(Buffer.from(answer).toString('latin1').includes('MSA|AE|1'))
})

test('UTF-8 that calls itself Latin-1 is refused rather than read as mojibake', (t) => {
  t.is(nameIn(Buffer.from(text('8859/1', 'Müller')), 'MSH-18').fault, 'WRONG_CHARSET')
  t.deepEqual(nameIn(Buffer.from(text('8859/1', 'Müller')), 'utf-8'), { name: 'Müller', fault: null, place: undefined }, 'the channel’s word wins')
})

test('an unknown name is a fault when it matters', (t) => {
  t.is(nameIn(Buffer.from(text('KLINGON', 'Müller')), 'MSH-18').fault, 'WRONG_CHARSET')
  t.is(nameIn(Buffer.from(text('KLINGON', 'Muller')), 'MSH-18').fault, null)
  t.is(nameIn(Buffer.from(text('', 'Muller')), 'klingon').fault, 'WRONG_CHARSET')
  t.is(charsetOf(''), null)
})

test('escaped bytes of an ASCII message are in the set that it states', (t) => {
  t.is(nameIn(Buffer.from(text('8859/1', 'M\\XFC\\ller')), 'MSH-18').name, 'Müller')
})

test('bytes in a larger buffer are read from where they start', (t) => {
  const whole = Buffer.from('xxxx' + text('', 'é'))
  const view = new Uint8Array(whole.buffer, whole.byteOffset + 4, whole.length - 4)
  t.is(decodeBytes(view, 'MSH-18').text, text('', 'é'))
})
