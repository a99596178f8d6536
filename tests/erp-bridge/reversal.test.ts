import test from 'ava'
import fc from 'fast-check'
import { SCALE } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { bodyOf, createWorld, event, kindsOf, ledgerOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const KEY = { businessKey: 'V1|L1' }

test('R33: a full credit of what was not sent cancels its documents and gives the stock back', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', {}, KEY))
  const decision = world.decide(event('SupplyReversed', {}, KEY))
  t.is(decision.kind === 'applied' && decision.cancel.length, 2)
  t.deepEqual(kindsOf(decision), [])
  t.is(world.stock()?.on_hand, 100 * SCALE)
  t.is(world.all('usage').find((usage) => usage.quantity > 0)?.reversed, 2 * SCALE)
})

test('R33: what was sent is mirrored in the chain of its original, accounts swapped, linked by key', (t) => {
  const world = createWorld()
  const use = event('SupplyUsed', {}, KEY)
  world.decide(use)
  world.settle('SENT')
  const decision = world.decide(event('SupplyReversed', { occurredAt: '2026-03-05' }, KEY))
  t.deepEqual(kindsOf(decision), ['goods-return', 'journal'])
  if (decision.kind !== 'applied') return
  for (const document of decision.documents) {
    documentSchemas[document.kind].parse(document.body)
    t.is(document.chain, use.id)
    t.is(document.mirrorOf, document.body['mirrorOf'] as string)
  }
  const journal = bodyOf(decision, 'journal')
  t.deepEqual(
    journal.lines.map((line) => [line['account'], line['side'], line['amount'], line['costCentre']]),
    [
      ['5120', 'credit', '24.69', 'CC-7010'],
      ['1410', 'debit', '24.69', undefined],
    ],
  )
  t.is(journal['documentDate'], '2026-03-05')
})

test('R33: a credited bill-only implant takes its order back', (t) => {
  const world = createWorld()
  const body = { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, serial: 'S1' }
  world.decide(event('SupplyUsed', body))
  world.settle('SENT')
  const decision = world.decide(event('SupplyReversed', body))
  t.deepEqual(kindsOf(decision), ['order-cancellation', 'journal'])
  documentSchemas['order-cancellation'].parse(bodyOf(decision, 'order-cancellation'))
  t.is(bodyOf(decision, 'order-cancellation').lines[0]?.['serial'], 'S1')
})

test('R33: what the supplier has billed is not cancelled: AP asks for a credit, and a release reverses the rest', (t) => {
  const world = createWorld()
  const body = { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, serial: 'S1' }
  world.decide(event('SupplyUsed', body))
  world.settle('SENT')
  for (const line of world.all('order_line')) world.put('order_line', { ...line, invoiced: line.quantity })
  for (const order of world.all('purchase_order')) world.put('purchase_order', { ...order, number: 'PO-7' })
  world.put('invoice', { invoice: 'I-1', number: 'INV-7', order_number: 'PO-7', state: 'posted' })
  const credit = event('SupplyReversed', body)
  const asked = world.decide(credit)
  t.deepEqual(needsOf(asked), [`ORDER_CHANGED ${credit.id}`])
  const need = asked.kind === 'needs' ? asked.needs[0] : undefined
  t.is(need?.owner, 'ap')
  t.is(need?.weight?.money?.currency, 'USD')
  t.like(need?.story, { invoices: [{ number: 'INV-7' }] })
  t.is(world.all('usage').length, 1, 'nothing is reversed while AP has not answered')
  const released = world.decide({ ...credit, corrected: ['released'], body: { ...credit.body, released: 'ann: credit asked for [ORDER_CHANGED]' } })
  t.deepEqual(kindsOf(released), ['journal'])
  t.is(world.all('order_line')[0]?.quantity, SCALE)
})

test('R33: of an order that is billed in part only the rest is cancelled', (t) => {
  const world = createWorld()
  const body = (value: string) => ({ item: { code: 'HIP-1' }, quantity: { value, unit: 'EA' }, lot: 'L1' })
  world.decide(event('SupplyUsed', body('3')))
  world.settle('SENT')
  for (const line of world.all('order_line')) world.put('order_line', { ...line, invoiced: SCALE })
  const rest = world.decide(event('SupplyReversed', body('2')))
  t.is(bodyOf(rest, 'order-cancellation').lines[0]?.['quantity'], '2')
  t.is(world.all('order_line')[0]?.quantity, SCALE)
  world.settle('SENT')
  t.is(world.decide(event('SupplyReversed', body('1'))).kind, 'needs')
})

test('without a business key the same item of the same case is found, but not another serial', (t) => {
  const world = createWorld()
  for (const serial of ['S1', 'S2']) world.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, serial }))
  world.settle('SENT')
  const first = world.decide(event('SupplyReversed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, serial: 'S1' }))
  t.is(bodyOf(first, 'order-cancellation').lines[0]?.['serial'], 'S1')
  const again = world.decide(event('SupplyReversed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, serial: 'S1' }))
  t.like(again, { kind: 'applied', documents: [], cancel: [] })
  t.is(world.decide(event('SupplyReversed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' } }, { caseKey: 'CASE-2' })).kind, 'later')
})

