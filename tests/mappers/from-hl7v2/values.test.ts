import test from 'ava'
import fc from 'fast-check'
import { readDate, readDecimal, readMoment, Refusal } from '../../../mappers/fields/values.ts'

test('a decimal keeps its digits and only those', (t) => {
  t.deepEqual(['1.00', '+5', '007', '0.50', '-0', '-0.10', '5.', '0'].map(readDecimal), ['1.00', '5', '7', '0.50', '0', '-0.10', '5', '0'])
})

test('every decimal that is read has the value that was written', (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[+-]?\d{1,9}(\.\d{1,6})?$/), (text) => {
      const read = readDecimal(text)
      if (read instanceof Refusal) return t.fail(text)
      t.regex(read, /^-?(0|[1-9]\d*)(\.\d+)?$/)
      t.is(Number(read) + 0, Number(text) + 0)
    }),
    { numRuns: 300 },
  )
})

test('nothing but a number is read as one', (t) => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !/^[+-]?\d+(\.\d*)?$/.test(text)),
      (text) => t.true(readDecimal(text) instanceof Refusal),
    ),
    { numRuns: 300 },
  )
})

test('a day is a calendar day as written, and needs to be whole', (t) => {
  t.deepEqual([readDate('20260301'), readDate('202603012359-1100')], ['2026-03-01', '2026-03-01'])
  t.true(readDate('202603') instanceof Refusal)
})

test('a moment that is read says what was sent', (t) => {
  const pad = (n: number, width = 2) => String(n).padStart(width, '0')
  fc.assert(
    fc.property(
      fc.integer({ min: 1900, max: 2099 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
      fc.integer({ min: 0, max: 23 }),
      fc.integer({ min: 0, max: 59 }),
      (y, m, d, h, min) => {
        t.is(readMoment(`${y}${pad(m)}${pad(d)}${pad(h)}${pad(min)}+0130`) as string, `${y}-${pad(m)}-${pad(d)}T${pad(h)}:${pad(min)}+01:30`)
      },
    ),
    { numRuns: 100 },
  )
})
