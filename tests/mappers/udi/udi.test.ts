import test from 'ava'
import fc from 'fast-check'
import { normaliseGtin, parseUdi } from '../../../mappers/udi/index.ts'

const parse = (carrier: string) => {
  const { carrier: kept, ...rest } = parseUdi(carrier, 2026)
  return rest
}
const GS = '\u001d'
const whole = { issuer: 'GS1', di: '00844588003288', expiry: '2027-12-31', lot: 'a0B1', serial: '00012' }

for (const carrier of [
  '(01)00844588003288(17)271231(10)a0B1(21)00012',
  `]d20100844588003288172712311\u0030a0B1${GS}2100012`,
  `${GS}010084458800328817271231` + `10a0B1${GS}2100012${GS}`,
  '{01}00844588003288{17}271231{10}a0B1{21}00012',
]) {
  test(`trap 80: GS1 ${JSON.stringify(carrier)} gives the same device, case and zeros kept`, (t) => {
    t.deepEqual(parse(carrier), whole as object)
    t.is(parseUdi(carrier, 2026).carrier, carrier)
  })
}

test('trap 79: the day of expiry is the same in every time zone', (t) => {
  const before = process.env['TZ']
  t.teardown(() => {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  })
  for (const zone of ['Pacific/Kiritimati', 'UTC', 'America/Los_Angeles', 'Pacific/Pago_Pago']) {
    process.env['TZ'] = zone
    const hibcc = '+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202C'
    t.deepEqual([parse('(17)271231').expiry, parse('(17)240200').expiry, parse(hibcc).expiry], ['2027-12-31', '2024-02-29', '2020-02-02'], zone)
  }
})

test('trap 77: day 00 is the last of the month', (t) => {
  t.is(parse('(17)250200').expiry, '2025-02-28')
  t.is(parse('(17)240200').expiry, '2024-02-29')
  t.is(parse('(17)271231').expiry, '2027-12-31')
})

test('trap 76: a wrong check digit is flagged and the device is used', (t) => {
  t.deepEqual(parse('(01)00844588003281(21)7'), { issuer: 'GS1', di: '00844588003281', serial: '7', problems: ['the check digit of (01) is wrong'] })
})

test('a month 13 is no expiry', (t) => {
  t.deepEqual(parse('(17)271331'), { issuer: 'GS1', problems: ['(17) is not a date'] })
})

test('trap 78: a lot that contains 21 ends at its separator only', (t) => {
  t.like(parse(`10AB21CD${GS}21S1`), { lot: 'AB21CD', serial: 'S1' })
  t.is(parse('1727123110AB21CD').lot, 'AB21CD')
  t.is(parse('1727123110AB21CD').serial, undefined)
})

test('brackets are legal in a lot', (t) => {
  t.like(parse('(10)A(99999)B(21)S1'), { lot: 'A(99999)B', serial: 'S1' })
})

test('an element without its separator is flagged when it grows too long', (t) => {
  t.true((parse('1727123110' + 'A'.repeat(25)).problems ?? []).length > 0)
})

test('GTINs of 8, 12, 13 and 14 digits are one number', (t) => {
  t.deepEqual(['844588003288', '0844588003288', '00844588003288', '12345670', '1234'].map(normaliseGtin), [
    '00844588003288',
    '00844588003288',
    '00844588003288',
    '00000012345670',
    null,
  ])
  t.is(parse('844588003288').di, '00844588003288')
})

test('a scan that happens to have as many digits as a GTIN is still read by its identifiers', (t) => {
  t.deepEqual(parse(']C124212345'), { issuer: 'GS1' })
})

test('years turn at the window of GS1', (t) => {
  t.deepEqual(
    ['(11)760101', '(11)770101', '(11)260101'].map((carrier) => parse(carrier).made),
    ['2076-01-01', '1977-01-01', '2026-01-01'],
  )
})

test('trap 76: the FDA’s HIBCC sample is read and its placeholder check flagged', (t) => {
  t.deepEqual(parse('+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202C'), {
    issuer: 'HIBCC',
    di: 'H123PARTNO1234567890120',
    expiry: '2020-02-02',
    lot: 'LOT123456789012345',
    serial: 'XYZ456789012345678',
    made: '2013-02-02',
    problems: ['the check character is wrong'],
  })
})

test('a right HIBCC check passes', (t) => {
  t.deepEqual(parse('+A123BJC5D6E71G'), { issuer: 'HIBCC', di: 'A123BJC5D6E71' })
})

for (const [secondary, expiry, lot] of [
  ['$$0928LOT', '2028-09-30', 'LOT'],
  ['$$2090128LOT', '2028-09-01', 'LOT'],
  ['$$3280901LOT', '2028-09-01', 'LOT'],
  ['$$528245LOT', '2028-09-01', 'LOT'],
  ['$$7LOT', undefined, 'LOT'],
  ['$$8053280901LOT', '2028-09-01', 'LOT'],
  ['28245LOT', '2028-09-01', 'LOT'],
  ['$LOT', undefined, 'LOT'],
] as const) {
  test(`HIBCC secondary ${secondary} gives expiry ${expiry ?? 'none'} and lot ${lot}`, (t) => {
    const read = parse(`+A123BJC5D6E71/${secondary}X`)
    t.deepEqual([read.di, read.expiry, read.lot], ['A123BJC5D6E71', expiry, lot])
  })
}

test('ISBT 128 of a tissue and of a blood bag', (t) => {
  t.deepEqual(parse('=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123'), {
    issuer: 'ICCBBA',
    di: 'A9999XYZ100T0944',
    serial: '000025',
    expiry: '2014-02-01',
    made: '2013-02-01',
    lot: '000000000000XYZ123',
  })
  t.deepEqual(parse('=)1TE123456A&)RZ12345678'), { issuer: 'ICCBBA', di: '1TE123456A', lot: 'RZ12345678' })
})

test('no carrier makes the reader throw, and each is kept', (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[+=(\])0-9A-Z/$&,>{}]{0,40}$/)), (carrier) => t.is(parseUdi(carrier, 2026).carrier, carrier)),
    { numRuns: 300 },
  )
})
