/** What a store must do on every database: rows for the APIs, timers, keys, subscriptions, and the chain of purchasing. */
import type { TestFn } from 'ava'
import { formatEventId, formatMessageId } from '../../channels/contract/index.ts'
import type { ApiKeyOp, SubscriptionOp } from '../../channels/contract/index.ts'
import { event, settled } from './fixtures.ts'
import type { Open } from './suite.ts'
import { openedTold, take, tells } from './told.ts'

export function readerSuite(test: TestFn, open: Open): void {
  const opened = openedTold(open)

  test('rows come in key order, page after page, narrowed by their columns', async (t) => {
    const h = await opened(t)
    const rows = ['A', 'B', 'C'].flatMap((location) => ['1', '2', '3'].map((item, i) => ['stock', { location, item, on_hand: i }] as const))
    await take(h, tells({ rows: [...rows].reverse() }))
    const seen: string[] = []
    let after: (string | number)[] | undefined
    do {
      const page = await h.reader.rows({ table: 'stock', limit: 2, ...(after === undefined ? {} : { after }) })
      seen.push(...page.items.map((row) => row.location + row.item))
      after = page.next === null ? undefined : (JSON.parse(page.next) as string[])
    } while (after)
    t.deepEqual(seen, ['A1', 'A2', 'A3', 'B1', 'B2', 'B3', 'C1', 'C2', 'C3'])
    const some = await h.reader.rows({ table: 'stock', where: { location: ['A', 'C', 'Z'], on_hand: 1 } })
    t.deepEqual(
      some.items.map((row) => row.location + row.item),
      ['A2', 'C2'],
    )
    t.deepEqual(await h.reader.rows({ table: 'stock', where: { location: [] } }), { items: [], next: null })
  })

  test('stock without a level is among the levels in key order, page after page, once for all its lots and owners', async (t) => {
    const h = await opened(t)
    const level = (location: string, item: string) => ['stock', { location, item, on_hand: 3, min: 2 }] as const
    const pieces = (location: string, item: string, lot: string, owner: string) => ['balance', { location, item, lot, owner, on_hand: 1 }] as const
    await take(
      h,
      tells({
        rows: [
          level('A', '2'),
          level('B', '1'),
          pieces('A', '2', 'L1', ''),
          pieces('A', '2', 'L2', 'V-1'),
          pieces('A', '1', 'L3', 'V-1'),
          pieces('A', '1', 'L4', 'V-1'),
          pieces('A', '1', 'L4', 'V-2'),
          pieces('A', '3', 'L5', 'V-1'),
          pieces('C', '1', '', 'V-2'),
        ],
      }),
    )
    const seen: (readonly [string, number, number])[] = []
    let after: (string | number)[] | undefined
    do {
      const page = await h.reader.rows({ table: 'stock', limit: 1, ...(after === undefined ? {} : { after }) })
      seen.push(...page.items.map((row) => [row.location + row.item, row.on_hand, row.min] as const))
      after = page.next === null ? undefined : (JSON.parse(page.next) as string[])
    } while (after)
    t.deepEqual(seen, [
      ['A1', 0, 0],
      ['A2', 3, 2],
      ['A3', 0, 0],
      ['B1', 3, 2],
      ['C1', 0, 0],
    ])
    const { items } = await h.reader.rows({ table: 'stock', where: { location: 'C', item: '1' }, limit: 1 })
    t.is(items.length, 1)
  })

  test('documents are rows with the state and the number of their delivery', async (t) => {
    const h = await opened(t)
    const id = await take(h, tells({ documents: [{ kind: 'journal' }, { kind: 'requisition' }] }))
    await h.value({ op: 'claim', message: id, n: 2, attempts: 1 })
    await h.value({ ...settled, message: id, n: 2, state: 'SENT', reference: 'R-1' })
    const { items } = await h.reader.rows({ table: 'document', where: { kind: 'requisition' } })
    t.deepEqual(
      items.map((row) => [row.kind, row.state, row.erp_ref]),
      [['requisition', 'SENT', 'R-1']],
    )
  })

  test('a table, column or key that there is not is refused and never part of a query', async (t) => {
    const h = await opened(t)
    const ask = (query: unknown) => h.reader.rows(query as { table: 'stock' })
    await t.throwsAsync(ask({ table: 'worklist' }), { message: /no such table/ })
    await t.throwsAsync(ask({ table: 'constructor' }), { message: /no such table/ })
    await t.throwsAsync(ask({ table: 'stock', where: { '1=1 or location': 'x' } }), { message: /no column/ })
    await t.throwsAsync(ask({ table: 'stock', after: ['A'] }), { message: /named by location, item/ })
  })

  test('timers that are due come longest due first; one that is off never', async (t) => {
    const h = await opened(t)
    const timer = (subject: string, due: number) => ['timer', { name: 'late', subject, due, destination: 'erp' }] as const
    await take(h, tells({ rows: [timer('b', 20), timer('a', 10), timer('c', 31), timer('off', 0)] }))
    const due = async (now: number, limit = 10) => (await h.reader.dueTimers(now, limit)).map((each) => each.subject)
    t.deepEqual([await due(30), await due(31, 2), await due(9)], [['a', 'b'], ['a', 'b'], []])
  })

  test('API keys and subscriptions are kept under their names; changes by persons are audited, progress is not', async (t) => {
    const h = await opened(t)
    const key: ApiKeyOp = { op: 'api-key', name: 'erp-app', hash: 'aa', scopes: ['items:read', 'stock:read'], expires: null, revoked: false, by: 'ann' }
    await h.value(key)
    h.clock.time += 5
    await h.value({ ...key, revoked: true, expires: 7 })
    t.deepEqual(await h.reader.apiKeys(), [
      { name: 'erp-app', hash: 'aa', scopes: ['items:read', 'stock:read'], expires: 7, revoked: true, by: 'ann', created: h.clock.now() - 5 },
    ])
    const subscription: SubscriptionOp = {
      op: 'subscription',
      id: 's1',
      url: 'https://x',
      types: ['order.*'],
      secret: 'k',
      state: 'active',
      cursor: 0,
      failure: '',
      by: 'ann',
    }
    await h.value(subscription)
    await h.value({ ...subscription, cursor: 9, failure: '503', by: 'engine' })
    const [kept] = await h.reader.subscriptions()
    t.like(kept, { id: 's1', cursor: 9, failure: '503', types: ['order.*'] })
    await h.value({ ...subscription, state: 'removed' })
    t.deepEqual(await h.reader.subscriptions(), [])
    t.deepEqual(
      (await h.reader.audit({})).map((line) => line.what),
      ['api-key.keep', 'api-key.revoke', 'subscription.added', 'subscription.removed'],
    )
  })

  test('how far a pull has got is kept', async (t) => {
    const h = await opened(t)
    const row = { source: 'erp', kind: 'items', value: 'v1', at: 3 }
    await h.value({ op: 'cursor', rows: [row, { ...row, kind: 'orders' }] })
    await h.value({ op: 'cursor', rows: [{ ...row, value: 'v2' }] })
    t.deepEqual((await h.reader.rows({ table: 'cursor', where: { source: 'erp', kind: ['items', 'full:items'] } })).items, [{ ...row, value: 'v2' }])
  })

  test('an invoice, a receipt, an order and a scan lead to each other', async (t) => {
    const h = await opened(t)
    const scan = await take(h, tells({ documents: [{ kind: 'goods-issue' }] }, 'case-7', { controlId: 'SCAN-1' }))
    // A timer gathers the demand of the scan, and of another case, into one requisition.
    const other = await take(h, tells({}, 'case-8'))
    const builder = await take(h, tells({ documents: [{ kind: 'requisition' }] }, 'group'))
    const requisition = h.work.at(-1)?.key ?? ''
    const demand = (demandOf: string, message: number) =>
      ['demand_line', { demand: demandOf, message, n: 1, document: requisition, kind: 'reorder', group_key: 'g' }] as const
    const order = ['purchase_order', { purchase_order: 'erp:PO-7', number: 'PO-7', requisitions: requisition }] as const
    await take(h, tells({ rows: [demand('d1', scan), demand('d2', other), ['requisition', { requisition, number: 'RQ-3', orders: 'PO-7' }], order] }, 'setup'))
    const receipt = await take(
      h,
      tells({ rows: [['receipt_line', { receipt: 'erp:GR-1', line: 1, number: 'GR-1', purchase_order: 'erp:PO-7', quantity: 1 }]] }, 'order:PO-7'),
    )
    const invoice = await take(
      h,
      tells({ rows: [['invoice', { invoice: 'S1|INV9', number: 'INV-9', order_number: 'PO-7', state: 'matched' }]] }, 'order:PO-7', { controlId: 'X12-1' }),
    )
    const chain = [scan, builder, receipt, invoice].map(formatMessageId)
    for (const id of ['INV-9', 'GR-1', 'PO-7', 'RQ-3', 'X12-1', requisition, 'SCAN-1', formatEventId(scan, 'usage', 'FT1[1]')]) {
      const trace = await h.reader.trace(id)
      const nodes = new Set(trace.nodes.map((node) => node.id))
      t.deepEqual(
        chain.filter((message) => !nodes.has(message)),
        [],
        id,
      )
      t.true(nodes.has('erp:PO-7') && nodes.has(requisition), id)
      const ends = trace.edges.filter((edge) => !nodes.has(edge.from) || !nodes.has(edge.to))
      t.deepEqual(ends, [], `${id}: every edge has its ends`)
    }
    const { edges, nodes } = await h.reader.trace('INV-9')
    const because = (from: string, to: string) => edges.find((edge) => edge.from === from && edge.to === to)?.because
    t.is(because(formatEventId(scan, 'usage', 'FT1[1]'), requisition), 'needed it (reorder)')
    t.is(because(requisition, 'erp:PO-7'), 'was ordered as')
    t.is(because('erp:PO-7', formatEventId(receipt, 'usage', 'FT1[1]')), 'was received as GR-1')
    t.is(because('erp:PO-7', formatEventId(invoice, 'usage', 'FT1[1]')), 'was invoiced as INV-9 (matched)')
    t.true(nodes.some((node) => node.id === formatMessageId(other)))
    // From one scan the story is its own, not that of the other case in the same requisition.
    t.false((await h.reader.trace('SCAN-1')).nodes.some((node) => node.id === formatMessageId(other)))
  })

  test('a lot leads to the cases it was used in', async (t) => {
    const h = await opened(t)
    for (const name of ['case-1', 'case-2'])
      await take(h, { deliveries: [], events: [event({ bridge: 'erp', caseKey: name, body: '{}', keys: [{ kind: 'lot', value: 'LOT9' }] })] })
    t.deepEqual(
      (await h.reader.trace('LOT9')).nodes.filter((node) => node.kind === 'event').map((node) => node.label),
      ['SupplyUsed of case case-2', 'SupplyUsed of case case-1'],
    )
  })
}
