import test from 'ava'
import { createTrytonConnector } from '../../erp-bridge/connectors/index.ts'
import { definitionOf } from './bench.ts'
import { openFlows } from './flows.ts'
import type { Body, Flows } from './flows.ts'

const stops: (() => unknown)[] = []
let flows: Flows
test.before(async () => {
  flows = await openFlows({ teardown: (stop) => void stops.push(stop) }, 'g')
})
test.after.always(async () => {
  for (const stop of stops.reverse()) await stop()
})

const EACH = { line: 1, quantity: '1', unit: 'EA' }
const owned = (lines: readonly Body[]): Body => ({ location: 'OR-1', reason: 'usage', consigned: false, lines })
const stem = (lot: string): readonly Body[] => [{ ...EACH, item: 'HIP-12', lot }]
const cups = (quantity: string, changes: Body = {}): readonly Body[] => [{ ...EACH, item: 'CUP-50', quantity, ...changes }]
/** The bridge's journal of a use, or of its return, against Tryton's clearing account. */
const journal = (debit: string, credit: string): Body => ({
  currency: 'USD',
  text: 'Usage',
  lines: [
    { line: 1, account: debit, side: 'debit', amount: '1850.00', costCentre: 'CC-7010' },
    { line: 2, account: credit, side: 'credit', amount: '1850.00' },
  ],
})

/** An order for cups at 910 (they stand in the books at 900), confirmed by the buyer. Its number. */
async function orderedCups(quantity: string): Promise<string> {
  const { documentOf, sent, buyer } = flows
  const lines = cups(quantity, { unitPrice: '910', currency: 'USD', amount: '0' })
  const body = { orderType: 'restock', state: 'submitted', receiptExpected: true, supplier: 'V-1001', currency: 'USD', lines }
  const number = await sent(documentOf('purchase-order', body))
  const [row] = await buyer.rows('purchase.purchase', [['number', '=', number]], [])
  await buyer.confirm(row?.id ?? 0)
  return number
}
const receipt = (order: string, quantity: string): Body => ({ order, supplier: 'V-1001', lines: cups(quantity, { orderLine: 1 }) })
const invoice = (order: string, number: string, quantity: string, price: string, total: string, changes: Body = {}): Body => ({
  order,
  supplier: 'V-1001',
  number,
  invoiceDate: '2026-03-05',
  credit: false,
  currency: 'USD',
  lines: cups(quantity, { orderLine: 1, unitPrice: price, amount: String(Number(price) * Number(quantity)) }),
  total,
  ...changes,
})

test.serial('R28: a use relieves inventory into the clearing account; the bridge’s journal clears that, and the cost is booked once', async (t) => {
  const { booked, documentOf, sent } = flows
  const use = async (): Promise<void> => {
    await sent(documentOf('goods-issue', owned(stem('H-88'))))
  }
  t.deepEqual(await booked(use), ['1410 -1850.00', '5190 1850.00'])
  const both = async (): Promise<void> => {
    await use()
    await sent(documentOf('journal', journal('5100', '5190')))
  }
  t.deepEqual(await booked(both), ['1410 -1850.00', '5100 1850.00'])
})

test.serial('R28: a count’s loss is booked by Tryton, a transfer is not', async (t) => {
  const { booked, documentOf, sent } = flows
  const lines = [{ ...EACH, item: 'SUT-30', quantity: '2' }]
  const loss = documentOf('stock-adjustment', { location: 'OR-1', reason: 'count', lines: lines.map((line) => ({ ...line, direction: 'out' })) })
  t.deepEqual(await booked(() => sent(loss)), ['1410 -8.50', '5190 8.50'])
  t.deepEqual(await booked(() => sent(documentOf('stock-transfer', { from: 'OR-1', to: 'OR-2', lines }))), [])
})

