/** The sandbox ERP by itself: what it refuses, and what follows of what it takes. It is strict where real ERPs are, and lax where they are. */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { startSandboxErp } from '../../erp-bridge/connectors/sandbox/erp/index.ts'
import { invoiceOf, PLAIN, receiptOf, samplesOf } from './connector.samples.ts'

type Fields = Record<string, unknown>
interface Answer {
  readonly status: number
  readonly body: Fields
}
const SAMPLES = samplesOf(PLAIN)
const DOCUMENTS = '/sandbox/v1/documents'

async function house(t: ExecutionContext) {
  const erp = await startSandboxErp({ port: 0, file: ':memory:' })
  t.teardown(() => erp.stop())
  async function call(method: string, path: string, body: unknown, person = ''): Promise<Answer> {
    const headers = { 'content-type': 'application/json', ...(person === '' ? {} : { 'x-sandbox-user': person }) }
    const response = await fetch(erp.url + path, { method, headers, ...(method === 'GET' ? {} : { body: JSON.stringify(body) }) })
    return { status: response.status, body: (await response.json()) as Fields }
  }
  let keys = 0
  const key = (): string => `e${String((keys += 1)).padStart(11, '0')}`
  const take = (kind: string, document: object, own = key()): Promise<Answer> => call('POST', DOCUMENTS, { kind, key: own, document })
  const act = (number: unknown, verb: string, person = '', body: object = {}) => call('POST', `${DOCUMENTS}/${String(number)}/${verb}`, body, person)
  const master = (table: string, code: string, row: object) => call('PUT', `/sandbox/v1/master/${table}/${encodeURIComponent(code)}`, row)
  const fault = (body: object) => call('POST', '/sandbox/v1/faults', body)
  const changes = async (kind: string, since = '0') =>
    (await call('GET', `/sandbox/v1/changes?kind=${kind}&since=${since}`, null)).body as unknown as {
      items: { change: number; subject: string; document?: Fields; columns?: Fields }[]
      next: string
      more: boolean
    }
  const find = async (number: unknown) => ((await call('GET', `${DOCUMENTS}?number=${String(number)}`, null)).body['items'] as Fields[])[0]
  /** An order that can be received. */
  async function order(name: 'purchase-order' | 'purchase-order:bill-only' = 'purchase-order', own = key()): Promise<string> {
    const { number } = (await take('purchase-order', SAMPLES[name], own)).body
    t.is((await act(number, 'submit')).status, 200)
    t.is((await act(number, 'approve', 'buyer')).status, 200)
    return String(number)
  }
  return { call, key, take, act, master, fault, changes, find, order }
}
const hip = { item: 'HIP-1', unit: 'EA' }
const refusals = (answers: readonly Answer[]): unknown[] =>
  answers.map(({ status, body }) => (status < 300 ? status : `${String(status)} ${String(body['code'])}`))

test('R42: the bridge may not approve, reject, close or pay; a buyer may', async (t) => {
  const { take, act, find } = await house(t)
  const { number } = (await take('requisition', SAMPLES.requisition)).body
  t.deepEqual(refusals([await act(number, 'approve'), await act(number, 'reject'), await act(number, 'approve', 'bridge')]), Array(3).fill('403 NOT_ALLOWED'))
  t.is((await find(number))?.['state'], 'submitted')
  t.is((await act(number, 'reject', 'buyer')).status, 200)
  t.is((await act(number, 'approve', 'buyer')).body['code'], 'STATE_WRONG')
  t.is((await find(number))?.['state'], 'rejected')
})

