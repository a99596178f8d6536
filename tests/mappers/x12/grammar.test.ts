import test from 'ava'
import fc from 'fast-check'
import { readInterchange, tokenize, untokenize, usable, writeInterchange, x12Format } from '../../../mappers/x12/index.ts'
import type { Delimiters, InterchangeDraft } from '../../../mappers/x12/index.ts'
import { readDate, readImplied, readReal, writeImplied } from '../../../mappers/x12/index.ts'
import { acknowledgement, AT, interchange, INVOICE, invoice, shipment } from './samples.ts'

const read = (text: string) => readInterchange(text)

test('delimiters are those that ISA states, with line breaks after the terminator or without', (t) => {
  for (const end of ['~', '~\n', '~\r\n']) {
    const found = read(interchange([[invoice]], { end }))
    t.is(found?.note, '000')
    t.deepEqual(found?.delimiters, { element: '*', component: '>', repetition: '', segment: '~' })
    t.is(found?.groups[0]?.transactions[0]?.segments.length, INVOICE.length + 2)
  }
  const other = interchange([[invoice]])
    .replaceAll('*', '|')
    .replaceAll('~\n', '\n')
  t.deepEqual(read(other)?.delimiters, { element: '|', component: '>', repetition: '', segment: '\n' })
  t.is(usable(read(other) ?? (t.fail() as never)).length, 1)
})

test('a repetition separator exists from 00402 on; before, ISA11 is a code', (t) => {
  t.is(read(interchange([[invoice]], { version: '00501', repetition: '^', gs: '005010' }))?.delimiters.repetition, '^')
  t.is(read(interchange([[invoice]], { version: '00401', repetition: '^' }))?.delimiters.repetition, '')
})

test('several groups and transactions are read, each with its own control number', (t) => {
  const found = read(interchange([[invoice, { ...invoice, control: '0002' }], [acknowledgement], [shipment]]))
  t.deepEqual(
    found?.groups.map((group) => [group.header[0], group.header[5], group.transactions.map(({ control, set }) => `${set}/${control}`)]),
    [
      ['IN', '17', ['810/0001', '810/0002']],
      ['PR', '18', ['855/0001']],
      ['SH', '19', ['856/0001']],
    ],
  )
})

test('an envelope whose counts or control numbers disagree is broken', (t) => {
  const good = interchange([[invoice]])
  const cases: readonly (readonly [string, string])[] = [
    [good.replace('IEA*1*000000017', 'IEA*1*000000018'), '001'],
    [good.replace('IEA*1*', 'IEA*2*'), '021'],
    [good.replace('IEA*1*000000017~\n', ''), '023'],
    [`${good}${good}`, '022'],
    [good.replace('GS*', 'XX*'), '022'],
  ]
  for (const [text, note] of cases) {
    t.is(read(text)?.note, note)
    t.deepEqual(x12Format.read(Buffer.from(text), { charset: 'utf-8' }).fault?.code, 'NOT_X12')
  }
})

test('a segment whose id is none, in lower case say, is an error that rejects its transaction', (t) => {
  for (const id of ['it1', 'It1', 'I', 'IT1X', '']) {
    const found = read(
      interchange([
        [
          { ...invoice, segments: INVOICE.map((segment) => segment.replace(/^IT1/, id)) },
          { ...invoice, control: '0002' },
        ],
      ]),
    )
    const [broken, good] = found?.groups[0]?.transactions ?? []
    t.like(broken, { broken: true, codes: ['5'] }, id)
    t.deepEqual(
      broken?.errors.filter((error) => error.code === '1').map((error) => [error.id, error.position]),
      [
        [id, 7],
        [id, 10],
      ],
    )
    t.false(good?.broken, id)
  }
})

test('a group whose trailer disagrees rejects what is in it', (t) => {
  const good = interchange([[invoice], [acknowledgement]])
  for (const [from, to, code] of [
    ['GE*1*17', 'GE*2*17', '5'],
    ['GE*1*17', 'GE*1*99', '4'],
    ['GE*1*17~\n', '', '3'],
  ] as const) {
    const found = read(good.replace(from, to))
    t.deepEqual(found?.groups[0]?.codes, [code])
    t.deepEqual(found && usable(found).map(({ transaction }) => transaction.set), ['855'])
  }
})

test('a transaction is broken by its count, control number, missing segments, bad values and CTT; a length that is off is only noted', (t) => {
  const good = interchange([[invoice]])
  const one = (from: string, to: string) => read(good.replace(from, to))?.groups[0]?.transactions[0]
  t.deepEqual(one('SE*15', 'SE*14')?.codes, ['4'])
  t.deepEqual(one('SE*15*0001', 'SE*15*0009')?.codes, ['3'])
  t.deepEqual(one('ST*810', 'ST*856')?.codes.includes('1'), true)
  const missing = read(interchange([[{ set: '810', segments: INVOICE.filter((segment) => !segment.startsWith('TDS')) }]]))?.groups[0]?.transactions[0]
  t.like(missing, { broken: true, codes: ['5'] })
  t.deepEqual(
    missing?.errors.map(({ code, id }) => [id, code]),
    [['TDS', '3']],
  )
  t.like(one('CTT*2', 'CTT*3'), { broken: true })
  t.like(one('TDS*22425', 'TDS*22x25'), { broken: true })
  t.like(one('BIG*20260309', 'BIG*20261340'), { broken: true })
  const long = one('INV-881', 'I'.repeat(23))
  t.like(long, { broken: false })
  t.deepEqual(long?.errors[0]?.elements, [{ position: 2, reference: 76, code: '5', fatal: false }])
})

