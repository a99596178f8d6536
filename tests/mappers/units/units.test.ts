import test from 'ava'
import fc from 'fast-check'
import { compose, convertQuantity, factorOf, invert } from '../../../mappers/units/index.ts'

const six = factorOf(6)!

test('a case of six is six each, and a third of a case is two', (t) => {
  t.deepEqual([convertQuantity('2', six), convertQuantity('0.5', six), convertQuantity('6', invert(six)), convertQuantity('1.50', six)], ['12', '3', '1', '9'])
})

test('a quantity that has no end in decimals is not rounded', (t) => {
  t.is(convertQuantity('1', invert(six)), null)
  t.is(convertQuantity('one', six), null)
})

test('factors compose exactly, and none is zero or negative', (t) => {
  t.deepEqual(compose(six, factorOf(10, 4)!), { numerator: 15n, denominator: 1n })
  t.deepEqual([factorOf(0), factorOf(1, 0), factorOf(-1)], [null, null, null])
})

test('there and back is where it began', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 5000 }), (quantity, n) => {
      const factor = factorOf(n)!
      t.is(convertQuantity(convertQuantity(String(quantity), factor)!, invert(factor)), String(quantity))
    }),
    { numRuns: 100 },
  )
})
