import test from 'ava'
import fc from 'fast-check'
import type { Decision } from '../../channels/contract/index.ts'
import { documentSchemas } from '../../canonical/schemas/index.ts'
import { createWorld, event, kindsOf } from './world.ts'
import type { World } from './world.ts'

const policies = { journalPer: 'case' } as const
const decide = (world: World, type: string, body: Record<string, unknown> = {}) => world.decide(event(type, body), { policies })

/** Lets the timer of the case fire. */
function fire(world: World, due?: number): Decision {
  const timer = world.all('timer').find((one) => one.name === 'journal')!
  const body = { name: 'journal', subject: timer.subject, due: String(due ?? timer.due), occurredAt: '' }
  return world.decide(event('TimerFired', body, { caseKey: '' }), { policies })
}
function linesOf(decision: Decision): string[][] {
  if (decision.kind !== 'applied') throw new Error(decision.kind)
  return decision.documents.map(({ kind, body }) => {
    documentSchemas[kind].parse(body)
    return (body as { lines: { side: string; account: string; amount: string }[] }).lines.map((line) => `${line.side} ${line.account} ${line.amount}`)
  })
}

test('R27: per case, the lines wait for the timer and become one journal; each stays with the use that it is of', (t) => {
  const world = createWorld()
  t.deepEqual(kindsOf(decide(world, 'SupplyUsed')), ['goods-issue'])
  decide(world, 'SupplyUsed', { item: { code: 'CON-1' } })
  t.deepEqual(world.all('journal_line'), [])
  const [timer] = world.all('timer').filter((one) => one.name === 'journal')
  t.like(timer, { subject: 'CASE-1', due: Date.UTC(2026, 2, 6) + 300_000 })
  const decision = fire(world)
  t.deepEqual(linesOf(decision), [['debit 5120 24.69', 'credit 1410 24.69', 'debit 5110 24.69', 'credit 2110 24.69']])
  t.is(decision.kind === 'applied' && decision.documents[0]!.body['case'], 'CASE-1')
  t.deepEqual(new Set(world.all('journal_line').map((line) => line.message)), new Set(world.all('usage').map((usage) => usage.message)))
  t.is(new Set(world.all('journal_line').map((line) => line.document)).size, 1)
})

test('R27: a timer that fires again, or that was set anew, makes nothing; what comes later gets a journal of its own', (t) => {
  const world = createWorld()
  decide(world, 'SupplyUsed')
  const { due } = world.all('timer').find((one) => one.name === 'journal')!
  fire(world)
  t.deepEqual(kindsOf(fire(world, due)), [])
  decide(world, 'SupplyUsed')
  t.deepEqual(kindsOf(fire(world, 1)), [])
  t.deepEqual(linesOf(fire(world)), [['debit 5120 24.69', 'credit 1410 24.69']])
})

test('R33: what is taken back before the journal of the case leaves no journal', (t) => {
  const world = createWorld()
  decide(world, 'SupplyUsed')
  decide(world, 'SupplyReversed', { occurredAt: '2026-03-02' })
  t.deepEqual(linesOf(fire(world)), [])
})

test('R27: an event without a case has a journal of its own at once', (t) => {
  const world = createWorld()
  const decision = world.decide(event('SupplyUsed', { case: undefined }, { caseKey: '' }), { policies })
  t.deepEqual(kindsOf(decision), ['goods-issue', 'journal'])
})

test('R27, R33, R34: per case, uses and their reversals in any parts, before and after the timer, leave nothing', (t) => {
  const step = fc.record({ taken: fc.integer({ min: 1, max: 4 }), isFired: fc.boolean() })
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 999 }),
      fc.boolean(),
      fc.array(step, { maxLength: 4 }),
      (quantity, cost, isSent, steps) => {
        const world = createWorld()
        decide(world, 'SupplyUsed', { quantity: { value: String(quantity), unit: 'EA' }, unitCost: { amount: `${String(cost)}.335`, currency: 'USD' } })
        if (isSent) world.settle('SENT')
        let left = quantity
        for (const { taken, isFired } of [...steps, { taken: quantity, isFired: true }]) {
          if (isFired) fire(world)
          const part = Math.min(left, taken)
          if (part === 0) break
          left -= part
          if (decide(world, 'SupplyReversed', { quantity: { value: String(part), unit: 'EA' } }).kind !== 'applied') return false
        }
        fire(world)
        const sums = new Map<string, number>()
        for (const { account, amount } of world.all('journal_line')) sums.set(account, (sums.get(account) ?? 0) + amount)
        const sent = new Map<string, number>()
        for (const { kind, body } of world.all('document')) {
          if (kind !== 'journal') continue
          for (const { account, side, amount } of (JSON.parse(body) as { lines: { account: string; side: string; amount: string }[] }).lines)
            sent.set(account, (sent.get(account) ?? 0) + Math.round(Number(amount) * 100) * (side === 'debit' ? 1 : -1))
        }
        return left === 0 && [...sums.values(), ...sent.values()].every((sum) => sum === 0)
      },
    ),
    { numRuns: 60 },
  )
  t.pass()
})