test('a credit of two takes back two uses of one each', (t) => {
  const world = createWorld()
  for (let i = 0; i < 2; i++) world.decide(event('SupplyUsed', { quantity: { value: '1', unit: 'EA' } }))
  world.settle('SENT')
  const decision = world.decide(event('SupplyReversed'))
  t.deepEqual(kindsOf(decision), ['goods-return', 'journal', 'goods-return', 'journal'])
  t.is(decision.kind === 'applied' && new Set(decision.documents.map((document) => document.id)).size, 4)
  t.is(world.stock()?.on_hand, 100 * SCALE)
})

test('R33: a credit waits for its original until the limit, then a person is asked', (t) => {
  const credit = event('SupplyReversed', {}, KEY)
  const waits = createWorld().decide(credit)
  t.deepEqual(waits.kind === 'later' && waits.until, credit.receivedAt + 60_000)
  t.deepEqual(needsOf(createWorld().decide(credit, { now: credit.receivedAt + 60_000 })), [`NO_ORIGINAL ${credit.id}`])
})

for (const state of ['SENDING', 'UNKNOWN', 'HELD']) {
  test(`a credit waits while its original is ${state}`, (t) => {
    const world = createWorld()
    world.decide(event('SupplyUsed', {}, KEY))
    world.settle(state)
    const decision = world.decide(event('SupplyReversed', {}, KEY))
    t.is(decision.kind, 'later')
    t.is(world.stock()?.on_hand, 98 * SCALE)
  })
}

test('R34: more than remains is refused, and a second full credit under the key of its original changes nothing', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', {}, KEY))
  const large = event('SupplyReversed', { quantity: { value: '3', unit: 'EA' } }, KEY)
  t.deepEqual(needsOf(world.decide(large)), [`REVERSAL_TOO_LARGE ${large.id}`])
  world.decide(event('SupplyReversed', {}, KEY))
  t.like(world.decide(event('SupplyReversed', {}, KEY)), { kind: 'applied', documents: [], cancel: [] })
  t.deepEqual(needsOf(world.decide(large)), [`NO_ORIGINAL ${large.id}`], 'another quantity is not the same credit')
  t.is(world.stock()?.on_hand, 100 * SCALE)
})

test('R34: a second reversal of the same device changes nothing', (t) => {
  for (const key of [{}, KEY]) {
    const world = createWorld()
    const body = { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, serial: 'S1' }
    world.decide(event('SupplyUsed', body, key))
    world.settle('SENT')
    t.is(world.decide(event('SupplyReversed', body, key)).kind, 'applied')
    const before = JSON.stringify(world.all('usage'))
    t.like(world.decide(event('SupplyReversed', body, key)), { kind: 'applied', documents: [], cancel: [] })
    t.is(JSON.stringify(world.all('usage')), before)
    const large = { ...body, quantity: { value: '2', unit: 'EA' } }
    t.not(world.decide(event('SupplyReversed', large, key)).kind, 'applied', 'more than was used is no repetition')
    t.not(world.decide(event('SupplyReversed', { ...body, serial: 'S2' }, key)).kind, 'applied', 'another piece is no repetition')
  }
})

function reversedOf(world: World, businessKey: string): number | undefined {
  return world.all('usage').find((usage) => usage.business_key === businessKey && usage.ownership !== 'reversal')?.reversed
}

test('R34: a second cancel of one use never touches another of the same case and item', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', {}, { businessKey: 'ACC|DC' }))
  world.decide(event('SupplyUsed', {}, { businessKey: 'ACC|PC' }))
  world.decide(event('SupplyReversed', {}, { businessKey: 'ACC|DC' }))
  t.like(world.decide(event('SupplyReversed', {}, { businessKey: 'ACC|DC' })), { kind: 'applied', documents: [], cancel: [] })
  t.is(reversedOf(world, 'ACC|PC'), 0)
  t.is(world.stock()?.on_hand, 98 * SCALE)
})

for (const [used, reversed, body] of [
  ['SupplyUsed', 'SupplyReversed', {}],
  ['CostIncurred', 'CostReversed', { charge: { code: 'C-1' }, amount: { amount: '10.00', currency: 'USD' } }],
] as const) {
  test(`R33: a ${reversed} before its own original waits for it and leaves the others alone`, (t) => {
    const world = createWorld()
    world.decide(event(used, body, { businessKey: 'ACC|OY' }))
    const credit = event(reversed, body, { businessKey: 'ACC|OX' })
    t.is(world.decide(credit).kind, 'later')
    t.deepEqual(needsOf(world.decide(credit, { now: credit.receivedAt + 60_000 })), [`NO_ORIGINAL ${credit.id}`])
    world.decide(event(used, body, { businessKey: 'ACC|OX' }))
    t.is(world.decide(credit).kind, 'applied')
    t.is(reversedOf(world, 'ACC|OY'), 0)
    t.true((reversedOf(world, 'ACC|OX') ?? 0) > 0)
  })
}