test.serial('R28: a receipt and its invoice leave nothing between them; the difference of price is cost, freight is where it was told to be', async (t) => {
  const { booked, documentOf, sent } = flows
  const order = await orderedCups('2')
  t.deepEqual(await booked(() => sent(documentOf('goods-receipt', receipt(order, '2')))), ['1410 1820.00', '2110 -1820.00'])
  const bill = invoice(order, 'G-1', '2', '915', '1853', {
    charges: [
      { kind: 'freight', amount: '20' },
      { kind: 'variance', amount: '3' },
    ],
  })
  t.deepEqual(await booked(() => sent(documentOf('supplier-invoice', bill))), [
    '2110 1820.00',
    '5100 10.00',
    '5130 3.00',
    '6810 20.00',
    'Main Payable -1853.00',
  ])
})

test.serial('an invoice that the buyer marks as paid in the ERP is told as paid', async (t) => {
  const { documentOf, sent, pulled, buyer } = flows
  const order = await orderedCups('1')
  await sent(documentOf('goods-receipt', receipt(order, '1')))
  const bill = documentOf('supplier-invoice', invoice(order, 'G-PAID', '1', '910', '910'))
  await sent(bill)
  const [row] = await buyer.rows('account.invoice', [['reference', '=', 'G-PAID']], ['account', 'party', 'lines_to_pay'])
  // Paid as a bank would: a move against the debt, reconciled with it.
  const cash = await buyer.rows('account.journal', [['code', '=', 'EXP']], [])
  const [period] = await buyer.rows('account.period', [['start_date', '=', { __class__: 'date', year: 2026, month: 3, day: 1 }]], [])
  const [other] = await buyer.rows('account.account', [['code', '=', '2120']], [])
  const amount = { __class__: 'Decimal', decimal: '910' }
  const none = { __class__: 'Decimal', decimal: '0' }
  const lines = [
    { account: row?.['account'], party: row?.['party'], debit: amount, credit: none },
    { account: other?.id, debit: none, credit: amount },
  ]
  const move = { journal: cash[0]?.id, period: period?.id, date: { __class__: 'date', year: 2026, month: 3, day: 20 }, lines: [['create', lines]] }
  const [paid = 0] = (await buyer.call('model.account.move.create', [[move]])) as number[]
  await buyer.press('account.move', 'post', paid)
  const [payment] = await buyer.rows(
    'account.move.line',
    [
      ['move', '=', paid],
      ['account', '=', row?.['account']],
    ],
    [],
  )
  await buyer.wizard('account.move.reconcile_lines', 'account.move.line', [...(row?.['lines_to_pay'] as number[]), payment?.id ?? 0], ['start'])
  const told = await pulled('invoices', (body) => body['number'] === 'G-PAID')
  t.like(told, { status: 'paid', amount: '910', key: bill.key })
})

test.serial('R28: with one account for what comes and goes, a use and its return leave nothing, owned or consigned', async (t) => {
  const { booked, documentOf, sent, buyer } = flows
  const [clearing] = await buyer.rows('account.account', [['code', '=', '5190']], [])
  const categories = await buyer.rows('product.category', [['accounting', '=', true]], [])
  const ids = categories.map(({ id }) => id)
  await buyer.write('product.category', ids, { account_stock_in: clearing?.id, account_stock_out: clearing?.id })
  const issue = documentOf('goods-issue', owned(stem('H-88')))
  const cycle = async (): Promise<void> => {
    await sent(issue)
    await sent(documentOf('journal', journal('5100', '5190')))
    await sent(documentOf('goods-return', { ...owned(stem('H-88')), mirrorOf: issue.key }))
    await sent(documentOf('journal', journal('5190', '5100')))
  }
  t.deepEqual(await booked(cycle), [])
  const consigned: Body = { ...owned(stem('H-77')), consigned: true, supplier: 'V-1001' }
  const lent = documentOf('goods-issue', consigned)
  // Consigned goods were never in the books: what comes in with the debt goes out with the use.
  t.deepEqual(await booked(() => sent(lent)), [])
  t.deepEqual(await booked(() => sent(documentOf('goods-return', { ...consigned, mirrorOf: lent.key }))), [])
})

