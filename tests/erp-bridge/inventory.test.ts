import test from 'ava'
import fc from 'fast-check'
import { SCALE } from '../../channels/contract/index.ts'
import type { BridgeEvent, Decision } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

function canonical(decision: Decision): void {
  if (decision.kind === 'applied') for (const document of decision.documents) documentSchemas[document.kind].parse(document.body)
}
function withPlaces(world: World = createWorld()): World {
  world.put('location', { location: 'STORE', department: '7010', status: 'active', kind: 'storage' })
  world.put('location', { location: 'CART', department: '7010', status: 'active', kind: 'par' })
  return world
}
function balanceOf(world: World, location: string, item: string, owner = ''): number {
  return world
    .all('balance')
    .filter((row) => row.location === location && row.item === item && row.owner === owner)
    .reduce((sum, row) => sum + row.on_hand, 0)
}

test('stock that moves leaves one place and comes to another, and the ERP is told', (t) => {
  const world = withPlaces()
  const decision = world.decide(event('StockMoved', { toLocation: 'STORE', quantity: { value: '1', unit: 'BX' }, lot: 'L1' }))
  canonical(decision)
  t.deepEqual(kindsOf(decision), ['stock-transfer'])
  t.like(bodyOf(decision, 'stock-transfer'), { from: 'OR-1', to: 'STORE', documentDate: '2026-03-01' })
  t.like(bodyOf(decision, 'stock-transfer').lines[0], { quantity: '10', lot: 'L1' })
  t.is(world.stock()?.on_hand, 90 * SCALE)
  t.is(world.stock('STORE')?.on_hand, 10 * SCALE)
})

test('a move that leads nowhere, back, or from an unknown place waits', (t) => {
  const nowhere = event('StockMoved')
  t.deepEqual(needsOf(withPlaces().decide(nowhere)), [`UNKNOWN_LOCATION ${nowhere.id}`])
  const back = event('StockMoved', { toLocation: 'OR-1' })
  t.deepEqual(needsOf(withPlaces().decide(back)), [`BAD_VALUE ${back.id}.toLocation`])
  t.deepEqual(needsOf(withPlaces().decide(event('StockMoved', { toLocation: 'XX' }))), ['UNKNOWN_LOCATION location:XX'])
})

test('R28: where the ERP keeps the stock of a flow, moves and counts of it are its own', (t) => {
  const policies = { owners: { consigned: { stock: 'erp' } } } as const
  const world = withPlaces()
  t.deepEqual(kindsOf(world.decide(event('StockMoved', { toLocation: 'STORE', owner: 'V-1' }), { policies })), [])
  t.deepEqual(kindsOf(world.decide(event('StockCounted', { owner: 'V-1' }), { policies })), [])
  t.deepEqual(kindsOf(world.decide(event('StockMoved', { toLocation: 'STORE' }), { policies })), ['stock-transfer'])
  t.is(world.all('balance').filter((row) => row.owner !== '').length, 0)
})

test('R10: a move that leaves a place low orders for it', (t) => {
  const world = withPlaces()
  const decision = world.decide(event('StockMoved', { toLocation: 'STORE', quantity: { value: '60', unit: 'EA' } }))
  t.deepEqual(kindsOf(decision), ['stock-transfer', 'requisition'])
})

test('the difference that a count finds is a movement and a document; none is a movement of none', (t) => {
  const world = withPlaces()
  const less = world.decide(event('StockCounted', { quantity: { value: '97', unit: 'EA' } }))
  canonical(less)
  t.like(bodyOf(less, 'stock-adjustment').lines[0], { direction: 'out', quantity: '3' })
  t.is(world.stock()?.on_hand, 97 * SCALE)
  t.deepEqual(kindsOf(world.decide(event('StockCounted', { quantity: { value: '97', unit: 'EA' } }))), [])
  t.like(bodyOf(world.decide(event('StockCounted', { quantity: { value: '10', unit: 'BX' } })), 'stock-adjustment').lines[0], {
    direction: 'in',
    quantity: '3',
  })
  t.is(world.all('movement').filter((row) => row.kind === 'count').length, 3)
})

test('a count of nothing is a count; one of an old day counts back over what moved since; a very old one is asked for again', (t) => {
  const world = withPlaces()
  world.decide(event('SupplyUsed', { occurredAt: '2026-03-04', quantity: { value: '5', unit: 'EA' } }))
  const old = world.decide(event('StockCounted', { occurredAt: '2026-03-02', quantity: { value: '98', unit: 'EA' } }))
  t.like(bodyOf(old, 'stock-adjustment').lines[0], { direction: 'out', quantity: '2' })
  t.is(world.stock()?.on_hand, 93 * SCALE)
  world.decide(event('StockCounted', { occurredAt: '2026-03-06', quantity: { value: '0', unit: 'EA' } }))
  t.is(world.stock()?.on_hand, 0)
  const ancient = event('StockCounted', { occurredAt: '2026-01-02' })
  t.deepEqual(needsOf(world.decide(ancient)), [`BAD_VALUE ${ancient.id}.occurredAt`])
})