test('an approved requisition becomes an order of the ERP, with its supplier, prices and origin', async (t) => {
  const { take, act, call, key, master } = await house(t)
  await master('prices', 'SUT-1|V-1|EA|2026-01-01', { price: '9.5', currency: 'EUR' })
  const own = key()
  const { supplier: _, currency: __, ...asked } = SAMPLES.requisition
  const lines = [{ line: 1, item: 'SUT-1', quantity: '60', unit: 'EA' }]
  const { number } = (await take('requisition', { ...asked, supplier: 'V-1', lines }, own)).body
  t.is((await act(number, 'approve', 'buyer')).body['state'], 'ordered')
  const orders = (await call('GET', `${DOCUMENTS}?kind=purchase-order`, null)).body['items'] as Fields[]
  t.is(orders.length, 1)
  t.like(orders[0], { number: 'PO-000001', key: '', state: 'ordered', document: { supplier: 'V-1', currency: 'EUR', origins: [own] } })
  t.like((orders[0]?.['document'] as { lines: Fields[] }).lines[0], { item: 'SUT-1', quantity: '60', unitPrice: '9.5' })
})

test('a requisition of nobody’s supplier is approved and waits for the buyer to choose one', async (t) => {
  const { take, act, call } = await house(t)
  const { supplier: _, ...asked } = SAMPLES.requisition
  const { number } = (await take('requisition', asked)).body
  t.is((await act(number, 'approve', 'buyer')).body['state'], 'approved')
  t.deepEqual((await call('GET', `${DOCUMENTS}?kind=purchase-order`, null)).body['items'], [])
  t.is((await act(number, 'approve', 'buyer', { supplier: 'V-9' })).body['state'], 'ordered')
})

test('the auto-approve switch approves what is submitted, until it is switched off', async (t) => {
  const { take, act, fault, find } = await house(t)
  await fault({ kind: 'auto-approve' })
  t.is((await take('requisition', SAMPLES.requisition)).body['state'], 'ordered')
  t.is((await take('requisition', SAMPLES.requisition)).body['state'], 'ordered')
  const { number } = (await take('purchase-order', SAMPLES['purchase-order'])).body
  await act(number, 'submit')
  t.is((await find(number))?.['state'], 'ordered')
  await fault({ kind: 'auto-approve', count: 0 })
  t.is((await take('requisition', SAMPLES.requisition)).body['state'], 'submitted')
})

test('a receipt must fit its order: its lines, its supplier, its state, its quantity, its unit', async (t) => {
  const { take, order } = await house(t)
  const number = await order()
  const receipt = (line: object, changes = {}) =>
    take('goods-receipt', { ...receiptOf(PLAIN, number, { ...hip, lot: 'L', quantity: '1', ...line }), ...changes })
  const draft = String((await take('purchase-order', SAMPLES['purchase-order'])).body['number'])
  const answers = [
    await receipt({}, { order: 'PO-999999' }),
    await receipt({}, { order: draft }),
    await receipt({}, { supplier: 'V-2' }),
    await receipt({ orderLine: 7 }),
    await receipt({ item: 'OTHER' }),
    await receipt({ unit: 'BX' }),
    await receipt({ quantity: '3.4' }),
    await receipt({ quantity: '3.3' }),
    await receipt({ quantity: '0.1' }),
    await take('goods-receipt', receiptOf(PLAIN, await order('purchase-order:bill-only'), { ...hip, lot: 'L', quantity: '1' })),
  ]
  t.deepEqual(refusals(answers), [
    '422 ORDER_UNKNOWN',
    '422 STATE_WRONG',
    '422 SUPPLIER_WRONG',
    '422 ORDER_LINE_UNKNOWN',
    '422 ORDER_LINE_UNKNOWN',
    '422 UNIT_UNKNOWN',
    '422 OVER_DELIVERY',
    201,
    '422 OVER_DELIVERY',
    '422 NO_RECEIPT_EXPECTED',
  ])
})