test('what the tokens were made of comes back byte for byte, whatever it is', (t) => {
  const text = `\r\n${interchange([[invoice], [shipment]], { end: '~\r\n' })}  tail`
  const tokens = tokenize(text)
  t.is(tokens && untokenize(tokens), text)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(3000), (junk, at) => {
      const good = interchange([[invoice, acknowledgement]])
      const torn = good.slice(0, at) + junk + good.slice(at)
      const made = tokenize(torn)
      return made === null || untokenize(made) === torn
    }),
  )
})

test('garbage never throws: reading, judging and answering it give values', (t) => {
  const good = interchange([[invoice, acknowledgement], [shipment]])
  const piece = fc.constantFrom('*', '~', 'ST', 'SE', 'GS*IN', 'GE*1*17', 'IEA', 'ISA', '>', '\n', '0', 'TA1*', 'AK2*', 'HL*1*1*O', 'x')
  const torn = fc.tuple(fc.nat(good.length), fc.nat(good.length), fc.array(piece)).map(([a, b, pieces]) => good.slice(0, a) + pieces.join('') + good.slice(b))
  fc.assert(
    fc.property(fc.oneof(torn, fc.uint8Array({ maxLength: 300 })), fc.constantFrom('AA', 'AE', 'AR'), (garbage, code) => {
      const inbound = x12Format.read(Buffer.from(garbage as string), { charset: 'MSH-18' })
      return inbound.acknowledge(code as 'AA', { at: AT, id: 'm1' }) instanceof Uint8Array
    }),
    { numRuns: 500 },
  )
  t.pass()
})

const delimiters: Delimiters = { element: '*', component: '>', repetition: '^', segment: '~' }
const draft = (segments: InterchangeDraft['groups'][number]['transactions'][number]['segments'], more: Partial<InterchangeDraft> = {}): InterchangeDraft => ({
  delimiters,
  sender: { qualifier: 'ZZ', id: 'NORTHGATE', group: 'NORTHGATE' },
  receiver: { qualifier: '12', id: '5551234567', group: 'ACME' },
  at: AT,
  control: '123456789',
  version: '00401',
  test: false,
  groups: [{ control: '123456789', version: '004010', transactions: [{ set: '997', control: '0001', segments }] }],
  ...more,
})

test('what is written is read as it was, for any values without separators', (t) => {
  const text = fc.string({ minLength: 2, maxLength: 28 }).filter((value) => value.trim() === value && !/[*>^~\u0000-\u001f\u007f]/.test(value))
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), fc.constantFrom('00401', '00501'), (values, version) => {
      const segments = values.map((value) => ({ id: 'REF', elements: ['VN', value] }))
      const written = writeInterchange(draft(segments, { version }))
      if (!written.ok) return false
      const found = readInterchange(written.text)
      const made = found?.groups[0]?.transactions[0]?.segments.slice(1, -1).map(({ elements, id }) => ({ id, elements }))
      return found?.note === '000' && found.groups[0]?.codes.length === 0 && JSON.stringify(made) === JSON.stringify(segments) && found.header.length === 16
    }),
  )
  t.pass()
})

test('a value with a separator or control character in it is an error with its place, never changed', (t) => {
  fc.assert(
    fc.property(fc.constantFrom('*', '>', '^', '~', '\n', '\u0000'), fc.string({ maxLength: 8 }), (sign, rest) => {
      const written = writeInterchange(
        draft([
          { id: 'REF', elements: ['VN', 'x'] },
          { id: 'REF', elements: ['VN', `a${sign}${rest}`] },
        ]),
      )
      return !written.ok && written.place === 'REF(2)-2'
    }),
  )
  const place = (segments: Parameters<typeof draft>[0], more: Partial<InterchangeDraft> = {}) => {
    const written = writeInterchange(draft(segments, more))
    return written.ok ? null : written.place
  }
  t.is(place([], { sender: { qualifier: 'ZZ', id: 'A*B', group: 'AB' } }), 'ISA-6')
  t.is(place([], { sender: { qualifier: 'ZZ', id: 'SIXTEENCHARACTER', group: 'AB' } }), 'ISA-6')
  t.is(place([], { receiver: { qualifier: 'ZZ', id: '', group: 'AB' } }), 'ISA-8')
  t.is(place([], { receiver: { qualifier: 'ZZ', id: 'AB', group: 'A~B' } }), 'GS-3')
  t.is(place([], { control: '1' }), 'ISA-13')
  t.is(place([{ id: 'PO1', elements: ['1', 'ten', 'EA'] }]), 'PO1-2')
  t.is(place([{ id: 'PO1', elements: ['1', '10', 'EACH'] }]), 'PO1-3')
  t.is(place([{ id: 'BEG', elements: ['00', 'SA', '', '', '20260301'] }]), 'BEG-3')
})

test('numbers are exact: N2 has two implied places, R an explicit point', (t) => {
  t.deepEqual(
    ['12345', '-5', '0', '007', '100000000000001', '1.5', 'x', ''].map((text) => readImplied(text, 2)),
    ['123.45', '-0.05', '0.00', '0.07', '1000000000000.01', null, null, null],
  )
  t.deepEqual(['12.50', '.5', '5.', '-3', '007.10', '1E3', '1,5', '-', '.'].map(readReal), ['12.50', '0.5', '5', '-3', '7.10', null, null, null, null])
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 14n), 10n ** 14n), fc.nat(6), (digits, places) => {
      const decimal = readImplied(String(digits), places)
      return decimal !== null && writeImplied(decimal, places) === String(digits)
    }),
  )
  t.is(writeImplied('1.234', 2), null)
})

test('dates have six or eight digits and exist', (t) => {
  t.deepEqual(['20260309', '260309', '20240229', '20260229', '2026-03-09', '20261301', ''].map(readDate), [
    '2026-03-09',
    '2026-03-09',
    '2024-02-29',
    null,
    null,
    null,
    null,
  ])
})