test.serial('stock is told by place: lots of one item together, a supplier’s shelf apart', async (t) => {
  const { pulled } = flows
  const own = await pulled('stock', (body) => body['code'] === 'OR-1|SUT-1')
  t.like(own['attributes'], { location: 'OR-1', item: 'SUT-1', on_hand: '1000' })
  const shelf = await pulled('stock', (body) => body['code'] === 'CONS-V1001|HIP-12')
  t.like(shelf['attributes'], { location: 'CONS-V1001', item: 'HIP-12', on_hand: '10' })
})

test.serial('R33: goods go back to the supplier as an order of negative quantity, told as a return', async (t) => {
  const { documentOf, sent, buyer, erp } = flows
  const lines = cups('1', { unitPrice: '910', currency: 'USD' })
  const body = { supplier: 'V-1001', currency: 'USD', reason: 'recall', location: 'OR-1', lines }
  const number = await sent(documentOf('supplier-return', body))
  const [row] = await buyer.rows('purchase.purchase', [['number', '=', number]], ['state', 'lines'])
  t.is(row?.['state'], 'quotation')
  const ordered = await buyer.rows('purchase.line', [['purchase', '=', row?.id ?? 0]], ['quantity'])
  t.deepEqual(
    ordered.map((line) => line['quantity']),
    [-1],
  )
  const options = { database: erp.database, user: 'bridge', password: 'bridge-test-1', confirm: ['supplier-return'] }
  const confirming = createTrytonConnector(definitionOf(erp, erp.database, { options }), Date.now)
  t.teardown(() => confirming.stop())
  const own = documentOf('supplier-return', body)
  const confirmed = await sent(own, confirming)
  const [made] = await buyer.rows('purchase.purchase', [['number', '=', confirmed]], ['state', 'moves'])
  t.true(['confirmed', 'processing'].includes(String(made?.['state'])))
  t.is(await buyer.count('stock.move', [['origin.purchase', '=', made?.id ?? 0, 'purchase.line']]), 1)
  t.is(await sent(own, confirming), confirmed)
})

test.serial('R33: of a confirmed order a part is taken back by an order of negative quantity, once; of an unconfirmed one by less', async (t) => {
  const { documentOf, sent, buyer } = flows
  const number = await orderedCups('3')
  const less = documentOf('order-cancellation', { originalReference: number, reason: 'no longer needed', lines: cups('1', { orderLine: 1 }) })
  const taken = await sent(less)
  t.not(taken, number)
  t.is(await sent(less), taken)
  const reversed = await buyer.rows('purchase.line', [['purchase.reference', '=', less.key]], ['quantity', 'unit_price'])
  t.deepEqual(
    reversed.map((line) => [line['quantity'], (line['unit_price'] as Body)['decimal']]),
    [[-1, '910']],
  )
  const all = documentOf('order-cancellation', { originalReference: number, reason: 'cancelled', lines: cups('2', { orderLine: 1 }) })
  await sent(all)
  t.is(
    await buyer.count('purchase.purchase', [
      ['reference', 'in', [less.key, all.key]],
      ['state', '=', 'quotation'],
    ]),
    2,
  )
  const draft = documentOf('purchase-order', {
    orderType: 'bill-only',
    state: 'submitted',
    receiptExpected: false,
    supplier: 'V-1001',
    currency: 'USD',
    lines: cups('3', { unitPrice: '900', currency: 'USD', amount: '2700' }),
  })
  const open = await sent(draft)
  const part = documentOf('order-cancellation', { originalReference: open, reason: 'used less', lines: cups('1', { orderLine: 1 }) })
  t.is(await sent(part), open)
  t.is(await sent(part), open)
  const left = await buyer.rows('purchase.line', [['purchase.number', '=', open]], ['quantity', 'purchase.state'])
  t.like(left[0], { quantity: 2, 'purchase.': { state: 'quotation' } })
  await sent(documentOf('order-cancellation', { originalReference: open, reason: 'not used', lines: cups('2', { orderLine: 1 }) }))
  const [gone] = await buyer.rows('purchase.purchase', [['number', '=', open]], ['state'])
  t.is(gone?.['state'], 'cancelled')
})
