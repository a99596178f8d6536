import test from 'ava'
import fc from 'fast-check'
import { allocate, extend, roundAmount } from '../../../mappers/money/index.ts'

test('arithmetic is decimal', (t) => {
  t.deepEqual(
    [extend('3', '33.333'), extend('0.1', '0.2'), roundAmount('1.005', 2), roundAmount('-1.005', 2), roundAmount('4350', 2)],
    ['99.999', '0.02', '1.01', '-1.01', '4350.00'],
  )
})

test('an allocation leaves the remainder on the last line', (t) => {
  t.deepEqual(allocate('100', ['1', '1', '1'], 2), ['33.33', '33.33', '33.34'])
})

test('the parts of an allocation always add up', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 12 }), (cents, weights) => {
      const parts = allocate(`${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`, weights.map(String), 2)
      t.is(
        parts.reduce((sum, part) => sum + BigInt(part.replace('.', '')), 0n),
        BigInt(cents),
      )
    }),
    { numRuns: 100 },
  )
})
