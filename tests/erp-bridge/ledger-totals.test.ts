import test from 'ava'
import { SCALE } from '../../channels/contract/index.ts'
import { only } from './purchase.ts'
import { createWorld, event, kindsOf, needsOf } from './world.ts'

const NONE = { item: undefined, quantity: undefined, location: undefined, case: undefined }
const COLUMNS = { company: 'H1', period: '2026-03', account: '5110', cost_centre: 'CC-7010', currency: 'USD', amount: '-90.255' }

const pulled = (attributes: Record<string, string>) =>
  event('MasterDataChanged', { ...NONE, table: 'ledger-totals', code: 'x', attributes }, { channel: 'bridge/pull', destination: 'cloud' })

test('R43: a total of the ERP’s ledger is kept with its sign and where it comes from, and the newest holds', (t) => {
  const world = createWorld()
  t.deepEqual(kindsOf(world.decide(pulled(COLUMNS))), [])
  const at = Date.UTC(2026, 2, 7)
  world.decide(pulled({ ...COLUMNS, amount: '12' }), { now: at })
  const { amount: _, ...columns } = COLUMNS
  t.deepEqual({ ...only(world.all('ledger_total')) }, { ...columns, amount: 12 * SCALE, destination: 'cloud', at })
  t.is(world.all('change').length, 0, 'a total has no history')
  world.decide(pulled({ ...COLUMNS, cost_centre: '' }))
  t.is(world.tables.ledger_total.get('H1|2026-03|5110||USD')!.amount, -90.255 * SCALE)
})

test('R43: a total without account, currency or a number is work for a person', (t) => {
  const world = createWorld()
  const wrong = pulled({ ...COLUMNS, account: '', currency: 'XX', amount: '1e3' })
  t.deepEqual(
    needsOf(world.decide(wrong)),
    ['account', 'currency', 'amount'].map((column) => `BAD_VALUE ${wrong.id}.attributes.${column}`),
  )
  t.is(world.all('ledger_total').length, 0)
})