test('a receipt finds its order by our key too, also the order that came of our requisition; a return opens it again', async (t) => {
  const { take, order, key, find, act, call } = await house(t)
  const own = key()
  const number = await order('purchase-order', own)
  const { order: _, ...byKey } = receiptOf(PLAIN, number, { ...hip, lot: 'L', quantity: '3' })
  t.is((await take('goods-receipt', { ...byKey, orderKey: own })).status, 201)
  t.is((await find(number))?.['state'], 'received')
  const { line, item, unit } = { line: 1, ...hip }
  const back = { ...byKey, orderKey: own, lines: [{ line, item, unit, quantity: '1', unitPrice: '12.34', currency: 'USD', amount: '12.34' }] } as Fields
  delete back['packingSlip']
  t.is((await take('supplier-return', back)).status, 201)
  t.like(await find(number), { state: 'part-received', progress: [{ line: 1, received: '2', invoiced: '0' }] })
  t.is((await take('supplier-return', { ...back, lines: [{ ...(back['lines'] as Fields[])[0], quantity: '5' }] })).body['code'], 'MORE_THAN_REMAINS')

  const asked = key()
  await act((await take('requisition', SAMPLES.requisition, asked)).body['number'], 'approve', 'buyer')
  const { order: __, ...receipt } = receiptOf(PLAIN, '', { item: 'SUT-1', unit: 'EA', quantity: '4' })
  t.is((await take('goods-receipt', { ...receipt, orderKey: asked })).status, 201)
  const orders = (await call('GET', `${DOCUMENTS}?kind=purchase-order`, null)).body['items'] as Fields[]
  t.is(orders.at(-1)?.['state'], 'part-received')
})

test('an invoice must add up, know its order and its currency; one number twice is not refused, as in real ERPs (R24)', async (t) => {
  const { take, order, act } = await house(t)
  const number = await order()
  const line = { quantity: '3', unitPrice: '12.50', amount: '37.50' }
  const invoice = (changes: object) => take('supplier-invoice', { ...invoiceOf(PLAIN, number, line), ...changes })
  const { order: _, ...alone } = invoiceOf(PLAIN, number, line)
  const first = await invoice({})
  const answers = [
    first,
    await invoice({}),
    await invoice({ total: '37.51' }),
    await invoice({ total: '40', charges: [{ kind: 'freight', amount: '2.5' }] }),
    await invoice({ total: '37.02', charges: [{ kind: 'variance', amount: '-0.48', account: '5130' }] }),
    await invoice({ charges: [{ kind: 'gift', amount: '1' }] }),
    await invoice({ currency: 'EUR' }),
    await invoice({ order: 'PO-999999' }),
    await take('supplier-invoice', alone),
    await invoice({ mirrorOf: 'e99999999999', credit: true }),
    await act(first.body['number'], 'pay'),
    await act(first.body['number'], 'pay', 'payer'),
    await act(first.body['number'], 'pay', 'payer'),
  ]
  t.deepEqual(refusals(answers), [
    201,
    201,
    '422 TOTAL_WRONG',
    201,
    201,
    '422 FIELD_BAD',
    '422 CURRENCY_WRONG',
    '422 ORDER_UNKNOWN',
    '422 FIELD_MISSING',
    '422 ORIGINAL_UNKNOWN',
    '403 NOT_ALLOWED',
    200,
    '422 STATE_WRONG',
  ])
})

test('an invoice is undone by a credit, not by an invoice, and not twice', async (t) => {
  const { take, order, key, find } = await house(t)
  const number = await order()
  const own = key()
  const body = invoiceOf(PLAIN, number, { quantity: '2', unitPrice: '10', amount: '20' })
  await take('supplier-invoice', body, own)
  t.is((await take('supplier-invoice', { ...body, mirrorOf: own })).body['code'], 'NOT_A_CREDIT')
  t.is((await take('supplier-invoice', { ...body, mirrorOf: own, credit: true })).status, 201)
  t.is((await take('supplier-invoice', { ...body, mirrorOf: own, credit: true })).body['code'], 'MORE_THAN_REMAINS')
  t.like(await find(number), { progress: [{ line: 1, invoiced: '0' }] })
})

