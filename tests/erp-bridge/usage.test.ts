import test from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import type { Decision } from '../../channels/contract/index.ts'
import { DOCUMENT_KINDS } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'

function isCanonical(decision: Decision): boolean {
  if (decision.kind !== 'applied') return false
  for (const document of decision.documents) documentSchemas[document.kind].parse(document.body)
  return true
}

test('every document kind of the contract has a canonical schema, and no other', (t) => {
  t.deepEqual(Object.keys(documentSchemas).toSorted(), [...DOCUMENT_KINDS].toSorted())
})

test('R2: owned stock that is used becomes a goods issue and a journal, and stock falls', (t) => {
  const world = createWorld()
  const decision = world.decide(event('SupplyUsed'))
  t.deepEqual(kindsOf(decision), ['goods-issue', 'journal'])
  t.true(isCanonical(decision))
  t.is(world.stock()?.on_hand, 98 * SCALE)
  t.is(world.all('movement')[0]?.quantity, -2 * SCALE)
  t.like(bodyOf(decision, 'goods-issue'), {
    location: 'OR-1',
    department: '7010',
    costCentre: 'CC-7010',
    consigned: false,
    case: 'CASE-1',
    documentDate: '2026-03-01',
  })
})

test('R37: the journal carries cost centre and service line and rounds half-up once, at the line', (t) => {
  const decision = createWorld().decide(event('SupplyUsed', { quantity: { value: '1', unit: '' } }))
  t.deepEqual(bodyOf(decision, 'journal').lines, [
    { line: 1, account: '5120', side: 'debit', amount: '12.35', department: '7010', costCentre: 'CC-7010', serviceLine: 'ORTHO', item: 'SUT-1' },
    { line: 2, account: '1410', side: 'credit', amount: '12.35', item: 'SUT-1' },
  ])
  const yen = createWorld().decide(event('SupplyUsed', { unitCost: { amount: '10.25', currency: 'JPY' } }))
  t.is(bodyOf(yen, 'journal').lines[0]?.['amount'], '21')
})

test('R27: a cost of zero makes no journal', (t) => {
  t.deepEqual(kindsOf(createWorld().decide(event('SupplyUsed', { unitCost: { amount: '0.00', currency: 'USD' } }))), ['goods-issue'])
})

test('R10, R11: when available falls to the minimum a requisition fills to the maximum, rounded up to the multiple, and only once', (t) => {
  const world = createWorld()
  const first = world.decide(event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } }))
  t.deepEqual(kindsOf(first), ['goods-issue', 'requisition', 'journal'])
  t.true(isCanonical(first))
  t.is(bodyOf(first, 'requisition').lines[0]?.['quantity'], '60')
  t.is(world.stock()?.on_order, 60 * SCALE)
  t.deepEqual(kindsOf(world.decide(event('SupplyUsed', { quantity: { value: '1', unit: 'EA' } }))), ['goods-issue', 'journal'])
})

test('R10: demand counts against what is available', (t) => {
  const world = createWorld()
  world.put('stock', { ...world.stock()!, demand: 58 * SCALE })
  const decision = world.decide(event('SupplyUsed'))
  t.is(bodyOf(decision, 'requisition').lines[0]?.['quantity'], '60')
})

test('R28: no journal where the ERP owns the GL, no requisition where it reorders, no stock row where it keeps stock', (t) => {
  const use = () => event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } })
  t.deepEqual(kindsOf(createWorld().decide(use(), { policies: { glOwner: 'erp' } })), ['goods-issue', 'requisition'])
  t.deepEqual(kindsOf(createWorld().decide(use(), { policies: { reorderOwner: 'erp' } })), ['goods-issue', 'journal'])
  const world = createWorld()
  t.deepEqual(kindsOf(world.decide(use(), { policies: { stockOwner: 'erp' } })), ['goods-issue', 'journal'])
  t.is(world.stock()?.on_hand, 100 * SCALE)
})

test('R3, R4: a bill-only implant becomes an order of its own with case, day, lot, serial and UDI, and no receipt', (t) => {
  const world = createWorld()
  const body = {
    item: { code: 'HIP-1' },
    quantity: { value: '1', unit: 'EA' },
    patient: { value: 'P-SECRET' },
    performer: { value: 'DR-7' },
    udi: { carrier: '(01)x(10)L1', lot: 'L1', serial: '007' },
  }
  const decision = world.decide(event('SupplyUsed', body))
  t.deepEqual(kindsOf(decision), ['purchase-order', 'journal'])
  t.true(isCanonical(decision))
  const order = bodyOf(decision, 'purchase-order')
  t.like(order, {
    orderType: 'bill-only',
    receiptExpected: false,
    state: 'draft',
    supplier: 'V-1',
    case: 'CASE-1',
    documentDate: '2026-03-01',
    performer: 'DR-7',
  })
  t.like(order.lines[0], { lot: 'L1', serial: '007', udi: '(01)x(10)L1', quantity: '1', unitPrice: '12.345', amount: '12.35' })
  t.like(bodyOf(decision, 'journal').lines[1], { account: '2110', side: 'credit' })
  t.false(JSON.stringify(decision).includes('P-SECRET'))
  t.is(world.all('movement').length, 0)
})