test('a count of one lot corrects that lot alone', (t) => {
  const world = withPlaces()
  for (const lot of ['A', 'B']) world.decide(event('SupplyReceived', { lot, quantity: { value: '10', unit: 'EA' } }))
  world.decide(event('StockCounted', { lot: 'B', quantity: { value: '7', unit: 'EA' } }))
  t.is(world.tables.balance.get('OR-1|SUT-1|A||')?.on_hand, 10 * SCALE)
  t.is(world.tables.balance.get('OR-1|SUT-1|B||')?.on_hand, 7 * SCALE)
  t.is(world.stock()?.on_hand, 117 * SCALE)
})

test('R9: a counted PAR location is filled up to its PAR in units of issue, and nothing is booked', (t) => {
  const world = withPlaces()
  world.put('stock', { location: 'CART', item: 'SUT-1', par: 50 * SCALE, multiple: 10 * SCALE })
  const decision = world.decide(event('StockCounted', { location: 'CART', quantity: { value: '27', unit: 'EA' } }))
  canonical(decision)
  t.deepEqual(kindsOf(decision), ['requisition'])
  t.is(bodyOf(decision, 'requisition')['reason'], 'par')
  t.is(bodyOf(decision, 'requisition').lines[0]?.['quantity'], '30')
  t.is(world.all('movement').length, 0)
  t.like(world.stock('CART'), { on_hand: 0, on_order: 30 * SCALE })
  t.deepEqual(kindsOf(world.decide(event('StockCounted', { location: 'CART', quantity: { value: '50', unit: 'EA' } }))), [])
})

test('R9, R11: a second count before anything is ordered replaces the first', (t) => {
  const policies = { requisitions: { gatherMs: 60_000, gatherCaseMs: 0, replenishConsigned: false, when: 'at-or-below' } } as const
  const world = withPlaces()
  world.put('stock', { location: 'CART', item: 'SUT-1', par: 50 * SCALE })
  for (const value of ['20', '30']) world.decide(event('StockCounted', { location: 'CART', quantity: { value, unit: 'EA' } }), { policies })
  const open = world.all('demand_line').filter((line) => line.open === 1)
  t.deepEqual(
    open.map((line) => line.quantity),
    [20 * SCALE],
  )
})

test('R7: consigned goods come in without value, are their supplier’s, and leave its balance when they are used', (t) => {
  const world = withPlaces()
  const received = world.decide(event('SupplyReceived', { item: { code: 'CON-1' }, lot: 'L1', quantity: { value: '3', unit: 'EA' } }))
  t.deepEqual(kindsOf(received), [], 'neither liability nor value at receipt')
  t.is(balanceOf(world, 'OR-1', 'CON-1', 'V-1'), 3 * SCALE)
  const used = world.decide(event('SupplyUsed', { item: { code: 'CON-1' }, lot: 'L1', quantity: { value: '1', unit: 'EA' } }))
  t.deepEqual(kindsOf(used), ['goods-issue', 'journal'])
  t.is(world.tables.balance.get('OR-1|CON-1|L1||V-1')?.on_hand, 2 * SCALE)
  t.is(world.stock('OR-1', 'CON-1'), undefined, 'no stock of the hospital')
})

test('owned goods that come in lower what is on order', (t) => {
  const world = withPlaces()
  world.put('stock', { ...world.stock()!, on_order: 10 * SCALE })
  world.decide(event('SupplyReceived', { quantity: { value: '4', unit: 'EA' }, expiry: '2027-01-01', lot: 'L7' }))
  t.like(world.stock(), { on_hand: 104 * SCALE, on_order: 6 * SCALE })
})

test('goods that came in and are told no more go out again, and order nothing anew', (t) => {
  const world = withPlaces()
  world.put('stock', { ...world.stock()!, on_order: 10 * SCALE })
  world.decide(event('SupplyReceived', { quantity: { value: '4', unit: 'EA' }, lot: 'L7' }))
  const back = world.decide(event('SupplyReceived', { quantity: { value: '4', unit: 'EA' }, lot: 'L7', reverses: [{ by: 'event', value: 'm1' }] }))
  t.deepEqual(kindsOf(back), [])
  t.like(world.stock(), { on_hand: 100 * SCALE, on_order: 6 * SCALE })
  t.is(world.tables.balance.get('OR-1|SUT-1|L7||')?.on_hand ?? 0, 0)
})

