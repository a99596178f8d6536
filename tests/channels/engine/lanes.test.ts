import test from 'ava'
import fc from 'fast-check'
import type { DeliveryWork } from '../../../channels/contract/index.ts'
import { Lanes } from '../../../channels/engine/lanes.ts'

const work = (n: number, lane: string, more: Partial<DeliveryWork> = {}): DeliveryWork => ({
  message: n,
  n: 1,
  seq: n,
  destination: 'd',
  lane,
  state: 'QUEUED',
  attempts: 0,
  due: 0,
  step: null,
  key: null,
  kind: 'SupplyUsed',
  controlId: String(n),
  messageLane: lane,
  body: '{}',
  ...more,
})

test('a lane gives its next delivery only when the one before is finished, another lane does not wait for it', (t) => {
  const lanes = new Lanes()
  lanes.add(work(1, 'a'), 0)
  lanes.add(work(2, 'a'), 0)
  lanes.add(work(3, 'b'), 0)
  t.is(lanes.take()?.message, 1)
  t.is(lanes.take()?.message, 3)
  t.is(lanes.take(), null)
  lanes.finish('a', 0)
  t.is(lanes.take()?.message, 2)
})

test('a delayed head holds its lane until it is due', (t) => {
  const lanes = new Lanes()
  lanes.add(work(1, 'a'), 0)
  lanes.add(work(2, 'a'), 0)
  const head = lanes.take() as DeliveryWork
  lanes.delay({ ...head, due: 100 }, 0)
  t.is(lanes.take(), null)
  t.is(lanes.wakeDue(99), 100)
  t.is(lanes.take(), null)
  lanes.wakeDue(100)
  t.is(lanes.take()?.message, 1)
})

test('a held head empties its lane from memory and takes nothing more in until it is forgotten', (t) => {
  const lanes = new Lanes()
  lanes.add(work(1, 'a'), 0)
  lanes.add(work(2, 'a'), 0)
  lanes.take()
  lanes.hold('a')
  lanes.add(work(3, 'a'), 0)
  t.is(lanes.size, 0)
  t.deepEqual(lanes.held(), ['a'])
  lanes.forget('a')
  lanes.add(work(2, 'a'), 0)
  t.is(lanes.take()?.message, 2)
})

test('a lane that the store gives with a HELD head is held', (t) => {
  const lanes = new Lanes()
  lanes.add(work(1, 'a', { state: 'HELD' }), 0)
  lanes.add(work(2, 'a'), 0)
  t.is(lanes.take(), null)
  t.true(lanes.isHeld('a'))
})

test('property: whatever is added and finished in whatever interleaving, each lane comes out in order and nothing is left', (t) => {
  fc.assert(
    fc.property(fc.array(fc.record({ lane: fc.constantFrom('a', 'b', 'c'), takeNow: fc.boolean(), finishNow: fc.boolean() }), { maxLength: 200 }), (steps) => {
      const lanes = new Lanes()
      const out = new Map<string, number[]>()
      const busy: DeliveryWork[] = []
      const take = () => {
        const next = lanes.take()
        if (!next) return
        busy.push(next)
        out.set(next.lane, [...(out.get(next.lane) ?? []), next.message])
      }
      const finish = () => {
        const done = busy.shift()
        if (done) lanes.finish(done.lane, 0)
      }
      steps.forEach(({ lane, takeNow, finishNow }, n) => {
        lanes.add(work(n, lane), 0)
        if (takeNow) take()
        if (finishNow) finish()
      })
      while (lanes.size > 0) {
        take()
        finish()
      }
      for (const numbers of out.values())
        t.deepEqual(
          numbers,
          [...numbers].sort((a, b) => a - b),
        )
      t.is([...out.values()].flat().length, steps.length)
    }),
  )
})