test('R2: bill-and-replace expects a receipt; the line’s own ownership wins over the item’s (R1)', (t) => {
  t.true(bodyOf(createWorld().decide(event('SupplyUsed', { item: { code: 'REP-1' } })), 'purchase-order')['receiptExpected'])
  t.is(bodyOf(createWorld().decide(event('SupplyUsed', { ownership: 'bill-and-replace' })), 'purchase-order')['orderType'], 'bill-and-replace')
})

test('R7: consigned stock becomes a consumption document and an accrued journal, and moves no stock of ours', (t) => {
  const world = createWorld()
  const decision = world.decide(event('SupplyUsed', { item: { code: 'CON-1' } }))
  t.deepEqual(kindsOf(decision), ['goods-issue', 'journal'])
  t.true(isCanonical(decision))
  t.like(bodyOf(decision, 'goods-issue'), { consigned: true, supplier: 'V-1' })
  t.is(bodyOf(decision, 'journal').lines[1]?.['account'], '2110')
  t.deepEqual(
    world.all('movement').map((movement) => [movement.owner, movement.quantity]),
    [['V-1', -2 * SCALE]],
  )
  t.is(world.stock('OR-1', 'CON-1'), undefined)
})

test('R2: PAR items and patient charges make nothing on use', (t) => {
  t.deepEqual(kindsOf(createWorld().decide(event('SupplyUsed', { item: { code: 'PAR-1' } }))), [])
  t.deepEqual(kindsOf(createWorld().decide(event('SupplyUsed', { item: { code: 'NOWHERE' }, ownership: 'charge-only' }))), [])
})

test('R6: waste goes to the waste account', (t) => {
  const decision = createWorld().decide(event('SupplyWasted'))
  t.is(bodyOf(decision, 'journal').lines[0]?.['account'], '5190')
  t.is(bodyOf(decision, 'goods-issue')['reason'], 'waste')
})

test('R5: an implant without lot or serial waits, and one that was past its expiry waits', (t) => {
  const bare = event('SupplyUsed', { item: { code: 'HIP-1' } })
  t.deepEqual(needsOf(createWorld().decide(bare)), [`MISSING_LOT ${bare.id}`])
  const expired = event('SupplyUsed', { item: { code: 'HIP-1' }, lot: 'L1', expiry: '2026-02-28' })
  t.deepEqual(needsOf(createWorld().decide(expired)), [`EXPIRED_LOT ${expired.id}`])
  t.deepEqual(kindsOf(createWorld().decide(event('SupplyUsed', { item: { code: 'HIP-1' }, lot: 'L1', expiry: '2026-03-01' }))), ['purchase-order', 'journal'])
})

test('R40: an item is found by item number, charge code, vendor number, GTIN of any length and the UDI', (t) => {
  for (const body of [
    { item: { code: 'CH-9' } },
    { item: { code: 'MS-3000' } },
    { item: { code: '012345678905' } },
    { item: { code: 'UNLISTED' }, udi: { carrier: '', di: '00012345678905' } },
  ]) {
    t.is(bodyOf(createWorld().decide(event('SupplyUsed', body)), 'goods-issue').lines[0]?.['item'], 'SUT-1')
  }
})

test('an item number and a device identifier that name different items are work for a person', (t) => {
  const use = event('SupplyUsed', { item: { code: 'GLUE-1' }, udi: { carrier: '', di: '00012345678905' } })
  t.deepEqual(needsOf(createWorld().decide(use)), [`UNKNOWN_ITEM ${use.id}`])
})

test('all that is unknown is said at once, each once for all events that lack it', (t) => {
  const use = event('SupplyUsed', { item: { code: 'OLD-1' }, quantity: { value: '1', unit: 'XX' }, location: 'OR-9', department: '9999', costCentre: 'CC-OLD' })
  t.deepEqual(needsOf(createWorld().decide(use)).toSorted(), [
    'ITEM_NOT_ACTIVE item:OLD-1',
    'UNKNOWN_COST_CENTRE cost-centre:CC-OLD',
    'UNKNOWN_DEPARTMENT department:9999',
    'UNKNOWN_LOCATION location:OR-9',
    'UNKNOWN_PRICE price:OLD-1',
    'UNKNOWN_UNIT unit:OLD-1:XX',
  ])
})

