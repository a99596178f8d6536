import test from 'ava'
import fc from 'fast-check'
import { newRow } from '../../channels/contract/index.ts'
import { begin, DEFINITIONS, problemsOf, PROCURE_TO_PAY, step, stepAny } from '../../erp-bridge/processes/index.ts'
import { about, line, only, ordered, received, withX12 } from './purchase.ts'
import { createWorld, event, kindsOf, needsOf } from './world.ts'

const DAY = 86_400_000
const LIMITS = { policies: { late: { approval: DAY, acknowledgement: 2 * DAY, receipt: 3 * DAY, invoice: 4 * DAY } } }
const CAUSE = { message: 1, n: 1 }

test('every process is a sound table: states exist, are reached, end, and no event moves a state twice', (t) => {
  t.deepEqual(DEFINITIONS.flatMap(problemsOf), [])
  const broken = { ...PROCURE_TO_PAY, moves: [...PROCURE_TO_PAY.moves, { from: 'PAID', on: 'ordered', to: 'NOWHERE' }] }
  t.deepEqual(problemsOf(broken), ['procure-to-pay: NOWHERE is no state', 'procure-to-pay: PAID is final and moves on ordered'])
})

test('a step is pure: what a state does not listen to changes nothing, and no walk leaves the table', (t) => {
  const events = [...new Set(DEFINITIONS.flatMap((one) => one.moves.map((move) => move.on)))]
  fc.assert(
    fc.property(fc.constantFrom(...DEFINITIONS), fc.array(fc.constantFrom(...events), { maxLength: 20 }), (definition, walk) => {
      let row = begin(definition, 'X', 0, CAUSE)
      for (const on of walk) {
        const stepped = step(definition, row, on, 5)
        t.deepEqual(stepped, step(definition, row, on, 5))
        if (stepped.kind === 'ignored') t.is(stepped.row, row)
        if (stepped.kind === 'moved') row = stepped.row
        t.true(row.state in definition.states)
      }
    }),
  )
})

test('a row keeps the version that it began under: its own table moves it, and an unknown one is told', (t) => {
  const old = { ...PROCURE_TO_PAY, version: 0, moves: [{ from: 'DRAFT', on: 'ordered', to: 'CLOSED' }] }
  const row = { ...begin(old, 'X', 0, CAUSE) }
  t.is(step(PROCURE_TO_PAY, row, 'ordered', 1).kind, 'unknown-version')
  t.like(stepAny([PROCURE_TO_PAY, old], row, 'ordered', 1), { kind: 'moved', row: { state: 'CLOSED', version: 0 } })
  const world = createWorld()
  world.put('process', newRow('process', { process: 'procure-to-pay', subject: 'erp:PO-1', version: 99, state: 'DRAFT', data: '{}' }))
  t.deepEqual(needsOf(world.decide(ordered())), ['BRIDGE_FAILED process:procure-to-pay:99'])
  t.is(world.all('purchase_order').length, 0)
})

test('each state has the timer of its step, and the step turns it off', (t) => {
  const world = createWorld()
  const at = ordered().receivedAt
  const due = (name: string) => world.tables.timer.get(`${name}|erp:PO-1`)?.due ?? 0
  withX12(world)
  world.decide(ordered(), LIMITS)
  t.is(due('late-acknowledgement'), at + 2 * DAY)
  world.decide(about('PurchaseOrderAcknowledged', { order: 'PO-1', number: 'PO-1', lines: [line()] }, { channel: 'edi' }), LIMITS)
  t.is(due('late-acknowledgement'), 0)
  t.is(due('late-receipt'), at + 3 * DAY)
  world.decide(received('GR-1', [line()]), LIMITS)
  t.is(due('late-receipt'), 0)
  t.is(due('late-invoice'), at + 4 * DAY)
})

test('a supplier that answers nothing electronically is not late with an acknowledgement, nor a bill-only order with a receipt', (t) => {
  const world = createWorld()
  world.decide(ordered(), LIMITS)
  t.deepEqual(
    world
      .all('timer')
      .filter((timer) => timer.due > 0)
      .map((timer) => timer.name),
    ['late-receipt'],
  )
  const billOnly = createWorld()
  billOnly.decide(event('SupplyUsed', { item: { code: 'HIP-1' }, quantity: { value: '1', unit: 'EA' }, lot: 'L-1' }))
  billOnly.settle('SENT', 'PO-9')
  billOnly.decide(ordered({ number: 'PO-9', lines: [line({ item: 'HIP-1', quantity: '1' })] }), LIMITS)
  t.deepEqual(
    billOnly
      .all('timer')
      .filter((timer) => timer.due > 0)
      .map((timer) => timer.name),
    ['late-invoice'],
  )
})

test('a late step is the buyers’ with the story, and closes by itself when the step comes', (t) => {
  const world = createWorld()
  world.decide(ordered(), LIMITS)
  const timer = only(world.all('timer').filter((row) => row.due > 0))
  const fired = event('TimerFired', { item: undefined, quantity: undefined, name: timer.name, subject: timer.subject, due: String(timer.due) })
  const late = world.decide(fired, { ...LIMITS, now: timer.due })
  t.deepEqual(needsOf(late), ['ORDER_LATE order:PO-1:receipt'])
  t.like(late.kind === 'needs' ? late.needs[0]! : {}, { owner: 'buyers', weight: { supply: 1 } })
  t.true(late.kind === 'needs' && late.until !== undefined)
  world.decide(received('GR-1', [line()]), LIMITS)
  t.deepEqual(kindsOf(world.decide(fired, { ...LIMITS, now: timer.due + 1 })), [])
})

test('a requisition that nobody approves is late', (t) => {
  const world = createWorld()
  world.decide(event('SupplyUsed', { quantity: { value: '70', unit: 'EA' } }), LIMITS)
  const key = only(world.all('document').filter((document) => document.kind === 'requisition')).key
  const status = (status: string) => about('DocumentStatusChanged', { document: 'requisition', number: 'REQ-1', key, status })
  world.decide(status('submitted'), LIMITS)
  const timer = world.tables.timer.get(`late-approval|${key}`)!
  const fired = event('TimerFired', { item: undefined, quantity: undefined, name: timer.name, subject: key, due: String(timer.due) })
  t.deepEqual(needsOf(world.decide(fired, { ...LIMITS, now: timer.due })), ['ORDER_LATE requisition:REQ-1:approval'])
  world.decide(status('approved'), LIMITS)
  t.deepEqual(kindsOf(world.decide(fired, LIMITS)), [])
})
