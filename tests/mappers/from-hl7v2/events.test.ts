import test from 'ava'
import { eventSchemas } from '../../../canonical/schemas/index.ts'
import type { EventType } from '../../../canonical/index.ts'
import { bodies, definition, fault, from, ft1, literal, map, usage, withSet } from './samples.ts'

test('each FT1 makes one event with an id that a resend makes again', (t) => {
  const segments = [ft1({}), ft1({ 2: 'T2' })]
  const [first, again] = [bodies(map(segments)), bodies(map(segments))]
  t.deepEqual(
    first.map((body) => body['id']),
    again.map((body) => body['id']),
  )
  t.deepEqual(
    first.map((body) => body['source'].position),
    ['FT1[1]', 'FT1[2]'],
  )
  t.regex(first[1]!['id'], /^m[0-9a-z]{11}\.usage\.FT1\[2\]$/)
  t.deepEqual(
    first.map((body) => body['businessKey']),
    ['A1|T1', 'A1|T2'],
  )
})

test('an event has the shape that its schema says', (t) => {
  const [body] = bodies(map([ft1({})]))
  const { id, ...rest } = body!
  t.truthy(id)
  t.deepEqual(rest, {
    type: 'SupplyUsed',
    version: 1,
    recordedAt: '2026-03-02T00:00:00.000Z',
    source: { channel: 'or', system: 'ORLOG|NORTH', controlId: 'C1', position: 'FT1[1]' },
    businessKey: 'A1|T1',
    occurredAt: '2026-03-01T10:22',
    case: 'A1',
    quantity: { value: '2', unit: '' },
    item: { code: 'IMP-1', system: 'ITEM' },
    unitCost: { amount: '41.50', currency: 'USD' },
    department: 'OR',
  })
})

for (const [type, quantity] of [
  ['CD', '2'],
  ['CG', '-2'],
  ['CD', '-2'],
] as const) {
  test(`${type} with quantity ${quantity} is a reversal of 2, never a usage`, (t) => {
    const [body] = bodies(map([ft1({ 6: type, 10: quantity })]))
    t.is(body!['type'], 'SupplyReversed')
    t.deepEqual(body!['quantity'], { value: '2', unit: '' })
    t.deepEqual(body!['reverses'], [
      { by: 'businessKey', value: 'A1|T1' },
      { by: 'case-item', case: 'A1', item: 'IMP-1' },
    ])
    t.is(body!['businessKey'], 'A1|T1')
  })
}

test('a negative amount makes the reversal of a cost, with positive amounts', (t) => {
  const set = { occurredAt: from('FT1-4'), charge: from('FT1-7'), amount: from('FT1-11'), unitAmount: from('FT1-12') }
  const [body] = bodies(map([ft1({ 11: '-125.00&USD^TP', 12: '-62.50&USD' })], { ...definition, map: [{ ...usage, to: 'CostIncurred', set }] }))
  t.is(body!['type'], 'CostReversed')
  t.deepEqual(
    [body!['amount'], body!['unitAmount']],
    [
      { amount: '125.00', currency: 'USD' },
      { amount: '62.50', currency: 'USD' },
    ],
  )
})

test('a negative quantity of an event that has no reversal is refused with its place', (t) => {
  const outcome = map([ft1({ 10: '-1' })], withSet({ quantity: from('FT1-10') }, { to: 'SupplyReturned' }))
  t.like(fault(outcome), { code: 'BAD_VALUE', place: 'FT1-10' })
})

for (const bad of ['1,000', '1e3', '.5', 'two', '1 0']) {
  test(`the quantity ${bad} is refused, not guessed at, and the fault does not quote it`, (t) => {
    const problem = fault(map([ft1({}), ft1({ 10: bad })]))
    t.like(problem, { code: 'BAD_VALUE', place: 'FT1(2)-10' })
    t.false(problem.text.includes(bad))
  })
}

test('blanks around a number are dropped, its zeros are kept, a blank quantity takes the default', (t) => {
  t.deepEqual(
    bodies(map([ft1({ 10: ' 2 ' }), ft1({ 10: '1.00' }), ft1({ 10: '' })])).map((body) => [body['type'], body['quantity'].value]),
    [
      ['SupplyUsed', '2'],
      ['SupplyUsed', '1.00'],
      ['SupplyUsed', '1'],
    ],
  )
})

test('a quantity of zero moves nothing and makes no event', (t) => {
  t.is(bodies(map([ft1({ 10: '0' }), ft1({}), ft1({ 10: '-0.00' })])).length, 1)
  t.deepEqual(map([ft1({ 10: '0' })]), { kind: 'filtered', by: 'quantity' })
})