test('a decision that needs something puts nothing', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { item: { code: 'NOWHERE' } }))
  t.is(world.all('usage').length + world.all('movement').length, 0)
  t.deepEqual(needsOf(world.decide(event('SupplyUsed', { item: { code: 'NOWHERE' } }))), ['UNKNOWN_ITEM item:NOWHERE'])
})

test('R25: the cost centre that the line states wins over the department’s', (t) => {
  const world = createWorld()
  world.put('cost_centre', { cost_centre: 'CC-X', name: '', status: 'active' })
  t.is(bodyOf(world.decide(event('SupplyUsed', { costCentre: 'CC-X' })), 'journal').lines[0]?.['costCentre'], 'CC-X')
})

test('R14, R15: units convert by exact factors, the cost stays that of the unit that was sent', (t) => {
  const decision = createWorld().decide(event('SupplyUsed', { quantity: { value: '0.5', unit: 'BX' }, unitCost: { amount: '33.33', currency: 'USD' } }))
  t.is(bodyOf(decision, 'goods-issue').lines[0]?.['quantity'], '5')
  t.is(bodyOf(decision, 'journal').lines[0]?.['amount'], '16.67')
  t.is(bodyOf(createWorld().decide(event('SupplyUsed', { quantity: { value: '1', unit: 'DZ' } })), 'goods-issue').lines[0]?.['quantity'], '12')
})

test('R17: half a piece is an error, half a millilitre is not', (t) => {
  const half = event('SupplyUsed', { quantity: { value: '1', unit: 'HALF' } })
  t.deepEqual(needsOf(createWorld().decide(half)), [`BAD_VALUE ${half.id}.quantity`])
  t.deepEqual(kindsOf(createWorld().decide(event('SupplyUsed', { item: { code: 'GLUE-1' }, quantity: { value: '0.5', unit: 'ML' } }))), [
    'goods-issue',
    'journal',
  ])
})

for (const value of ['0', '-1', '1,000', 'two', '1e3', '']) {
  test(`a quantity of "${value}" waits for a person`, (t) => {
    const use = event('SupplyUsed', { quantity: { value, unit: 'EA' } })
    t.deepEqual(needsOf(createWorld().decide(use)), [`BAD_VALUE ${use.id}.quantity`])
  })
}

test('a currency that ISO 4217 does not know waits, and a price holds only on its days', (t) => {
  const use = event('SupplyUsed', { unitCost: { amount: '1', currency: 'XYZ' } })
  t.deepEqual(needsOf(createWorld().decide(use)), [`UNKNOWN_CURRENCY ${use.id}`])
  t.deepEqual(needsOf(createWorld().decide(event('SupplyUsed', { occurredAt: '2025-12-31' }))), ['UNKNOWN_PRICE price:SUT-1'])
})

test('a blocked supplier gets no order', (t) => {
  t.deepEqual(needsOf(createWorld().decide(event('SupplyUsed', { item: { code: 'REP-1' }, supplier: 'V-BAD', unitCost: { amount: '1', currency: 'USD' } }))), [
    'UNKNOWN_SUPPLIER supplier:V-BAD',
  ])
})

test('owned stock without a location, and a day that is not known to the day, wait', (t) => {
  const use = event('SupplyUsed', { location: undefined, department: '7010', occurredAt: '2026-03' })
  t.deepEqual(needsOf(createWorld().decide(use)), [`BAD_VALUE ${use.id}.occurredAt`, `UNKNOWN_LOCATION ${use.id}`])
})

test('documents go where the policy routes their kind', (t) => {
  const decision = createWorld().decide(event('SupplyUsed'), { policies: { routes: { journal: 'ledger', '*': 'cloud' } } })
  t.deepEqual(decision.kind === 'applied' && decision.documents.map((document) => document.destination), ['cloud', 'ledger'])
})

test('R29: deciding the same event again makes no second movement, requisition or journal', (t) => {
  const world = createWorld()
  const use = event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } })
  world.decide(use)
  const before = world.stock()
  t.deepEqual(kindsOf(world.decide(use)), [])
  t.deepEqual(world.stock(), before)
})

test('corrections may be plain text', (t) => {
  const decision = createWorld().decide(event('SupplyUsed', { item: 'SUT-1', quantity: '3 EA', unitCost: '2.00 USD' }))
  t.is(bodyOf(decision, 'journal').lines[0]?.['amount'], '6.00')
})

