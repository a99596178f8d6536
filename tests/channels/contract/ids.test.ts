import test from 'ava'
import fc from 'fast-check'
import {
  ID_EPOCH,
  createIdSource,
  dayOf,
  faultOf,
  AqueductError,
  formatDeliveryId,
  formatEventId,
  formatMessageId,
  parseId,
  parseMessageId,
  receivedAt,
} from '../../../channels/contract/index.ts'

const ids = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

test('property: a formatted message id reads back, and sorts as the number does', (t) => {
  fc.assert(
    fc.property(ids, ids, (a, b) => {
      t.is(parseMessageId(formatMessageId(a)), a)
      t.is(Math.sign(a - b), formatMessageId(a) < formatMessageId(b) ? -1 : formatMessageId(a) > formatMessageId(b) ? 1 : 0)
    }),
  )
})

test('property: ids of events and deliveries read back to what they name', (t) => {
  fc.assert(
    fc.property(
      ids,
      fc.integer({ min: 1, max: 9_999 }),
      fc.stringMatching(/^[a-z][a-z-]{0,10}$/),
      fc.constantFrom('', 'FT1[2]', 'OBX[1]', 'a.b'),
      (message, n, rule, anchor) => {
        t.deepEqual(parseId(formatMessageId(message)), { kind: 'message', message })
        t.deepEqual(parseId(formatDeliveryId(message, n)), { kind: 'delivery', message, n })
        t.deepEqual(parseId(formatEventId(message, rule, anchor)), { kind: 'event', message, rule, anchor })
      },
    ),
  )
})

test('property: what is no id is told from one', (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const id = parseMessageId(text)
      t.true(id === null || formatMessageId(id) === text)
    }),
  )
  for (const text of ['', 'm', 'm0c1', 'x00000000000', 'm0000000000u', 'mzzzzzzzzzzz', 'm00000000000.', 'm00000000000.d', 'm00000000000.dx'])
    t.is(parseId(text), null, text)
})

test('property: ids rise strictly whatever the clock does, and never fall below those in the store', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 300 }),
      fc.integer({ min: 0, max: 15 }),
      fc.integer({ min: 0, max: 2 ** 40 }),
      (steps, node, after) => {
        let now = ID_EPOCH + 10_000_000
        const source = createIdSource(() => now, node, after)
        let last = after
        for (const step of steps) {
          now = Math.max(ID_EPOCH, now + step)
          const id = source.next()
          t.true(id > last)
          t.is(id % 16, node)
          last = id
        }
      },
    ),
  )
})

test('many ids in one millisecond rise, and the time they tell stays within a moment of the clock', (t) => {
  const at = Date.UTC(2026, 5, 1, 23, 59, 59, 999)
  const source = createIdSource(() => at)
  const made = Array.from({ length: 1_000 }, () => source.next())
  t.is(new Set(made).size, 1_000)
  t.is(receivedAt(made[0] as number), at)
  t.true(receivedAt(made[999] as number) - at < 10)
  t.is(dayOf(made[0] as number), '20260601')
})

test('an unexpected error’s own words are withheld: they may quote a message', (t) => {
  t.deepEqual(faultOf(new SyntaxError('Unexpected token ZZCANARY'), 'INTERNAL'), { code: 'INTERNAL', text: 'SyntaxError' })
  t.deepEqual(faultOf('ZZCANARY', 'INTERNAL'), { code: 'INTERNAL', text: 'thrown value' })
  t.deepEqual(faultOf(new AqueductError('BAD_VALUE', 'No number.', { place: 'FT1-10' }), 'INTERNAL'), {
    code: 'BAD_VALUE',
    place: 'FT1-10',
    text: 'No number.',
  })
})
