import test from 'ava'
import type { Decision } from '../../channels/contract/index.ts'
import { invoiced, line, ordered, play, received } from './purchase.ts'
import { createWorld, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

function known(): World {
  const world = createWorld()
  play(world, [ordered(), received('GR-1', [line()])])
  return world
}

function say(decision: Decision): string {
  return decision.kind === 'needs' ? decision.needs.map((need) => need.text).join(' ') : decision.kind
}

test('R17: an invoice over parts of a piece is held and cannot be released', (t) => {
  const world = known()
  const half = (released?: string) => world.decide(invoiced('INV-1', [line({ quantity: '2.5', unitPrice: '12' })], { released }))
  t.deepEqual(needsOf(half()), ['INVOICE_QUANTITY invoice:V-1:INV-1'])
  t.regex(say(half()), /not whole/)
  t.deepEqual(needsOf(half('ann: fine [INVOICE_QUANTITY]')), ['INVOICE_QUANTITY invoice:V-1:INV-1'])
})

test('R18: an invoice of another supplier is kept under that supplier and names both', (t) => {
  const held = known().decide(invoiced('N-3', [line({ unitPrice: '12' })], { supplier: 'MERIDIAN' }))
  t.deepEqual(needsOf(held), ['INVOICE_NO_ORDER invoice:MERIDIAN:N-3'])
  t.regex(say(held), /supplier MERIDIAN.*supplier V-1/)
})

test('R16: a line that cannot be compared is asked about once, whatever the total says', (t) => {
  const world = known()
  world.decide(invoiced('INV-0', [line({ quantity: '1', unitPrice: '0' })], { amount: '0.00', released: 'ann: a gift' }))
  const unit = invoiced('INV-1', [line({ unit: 'PAL', quantity: '1', unitPrice: '120' })], { amount: '120.00', freight: '0' })
  t.deepEqual(needsOf(world.decide(unit)), ['INVOICE_UNIT invoice:V-1:INV-1'])
  const silent = invoiced('INV-2', [line({ unit: 'PAL', quantity: '1', unitPrice: '120' })])
  t.deepEqual(needsOf(world.decide(silent)), ['INVOICE_UNIT invoice:V-1:INV-2'])
})

test('R24: two invoices over nothing are not the same for that', (t) => {
  const world = known()
  const gift = (number: string) => world.decide(invoiced(number, [line({ quantity: '1', unitPrice: '0' })], { amount: '0.00', released: 'ann: a gift' }))
  t.deepEqual(kindsOf(gift('INV-1')), ['supplier-invoice'])
  t.deepEqual(kindsOf(gift('INV-2')), ['supplier-invoice'])
})

test('an invoice with a number that is too large says so', (t) => {
  const held = known().decide(invoiced('INV-1', [line({ quantity: '12345678901234567', unitPrice: '12' })]))
  t.regex(say(held), /too large/)
})