test('a credit of another account does not take back a use of the same case', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', {}, { businessKey: 'PAT-A|X1', caseKey: 'CASE-X' }))
  t.is(world.decide(event('SupplyReversed', {}, { businessKey: 'PAT-B|X2', caseKey: 'CASE-X' })).kind, 'later')
  t.is(reversedOf(world, 'PAT-A|X1'), 0)
})

test('the currency of a reversed charge is compared with what it reverses, not with others of the account', (t) => {
  const world = createWorld()
  const charge = (amount: string, currency: string) => ({ charge: { code: 'C-1' }, amount: { amount, currency } })
  world.decide(event('CostIncurred', charge('10.00', 'USD')))
  world.decide(event('CostIncurred', charge('20.00', 'EUR')))
  t.is(world.decide(event('CostReversed', charge('10.00', 'USD'))).kind, 'applied')
  const pounds = event('CostReversed', charge('10.00', 'GBP'))
  t.deepEqual(needsOf(world.decide(pounds)), [`BAD_VALUE ${pounds.id}.amount`])
})

test('R33: a mirror names its original by the number that the ERP has, when it is known', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', {}, KEY))
  world.settle('SENT', 'ERP-77')
  const decision = world.decide(event('SupplyReversed', {}, KEY))
  for (const kind of ['goods-return', 'journal'] as const) {
    t.is(bodyOf(decision, kind)['originalReference'], 'ERP-77')
    t.true(documentSchemas[kind].safeParse(bodyOf(decision, kind)).success)
  }
})

test('R12: a queued requisition goes with the use that caused it, if stock is not low without it', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } }, KEY))
  t.is(world.stock()?.on_order, 60 * SCALE)
  world.decide(event('SupplyReversed', { quantity: { value: '60', unit: 'EA' } }, KEY))
  t.like(world.stock(), { on_hand: 100 * SCALE, on_order: 0 })
})

test('a queued requisition stays when later uses need it', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } }, KEY))
  world.decide(event('SupplyUsed', { quantity: { value: '60', unit: 'EA' } }))
  world.decide(event('SupplyReversed', { quantity: { value: '60', unit: 'EA' } }, KEY))
  t.like(world.stock(), { on_hand: 40 * SCALE })
  t.true(world.all('document').some((document) => document.kind === 'requisition' && document.state === 'QUEUED'))
})

test('a cost and its reversal leave nothing in the ledger', (t) => {
  const world = createWorld()
  const body = { charge: { code: 'C-1' }, amount: { amount: '99.50', currency: 'USD' } }
  world.decide(event('CostIncurred', body, KEY))
  world.settle('SENT')
  t.deepEqual(kindsOf(world.decide(event('CostReversed', body, KEY))), ['journal'])
  t.true([...ledgerOf(world).values()].every((sum) => sum === 0n))
})

test('R34, R37: however a use is taken back in parts, stock and every account come back to zero, never beyond', (t) => {
  const parts = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('QUEUED', 'SENT')), { minLength: 1, maxLength: 8 })
  const cost = fc.integer({ min: 0, max: 99_999 }).map((n) => (n / 1000).toFixed(3))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), cost, fc.constantFrom('SUT-1', 'CON-1', 'REP-1'), parts, (quantity, amount, code, takes) => {
      const world = createWorld()
      world.tables.price.clear()
      const line = { item: { code }, unitCost: { amount, currency: 'USD' } }
      world.decide(event('SupplyUsed', { ...line, quantity: { value: String(quantity), unit: 'EA' } }, KEY))
      let left = quantity
      const take = (n: number) => {
        const decision = world.decide(event('SupplyReversed', { ...line, quantity: { value: String(n), unit: 'EA' } }, KEY))
        if (n <= left) left -= n
        else t.is(decision.kind, left === 0 && n === quantity ? 'applied' : 'needs')
      }
      for (const [n, state] of takes) {
        world.settle(state)
        take(n)
      }
      if (left > 0) take(left)
      t.is(world.stock()?.on_hand, 100 * SCALE)
      for (const sum of ledgerOf(world).values()) t.is(sum, 0n)
    }),
    { numRuns: 100 },
  )
})

test('R27: every journal balances, whatever was used and credited', (t) => {
  const step = fc.record({
    type: fc.constantFrom('SupplyUsed', 'SupplyWasted', 'SupplyReversed'),
    quantity: fc.integer({ min: 1, max: 30 }),
    cents: fc.integer({ min: 0, max: 100_000 }),
    currency: fc.constantFrom('USD', 'JPY', 'KWD'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const world = createWorld()
      for (const { type, quantity, cents, currency } of steps) {
        const decision = world.decide(
          event(type, { quantity: { value: String(quantity), unit: 'EA' }, unitCost: { amount: (cents / 100).toFixed(2), currency } }),
        )
        if (decision.kind === 'applied') for (const document of decision.documents) documentSchemas[document.kind].parse(document.body)
      }
      const total = [...ledgerOf(world).values()].reduce((sum, value) => sum + value, 0n)
      t.is(total, 0n)
      const moved = world.all('movement').reduce((sum, movement) => sum + movement.quantity, 0)
      t.is(world.stock()?.on_hand, 100 * SCALE + moved)
    }),
    { numRuns: 100 },
  )
})