test('R25: a charge becomes a journal to the department’s cost centre against clearing', (t) => {
  const decision = createWorld().decide(event('CostIncurred', { charge: { code: 'C-1' }, amount: { amount: '99.50', currency: 'USD' } }))
  t.deepEqual(kindsOf(decision), ['journal'])
  t.true(isCanonical(decision))
  t.like(bodyOf(decision, 'journal').lines[1], { account: '2190', side: 'credit', amount: '99.50' })
})

test('events without a rule are facts without documents', (t) => {
  t.deepEqual(kindsOf(createWorld().decide(event('EncounterChanged'))), [])
})

/** The fields of the event's own needs, with the text of each. */
function textsOf(decision: Decision): Record<string, string> {
  return Object.fromEntries(decision.kind === 'needs' ? decision.needs.map((need) => [`${need.kind} ${need.field}`, need.text]) : [])
}
const HIP = { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' } }

test('a lot or serial that the label contradicts waits, and goes on when both agree', (t) => {
  const udi = { carrier: 'x', lot: 'L1', serial: 'S1' }
  t.deepEqual(Object.keys(textsOf(createWorld().decide(event('SupplyUsed', { ...HIP, lot: 'L2', udi })))), ['BAD_VALUE lot'])
  t.deepEqual(Object.keys(textsOf(createWorld().decide(event('SupplyUsed', { ...HIP, serial: 'S2', udi })))), ['BAD_VALUE serial'])
  t.is(createWorld().decide(event('SupplyUsed', { ...HIP, lot: 'L1', serial: 'S1', udi })).kind, 'applied')
})

test('an implant whose UDI is not in order, or names a device that is not the item’s, waits', (t) => {
  const udi = { carrier: 'x', di: '00811111111111', lot: 'L1' }
  t.is(createWorld().decide(event('SupplyUsed', { ...HIP, udi })).kind, 'applied', 'an item without a device identifier can’t be compared')
  const world = createWorld()
  world.put('identifier', { scheme: 'gtin', value: '00812345001013', item: 'HIP-1' })
  t.deepEqual(Object.keys(textsOf(world.decide(event('SupplyUsed', { ...HIP, udi })))), ['BAD_VALUE udi'])
  const wrong = { ...udi, di: '00812345001013', problems: ['the check digit of (01) is wrong'] }
  t.regex(textsOf(world.decide(event('SupplyUsed', { ...HIP, udi: wrong })))['BAD_VALUE udi'] ?? '', /check digit/)
  t.is(world.decide(event('SupplyUsed', { ...HIP, udi: { ...udi, di: '00812345001013' } })).kind, 'applied')
  t.is(world.decide(event('SupplyUsed', { ...HIP, lot: 'L1', udi: 'as on the label' })).kind, 'applied', 'a corrected label goes on')
  t.is(createWorld().decide(event('SupplyUsed', { udi: wrong })).kind, 'applied', 'a suture is no implant')
})

test('R3: what is ordered goes at the contract price, and a stated cost that differs waits with both prices', (t) => {
  for (const code of ['HIP-1', 'REP-1', 'CON-1']) {
    const line = { item: { code }, lot: 'L1', quantity: { value: '2', unit: 'EA' } }
    const text = textsOf(createWorld().decide(event('SupplyUsed', { ...line, unitCost: { amount: '99.00', currency: 'USD' } })))['BAD_VALUE unitCost'] ?? ''
    t.regex(text, /99 USD.*12\.345 USD/)
    t.deepEqual(Object.keys(textsOf(createWorld().decide(event('SupplyUsed', { ...line, unitCost: { amount: '12.35', currency: 'EUR' } })))), [
      'BAD_VALUE unitCost',
    ])
    for (const unitCost of [{ amount: '12.35', currency: 'USD' }, '12.345 USD']) {
      const decision = createWorld().decide(event('SupplyUsed', { ...line, unitCost }))
      t.is(bodyOf(decision, 'journal').lines[0]?.['amount'], '24.69', 'the contract price, rounded once')
    }
    const world = createWorld()
    world.tables.price.clear()
    t.is(bodyOf(world.decide(event('SupplyUsed', { ...line, unitCost: { amount: '99.00', currency: 'USD' } })), 'journal').lines[0]?.['amount'], '198.00')
  }
  t.is(bodyOf(createWorld().decide(event('SupplyUsed', { unitCost: { amount: '99.00', currency: 'USD' } })), 'journal').lines[0]?.['amount'], '198.00')
})

test('R3: a contract price for a box is compared with the cost of the unit that was sent', (t) => {
  const world = createWorld()
  world.put('unit', { item: 'REP-1', unit: 'BX', numerator: 10, denominator: 1 })
  const line = { item: { code: 'REP-1' }, quantity: { value: '1', unit: 'BX' } }
  t.is(world.decide(event('SupplyUsed', { ...line, unitCost: { amount: '123.45', currency: 'USD' } })).kind, 'applied')
  t.is(world.decide(event('SupplyUsed', { ...line, unitCost: { amount: '12.35', currency: 'USD' } })).kind, 'needs')
})

test('a price in no currency of ISO 4217 waits', (t) => {
  const world = createWorld()
  world.tables.price.clear()
  world.put('price', { item: 'SUT-1', supplier: '', unit: 'EA', valid_from: '2026-01-01', valid_to: '', price: SCALE, currency: 'XYZ' })
  t.deepEqual(needsOf(world.decide(event('SupplyUsed'))), ['UNKNOWN_CURRENCY price:SUT-1'])
})

for (const type of ['SupplyUsed', 'SupplyWasted', 'CostIncurred']) {
  test(`${type} on a day that has not come, or that does not exist, waits`, (t) => {
    const body = { charge: { code: 'C-1' }, amount: { amount: '9.50', currency: 'USD' } }
    for (const occurredAt of ['2026-03-08', '2062-03-01T10:22', '2026-02-30', '2026-03-01 10:22', '2026-03-01Tnoon']) {
      t.deepEqual(Object.keys(textsOf(createWorld().decide(event(type, { ...body, occurredAt })))), ['BAD_VALUE occurredAt'], occurredAt)
    }
    for (const occurredAt of ['2026-03-07T00:30+14:00', '2026-03-06T10:22:33.5Z', '2024-02-29']) {
      const decision = createWorld().decide(event(type, { ...body, occurredAt, unitCost: { amount: '1', currency: 'USD' } }))
      t.is(decision.kind, 'applied', occurredAt)
    }
  })
}

const GARBAGE: readonly [string, string][] = [
  ['expiry', 'never'],
  ['expiry', '2099-02-30'],
  ['expiry', '20990228'],
  ['lot', 'L\u0007'],
  ['lot', 'L'.repeat(41)],
  ['serial', ' '],
  ['quantity', '2 EA or so'],
  ['quantity', '-2'],
  ['unitCost', 'free'],
  ['unitCost', '12.35 USD each'],
]
for (const [field, value] of GARBAGE) {
  test(`a correction of ${field} to ${JSON.stringify(value)} is asked for again`, (t) => {
    t.deepEqual(Object.keys(textsOf(createWorld().decide(event('SupplyUsed', { ...HIP, lot: 'L1', [field]: value })))), [`BAD_VALUE ${field}`])
  })
}

for (const value of ['9007199255', '1000000001', '99999999999999999999']) {
  test(`a quantity of ${value} waits and is said to be too large`, (t) => {
    t.regex(textsOf(createWorld().decide(event('SupplyUsed', { quantity: { value, unit: 'EA' } })))['BAD_VALUE quantity'] ?? '', /too large/)
  })
}

test('a cost that is larger than can be kept waits', (t) => {
  const use = event('SupplyUsed', { quantity: { value: '1000000', unit: 'EA' }, unitCost: { amount: '1000000', currency: 'USD' } })
  t.regex(textsOf(createWorld().decide(use))['BAD_VALUE unitCost'] ?? '', /larger/)
})

test('R11, R17: a requisition of pieces is whole, and says what the stock will be with it', (t) => {
  const world = createWorld()
  const stock = { location: 'OR-1', on_hand: 3.5 * SCALE, min: 2 * SCALE, max: 4 * SCALE, on_order: 0, demand: 0, multiple: 0 }
  world.put('stock', { ...stock, item: 'SUT-1' })
  const decision = world.decide(event('SupplyUsed'))
  t.is(bodyOf(decision, 'requisition').lines[0]?.['quantity'], '3')
  t.is(world.stock()?.on_order, 3 * SCALE)
  t.regex((decision.kind === 'applied' && decision.documents.find((document) => document.kind === 'requisition')?.because) || '', /3 EA fill it to 4\.5$/)
  world.put('stock', { ...stock, item: 'GLUE-1' })
  const glue = world.decide(event('SupplyUsed', { item: { code: 'GLUE-1' }, quantity: { value: '2', unit: 'ML' } }))
  t.is(bodyOf(glue, 'requisition').lines[0]?.['quantity'], '2.5')
})
