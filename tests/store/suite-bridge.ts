/** What a store must do on every database: decisions and master data. */
import type { TestFn } from 'ava'
import { formatEventId } from '../../channels/contract/index.ts'
import { event, firstItem, forBridge, idAt, intakeOp, itemRow, openItems, resolution, states } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import type { Open } from './suite.ts'

export function bridgeSuite(test: TestFn, open: Open): void {
  const load = (h: Harness, table: 'items' | 'stock', rows: readonly Record<string, string>[]) =>
    h.value({ op: 'load', table, rows, by: 'ann', source: `${table}.csv` })
  const stocked = async (h: Harness) => {
    await load(h, 'items', [itemRow('IMP-1')])
    await load(h, 'stock', [{ location: 'OR1', item: 'IMP-1', on_hand: '40', min: '10', max: '50' }])
  }

  test('events of one batch fold one after another: stock falls by each, each has its document', async (t) => {
    const h = await open(t)
    await stocked(h)
    const ids = Array.from({ length: 5 }, () => idAt(h.clock))
    await Promise.all(ids.map((id) => h.value(intakeOp(id, forBridge))))
    t.is((await h.reader.stock({ location: 'OR1' }))[0]?.onHand, '35')
    t.deepEqual(
      h.work.map((work) => [work.destination, work.lane, work.kind]),
      ids.map(() => ['erp', 'issue:OR1', 'goods-issue']),
    )
    t.is(new Set(h.work.map((work) => work.key)).size, 5)
    t.is((JSON.parse(h.work[0]!.body) as { key: string | null }).key, h.work[0]!.key)
    t.regex(h.work[0]!.key ?? '', /^[0-9a-hjkmnp-tv-z]{12}$/)
    t.deepEqual(
      h.work.map((work) => work.message),
      ids,
    )
    const trace = await h.reader.trace(h.work[0]!.key ?? '')
    t.true(trace.edges.some((edge) => edge.to === h.work[0]!.key && edge.because === 'stock of IMP-1 was used'))
  })

  test('an unknown item waits for a person; loading it lets the event go on and closes the item', async (t) => {
    const h = await open(t)
    const [a, b] = [idAt(h.clock), idAt(h.clock)]
    await Promise.all([h.value(intakeOp(a, forBridge)), h.value(intakeOp(b, forBridge))])
    const item = await firstItem(h)
    t.deepEqual([item.kind, item.subject, item.waiting], ['UNKNOWN_ITEM', 'item:IMP-1', 2])
    t.deepEqual(await load(h, 'items', [itemRow('OTHER')]), { loaded: 1, closed: 0, resumed: 0 })
    t.deepEqual(
      (await openItems(h)).map((each) => each.id),
      [item.id],
    )
    t.deepEqual(await load(h, 'items', [itemRow('IMP-1')]), { loaded: 1, closed: 1, resumed: 2 })
    t.deepEqual(await states(h, a), ['APPLIED'])
    t.is(h.work.length, 2)
  })

  test('editing an unknown item fills the field and remembers the answer', async (t) => {
    const h = await open(t)
    await load(h, 'items', [itemRow('OTHER')])
    const [a, b] = [idAt(h.clock), idAt(h.clock)]
    await h.value(intakeOp(a, forBridge))
    t.deepEqual(await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'edit', value: 'OTHER' }), { kind: 'resolved', resumed: 1, rerun: [] })
    t.deepEqual((await h.reader.message(a))?.events[0]?.body['item'], { code: 'OTHER' })
    await h.value(intakeOp(b, forBridge))
    t.deepEqual(await states(h, b), ['APPLIED'])
    t.deepEqual(await openItems(h), [])
  })

  test('an event waits behind an earlier one with its business key, and goes on when that is applied or discarded', async (t) => {
    const h = await open(t)
    await stocked(h)
    const [a, b, c] = [idAt(h.clock), idAt(h.clock), idAt(h.clock)]
    const missing = event({ bridge: 'erp', businessKey: 'K', body: '{"item":{"code":"NEW"},"location":"OR1"}' })
    await h.value(intakeOp(a, { ...forBridge, events: [missing] }))
    await h.value(intakeOp(b, { ...forBridge, events: [event({ bridge: 'erp', businessKey: 'K' })] }))
    await h.value(intakeOp(c, { ...forBridge, events: [event({ bridge: 'erp', businessKey: 'L' })] }))
    t.deepEqual([await states(h, a), await states(h, b), await states(h, c)], [['WAITING'], ['WAITING'], ['APPLIED']])
    t.deepEqual((await h.reader.message(b))?.events[0]?.waitsFor, [`event ${formatEventId(a, 'usage', 'FT1[1]')}`])
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'discard' })
    t.deepEqual([await states(h, a), await states(h, b)], [['CANCELLED'], ['APPLIED']])
  })

  test('a rule that fails puts its event on the worklist, takes its rows back and stops nobody else', async (t) => {
    const h = await open(t)
    await stocked(h)
    const [a, b, c] = [idAt(h.clock), idAt(h.clock), idAt(h.clock)]
    const defect = event({ bridge: 'erp', body: '{"item":{"code":"IMP-1"},"location":"OR1","defect":true}' })
    const answers = await Promise.all([
      h.value(intakeOp(a, forBridge)),
      h.value(intakeOp(b, { ...forBridge, events: [defect] })),
      h.value(intakeOp(c, forBridge)),
    ])
    t.deepEqual(
      answers.map((answer) => answer.kind),
      ['stored', 'stored', 'stored'],
    )
    t.deepEqual([await states(h, a), await states(h, b), await states(h, c)], [['APPLIED'], ['WAITING'], ['APPLIED']])
    const item = await firstItem(h)
    t.deepEqual([item.kind, item.subject], ['BRIDGE_FAILED', formatEventId(b, 'usage', 'FT1[1]')])
    t.is((await h.reader.stock({ location: 'OR1' }))[0]?.onHand, '38')
    t.deepEqual(await h.reader.stock({ location: 'BROKEN' }), [])
  })

  test('what is decided later is looked at again at its time, and when its case changes', async (t) => {
    const h = await open(t)
    await stocked(h)
    const until = h.clock.now() + 60_000
    const waits = (key: string) => ({
      ...forBridge,
      events: [event({ bridge: 'erp', caseKey: key, body: JSON.stringify({ item: { code: 'IMP-1' }, location: 'OR1', wait: until }) })],
    })
    const [a] = [idAt(h.clock)]
    await h.value(intakeOp(a, waits('case-7')))
    t.deepEqual(await states(h, a), ['WAITING'])
    t.deepEqual(await h.value({ op: 'tick' }), { applied: 0, next: until })
    h.clock.time = until
    await h.value(intakeOp(idAt(h.clock), { ...forBridge, events: [event({ bridge: 'erp', caseKey: 'case-7' })] }))
    t.deepEqual(await states(h, a), ['APPLIED'])
    const b = idAt(h.clock)
    h.clock.time = until - 1000
    await h.value(intakeOp(b, waits('case-8')))
    h.clock.time = until + 1
    t.deepEqual(await h.value({ op: 'tick' }), { applied: 1, next: null })
    t.deepEqual(await states(h, b), ['APPLIED'])
  })

  test('a document that was not sent can be cancelled; one that is out makes the decision wait', async (t) => {
    const h = await open(t)
    await stocked(h)
    const [a, b, c] = [idAt(h.clock), idAt(h.clock), idAt(h.clock)]
    const cancels = (message: number) => ({
      ...forBridge,
      events: [
        event({
          bridge: 'erp',
          body: JSON.stringify({ item: { code: 'IMP-1' }, location: 'OR1', cancel: `${formatEventId(message, 'usage', 'FT1[1]')}/goods-issue` }),
        }),
      ],
    })
    await h.value(intakeOp(a, forBridge))
    await h.value(intakeOp(b, cancels(a)))
    t.is((await h.reader.message(a))?.events[0]?.deliveries[0]?.state, 'CANCELLED')
    t.deepEqual(await h.value({ op: 'claim', message: a, n: 1, attempts: 1 }), { claimed: false })
    await h.value({ op: 'claim', message: b, n: 1, attempts: 1 })
    await h.value(intakeOp(c, cancels(b)))
    t.deepEqual(await states(h, c), ['WAITING'])
    t.is((await h.reader.stock({ location: 'OR1' }))[0]?.onHand, '38')
  })

  test('a document made and cancelled in one batch is never sent', async (t) => {
    const h = await open(t)
    await stocked(h)
    const [a, b] = [idAt(h.clock), idAt(h.clock)]
    const cancel = `${formatEventId(a, 'usage', 'FT1[1]')}/goods-issue`
    await Promise.all([
      h.value(intakeOp(a, forBridge)),
      h.value(intakeOp(b, { ...forBridge, events: [event({ bridge: 'erp', body: JSON.stringify({ item: { code: 'IMP-1' }, location: 'OR1', cancel }) })] })),
    ])
    t.deepEqual(
      h.work.map((work) => work.message),
      [b],
    )
    t.is((await h.reader.message(a))?.events[0]?.deliveries[0]?.state, 'CANCELLED')
  })

  test('a file with a bad value is refused with its line and column, and nothing of it is loaded', async (t) => {
    const h = await open(t)
    const bad: readonly (readonly ['items' | 'stock', Record<string, string>, string])[] = [
      ['items', itemRow('B', { gtin: '00844588003281' }), 'items.csv line 3 column gtin'],
      ['items', itemRow('B', { gtin: '123' }), 'items.csv line 3 column gtin'],
      ['items', itemRow('B', { status: 'gone' }), 'items.csv line 3 column status'],
      ['items', itemRow('', {}), 'items.csv line 3 column item'],
    ]
    for (const [table, row, place] of bad) {
      const answer = await h.ask({ op: 'load', table, rows: [itemRow('GOOD'), row], by: 'ann', source: `${table}.csv` })
      t.deepEqual(answer.ok ? null : [answer.fault.code, answer.fault.place], ['BAD_VALUE', place])
    }
    t.deepEqual((await h.reader.masterData()).items, [])
  })

  test('a file is refused with all its bad rows, up to twenty', async (t) => {
    const h = await open(t)
    const price = { item: 'A', supplier: '', unit: 'EA', price: '1', currency: 'USD', valid_from: '', valid_to: '' }
    const stock = { location: 'L', item: 'A', on_hand: '1', min: '2', max: '3' }
    const refused: readonly (readonly ['prices' | 'stock' | 'items', readonly Record<string, string>[], readonly RegExp[]])[] = [
      [
        'prices',
        [
          { ...price, valid_from: '2026-13-01' },
          { ...price, valid_to: 'x' },
        ],
        [/line 2, column valid_from: a calendar date/, /line 3, column valid_to/],
      ],
      ['prices', [{ ...price, valid_from: '2026-03-02', valid_to: '2026-03-01' }], [/line 2, column valid_to: it is before valid_from/]],
      ['stock', [{ ...stock, on_hand: '-1' }], [/column on_hand: it must not be negative/]],
      ['stock', [{ ...stock, max: '1' }], [/column max: it is below min/]],
      ['stock', [stock, { ...stock, on_hand: '7' }], [/line 3, column location: the same location and item .*line 2/]],
      ['items', [itemRow('A'), itemRow('B'), itemRow('A')], [/line 4, column item: the same item .*line 2/]],
    ]
    for (const [table, rows, texts] of refused) {
      const answer = await h.ask({ op: 'load', table, rows, by: 'ann', source: 'f.csv' })
      t.is(answer.ok ? '' : answer.fault.code, 'BAD_VALUE')
      for (const text of texts) t.regex(answer.ok ? '' : answer.fault.text, text)
    }
    const many = await h.ask({ op: 'load', table: 'stock', rows: Array.from({ length: 30 }, () => ({ ...stock, min: 'x' })), by: 'ann', source: 'f.csv' })
    t.is((many.ok ? '' : many.fault.text).split('column min').length - 1, 20)
    t.is((await h.ask({ op: 'load', table: 'stock', rows: [{ ...stock, max: '0' }], by: 'ann', source: 'f.csv' })).ok, true)
  })

  test('stock is the sum of its movements, however often it is counted', async (t) => {
    const h = await open(t)
    await stocked(h)
    await load(h, 'stock', [{ location: 'OR1', item: 'IMP-1', on_hand: '37.5', min: '10', max: '50' }])
    t.deepEqual(await h.reader.stock({ item: 'IMP-1' }), [{ location: 'OR1', item: 'IMP-1', onHand: '37.5', min: '10', max: '50', onOrder: '0' }])
    t.is((await h.reader.masterData()).stock[0]?.['on_hand'], '37.5')
  })

  test('an item is found by any identifier that names it alone', async (t) => {
    const h = await open(t)
    await load(h, 'items', [itemRow('A', { gtin: '00844588003288', charge_code: 'CH1' }), itemRow('B', { charge_code: 'CH1' })])
    const clash = await h.ask({ op: 'load', table: 'items', rows: [itemRow('C', { gtin: '844588003288' })], by: 'ann', source: 'items.csv' })
    t.is(clash.ok ? '' : clash.fault.place, 'items.csv line 2 column gtin')
    t.deepEqual(
      (await h.reader.masterData()).items.map((row) => [row['item'], row['gtin']]),
      [
        ['A', '00844588003288'],
        ['B', ''],
      ],
    )
  })

  test('what waits for time says why, in the message and in the trace', async (t) => {
    const h = await open(t)
    await stocked(h)
    const id = idAt(h.clock)
    const body = JSON.stringify({ item: { code: 'IMP-1' }, location: 'OR1', wait: h.clock.now() + 1000 })
    await h.value(intakeOp(id, { ...forBridge, events: [event({ bridge: 'erp', body })] }))
    const [waits] = (await h.reader.message(id))?.events[0]?.waitsFor ?? []
    t.regex(String(waits), /^its time has not come \(looked at again by 2026-03-02T10:00:01/)
    t.true((await h.reader.trace(formatEventId(id, 'usage', 'FT1[1]'))).nodes.some((node) => node.label.includes('its time has not come')))
    h.clock.time += 2000
    await h.value({ op: 'tick' })
    t.deepEqual((await h.reader.message(id))?.events[0]?.waitsFor, [])
  })

  test('what waits for time is looked at by a store that was opened again', async (t) => {
    const h = await open(t)
    await stocked(h)
    const id = idAt(h.clock)
    await h.again({ reads: () => [], decide: () => ({ kind: 'later', until: 1, because: 'not now' }) })
    await h.value(intakeOp(id, forBridge))
    await h.again()
    await h.value({ op: 'tick' })
    t.deepEqual(await states(h, id), ['APPLIED'])
  })
}
