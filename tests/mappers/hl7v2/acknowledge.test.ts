import test from 'ava'
import iconv from 'iconv-lite'
import type { Fault } from '../../../channels/contract/index.ts'
import { hl7v2Format } from '../../../mappers/hl7v2/index.ts'

const AT = Date.UTC(2026, 2, 1, 14, 22, 33, 500)

function answer(text: string | Buffer, code: 'AA' | 'AE' | 'AR' = 'AA', fault?: Fault): string[] {
  const inbound = hl7v2Format.read(Buffer.from(text), { charset: 'MSH-18' })
  const bytes = inbound.acknowledge(code, fault === undefined ? { at: AT, id: 'A1' } : { at: AT, id: 'A1', fault })
  const segments = Buffer.from(bytes).toString('latin1').split('\r')
  if (segments.pop() !== '') throw new Error('the last segment is not ended')
  return segments
}

function message(version: string, delimiters = '|^~\\&'): string {
  const [f = '', c = ''] = delimiters
  return (
    ['MSH' + delimiters, `COMZIS${c}MS1`, 'GENHOSP', 'AQUEDUCT', `SUPPLY${c}9.8${c}ISO`, '20260301', '', `DFT${c}P03${c}DFT_P03`, 'C-1', 'P', version].join(f) +
    '\r'
  )
}

const BAD: Fault = { code: 'BAD_VALUE', place: 'FT1(2)-10', text: 'FT1-10 must be a number | plain' }

test('the answer is addressed to the sender, components and all', (t) => {
  t.deepEqual(answer(message('2.5.1')), ['MSH|^~\\&|AQUEDUCT|SUPPLY^9.8^ISO|COMZIS^MS1|GENHOSP|20260301142233+0000||ACK^P03^ACK|A1|P|2.5.1', 'MSA|AA|C-1'])
})

test('the answer uses the sender’s delimiters', (t) => {
  const segments = answer(message('2.5.1', '@!%#*'), 'AE', { ...BAD, text: 'a@b' })
  t.is(segments[0], 'MSH@!%#*@AQUEDUCT@SUPPLY!9.8!ISO@COMZIS!MS1@GENHOSP@20260301142233+0000@@ACK!P03!ACK@A1@P@2.5.1')
  t.is(segments[1], 'MSA@AE@C-1@a#F#b')
  t.is(segments[2], 'ERR@@FT1!2!10@102!Data type error!HL70357@E@BAD_VALUE@@a#F#b@a#F#b')
})

test('a five-character MSH-2 is answered with four', (t) => {
  t.true(answer(message('2.8', '|^~\\&#'))[0]?.startsWith('MSH|^~\\&|'))
})

test('versions to 2.4 get the error as ERR-1', (t) => {
  t.deepEqual(answer(message('2.3'), 'AE', BAD).slice(1), ['MSA|AE|C-1|FT1-10 must be a number \\F\\ plain', 'ERR|FT1^2^10^102&Data type error&HL70357'])
  t.true(answer(message('2.4'), 'AE', BAD)[2]?.startsWith('ERR|FT1^2^10^102'))
})

test('versions from 2.5 get location, condition, severity and text, and from 2.7 no MSA-3', (t) => {
  const text = 'FT1-10 must be a number \\F\\ plain'
  t.deepEqual(answer(message('2.6'), 'AE', BAD).slice(1), [`MSA|AE|C-1|${text}`, `ERR||FT1^2^10|102^Data type error^HL70357|E|BAD_VALUE||${text}|${text}`])
  t.is(answer(message('2.7'), 'AE', BAD)[1], 'MSA|AE|C-1')
})

test('the message type of the answer is what the sender’s version knows', (t) => {
  const types = ['2.2', '2.3', '2.3.1', '2.4', '2.9.1', ''].map((version) => answer(message(version))[0]?.split('|')[8])
  t.deepEqual(types, ['ACK', 'ACK', 'ACK^P03', 'ACK^P03^ACK', 'ACK^P03^ACK', 'ACK^P03^ACK'])
})