test('R35, R36: a closed month takes nothing that posts, by the posting date; a company and ledger can be closed alone; open-period opens', async (t) => {
  const { take, fault, master } = await house(t)
  await fault({ kind: 'close-period', period: '2026-04' })
  t.deepEqual(refusals([await take('journal', SAMPLES.journal), await take('requisition', SAMPLES.requisition)]), ['409 PERIOD_CLOSED', 201])
  t.is((await fault({ kind: 'open-period' })).status, 422)
  await fault({ kind: 'open-period', period: '2026-04' })
  t.is((await take('journal', SAMPLES.journal)).status, 201)
  await master('periods', 'H1|INV|2026-04', { status: 'closed' })
  t.deepEqual(refusals([await take('journal', SAMPLES.journal), await take('goods-issue', SAMPLES['goods-issue'])]), [201, '409 PERIOD_CLOSED'])
  t.is((await take('goods-issue', { ...SAMPLES['goods-issue'], company: 'H2' })).status, 201)
})

test('codes that the ERP knows as blocked are refused, unknown ones only when their table is complete; what was booked can be undone', async (t) => {
  const { take, master, call, key } = await house(t)
  const own = key()
  await take('goods-issue', SAMPLES['goods-issue'], own)
  await master('items', 'SUT-1', { base_uom: 'EA', status: 'blocked' })
  const { lines } = SAMPLES['goods-issue']
  t.is((await take('goods-issue', SAMPLES['goods-issue'])).body['code'], 'ITEM_BLOCKED')
  t.is((await take('goods-return', { ...SAMPLES['goods-issue'], lines, mirrorOf: own })).status, 201)
  await master('suppliers', 'V-1', { status: 'inactive' })
  t.is((await take('purchase-order', SAMPLES['purchase-order'])).body['code'], 'SUPPLIER_BLOCKED')
  t.is((await take('journal', SAMPLES.journal)).status, 201)
  t.is((await call('PUT', '/sandbox/v1/master/accounts', { complete: true })).status, 200)
  t.is((await take('journal', SAMPLES.journal)).body['code'], 'ACCOUNT_UNKNOWN')
  t.deepEqual(
    refusals([
      await master('people', 'X', {}),
      await master('items', 'X', { colour: 'red' }),
      await master('items', 'X', { status: 1 }),
      await master('prices', 'X', { price: '1' }),
      await master('items', 'X', { item: 'Y' }),
    ]),
    ['404 TABLE_UNKNOWN', '422 COLUMN_UNKNOWN', '422 COLUMN_BAD', '422 CODE_BAD', '422 CODE_BAD'],
  )
})

test('lots, units, places and codes of new rows are looked at', async (t) => {
  const { take, master } = await house(t)
  await master('items', 'HIP-1', { base_uom: 'EA', lot_required: '1' })
  const issue = (line: object) => take('goods-issue', { ...SAMPLES['goods-issue'], lines: [{ line: 1, item: 'HIP-1', quantity: '1', unit: 'EA', ...line }] })
  const answers = [
    await issue({}),
    await issue({ serial: '007' }),
    await issue({ lot: 'L', unit: 'BX' }),
    await take('goods-issue', { ...SAMPLES['goods-issue'], lines: [...SAMPLES['goods-issue'].lines, ...SAMPLES['goods-issue'].lines] }),
    await take('stock-transfer', { ...SAMPLES['stock-transfer'], to: 'OR-1' }),
    await take('supplier-order', { ...receiptOf(PLAIN, 'PO-1', {}), lines: [] }),
    await take('item', { ...SAMPLES.item, item: 'HIP-1' }),
    await take('supplier', SAMPLES.supplier),
    await take('supplier', SAMPLES.supplier),
    await take('item', { ...SAMPLES.item, gtin: '123' }),
    await take('requisition', { ...SAMPLES.requisition, reason: 'whim' }),
  ]
  t.deepEqual(refusals(answers), [
    '422 LOT_MISSING',
    201,
    '422 UNIT_UNKNOWN',
    '422 LINE_TWICE',
    '422 SAME_LOCATION',
    '422 FIELD_MISSING',
    '409 ITEM_EXISTS',
    201,
    '409 SUPPLIER_EXISTS',
    '422 FIELD_BAD',
    '422 FIELD_BAD',
  ])
})

