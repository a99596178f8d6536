import test from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import type { Decision, Policies } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

/** The ERP books the ledger; only what its receipts and invoices do not say yet is accrued by the bridge. */
const ACCRUING: Partial<Policies> = {
  glOwner: 'erp',
  posting: [
    { when: 'used-not-billed', ownership: '', category: '', company: '', debit: '5110', credit: '2110' },
    { when: 'received-not-invoiced', ownership: '', category: '', company: '', debit: '1410', credit: '2110' },
  ],
}
const close = (period = '2026-03', company = 'H1') =>
  event('TimerFired', {
    name: 'period-end',
    subject: `${company}/${period}`,
    due: '0',
    occurredAt: '',
    item: undefined,
    quantity: undefined,
    location: undefined,
  })
const end = (world: World, period?: string, policies: Partial<Policies> = ACCRUING): Decision => world.decide(close(period), { policies })
const implant = (day: string, body: Record<string, unknown> = {}) =>
  event('SupplyUsed', { item: { code: 'CON-1' }, occurredAt: day, quantity: { value: '1', unit: 'EA' }, ...body })

function journals(decision: Decision) {
  if (decision.kind !== 'applied') throw new Error(decision.kind)
  return decision.documents.map(({ kind, body, mirrorOf }) => {
    documentSchemas[kind].parse(body)
    const { postingDate, reverseOn, lines, currency } = body as {
      postingDate: string
      reverseOn?: string
      currency: string
      lines: { side: string; account: string; amount: string; costCentre?: string }[]
    }
    return {
      postingDate,
      reverseOn,
      currency,
      isMirror: mirrorOf !== undefined,
      lines: lines.map((line) => [line.side, line.account, line.amount, line.costCentre ?? ''].join(' ').trim()),
    }
  })
}

function order(world: World, fields: { received: number; invoiced: number; kind?: string; currency?: string }): void {
  const { received, invoiced, kind = 'stock', currency = 'USD' } = fields
  world.put('purchase_order', { purchase_order: 'erp:PO-1', number: 'PO-1', kind, currency, company: 'H1', state: 'open' })
  world.put('order_line', {
    purchase_order: 'erp:PO-1',
    line: 1,
    item: 'SUT-1',
    quantity: 10 * SCALE,
    unit: 'EA',
    price: 2.5 * SCALE,
    currency,
    received: received * SCALE,
    invoiced: invoiced * SCALE,
    open: 1,
    cost_centre: 'CC-7010',
  })
}

test('R36: what was used and is not billed is accrued on the last day, by cost centre, and taken back on day 1 of the next period', (t) => {
  const world = createWorld()
  world.decide(implant('2026-03-02'), { policies: ACCRUING })
  world.decide(implant('2026-03-03'), { policies: ACCRUING })
  const decision = end(world)
  t.deepEqual(journals(decision), [
    { postingDate: '2026-03-31', reverseOn: '2026-04-01', currency: 'USD', isMirror: false, lines: ['debit 5110 24.70 CC-7010', 'credit 2110 24.70'] },
    { postingDate: '2026-04-01', reverseOn: undefined, currency: 'USD', isMirror: true, lines: ['credit 5110 24.70 CC-7010', 'debit 2110 24.70'] },
  ])
  t.deepEqual(
    world.all('accrual').map(({ kind, amount, state }) => [kind, amount, state]),
    [
      ['used-not-billed', 12.35 * SCALE, 'posted'],
      ['used-not-billed', 12.35 * SCALE, 'posted'],
    ],
  )
  t.is(
    world.all('journal_line').reduce((sum, line) => sum + line.amount, 0),
    0,
  )
})

test('R36: a second run posts nothing twice, and what came since', (t) => {
  const world = createWorld()
  world.decide(implant('2026-03-02'), { policies: ACCRUING })
  end(world)
  t.deepEqual(kindsOf(end(world)), [])
  world.decide(implant('2026-03-04', { quantity: { value: '2', unit: 'EA' } }), { policies: ACCRUING })
  t.deepEqual(journals(end(world))[0]?.lines, ['debit 5110 24.69 CC-7010', 'credit 2110 24.69'])
  t.deepEqual(kindsOf(end(world)), [])
})