test('places with repetition and component go into ERR-2; a place that is no path leaves it empty', (t) => {
  const location = (place: string): string | undefined => answer(message('2.5'), 'AE', { ...BAD, place })[2]?.split('|')[2]
  t.is(location('PID-3[2].4.1'), 'PID^1^3^2^4^1')
  t.is(location('FT1[2]-11.1'), 'FT1^2^11^1^1')
  t.is(location('FT1'), 'FT1^1')
  t.is(location('quantity'), '')
})

test('an unsupported type is 200, an unsupported trigger 201', (t) => {
  const condition = (place: string): string | undefined =>
    answer(message('2.5'), 'AR', { code: 'UNKNOWN_TYPE', place, text: 'x' })[2]?.split('|')[3]?.split('^')[0]
  t.deepEqual([condition('MSH-9'), condition('MSH-9.2')], ['200', '201'])
})

test('MSA-2 is the control id exactly as it was sent', (t) => {
  const id = 'a\\T\\b^c~"d\\X41\\'
  t.is(answer(message('2.5.1').replace('C-1', () => id))[1], `MSA|AA|${id}`)
})

test('the answer is in the sender’s character set and says so', (t) => {
  const text = `MSH|^~\\&|Zürich|B|C|D|||ADT^A08|Ä1|P|2.5.1||||||8859/1\r`
  const raw = hl7v2Format.read(iconv.encode(text, 'iso-8859-1'), { charset: 'MSH-18' }).acknowledge('AA', { at: AT, id: 'A1' })
  t.is(iconv.decode(Buffer.from(raw), 'iso-8859-1'), 'MSH|^~\\&|C|D|Zürich|B|20260301142233+0000||ACK^A08^ACK|A1|P|2.5.1||||||8859/1\rMSA|AA|Ä1\r')
})

test('a message without control id is faulty and still answered', (t) => {
  const text = message('2.5.1').replace('C-1', '')
  const inbound = hl7v2Format.read(Buffer.from(text), { charset: 'utf-8' })
  t.is(inbound.fault?.code, 'NO_CONTROL_ID')
  const segments = answer(text, 'AE', inbound.fault ?? undefined)
  t.true(segments[1]?.startsWith('MSA|AE||'))
  t.true(segments[2]?.startsWith('ERR||MSH^1^10|101^'))
})

test('bytes that are no HL7 get a minimal refusal', (t) => {
  const inbound = hl7v2Format.read(Buffer.from('GET / HTTP/1.1\r\n'), { charset: 'utf-8' })
  t.is(inbound.fault?.code, 'NOT_HL7')
  const [header, acknowledgement] = answer('GET / HTTP/1.1\r\n', 'AR', inbound.fault ?? undefined)
  t.is(header, 'MSH|^~\\&|||||20260301142233+0000||ACK|A1|P|2.5.1')
  t.true(acknowledgement?.startsWith('MSA|AR||'))
})

test('a header alone is answered', (t) => {
  t.deepEqual(answer('MSH|^~\\&|'), ['MSH|^~\\&|||||20260301142233+0000||ACK|A1||2.5.1', 'MSA|AA|'])
})

test('the type falls back to EVN-1 where MSH-9 has no trigger', (t) => {
  const type = (text: string): string => hl7v2Format.read(Buffer.from(text), { charset: 'utf-8' }).type
  t.is(type('MSH|^~\\&|A|B|C|D|||ADT|1|P|2.1\rEVN|A01\r'), 'ADT^A01')
  t.is(type('MSH|^~\\&|A|B|C|D|||ADT|1|P|2.1\r'), 'ADT')
  t.is(type('MSH|^~\\&|A|B|C|D|||^A01|1|P|2.1\r'), '')
})

test('the sender is MSH-3 and MSH-4', (t) => {
  t.is(hl7v2Format.read(Buffer.from(message('2.5')), { charset: 'utf-8' }).sender, 'COMZIS^MS1|GENHOSP')
})