test('stock that was put moves with the documents, in the item’s own unit, and back with a reversal; consigned stock does not', async (t) => {
  const { take, act, master, changes } = await house(t)
  await master('items', 'SUT-1', { base_uom: 'EA' })
  await master('units', 'SUT-1|BX', { factor: '10' })
  await master('stock', 'OR-1|SUT-1', { on_hand: '100' })
  await master('stock', 'OR-2|SUT-1', { on_hand: '0' })
  const onHand = async () => (await changes('stock')).items.toSorted((a, b) => a.subject.localeCompare(b.subject)).map(({ columns }) => columns?.['on_hand'])
  const boxes = { ...SAMPLES['goods-issue'], lines: [{ line: 1, item: 'SUT-1', quantity: '1.5', unit: 'BX' }] }
  const { number } = (await take('goods-issue', boxes)).body
  t.deepEqual(await onHand(), ['85', '0'])
  await take('stock-transfer', SAMPLES['stock-transfer'])
  t.deepEqual(await onHand(), ['83', '2'])
  await take('stock-adjustment', SAMPLES['stock-adjustment'])
  await take('goods-issue', { ...boxes, consigned: true, supplier: 'V-1' })
  t.deepEqual(await onHand(), ['81', '2'])
  const reason = { reason: 'wrong item', date: '2026-04-02' }
  t.deepEqual(refusals([await act(number, 'reverse'), await act(number, 'reverse', '', reason), await act(number, 'reverse', '', reason)]), [
    '422 FIELD_MISSING',
    200,
    200,
  ])
  t.deepEqual(await onHand(), ['96', '2'])
})

test('R43: the ledger’s totals are the journals by company, month, account, cost centre and currency, reversals taken off', async (t) => {
  const { take, act, changes } = await house(t)
  const { number } = (await take('journal', SAMPLES.journal)).body
  await take('journal', SAMPLES.journal)
  const totals = async () => (await changes('ledger-totals')).items.map(({ columns }) => [columns?.['account'], columns?.['cost_centre'], columns?.['amount']])
  t.deepEqual(await totals(), [
    ['5120', '7010', '49.38'],
    ['1410', '', '-49.38'],
  ])
  await act(number, 'reverse', '', { reason: 'twice', date: '2026-04-02' })
  t.deepEqual(
    (await totals()).map(([, , amount]) => amount),
    ['24.69', '-24.69'],
  )
})

test('changes come in their order from a number on, each subject once and as it is now, a page at a time', async (t) => {
  const { take, act, changes, call } = await house(t)
  const one = (await take('requisition', SAMPLES.requisition)).body['number']
  const two = (await take('requisition', SAMPLES.requisition)).body['number']
  const before = await changes('requisitions')
  t.deepEqual(
    before.items.map(({ subject }) => subject),
    [one, two],
  )
  await act(one, 'approve', 'buyer')
  const after = await changes('requisitions', before.next)
  t.deepEqual(
    after.items.map(({ subject, document }) => [subject, document?.['state']]),
    [[one, 'ordered']],
  )
  t.is((await changes('requisitions', after.next)).items.length, 0)
  t.is((await changes('requisitions', after.next)).next, after.next)
  const page = (await call('GET', '/sandbox/v1/changes?kind=requisitions&limit=1', null)).body
  t.like(page, { more: true })
  t.is((await call('GET', '/sandbox/v1/changes?kind=requisitions&since=yesterday', null)).status, 422)
  t.is((await call('GET', '/sandbox/v1/changes?kind=requisitions&limit=9999', null)).status, 422)
})

test('a person of the ERP makes documents without a key; the bridge may not', async (t) => {
  const { call, order, changes } = await house(t)
  const number = await order()
  const body = { kind: 'goods-receipt', key: '', document: receiptOf(PLAIN, number, { ...hip, lot: 'L', quantity: '1' }) }
  t.is((await call('POST', DOCUMENTS, body)).body['code'], 'KEY_BAD')
  t.is((await call('POST', DOCUMENTS, body, 'store')).status, 201)
  t.like((await changes('receipts')).items[0]?.document, { key: '', state: 'posted', order: number })
})