test('R36: what is still not billed a period later is accrued again, what was billed or taken back is not', (t) => {
  const world = createWorld()
  for (const day of ['2026-02-10', '2026-02-11', '2026-02-12']) world.decide(implant(day, { case: day }), { policies: ACCRUING })
  end(world, '2026-02')
  const [first, second] = world.all('usage')
  world.put('usage', { ...first!, billed: first!.quantity })
  world.put('usage', { ...second!, reversed: second!.quantity })
  t.deepEqual(journals(end(world, '2026-03'))[0]?.lines, ['debit 5110 12.35 CC-7010', 'credit 2110 12.35'])
  t.deepEqual(journals(end(world, '2026-04'))[0]?.lines, ['debit 5110 12.35 CC-7010', 'credit 2110 12.35'])
})

test('R36: a use whose journal was posted is in the ledger already, and owned stock is never accrued', (t) => {
  const world = createWorld()
  world.decide(implant('2026-03-02'))
  world.decide(event('SupplyUsed', { occurredAt: '2026-03-02' }), { policies: ACCRUING })
  t.deepEqual(kindsOf(end(world)), [])
  t.deepEqual(kindsOf(end(world, '2026-03', {})), [])
})

test('R28, R36: where the ERP keeps the ledger and no rule asks for it, nothing is accrued', (t) => {
  const world = createWorld()
  world.decide(implant('2026-03-02'), { policies: { glOwner: 'erp' } })
  order(world, { received: 4, invoiced: 0 })
  t.deepEqual(kindsOf(end(world, '2026-03', { glOwner: 'erp' })), [])
})

test('R36: what was received and is not invoiced is accrued at the order’s price, without what was received after the period', (t) => {
  const world = createWorld()
  order(world, { received: 7, invoiced: 3 })
  world.put('receipt_line', { receipt: 'R-1', line: 1, purchase_order: 'erp:PO-1', order_line: 1, quantity: 5 * SCALE, day: '2026-03-30' })
  world.put('receipt_line', { receipt: 'R-2', line: 1, purchase_order: 'erp:PO-1', order_line: 1, quantity: 2 * SCALE, day: '2026-04-02' })
  t.deepEqual(journals(end(world))[0]?.lines, ['debit 1410 5.00 CC-7010', 'credit 2110 5.00'])
  t.like(world.all('accrual'), [{ kind: 'received-not-invoiced', subject: 'erp:PO-1/1', amount: 5 * SCALE, period: '2026-03', company: 'H1' }])
})

test('R36: an order for what was used is accrued as a use, not as a receipt', (t) => {
  const world = createWorld()
  order(world, { received: 1, invoiced: 0, kind: 'bill-and-replace' })
  t.deepEqual(kindsOf(end(world)), [])
})

test('R27, R36: one journal for each currency', (t) => {
  const world = createWorld()
  world.decide(implant('2026-03-02'), { policies: ACCRUING })
  order(world, { received: 4, invoiced: 0, currency: 'JPY' })
  t.deepEqual(
    journals(end(world)).map(({ currency, lines }) => [currency, lines[0]]),
    [
      ['JPY', 'debit 1410 10 CC-7010'],
      ['JPY', 'credit 1410 10 CC-7010'],
      ['USD', 'debit 5110 12.35 CC-7010'],
      ['USD', 'credit 5110 12.35 CC-7010'],
    ],
  )
})

test('R36: a period that is not open, or that nobody knows, waits; its own days count, not the calendar’s', (t) => {
  const world = createWorld()
  t.deepEqual(kindsOf(world.decide(close('P3'), { policies: ACCRUING })), ['needs'])
  t.deepEqual(kindsOf(world.decide(event('TimerFired', { name: 'period-end', subject: '2026-03', due: '0' }))), ['needs'])
  const row = { company: 'H1', ledger: 'GL', period: 'P3', valid_from: '2026-02-22', valid_to: '2026-03-04', kind: 'standard' }
  world.put('period', { ...row, status: 'closed' })
  t.deepEqual(needsOf(end(world, 'P3')), ['PERIOD_CLOSED period:H1:GL:P3'])
  world.put('period', { ...row, status: 'open' })
  world.decide(implant('2026-03-05'), { policies: { ...ACCRUING, periods: { '*': 'adjust' } } })
  t.deepEqual(kindsOf(end(world, 'P3')), [])
})

test('R36: another company’s uses are not accrued, and a timer of another name starts nothing', (t) => {
  const world = createWorld()
  world.decide(implant('2026-03-02'), { policies: ACCRUING })
  t.deepEqual(kindsOf(world.decide(close('2026-03', 'H2'), { policies: ACCRUING })), [])
  t.deepEqual(kindsOf(world.decide(event('TimerFired', { name: 'other', subject: 'H1/2026-03', due: '0' }), { policies: ACCRUING })), [])
})
