import test from 'ava'
import { newRow, SCALE } from '../../channels/contract/index.ts'
import type { BridgeEvent, Decision } from '../../channels/contract/index.ts'
import { invoiced, line, only, ordered, received } from './purchase.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

const AT_DOCK = { channel: 'dock' }
const HOUR = 3_600_000

/** PO-1 over ten SUT-1, of which a hundred lie in OR-1. */
function known(): World {
  const world = createWorld()
  world.put('stock', newRow('stock', { location: 'OR-1', item: 'SUT-1', on_hand: 100 * SCALE }))
  world.decide(ordered())
  return world
}

function slip(quantity: string, released?: string, facts: Record<string, unknown> = {}): BridgeEvent {
  return received('SLIP-1', [line({ quantity, ...facts })], { released }, AT_DOCK)
}

function say(decision: Decision): string {
  return decision.kind === 'needs' ? decision.needs.map((need) => need.text).join(' ') : decision.kind
}

/** The documents of the receipt: a person discarded them, or the ERP took them. */
function put(world: World, state: string, erpRef = ''): void {
  for (const document of world.all('document'))
    if (['goods-receipt', 'supplier-return'].includes(document.kind) && document.state === 'QUEUED')
      world.put('document', { ...document, state, erp_ref: erpRef })
}

function fire(world: World): Decision {
  const timer = only(world.all('timer').filter((one) => one.name === 'receipt-check' && one.due > 0))
  const body = { name: timer.name, subject: timer.subject, due: String(timer.due), item: undefined, quantity: undefined, location: undefined, case: undefined }
  return world.decide(event('TimerFired', body, { channel: 'bridge/timer', receivedAt: timer.due }))
}

const total = (world: World) => only(world.all('order_line')).received / SCALE
const onHand = (world: World) => world.stock()!.on_hand / SCALE - 100

test('R23: a receipt that a person discarded leaves nothing, and no invoice is paid on it', (t) => {
  const world = known()
  const before = { order: only(world.all('purchase_order')).state, onOrder: world.stock()!.on_order }
  world.decide(slip('10'))
  const invoice = invoiced('INV-1', [line({ unitPrice: '12' })])
  t.is(world.decide(invoice).kind, 'later', 'queued is not received')
  put(world, 'HELD')
  t.is(world.decide(invoice).kind, 'later', 'refused is not received')
  fire(world)
  t.is(total(world), 10, 'a person has not decided yet')
  for (const document of world.all('document')) if (document.kind === 'goods-receipt') world.put('document', { ...document, state: 'CANCELLED' })
  t.is(world.decide(invoice).kind, 'later', 'discarded is not received')
  fire(world)
  t.is(total(world), 0)
  t.is(onHand(world), 0)
  t.is(world.stock()!.on_order, before.onOrder)
  t.deepEqual(
    world.all('receipt_line').map((row) => row.quantity),
    [0],
  )
  t.is(only(world.all('timer').filter((one) => one.name === 'receipt-check')).due, 0, 'and is not looked at again')
  t.is(world.decide(invoice).kind, 'later')
  t.deepEqual(kindsOf(world.decide(slip('10'))), ['goods-receipt'], 'the same slip may come again')
  put(world, 'SENT', 'GR-1')
  t.deepEqual(kindsOf(world.decide(invoice)), ['supplier-invoice'])
  t.is(total(world), 10)
  t.is(onHand(world), 10)
})

test('R23: a receipt that the ERP took is not looked at again, and an invoice that waits for it looks every minute', (t) => {
  const world = known()
  world.decide(slip('10'))
  const invoice = invoiced('INV-1', [line({ unitPrice: '12' })])
  const waits = world.decide(invoice)
  t.is(waits.kind === 'later' ? waits.until : 0, invoice.receivedAt + 60_000)
  const held = world.decide(invoice, { now: invoice.receivedAt + 900 * HOUR })
  t.regex(say(held), /received are 0; 10 more came, which the ERP has not taken yet/)
  put(world, 'SENT', 'GR-1')
  fire(world)
  t.is(only(world.all('timer').filter((one) => one.name === 'receipt-check')).due, 0)
  t.is(total(world), 10)
})

for (const pull of [false, true]) {
  const name = pull ? 'with a pull between' : 'without a pull between'
  for (const [first, then] of [
    ['5', '3'],
    ['3', '5'],
    ['5', '9'],
  ] as const) {
    test(`R29: a slip over ${first} that says ${then} later is held, and its release books the difference (${name})`, (t) => {
      const world = known()
      world.decide(slip(first))
      put(world, 'SENT', 'GR-7')
      if (pull) world.decide(received('GR-7', [line({ quantity: first })]))
      t.deepEqual(kindsOf(world.decide(slip(first))), [], 'the same again is the same receipt')
      const held = world.decide(slip(then))
      t.deepEqual(needsOf(held), ['RECEIPT_MISMATCH receipt:PO-1:SLIP-1'])
      t.true(say(held).includes(`${first} EA of SUT-1 were known, ${then} are stated`))
      t.is(total(world), Number(first))
      const kind = Number(then) > Number(first) ? 'goods-receipt' : 'supplier-return'
      const released = world.decide(slip(then, 'bo: counted again [RECEIPT_MISMATCH]'))
      t.deepEqual(kindsOf(released), [kind])
      t.is(bodyOf(released, kind).lines[0]!['quantity'], String(Math.abs(Number(then) - Number(first))))
      put(world, 'SENT', 'GR-8')
      t.is(total(world), Number(then))
      t.is(onHand(world), Number(then))
      t.deepEqual(kindsOf(world.decide(slip(then))), [], 'what was corrected is known')
      t.is(total(world), Number(then))
    })
  }
}

test('R29: the pull may count otherwise than the slip, and the slip is still found', (t) => {
  const world = known()
  world.decide(slip('5'))
  put(world, 'SENT', 'GR-7')
  world.decide(received('GR-7', [line({ quantity: '4' })]))
  t.is(total(world), 4)
  t.is(only(world.all('receipt_line')).number, 'SLIP-1')
  t.deepEqual(kindsOf(world.decide(slip('4'))), [])
  t.deepEqual(needsOf(world.decide(slip('9'))), ['RECEIPT_MISMATCH receipt:PO-1:SLIP-1'])
})

test('R29: each serial number of a slip counts, however its messages come', (t) => {
  const world = known()
  for (const serial of ['S-1', 'S-2', 'S-1']) world.decide(slip('1', undefined, { serial }))
  t.is(total(world), 2)
  t.is(world.all('document').filter((document) => document.kind === 'goods-receipt').length, 2)
})

test('R17: a receipt of parts of a piece is held, and of a number that is too large says so', (t) => {
  const world = known()
  t.regex(say(world.decide(slip('2.5'))), /not whole.*R17/)
  t.regex(say(world.decide(slip('12345678901234567'))), /too large/)
  t.is(total(world), 0)
})
