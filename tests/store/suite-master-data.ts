/** What a store must do on every database: master data of every table, with its history. */
import type { TestFn } from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import type { EventRecord, FailureCode, LoadTable, Read } from '../../channels/contract/index.ts'
import { idAt, intakeOp, itemRow, openItems, states } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import type { Open } from './suite.ts'
import { tells, toldBridge } from './told.ts'
import type { Told } from './told.ts'

type Rows = readonly Readonly<Record<string, string>>[]

export function masterDataSuite(test: TestFn, open: Open): void {
  const load = (h: Harness, table: LoadTable, rows: Rows, source = 'a.csv') => h.value({ op: 'load', table, rows, by: 'ann', source })
  const changes = async (h: Harness, table: string) =>
    [...(await h.reader.rows({ table: 'change', where: { table_name: table } })).items]
      .sort((a, b) => a.line - b.line)
      .map((row) => [row.row_key, row.field, row.before, row.after, row.source])

  test('every table that can be loaded can be read back as it was loaded', async (t) => {
    const h = await open(t)
    const span = { valid_from: '2026-01-01', valid_to: '2026-12-31' }
    const rows: Readonly<Partial<Record<LoadTable, Readonly<Record<string, string>>>>> = {
      contracts: { contract: 'C1', supplier: 'S1', name: 'Implants', status: 'active', ...span },
      'service-lines': { service_line: 'ORTHO', name: 'Orthopaedics', status: 'active' },
      accounts: { account: '5100', name: 'Implants', status: 'blocked', kind: 'expense', company: '1' },
      'cost-rules': { basis: 'performer', value: 'DR-7', cost_centre: '7010', service_line: 'ORTHO', ...span },
      'cost-splits': { cost_centre: '7000', target: '7010', service_line: 'ORTHO', share: '100', ...span },
      lots: { item: 'IMP-1', lot: 'L1', expiry: '2027-01-31', status: 'recalled', reason: 'letter 7' },
      periods: { company: '1', ledger: 'AP', period: '2026-03', valid_from: '2026-03-01', valid_to: '2026-03-31', kind: 'standard', status: 'closed' },
      suppliers: { supplier: 'S1', name: 'One', status: 'active', currency: 'USD', parent: 'S0', tax_id: '7', postcode: '90210', transmission: 'x12' },
      locations: { location: 'OR1', name: 'Room', department: 'OR', status: 'active', parent: 'MAIN', kind: 'point-of-use', company: '1' },
      departments: { department: 'OR', name: 'OR', cost_centre: '7010', service_line: 'ORTHO', company: '1' },
      'cost-centres': { cost_centre: '7010', name: 'OR', status: 'active', company: '1', ...span },
      prices: { item: 'IMP-1', supplier: 'S1', unit: 'EA', price: '12.5', currency: 'USD', contract: 'C1', ...span },
      stock: { location: 'OR1', item: 'IMP-1', on_hand: '4', min: '1', max: '5', multiple: '2', par: '3', min_order: '2' },
      items: itemRow('IMP-1', { substitute: 'IMP-2' }),
    }
    for (const [table, row] of Object.entries(rows)) await load(h, table as LoadTable, [row])
    const known = await h.reader.masterData()
    for (const [table, row] of Object.entries(rows)) t.deepEqual(known[table as LoadTable], [row], table)
  })

  test('R5: lots are kept in upper case without white space, and twice the same number is refused', async (t) => {
    const h = await open(t)
    await load(h, 'lots', [{ item: 'IMP-1', lot: ' rc 1', expiry: '', status: 'recalled', reason: '' }])
    t.deepEqual(
      (await h.reader.rows({ table: 'lot' })).items.map((row) => [row.lot, row.status]),
      [['RC1', 'recalled']],
    )
    await t.throwsAsync(
      load(h, 'lots', [
        { item: 'A', lot: 'x1', status: 'recalled' },
        { item: 'A', lot: 'X1 ', status: '' },
      ]),
      { message: /the same item and lot/ },
    )
  })

  test('a column that a file leaves out keeps what is known; one that is empty empties it', async (t) => {
    const h = await open(t)
    const whole = { supplier: 'S1', name: 'One', status: 'active', currency: 'USD', parent: 'S0', tax_id: '7', postcode: '', transmission: '' }
    await load(h, 'suppliers', [whole])
    await load(h, 'suppliers', [{ supplier: 'S1', name: 'Uno', status: 'active', currency: 'USD', tax_id: '' }])
    t.like((await h.reader.masterData()).suppliers[0], { name: 'Uno', parent: 'S0', tax_id: '' })
  })

  test('what a load changes is in the history field by field, with its file; what it leaves is not', async (t) => {
    const h = await open(t)
    const row = { contract: 'C1', supplier: 'S1', name: 'Implants', status: 'active', valid_from: '2026-01-01', valid_to: '' }
    await load(h, 'contracts', [row])
    await load(h, 'contracts', [row], 'same.csv')
    h.clock.time += 5
    await load(h, 'contracts', [{ ...row, name: 'Hips', status: 'blocked' }], 'b.csv')
    t.deepEqual(await changes(h, 'contract'), [
      ['C1', '', '', 'new', 'file:a.csv'],
      ['C1', 'name', 'Implants', 'Hips', 'file:b.csv'],
      ['C1', 'status', 'active', 'blocked', 'file:b.csv'],
    ])
    const price = { item: 'A', supplier: '', unit: 'EA', price: '1.50', currency: 'USD', valid_from: '', valid_to: '' }
    await load(h, 'prices', [price])
    await load(h, 'prices', [{ ...price, price: '1.75' }])
    t.deepEqual((await changes(h, 'price'))[1], ['A||EA|0001-01-01', 'price', '1.5', '1.75', 'file:a.csv'])
    await load(h, 'items', [itemRow('A', { gtin: '00844588003288' })])
    await load(h, 'items', [itemRow('A')])
    t.deepEqual((await changes(h, 'item')).at(-1), ['A', 'gtin', '00844588003288', '', 'file:a.csv'])
  })

  test('two changes of one field in the same moment are both in the history', async (t) => {
    const h = await open(t)
    for (const name of ['a', 'b', 'c']) await load(h, 'service-lines', [{ service_line: 'X', name, status: '' }])
    t.deepEqual(
      (await changes(h, 'service_line')).map((row) => row[3]),
      ['new', 'b', 'c'],
    )
  })

  test('R25: shares of one cost centre and start that do not total 100 % are refused with their place', async (t) => {
    const h = await open(t)
    const split = (cost_centre: string, target: string, share: string, more: Readonly<Record<string, string>> = {}) => ({
      cost_centre,
      target,
      service_line: '',
      share,
      valid_from: '2026-01-01',
      valid_to: '',
      ...more,
    })
    const refused: readonly (readonly [Rows, RegExp])[] = [
      [[split('A', 'X', '60'), split('B', 'X', '60'), split('B', 'Y', '40')], /line 2, column share: .*cost centre A .* total 60 %/],
      [[split('B', 'X', '100'), split('A', 'X', '60'), split('A', 'Y', '40.0001')], /line 3, column share: .* 100\.0001 %/],
      [[split('A', 'X', '0'), split('A', 'Y', '100')], /line 2, column share: a percentage above 0/],
      [[split('A', 'X', '60', { valid_to: '2026-06-30' }), split('A', 'Y', '40')], /column valid_to: .*end together/],
      [[split('A', 'X', '50'), split('A', 'X', '50')], /line 3, column cost_centre: the same/],
    ]
    for (const [rows, text] of refused) {
      const answer = await h.ask({ op: 'load', table: 'cost-splits', rows, by: 'ann', source: 'splits.csv' })
      t.regex(answer.ok ? '' : answer.fault.text, text)
    }
    t.deepEqual((await h.reader.masterData())['cost-splits'], [])
    await load(h, 'cost-splits', [split('A', 'X', '33.3333'), split('A', 'Y', '33.3333'), split('A', 'Z', '33.3334')])
    await load(h, 'cost-splits', [split('A', 'X', '70'), split('A', 'Z', '30')])
    t.deepEqual(
      (await h.reader.masterData())['cost-splits'].map((row) => [row['target'], row['share']]),
      [
        ['X', '70'],
        ['Z', '30'],
      ],
    )
  })

  test('counted stock is the sum of its movements also by lot', async (t) => {
    const h = await open(t)
    const row = { location: 'OR1', item: 'A', min: '0', max: '0' }
    await load(h, 'stock', [{ ...row, on_hand: '7' }])
    await h.again(toldBridge)
    const used = [
      ['movement', { line: 1, location: 'OR1', item: 'A', lot: 'L1', quantity: -2 * SCALE, kind: 'issue', day: '2026-03-02' }],
      ['balance', { location: 'OR1', item: 'A', lot: 'L1', on_hand: -2 * SCALE }],
      ['stock', { location: 'OR1', item: 'A', on_hand: 5 * SCALE }],
    ] as const
    await h.value(intakeOp(idAt(h.clock), tells({ rows: used })))
    await load(h, 'stock', [{ ...row, on_hand: '9.5' }])
    await load(h, 'stock', [{ ...row, on_hand: '9.5' }])
    const sum = (rows: readonly { readonly quantity: number; readonly lot: string }[], lot: string) =>
      rows.filter((each) => each.lot === lot).reduce((total, each) => total + each.quantity, 0)
    const movements = (await h.reader.rows({ table: 'movement' })).items
    const balances = (await h.reader.rows({ table: 'balance' })).items
    t.deepEqual(
      balances.map((each) => [each.lot, each.on_hand]),
      [
        ['', sum(movements, '')],
        ['L1', sum(movements, 'L1')],
      ],
    )
    t.is(
      balances.reduce((total, each) => total + each.on_hand, 0),
      9.5 * SCALE,
    )
    t.is((await h.reader.stock({}))[0]?.onHand, '9.5')
    t.is(movements.length, 3)
  })

  test('a period that is opened lets go what waited for it', async (t) => {
    const h = await open(t)
    await h.again(toldBridge)
    const unless = { table: 'period', finder: null, values: ['1', 'GL', '2026-03'] } as const
    await h.value(intakeOp(idAt(h.clock), tells({ needs: [{ kind: 'PERIOD_CLOSED', unless }] })))
    t.is((await openItems(h)).length, 1)
    const row = { company: '1', ledger: '', period: '2026-03', valid_from: '2026-03-01', valid_to: '2026-03-31', kind: '', status: '' }
    t.deepEqual(await load(h, 'periods', [row]), { loaded: 1, closed: 1, resumed: 1 })
  })

  const changed = (table: string, rows: Told['rows'] = []) => [...rows, ['change', { table_name: table, row_key: 'X', field: 'name', at: 1, line: 1 }]] as const
  const waitsFor = (kind: FailureCode, unless: Read, subject: string) => tells({ needs: [{ kind, unless, subject }] }, `case-${subject}`)

  test('a row of master data that an event changes lets go what waits for its table', async (t) => {
    const h = await open(t)
    await h.again(toldBridge)
    const cases = [
      ['UNKNOWN_ITEM', 'item', { item: 'A' }, ['A']],
      ['RECALLED_LOT', 'lot', { item: 'A', lot: 'L1' }, ['A', 'L1']],
      ['EXPIRED_LOT', 'lot', { item: 'A', lot: 'L2' }, ['A', 'L2']],
      ['PERIOD_CLOSED', 'period', { company: '1', ledger: 'GL', period: '2026-03' }, ['1', 'GL', '2026-03']],
      ['UNKNOWN_SUPPLIER', 'supplier', { supplier: 'S' }, ['S']],
      ['UNKNOWN_LOCATION', 'location', { location: 'OR' }, ['OR']],
    ] as const
    for (const [kind, table, row, values] of cases) {
      const id = idAt(h.clock)
      await h.value(intakeOp(id, waitsFor(kind, { table, finder: null, values }, kind)))
      t.deepEqual(await states(h, id), ['WAITING'], kind)
      await h.value(intakeOp(idAt(h.clock), tells({ rows: changed(table, [[table, row]]) }, 'master')))
      t.deepEqual(await states(h, id), ['APPLIED'], kind)
      t.deepEqual(await openItems(h), [], kind)
    }
  })

  test('what waits for another table, or for nothing that changed, is not looked at again', async (t) => {
    const h = await open(t)
    let decided = 0
    await h.again({ ...toldBridge, decide: (of, rows, context) => (++decided, toldBridge.decide(of, rows, context)) })
    const item = { table: 'item', finder: null, values: ['A'] } as const
    const waiting = idAt(h.clock)
    await h.value(intakeOp(waiting, waitsFor('UNKNOWN_ITEM', item, 'item:A')))
    t.is(decided, 1)
    await h.value(intakeOp(idAt(h.clock), tells({ rows: changed('supplier') }, 'master')))
    await h.value(intakeOp(idAt(h.clock), tells({ rows: [['item', { item: 'B' }]] }, 'master')))
    t.is(decided, 3)
    // Its table changed, and it is not the row: it is asked once and waits on under its item.
    await h.value(intakeOp(idAt(h.clock), tells({ rows: changed('item', [['item', { item: 'C' }]]) }, 'master')))
    t.is(decided, 5)
    t.deepEqual(await states(h, waiting), ['WAITING'])
    t.deepEqual(
      (await openItems(h)).map((each) => [each.kind, each.subject]),
      [['UNKNOWN_ITEM', 'item:A']],
    )
  })

  test('many changes of one message look at what waits once', async (t) => {
    const h = await open(t)
    let decided = 0
    await h.again({ ...toldBridge, decide: (of, rows, context) => (++decided, toldBridge.decide(of, rows, context)) })
    await h.value(intakeOp(idAt(h.clock), waitsFor('UNKNOWN_ITEM', { table: 'item', finder: null, values: ['A'] }, 'item:A')))
    const change = (n: number) =>
      ({ ...tells({ rows: changed('item', [['item', { item: `I${String(n)}` }]]) }).events?.[0], n, anchor: String(n) }) as EventRecord
    await h.value(intakeOp(idAt(h.clock), { deliveries: [], events: Array.from({ length: 600 }, (_, i) => change(i + 1)) }))
    t.is(decided, 1 + 600 + 1)
  })

  const named = async (h: Harness) =>
    (await h.reader.rows({ table: 'identifier' })).items.filter((row) => row.scheme !== 'item').map((row) => `${row.scheme} ${row.value} ${row.item}`)

  test('R40: a loaded item is also called by its catalogue number without punctuation', async (t) => {
    const h = await open(t)
    await load(h, 'items', [itemRow('A', { vendor_catalog: 'mo-00/48' })])
    t.deepEqual(await named(h), ['norm MO0048 A', 'vendor mo-00/48 A'])
    await load(h, 'items', [itemRow('A', { vendor_catalog: '0077-X' })])
    t.deepEqual(await named(h), ['norm 77X A', 'vendor 0077-X A'])
    await load(h, 'items', [itemRow('SUT-30', { charge_code: 'CH 9' })])
    t.deepEqual(await named(h), ['charge CH 9 SUT-30', 'norm 77X A', 'norm CH9 SUT-30', 'norm SUT30 SUT-30', 'vendor 0077-X A'])
  })

  test('R40: a catalogue number of several items names none, until it is of one again', async (t) => {
    const h = await open(t)
    await load(h, 'items', [itemRow('A', { vendor_catalog: 'MO-1' })])
    await load(h, 'items', [itemRow('B', { vendor_catalog: 'MO1' }), itemRow('C', { vendor_catalog: 'MO-1' })])
    t.deepEqual(await named(h), ['norm MO1 ', 'vendor MO-1 ', 'vendor MO1 B'])
    await load(h, 'items', [itemRow('C', { vendor_catalog: 'ZZ' })])
    t.deepEqual(await named(h), ['norm MO1 ', 'norm ZZ C', 'vendor MO-1 A', 'vendor MO1 B', 'vendor ZZ C'])
    await load(h, 'items', [itemRow('A', { vendor_catalog: '' })])
    t.deepEqual(await named(h), ['norm MO1 B', 'norm ZZ C', 'vendor MO1 B', 'vendor ZZ C'])
  })
}