test('R6: an unopened item that is returned is a reversal of its use; waste posts to the waste account and orders nothing', (t) => {
  const world = withPlaces()
  world.decide(event('SupplyUsed', {}, { businessKey: 'U1' }))
  world.settle('SENT')
  const returned = world.decide(event('SupplyReturned', {}, { businessKey: 'U1' }))
  t.deepEqual(kindsOf(returned), ['goods-return', 'journal'])
  t.is(world.stock()?.on_hand, 100 * SCALE)
  t.deepEqual(kindsOf(world.decide(event('SupplyWasted'))), ['goods-issue', 'journal'])
})

const HIP = { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' } }

test('R5: a recalled or quarantined lot is a matter of patient safety, and a named release lets it go on', (t) => {
  for (const status of ['recalled', 'quarantined']) {
    const world = createWorld()
    world.put('lot', { item: 'HIP-1', lot: 'BAD', status, reason: 'FSN 26-12' })
    const use = event('SupplyUsed', { ...HIP, lot: 'BAD' })
    const decision = world.decide(use)
    t.deepEqual(needsOf(decision), [`RECALLED_LOT ${use.id}`])
    if (decision.kind !== 'needs') return
    t.is(decision.needs[0]?.weight?.care, 3)
    t.regex(decision.needs[0]?.text ?? '', /FSN 26-12/)
    t.is(world.decide({ ...use, body: { ...use.body, released: 'ann: checked [EXPIRED_LOT]' } }).kind, 'needs', 'a release of another kind is none')
    t.is(world.decide({ ...use, body: { ...use.body, released: 'ann: checked [RECALLED_LOT]' } }).kind, 'applied')
  }
})

test('R5: a recalled lot is found however its number is written', (t) => {
  for (const loaded of ['RC1', 'rc1', ' Rc 1']) {
    const world = createWorld()
    const row = { item: 'HIP-1', lot: loaded, status: 'recalled' }
    t.is(world.decide(event('MasterDataChanged', { code: 'HIP-1', table: 'lots', attributes: row })).kind, 'applied')
    for (const field of ['lot', 'serial'])
      for (const sent of ['RC1', 'rc1', ' RC1', 'RC1 ', 'rC 1', 'RC\u00A01']) {
        const use = event('SupplyUsed', { ...HIP, [field]: sent })
        t.true(needsOf(world.decide(use)).includes(`RECALLED_LOT ${use.id}`), `${field} ${sent} for ${loaded}`)
      }
    t.is(world.decide(event('SupplyUsed', { ...HIP, lot: 'RC12' })).kind, 'applied')
  }
  const old = createWorld()
  old.put('lot', { item: 'HIP-1', lot: 'rc1', status: 'recalled' })
  t.is(old.decide(event('SupplyUsed', { ...HIP, lot: 'rc1' })).kind, 'needs')
})

test('R5: the expiry that the lot master knows counts when the event says none; a release names the kind', (t) => {
  const world = createWorld()
  world.put('lot', { item: 'HIP-1', lot: 'OLD', expiry: '2026-02-01' })
  const use = event('SupplyUsed', { ...HIP, lot: 'OLD' })
  const decision = world.decide(use)
  t.deepEqual(needsOf(decision), [`EXPIRED_LOT ${use.id}`])
  t.is(decision.kind === 'needs' && decision.needs[0]?.weight?.care, 3)
  t.is(world.decide({ ...use, body: { ...use.body, released: 'ann: implanted, patient told [EXPIRED_LOT RECALLED_LOT]' } }).kind, 'applied')
})

test('R5: a lot that a person corrected wins over the one that was scanned', (t) => {
  const use = event('SupplyUsed', { ...HIP, lot: 'L2', udi: { carrier: 'x', lot: 'L1' } })
  t.deepEqual(needsOf(createWorld().decide(use)), [`BAD_VALUE ${use.id}.lot`])
  const decision = createWorld().decide({ ...use, corrected: ['lot'] })
  t.is(bodyOf(decision, 'purchase-order').lines[0]?.['lot'], 'L2')
})

test('every bad value of an event is an item of its own', (t) => {
  const use = event('SupplyUsed', { ...HIP, lot: 'L\u0007', expiry: 'never', quantity: { value: 'two', unit: 'EA' }, occurredAt: '2026-03' })
  t.deepEqual(
    needsOf(createWorld().decide(use)),
    ['occurredAt', 'quantity', 'lot', 'expiry'].map((field) => `BAD_VALUE ${use.id}.${field}`),
  )
})

const ITEMS = ['SUT-1', 'CON-1', 'GLUE-1']
const step = fc.record({
  type: fc.constantFrom('SupplyUsed', 'SupplyWasted', 'SupplyReversed', 'SupplyReturned', 'StockMoved', 'StockCounted', 'SupplyReceived'),
  item: fc.constantFrom(...ITEMS),
  value: fc.integer({ min: 1, max: 9 }),
  lot: fc.constantFrom('', 'A', 'B'),
  key: fc.constantFrom('K1', 'K2', 'K3'),
  day: fc.integer({ min: 1, max: 5 }),
  settle: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function eventOf(of: Step): BridgeEvent {
  const owner = of.item === 'CON-1' && of.type.startsWith('Stock') ? 'V-1' : undefined
  const unit = of.item === 'GLUE-1' ? 'ML' : 'EA'
  const lot = of.lot === '' ? undefined : of.lot
  const body = {
    item: { code: of.item },
    quantity: { value: String(of.value), unit },
    lot,
    toLocation: 'STORE',
    owner,
    occurredAt: `2026-03-0${String(of.day)}`,
  }
  return event(of.type, body, { businessKey: of.type.startsWith('Stock') || of.type === 'SupplyReceived' ? '' : `${of.key}${of.item}` })
}

test('on hand is the sum of its movements, in stock and in balances, whatever happens in whatever order', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const world = withPlaces()
      const start = world.stock()!.on_hand
      for (const one of steps) {
        world.decide(eventOf(one))
        if (one.settle) world.settle('SENT')
      }
      for (const item of ITEMS) {
        for (const location of ['OR-1', 'STORE']) {
          for (const owner of ['', 'V-1']) {
            const sum = world
              .all('movement')
              .filter((row) => row.location === location && row.item === item && row.owner === owner)
              .reduce((total, row) => total + row.quantity, 0)
            t.is(balanceOf(world, location, item, owner), sum)
            const loaded = location === 'OR-1' && item === 'SUT-1' ? start : 0
            if (owner === '') t.is(world.stock(location, item)?.on_hand ?? 0, sum + loaded)
          }
        }
      }
    }),
    { numRuns: 60 },
  )
})

