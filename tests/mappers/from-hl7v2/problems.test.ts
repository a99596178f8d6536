import test from 'ava'
import type { ChannelDefinition } from '../../../channels/contract/index.ts'
import { CHARSET_NAMES } from '../../../mappers/hl7v2/index.ts'
import { compileChannel } from '../../../mappers/index.ts'
import { definition, from, literal, usage, withSet } from './samples.ts'

const departments = { name: 'departments', file: '', find: () => undefined }
const compile = (channel: ChannelDefinition) => compileChannel(channel, new Map([['departments', departments]]), { eventsPerMessage: 10 })

const cases: readonly [string, ChannelDefinition, readonly (string | number)[], string, string | undefined][] = [
  ['a bad path', withSet({ case: from('PID-3.1.9.2') }), ['map', 0, 'set', 'case', 'from'], 'bad-path', 'PID-3.1.9'],
  ['a long segment name', withSet({ case: from('PIDD-3') }), ['map', 0, 'set', 'case', 'from'], 'bad-path', 'PID-3'],
  ['a bad path in accept', { ...definition, accept: 'v("PID.3") == "x"' }, ['accept'], 'bad-path', 'PID-3'],
  ['a bad lane', { ...definition, lane: 'pid-18' }, ['lane'], 'bad-path', 'PID-18'],
  ['a bad business key', withSet({}, { businessKey: ['PID-18.1', 'FT1.2'] }), ['map', 0, 'business_key', 1], 'bad-path', 'FT1-2'],
  ['a bad for_each', withSet({}, { forEach: 'ft1' }), ['map', 0, 'for_each'], 'bad-path', 'FT1'],
  ['an expression of the wrong type', withSet({}, { when: 'v("FT1-6.1")' }), ['map', 0, 'when'], 'bad-expression', undefined],
  ['an expression that ends too soon', withSet({}, { when: 'v("FT1-6.1") ==' }), ['map', 0, 'when'], 'bad-expression', undefined],
  ['a bad minus', withSet({ quantity: from('FT1-10', { minus: 'v(1)' }) }), ['map', 0, 'set', 'quantity', 'minus'], 'bad-expression', undefined],
  [
    'an unknown table',
    withSet({ department: from('FT1-13.1', { table: 'departmnts' }) }),
    ['map', 0, 'set', 'department', 'table'],
    'unknown-table',
    'departments',
  ],
  ['an unknown conversion', withSet({ udi: from('ZPA-5', { as: 'uid' }) }), ['map', 0, 'set', 'udi', 'as'], 'unknown-conversion', 'udi'],
  ['a conversion that does not fit', withSet({ quantity: from('FT1-10', { as: 'date' }) }), ['map', 0, 'set', 'quantity', 'as'], 'bad-conversion', 'quantity'],
  ['an unknown field', withSet({ quantty: from('FT1-10') }), ['map', 0, 'set', 'quantty'], 'unknown-field', 'quantity'],
  ['a release that only a person gives', withSet({ released: literal('ann: fine') }), ['map', 0, 'set', 'released'], 'not-settable', undefined],
  ['an unknown event', withSet({}, { to: 'SupplyUse' }), ['map', 0, 'to'], 'unknown-event', 'SupplyUsed'],
  [
    'a missing required field',
    { ...definition, map: [{ ...usage, set: { occurredAt: from('FT1-4'), quantity: from('FT1-10') } }] },
    ['map', 0, 'set'],
    'missing-field',
    undefined,
  ],
  [
    'a default that is no quantity',
    withSet({ quantity: from('FT1-10', { default: 'one' }) }),
    ['map', 0, 'set', 'quantity', 'default'],
    'bad-value',
    undefined,
  ],
  ['a literal that is no date', withSet({ expiry: literal('31.12.2026') }), ['map', 0, 'set', 'expiry', 'value'], 'bad-value', undefined],
  ['an unknown currency', withSet({ unitCost: from('FT1-22', { currency: 'USX' }) }), ['map', 0, 'set', 'unitCost', 'currency'], 'unknown-currency', undefined],
  ['minus where there is no reversal', withSet({}, { to: 'SupplyReturned' }), ['map', 0, 'set', 'quantity', 'minus'], 'no-reversal', undefined],
]

for (const [what, channel, path, code, suggestion] of cases) {
  test(`${what} is reported at its place in the file`, (t) => {
    const { channel: compiled, problems } = compile(channel)
    t.is(compiled, null)
    t.deepEqual(
      problems.map((problem) => [problem.path, problem.code, problem.suggestion]),
      [[path, code, suggestion]],
    )
  })
}

const http = { type: 'http', host: '', port: 0, path: '/', messages: [], acknowledge: 'when-stored', ackTimeoutMs: 1, maxMessageBytes: 1 } as const

test('a charset that is none is reported with the one that was meant, and no known one is', (t) => {
  const problems = (charset: string) => compile({ ...definition, listen: [{ ...http, charset }] }).problems
  t.deepEqual(problems('utf-9'), [
    { path: ['listen', 'http', 'charset'], code: 'unknown-charset', message: 'utf-9 is no known character set', suggestion: 'utf-8' },
  ])
  t.is(problems('MSH18')[0]?.suggestion, 'MSH-18')
  for (const charset of [...CHARSET_NAMES, 'UNICODE UTF-8', '8859/1', 'windows-1252']) t.deepEqual(problems(charset), [], charset)
})

test('every problem of a channel is reported at once', (t) => {
  t.is(compile({ ...withSet({ case: from('PIDD-3'), lot: from('FT1.3') }), lane: 'pid-18' }).problems.length, 3)
})