test('every event follows the published schema of its type', (t) => {
  const segments = [ft1({}), ft1({ 6: 'CD' }), ft1({ 4: '2026' }), 'ZPA|||||(01)00844588003281(17)250200(10)a0B1(21)00012']
  const set = { performer: from('PV1-7'), patient: from('PID-3'), costCentre: from('FT1-30'), description: from('FT1-8') }
  for (const body of bodies(map(segments, withSet(set)))) t.deepEqual(eventSchemas[body['type'] as EventType].safeParse(body).error?.issues ?? [], [])
})

test('a blank quantity without a default is missing, and so is one that the sender nulls', (t) => {
  t.like(fault(map([ft1({ 10: '' })], withSet({ quantity: from('FT1-10') }))), { code: 'MISSING_FIELD', place: 'FT1-10' })
  t.like(fault(map([ft1({ 10: '""' })])), { code: 'MISSING_FIELD', place: 'FT1-10' })
})

test('units are the rule’s, else the value’s own, else blank for the item’s base unit', (t) => {
  const unit = (more: object, value: string) => bodies(map([ft1({ 10: value, 30: 'BX' })], withSet({ quantity: from('FT1-10', more) })))[0]!['quantity']
  t.deepEqual(unit({ unit: '=EA' }, '3'), { value: '3', unit: 'EA' })
  t.deepEqual(unit({ unit: 'FT1-30.1' }, '3'), { value: '3', unit: 'BX' })
  t.deepEqual(unit({}, '3^CS'), { value: '3', unit: 'CS' })
  t.deepEqual(unit({}, '3'), { value: '3', unit: '' })
})

for (const [text, money] of [
  ['100&USD^UP', '100 USD'],
  ['1250.00^EUR', '1250.00 EUR'],
  ['5&GBP^TP', '5 GBP'],
] as const) {
  test(`the amount ${text} is ${money}`, (t) => {
    const [body] = bodies(map([ft1({ 22: text })], withSet({ unitCost: from('FT1-22') })))
    t.is(`${body!['unitCost'].amount} ${body!['unitCost'].currency}`, money)
  })
}

test('an amount without a currency is work for a person, and so is one that no list knows', (t) => {
  t.like(fault(map([ft1({ 22: '4.92' })], withSet({ unitCost: from('FT1-22') }))), { code: 'UNKNOWN_CURRENCY', place: 'FT1-22' })
  t.like(fault(map([ft1({ 22: '4.92&XYZ' })])), { code: 'UNKNOWN_CURRENCY', place: 'FT1-22' })
})

test('cost is read where the rule says: the price beside it does not stand in', (t) => {
  const [body] = bodies(map([ft1({ 12: '99.00^USD', 22: '' })]))
  t.is(body!['unitCost'], undefined)
})

test('times keep the precision and the zone that was sent', (t) => {
  const sent = ['2021', '202403', '20240229', '202108181126+0215', '20260301102233.1234-0500', '2400']
  t.deepEqual(
    bodies(map(sent.map((time) => ft1({ 4: time })))).map((body) => body['occurredAt']),
    ['2021', '2024-03', '2024-02-29', '2021-08-18T11:26+02:15', '2026-03-01T10:22:33.1234-05:00', '2400'],
  )
})

for (const impossible of ['20230229', '20261301', '2026030124', '202603011061', '20260301+9900', '1 March']) {
  test(`the time ${impossible} is refused and does not roll over`, (t) => {
    t.like(fault(map([ft1({ 4: impossible })])), { code: 'BAD_VALUE', place: 'FT1-4.1' })
  })
}

test('a code without a row waits on the worklist under one subject, and the field stays out of the event', (t) => {
  const outcome = map([ft1({ 13: '9999' }), ft1({ 13: '9999' })])
  if (outcome.kind !== 'mapped') return t.fail()
  t.deepEqual(
    outcome.events.map((event) => event.needs.map((need) => [need.kind, need.subject, need.field, need.place])),
    [[['UNMAPPED_CODE', 'departments:9999', 'department', 'FT1-13.1']], [['UNMAPPED_CODE', 'departments:9999', 'department', 'FT1(2)-13.1']]],
  )
  t.false('department' in outcome.events[0]!.body)
})

test('what happens without a row is the rule’s choice', (t) => {
  const department = (missing: 'keep' | 'empty' | 'reject') =>
    map([ft1({ 13: '9999' })], withSet({ department: from('FT1-13.1', { table: 'departments', missing }) }))
  t.is(bodies(department('keep'))[0]!['department'], '9999')
  t.is(bodies(department('empty'))[0]!['department'], undefined)
  const problem = fault(department('reject'))
  t.like(problem, { code: 'UNMAPPED_CODE', place: 'FT1-13.1' })
  t.false(problem.text.includes('9999'))
})