for (const gatherMs of [0, 60_000]) {
  test(`a use and its reversal leave nothing: stock, balance, demand (${gatherMs === 0 ? 'at once' : 'gathered'})`, (t) => {
    const policies = { requisitions: { gatherMs, gatherCaseMs: gatherMs, replenishConsigned: true, when: 'at-or-below' } } as const
    fc.assert(
      fc.property(fc.constantFrom('SUT-1', 'CON-1', 'HIP-1', 'REP-1'), fc.integer({ min: 1, max: 90 }), fc.boolean(), (code, value, sent) => {
        const world = withPlaces()
        const of = { item: { code }, quantity: { value: String(value), unit: 'EA' }, lot: 'L1' }
        world.decide(event('SupplyUsed', of, { businessKey: 'K' }), { policies })
        if (sent) world.settle('SENT')
        t.is(world.decide(event('SupplyReversed', of, { businessKey: 'K' }), { policies }).kind, 'applied')
        t.is(world.stock()?.on_hand, 100 * SCALE)
        t.true(world.all('balance').every((row) => row.on_hand === 0))
        if (!sent) {
          t.is(world.stock()?.on_order, 0)
          t.true(world.all('demand_line').every((line) => line.open === 0))
          t.true(world.all('order_line').every((line) => line.quantity === 0))
        }
        t.true(world.all('document').every((document) => sent || document.state === 'CANCELLED'))
      }),
      { numRuns: 60 },
    )
  })
}

test('R11: whatever is used and decided again, demand is there once for each time that stock was low', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }), (values) => {
      const world = withPlaces()
      const uses = values.map((value) => event('SupplyUsed', { quantity: { value: String(value), unit: 'EA' } }))
      for (const use of uses) {
        world.decide(use)
        world.decide(use)
      }
      for (const use of uses) t.deepEqual(kindsOf(world.decide(use)), [])
      const ordered = world.all('demand_line').reduce((sum, line) => sum + line.quantity, 0)
      t.is(world.stock()?.on_order, ordered)
      t.true((world.stock()?.on_hand ?? 0) + ordered > 40 * SCALE || ordered === 0)
      t.is(new Set(world.all('demand_line').map((line) => `${String(line.message)}.${String(line.n)}`)).size, world.all('demand_line').length)
    }),
    { numRuns: 60 },
  )
})
