/** What a store must do on every database: invoices that are held, and deliveries that a closed period held. */
import type { TestFn } from 'ava'
import { event, openItems, resolution, settled } from './fixtures.ts'
import type { Open } from './suite.ts'
import { openedTold, take, tells } from './told.ts'

export function heldSuite(test: TestFn, open: Open): void {
  const opened = openedTold(open)

  test('an invoice that is held is a row and a notice until it is applied; a discard leaves it as rejected', async (t) => {
    const h = await opened(t)
    const said = { company: 'H1', currency: 'USD', day: '2026-03-02', orderNumber: 'PO-1', kind: 'invoice', total: 1_250_000, reason: 'INVOICE_PRICE' } as const
    const invoice = (number: string, state: 'held' | 'waiting') => {
      const standing = { ...said, number, supplier: 'V-1', state }
      const body = JSON.stringify({ needs: [{ kind: 'INVOICE_PRICE' }], standing })
      return take(h, { deliveries: [], events: [event({ bridge: 'erp', type: 'InvoiceReceived', caseKey: `order:${number}`, businessKey: number, body })] })
    }
    await invoice('INV-1', 'held')
    const [first] = await openItems(h)
    await invoice('INV-2', 'held')
    const second = (await openItems(h)).find((item) => item.id !== first?.id)
    await invoice('INV-3', 'waiting')
    const rows = async () =>
      (await h.reader.rows({ table: 'invoice' })).items.map((row) => `${row.number} ${row.state} ${row.reason} ${row.order_number} ${String(row.total)}`)
    t.deepEqual(
      (await rows()).toSorted(),
      ['1', '2', '3'].map((n) => `INV-${n} ${n === '3' ? 'waiting' : 'held'} INVOICE_PRICE PO-1 1250000`),
    )
    const told = async () =>
      (await h.reader.notices({ after: 0, types: ['invoice.held', 'invoice.rejected'], limit: 10 })).map(({ type, body }) => [type, JSON.parse(body)])
    t.like(await told(), [
      ['invoice.held', { number: 'INV-1', order: 'PO-1', supplier: 'V-1', amount: '1.25', currency: 'USD', status: 'held', reason: 'INVOICE_PRICE' }],
      ['invoice.held', { number: 'INV-2' }],
    ])
    await h.value({ ...resolution, item: first?.id ?? 0, action: 'retry' })
    t.is((await told()).length, 2, 'what is held as before is not told again')
    await h.value({ ...resolution, item: first?.id ?? 0, action: 'release' })
    await h.value({ ...resolution, item: second?.id ?? 0, action: 'discard', reason: 'sent twice' })
    t.deepEqual((await rows()).toSorted(), ['INV-2 rejected ann: sent twice PO-1 1250000', 'INV-3 waiting INVOICE_PRICE PO-1 1250000'])
    t.like((await told())[2], ['invoice.rejected', { number: 'INV-2', status: 'rejected', reason: 'ann: sent twice' }])
  })

  test('what the ERP refused for a closed period is sent again when the period opens, loaded or pulled', async (t) => {
    const h = await opened(t)
    const refused = async (postingDate: string) => {
      const id = await take(h, tells({ documents: [{ kind: 'journal', body: { company: '1', postingDate } }] }))
      await h.value({ op: 'claim', message: id, n: 1, attempts: 1 })
      await h.value({ ...settled, message: id, n: 1, state: 'HELD', failure: { code: 'ERP_PERIOD_CLOSED', text: 'closed' } })
      return async () => (await h.reader.message(id))?.events[0]?.deliveries[0]?.state
    }
    const march = await refused('2026-03-05')
    const april = await refused('2026-04-05')
    const row = (status: string) => ({
      company: '1',
      ledger: 'GL',
      period: '2026-03',
      valid_from: '2026-03-01',
      valid_to: '2026-03-31',
      kind: 'standard',
      status,
    })
    t.like(await h.value({ op: 'load', table: 'periods', rows: [row('closed')], by: 'ann', source: 'a.csv' }), { closed: 0, resumed: 0 })
    t.is(await march(), 'HELD')
    t.like(await h.value({ op: 'load', table: 'periods', rows: [row('open')], by: 'ann', source: 'a.csv' }), { closed: 1, resumed: 1 })
    t.deepEqual([await march(), await april()], ['UNKNOWN', 'HELD'], 'it is looked up before it is sent')
    const pulled = { company: '1', ledger: 'GL', period: '2026-04', valid_from: '2026-04-01', valid_to: '2026-04-30', kind: 'standard', status: 'open' }
    const change = { table_name: 'period', row_key: '1|GL|2026-04', field: 'status', at: 1, line: 1 }
    await take(
      h,
      tells(
        {
          rows: [
            ['period', pulled],
            ['change', change],
          ],
        },
        'case-2',
      ),
    )
    t.deepEqual([await april(), await openItems(h)], ['UNKNOWN', []])
    t.is((await h.reader.worklist({ state: 'closed' })).items.find((item) => item.resolution?.action === 'answered')?.kind, 'ERP_PERIOD_CLOSED')
  })
}
