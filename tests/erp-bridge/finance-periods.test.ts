import test from 'ava'
import { bodyOf, createWorld, event, kindsOf, needsOf } from './world.ts'
import type { World } from './world.ts'

type Status = 'open' | 'closed' | 'future'
function period(world: World, ledger: string, name: string, from: string, to: string, status: Status, kind = 'standard', company = 'H1'): void {
  world.put('period', { company, ledger, period: name, valid_from: from, valid_to: to, kind, status })
}
/** 2026 to April, GL and INV: March is open. */
function year(march: Status = 'open', february: Status = 'closed'): World {
  const world = createWorld()
  for (const ledger of ['GL', 'INV']) {
    period(world, ledger, '2025-12', '2025-12-01', '2025-12-31', 'closed')
    period(world, ledger, '2025-13', '2025-12-31', '2025-12-31', 'open', 'adjustment')
    period(world, ledger, '2026-01', '2026-01-01', '2026-01-31', 'closed')
    period(world, ledger, '2026-02', '2026-02-01', '2026-02-28', february)
    period(world, ledger, '2026-03', '2026-03-01', '2026-03-31', march)
    period(world, ledger, '2026-04', '2026-04-01', '2026-04-30', 'future')
  }
  return world
}
const use = (occurredAt: string, body: Record<string, unknown> = {}) => event('SupplyUsed', { occurredAt, unitCost: { amount: '1', currency: 'USD' }, ...body })
const adjust = { policies: { periods: { '*': 'adjust' } } } as const

test('R35: without periods nothing is moved, and a day in an open period stays', (t) => {
  t.is(bodyOf(createWorld().decide(use('2026-02-10')), 'journal')['postingDate'], '2026-02-10')
  t.is(bodyOf(year().decide(use('2026-03-05')), 'journal')['postingDate'], '2026-03-05')
})

test('R35: adjust posts on the first day of the next open period, and the clinical date stays', (t) => {
  const world = year()
  const decision = world.decide(use('2026-02-10'), adjust)
  for (const kind of ['journal', 'goods-issue']) t.like(bodyOf(decision, kind), { documentDate: '2026-02-10', postingDate: '2026-03-01' })
  t.deepEqual(
    world.all('journal_line').map((line) => [line.day, line.posting_day]),
    [
      ['2026-02-10', '2026-03-01'],
      ['2026-02-10', '2026-03-01'],
    ],
  )
})

test('R35: with no later open period it is the last day of the one before, and with none open a person is asked', (t) => {
  t.is(bodyOf(year('closed', 'open').decide(use('2026-03-02'), adjust), 'journal')['postingDate'], '2026-02-28')
  t.deepEqual(needsOf(year('closed').decide(use('2026-02-10'), adjust)), ['PERIOD_CLOSED period:H1:INV:2026-02', 'PERIOD_CLOSED period:H1:GL:2026-02'])
})

test('R35: two open periods that begin on the same day are ambiguous, and nothing is chosen', (t) => {
  const world = year()
  period(world, 'GL', '2026-03B', '2026-03-01', '2026-03-15', 'open')
  t.deepEqual(needsOf(world.decide(use('2026-02-10'), adjust)), ['PERIOD_CLOSED period:H1:GL:2026-02'])
})

test('R35: hold waits and goes on by itself when the period opens; reject is the same to the ledger and says otherwise', (t) => {
  const world = year()
  const held = use('2026-02-10')
  const decision = world.decide(held)
  t.is(decision.kind === 'needs' && decision.needs.length, 2)
  t.true(decision.kind === 'needs' && decision.until !== undefined && decision.until > held.receivedAt)
  t.is(world.all('journal_line').length, 0)
  const rejected = world.decide(held, { policies: { periods: { '*': 'reject' } } })
  t.true(rejected.kind === 'needs' && rejected.needs.every((need) => need.text.includes('refuses')))
  for (const ledger of ['GL', 'INV']) period(world, ledger, '2026-02', '2026-02-01', '2026-02-28', 'open')
  t.is(bodyOf(world.decide(held), 'journal')['postingDate'], '2026-02-10')
})

test('R35: a release of the closed period posts on the first open day; a release of something else does not', (t) => {
  t.deepEqual(kindsOf(year().decide(use('2026-02-10', { released: 'ann: checked [EXPIRED_LOT]' }))), ['needs'])
  const decision = year().decide(use('2026-02-10', { released: 'ann: month is closed [PERIOD_CLOSED]' }))
  t.is(bodyOf(decision, 'journal')['postingDate'], '2026-03-01')
})

test('R35, R36: each ledger has its own status, and each kind of document its own policy', (t) => {
  const world = createWorld()
  period(world, 'GL', '2026-02', '2026-02-01', '2026-02-28', 'closed')
  period(world, 'GL', '2026-03', '2026-03-01', '2026-03-31', 'open')
  period(world, 'INV', '2026-02', '2026-02-01', '2026-02-28', 'open')
  const decision = world.decide(use('2026-02-10'), { policies: { periods: { journal: 'adjust', '*': 'hold' } } })
  t.is(bodyOf(decision, 'journal')['postingDate'], '2026-03-01')
  t.is(bodyOf(decision, 'goods-issue')['postingDate'], '2026-02-10')
})

test('R36: an adjustment period is never chosen, though it is open', (t) => {
  const decision = year().decide(use('2025-12-31'), adjust)
  t.is(bodyOf(decision, 'journal')['postingDate'], '2026-03-01')
})

test('R36: late usage that crosses the year’s end is told to subscribers, other moves are not', (t) => {
  const world = year()
  world.decide(use('2026-02-10'), adjust)
  const told = () => world.all('notice').filter((notice) => notice.type === 'posting.year-end')
  t.deepEqual(told(), [])
  world.decide(use('2025-12-30'), adjust)
  const notices = told()
  t.deepEqual(notices.map((notice) => JSON.parse(notice.body).kind).toSorted(), ['goods-issue', 'journal'])
  t.false(JSON.stringify(notices).includes('CASE-1'))
})

test('R33, R35: a reversal is posted in the period that is open by then, in the company of its original', (t) => {
  const world = createWorld()
  world.decide(use('2026-02-10', { quantity: { value: '2', unit: 'EA' } }))
  world.settle('SENT')
  for (const ledger of ['GL', 'INV']) {
    period(world, ledger, '2026-02', '2026-02-01', '2026-02-28', 'closed')
    period(world, ledger, '2026-03', '2026-03-01', '2026-03-31', 'open')
  }
  const reversal = event('SupplyReversed', { occurredAt: '2026-02-11' })
  t.deepEqual(kindsOf(world.decide(reversal)), ['needs'])
  const decision = world.decide(reversal, adjust)
  t.like(bodyOf(decision, 'journal'), { documentDate: '2026-02-11', postingDate: '2026-03-01', company: 'H1' })
  t.like(bodyOf(decision, 'goods-return'), { postingDate: '2026-03-01' })
})