test('a table is asked for the day of the event, not of the receipt', (t) => {
  t.deepEqual(
    bodies(map([ft1({ 4: '20251231' }), ft1({ 4: '20260101' })])).map((body) => body['department']),
    ['OLD-OR', 'OR'],
  )
})

test('a carrier fills lot, serial and expiry that the rule leaves empty, and the origin says so', (t) => {
  const carrier = 'ZPA|||||(01)00844588003288(17)250200(10)a0B1(21)00012'
  const outcome = map([ft1({ 35: 'OWN' }), carrier], withSet({ lot: from('FT1-35') }))
  if (outcome.kind !== 'mapped') return t.fail()
  const [event] = outcome.events
  t.like(event!.body, { lot: 'OWN', serial: '00012', expiry: '2025-02-28' })
  t.deepEqual(event!.origin['serial'], { path: 'ZPA-5', rule: 'or/usage/udi', as: 'udi' })
  t.deepEqual(event!.origin['lot'], { path: 'FT1-35', rule: 'or/usage/lot' })
  t.deepEqual(event!.keys, [
    { kind: 'case', value: 'A1' },
    { kind: 'lot', value: 'OWN' },
    { kind: 'serial', value: '00012' },
    { kind: 'di', value: '00844588003288' },
  ])
})

test('a group never reads what belongs to another one', (t) => {
  const segments = [ft1({}), ft1({}), 'ZPA|||||(01)00844588003288(21)S2']
  t.deepEqual(
    bodies(map(segments)).map((body) => body['serial']),
    [undefined, 'S2'],
  )
})

test('what stands after the groups can be read from each of them', (t) => {
  const set = withSet({ reference: from('IN1-3') })
  t.deepEqual(
    bodies(map([ft1({}), ft1({}), 'IN1|1||PLAN7'], set)).map((body) => body['reference']),
    ['PLAN7', 'PLAN7'],
  )
})

test('the origin of events of one shape is one string', (t) => {
  const outcome = map([ft1({}), ft1({ 10: '' }), ft1({ 2: 'T3' })])
  if (outcome.kind !== 'mapped') return t.fail()
  const [first, second, third] = outcome.events
  t.is(first!.origin, third!.origin)
  t.not(first!.origin, second!.origin)
  t.true(second!.origin['quantity']!.default)
  t.deepEqual(JSON.parse(second!.originJson), second!.origin)
})

test('a key with a part missing is no key', (t) => {
  t.deepEqual(
    bodies(map([ft1({ 2: '' })])).map((body) => body['businessKey']),
    [''],
  )
})

test('persons and patients are identifiers, never names', (t) => {
  const set = withSet({ performer: from('PV1-7'), patient: from('PID-3[*.5=MR]') })
  const [body] = bodies(map([ft1({})], set))
  t.deepEqual(body!['performer'], { value: '77', system: 'NPI' })
  t.deepEqual(body!['patient'], { value: 'P1', system: 'NORTH', type: 'MR' })
})

test('an account is picked by its type, not by its place', (t) => {
  t.is(bodies(map([ft1({})], withSet({ case: from('PID-18[*.5=XX].1') })))[0]!['case'], 'A2')
})

test('the code is the triplet of the system that the rule names, wherever it stands', (t) => {
  const item = (text: string) => bodies(map([ft1({ 7: text })], withSet({ item: from('FT1-7', { system: '=ITEM' }) })))[0]!['item']
  t.deepEqual(item('27447^Knee^CPT4^IMP-1^Screw^ITEM'), { code: 'IMP-1', system: 'ITEM', text: 'Screw' })
  t.deepEqual(item('IMP-1^Screw^ITEM^27447^Knee^CPT4'), { code: 'IMP-1', system: 'ITEM', text: 'Screw' })
})

test('escaped text arrives as what it stands for', (t) => {
  t.is(bodies(map([ft1({ 8: 'Nut \\T\\ bolt' })], withSet({ description: from('FT1-8') })))[0]!['description'], 'Nut & bolt')
})

test('a cost centre with a non-breaking hyphen is the one with the plain hyphen', (t) => {
  t.is(bodies(map([ft1({ 30: '1234\u20115678' })], withSet({ costCentre: from('FT1-30') })))[0]!['costCentre'], '1234-5678')
})

test('an NDC is padded by its hyphens, and one without is ambiguous', (t) => {
  const ndc = (text: string) => map([ft1({ 29: text })], withSet({ item: from('FT1-29.1', { as: 'ndc', system: '=NDC' }) }))
  t.deepEqual(
    ['1234-5678-90', '12345-678-90', '12345-6789-0', '12345678901'].map((text) => bodies(ndc(text))[0]!['item'].code),
    ['01234567890', '12345067890', '12345678900', '12345678901'],
  )
  t.like(fault(ndc('1234567890')), { code: 'BAD_VALUE', place: 'FT1-29.1' })
})

test('the first source that has a value is read, and the origin names it', (t) => {
  const outcome = map([ft1({ 34: 'NEW' }), ft1({})], withSet({ item: from('FT1-34.1 | FT1-7.1') }))
  if (outcome.kind !== 'mapped') return t.fail()
  t.deepEqual(
    outcome.events.map((event) => [(event.body['item'] as { code: string }).code, event.origin['item']!.path]),
    [
      ['NEW', 'FT1-34.1'],
      ['IMP-1', 'FT1-7.1'],
    ],
  )
})

test('a literal is a value with itself as origin', (t) => {
  const outcome = map([ft1({})], withSet({ ownership: literal('consigned') }))
  if (outcome.kind !== 'mapped') return t.fail()
  t.deepEqual([outcome.events[0]!.body['ownership'], outcome.events[0]!.origin['ownership']!.path], ['consigned', 'consigned'])
})

test('a payment line makes no event; a message of nothing else is filtered, and says by what', (t) => {
  t.is(bodies(map([ft1({ 6: 'PY' }), ft1({})])).length, 1)
  t.deepEqual(map([ft1({ 6: 'PY' })]), { kind: 'filtered', by: 'when' })
  t.deepEqual(map([]), { kind: 'filtered', by: 'accept' })
  t.deepEqual(map([], { ...definition, accept: null }), { kind: 'filtered', by: 'for_each' })
})

test('an expression that meets no number fails with the rule as place, not with the value', (t) => {
  const problem = fault(map([ft1({ 10: 'secret' })], withSet({}, { when: 'n("FT1-10") < 0' })))
  t.like(problem, { code: 'MAPPING_FAILED', place: 'or/usage/when' })
  t.false(problem.text.includes('secret'))
})

test('more events than the limit is a fault', (t) => {
  t.is(fault(map([ft1({}), ft1({}), ft1({})], definition, { eventsPerMessage: 2 })).code, 'TOO_MANY_EVENTS')
  t.is(bodies(map([ft1({}), ft1({})], definition, { eventsPerMessage: 2 })).length, 2)
})

test('a rule without for_each makes one event with a blank anchor', (t) => {
  const outcome = map([ft1({}), ft1({})], withSet({}, { forEach: null }))
  t.deepEqual(
    bodies(outcome).map((body) => body['source'].position),
    [''],
  )
})

test('the lane is the value of its path', (t) => {
  const outcome = map([ft1({})])
  t.is(outcome.kind === 'mapped' && outcome.lane, 'A1')
  const empty = map([ft1({})], { ...definition, lane: 'PID-40' })
  t.is(empty.kind === 'mapped' && empty.lane, '')
})

test('a quantity or amount of more than twelve digits before the point is refused, and twelve are kept', (t) => {
  const tooLarge = { code: 'BAD_VALUE', text: 'The number is too large: at most 12 digits may stand before the decimal point.' }
  t.deepEqual(fault(map([ft1({ 10: '999999999999999999999' })])), { ...tooLarge, place: 'FT1-10' })
  t.deepEqual(fault(map([ft1({ 22: '-1000000000000.5' })])), { ...tooLarge, place: 'FT1-22' })
  t.is(bodies(map([ft1({ 10: '0999999999999.25' })]))[0]!['quantity'].value, '999999999999.25')
})

const cost = (currency: string) => {
  const set = { occurredAt: from('FT1-4'), charge: from('FT1-7'), amount: from('FT1-11', { currency }), unitAmount: from('FT1-12', { currency }) }
  return { ...definition, map: [{ ...usage, to: 'CostIncurred', set }] }
}

for (const [amount, currency, decimals] of [
  ['3600.005', 'USD', 2],
  ['100.50', 'JPY', 0],
  ['1.0001', 'KWD', 3],
] as const) {
  test(`the extended amount ${amount} ${currency} is refused, not rounded`, (t) => {
    t.deepEqual(fault(map([ft1({ 11: amount, 12: '1' })], cost(currency))), {
      code: 'BAD_VALUE',
      place: 'FT1-11',
      text: `The amount has more decimals than ${currency}, which has ${decimals}: it is not rounded here. Have the sender round it.`,
    })
  })
}

test('zeros beyond the decimals of a currency, and the decimals of a price of one, are kept', (t) => {
  const [body] = bodies(map([ft1({ 11: '3600.5000', 12: '0.041375' })], cost('USD')))
  t.deepEqual([body!['amount'].amount, body!['unitAmount'].amount], ['3600.5000', '0.041375'])
  t.is(bodies(map([ft1({ 11: '100.00', 12: '1' })], cost('JPY')))[0]!['amount'].amount, '100.00')
})
