/** Things that are told whole: what stands makes no event, what stands no longer is taken back, once. */
import type { TestFn } from 'ava'
import { formatEventId } from '../../channels/contract/index.ts'
import type { EventRecord, IntakeOp } from '../../channels/contract/index.ts'
import { event, firstItem, forBridge, idAt, intakeOp, itemRow, openItems, rerunOp, resolution, states, unmapped } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import { resources } from './suite-resources.ts'
import type { Open } from './suite.ts'

const SUBJECT = 'https://ehr.example/fhir|Procedure/7'
type Line = Partial<EventRecord> & { readonly line: string; readonly said?: object }

/** Events of a version of the thing, one a line; `said` differs, the envelope always does. */
function lines(id: number, told: readonly Line[], subject = SUBJECT): readonly EventRecord[] {
  return told.map(({ line, said = {}, ...fields }, i) =>
    event({
      n: i + 1,
      anchor: `usedReference[${String(i + 1)}]`,
      body: JSON.stringify({
        id: `m${String(id)}.${line}`,
        recordedAt: String(id),
        source: { channel: 'or', system: 'EHR' },
        item: { code: 'IMP-1' },
        case: 'case-1',
        location: 'OR1',
        ...said,
      }),
      statement: { subject, line, reversal: 'SupplyReversed' },
      ...fields,
    }),
  )
}

function run(id: number, told: readonly Line[], { at = 0, subject = SUBJECT }: { readonly at?: number; readonly subject?: string } = {}) {
  const events = lines(id, told, subject)
  return { events, deliveries: events.map(({ n }) => ({ n, event: n, destination: 'sink', lane: 'or:1' })), restates: [{ subject, at }] }
}

/** Stores a version; gives its id. */
async function tell(h: Harness, told: readonly Line[], options: { readonly at?: number; readonly subject?: string; readonly op?: Partial<IntakeOp> } = {}) {
  const id = idAt(h.clock)
  await h.value(intakeOp(id, { ...run(id, told, options), ...options.op }))
  return id
}

/** Type and anchor of each event, and its state. */
const eventsOf = async (h: Harness, id: number) => (await h.reader.message(id))?.events.map((each) => `${each.type} ${each.state}`)
const A = { line: 'a' }
const B = { line: 'b' }

export function statementSuite(test: TestFn, open: Open): void {
  test('a line that stands as it is told makes no event; a message that says nothing new is FILTERED', async (t) => {
    const h = await open(t)
    const first = await tell(h, [A, B])
    const again = await tell(h, [B, A])
    t.is((await h.reader.message(again))?.state, 'FILTERED')
    t.deepEqual(await eventsOf(h, again), [])
    t.deepEqual(await states(h, first), ['APPLIED', 'APPLIED'])
    t.deepEqual(
      h.work.map((work) => [work.message, work.destination]),
      [
        [first, 'sink'],
        [first, 'sink'],
      ],
      'the ledger tells the deliveries of such a message',
    )
  })

  test('a line that is told no more is taken back by its reversal, made of what is stored, to the same destinations, once', async (t) => {
    const h = await open(t)
    const first = await tell(h, [{ ...A, businessKey: 'K', said: { serial: 'S1', released: 'ann: ok [EXPIRED_LOT]' } }, B])
    const second = await tell(h, [B])
    t.deepEqual(await eventsOf(h, second), ['SupplyReversed APPLIED'])
    const [taken] = (await h.reader.message(second))?.events ?? []
    const original = formatEventId(first, 'usage', 'usedReference[1]')
    t.is(taken?.id, formatEventId(second, 'taken-back', original))
    t.like(taken?.body, { id: taken?.id, type: 'SupplyReversed', item: { code: 'IMP-1' }, serial: 'S1', businessKey: 'K' })
    t.deepEqual(taken?.body['reverses'], [
      { by: 'event', value: original },
      { by: 'businessKey', value: 'K' },
      { by: 'case-item', case: 'case-1', item: 'IMP-1' },
    ])
    t.false('released' in (taken?.body ?? {}), 'what a person said of the use is not said of its reversal')
    t.deepEqual(taken?.origin, { item: { path: 'FT1-7.1' } })
    t.deepEqual(
      h.work.slice(2).map((work) => [work.message, work.destination, work.lane, work.kind]),
      [[second, 'sink', 'or:1', 'SupplyReversed']],
    )
    const third = await tell(h, [B])
    t.deepEqual(await eventsOf(h, third), [])
    const gone = await tell(h, [])
    t.deepEqual(await eventsOf(h, gone), ['SupplyReversed APPLIED'])
    t.deepEqual(await eventsOf(h, await tell(h, [])), [])
    t.true(
      (await h.reader.trace('S1')).nodes.some((node) => node.id === taken?.id),
      'it is found where its original is',
    )
  })

  test('what is told otherwise is taken back before it is told anew; what comes back is told anew', async (t) => {
    const h = await open(t)
    await tell(h, [{ ...A, said: { quantity: '1' } }])
    const second = await tell(h, [{ ...A, said: { quantity: '2' } }])
    t.deepEqual(await eventsOf(h, second), ['SupplyReversed APPLIED', 'SupplyUsed APPLIED'])
    t.like((await h.reader.message(second))?.events[0]?.body, { quantity: '1' })
    await tell(h, [])
    t.deepEqual(await eventsOf(h, await tell(h, [{ ...A, said: { quantity: '2' } }])), ['SupplyUsed APPLIED'])
  })

  test('a version older than what was told last says nothing, whenever it comes', async (t) => {
    const h = await open(t)
    const newest = await tell(h, [A, B], { at: 200 })
    t.deepEqual(await eventsOf(h, await tell(h, [A], { at: 100 })), [])
    t.deepEqual(await eventsOf(h, await tell(h, [{ line: 'c' }], { at: 100 })), [])
    t.deepEqual(await eventsOf(h, await tell(h, [A], { at: 200 })), ['SupplyReversed APPLIED'])
    t.deepEqual(await states(h, newest), ['APPLIED', 'APPLIED'])
  })

  test('a message may tell several things; each is compared with itself', async (t) => {
    const h = await open(t)
    const [first, second] = [idAt(h.clock), idAt(h.clock)]
    const other = `${SUBJECT}9`
    const both = (id: number, left: readonly Line[], right: readonly Line[]) => {
      const events = [...lines(id, left), ...lines(id, right, other)].map((each, i) => ({ ...each, n: i + 1, anchor: `x[${String(i + 1)}]` }))
      return { events, deliveries: [], restates: [SUBJECT, other].map((subject) => ({ subject, at: 0 })) }
    }
    await h.value(intakeOp(first, both(first, [A], [A])))
    await h.value(intakeOp(second, both(second, [A], [B])))
    t.deepEqual(await eventsOf(h, second), ['SupplyReversed APPLIED', 'SupplyUsed APPLIED'])
    t.deepEqual((await h.reader.message(second))?.events[0]?.body['reverses'], [
      { by: 'event', value: formatEventId(first, 'usage', 'x[2]') },
      { by: 'case-item', case: 'case-1', item: 'IMP-1' },
    ])
  })

  test('versions that come in one batch follow each other, with resources or without', async (t) => {
    const h = await open(t)
    const ids = Array.from({ length: 4 }, () => idAt(h.clock))
    const op = (i: number, told: readonly Line[]) => intakeOp(ids[i]!, run(ids[i]!, told))
    await Promise.all([
      h.value(op(0, [A])),
      h.value(op(1, [A, B])),
      h.value(resources({ messages: [op(2, [B])] })),
      h.value(resources({ messages: [op(3, [])] })),
    ])
    const all = []
    for (const id of ids) all.push(await eventsOf(h, id))
    t.deepEqual(all, [['SupplyUsed APPLIED'], ['SupplyUsed APPLIED'], ['SupplyReversed APPLIED'], ['SupplyReversed APPLIED']])
  })

  test('an original that waits is cancelled with what would take it back, and its item closes', async (t) => {
    const h = await open(t)
    const first = await tell(h, [{ ...A, needs: [unmapped] }, B])
    t.deepEqual(await states(h, first), ['WAITING', 'APPLIED'])
    const same = await tell(h, [{ ...A, needs: [unmapped] }, B])
    t.deepEqual(await eventsOf(h, same), [], 'what waits stands')
    const other = await tell(h, [{ ...A, needs: [{ ...unmapped, subject: 'departments:7020' }] }, B])
    t.deepEqual(await eventsOf(h, other), ['SupplyUsed WAITING'], 'what lacks another value is told otherwise')
    t.deepEqual(
      (await openItems(h)).map((item) => item.subject),
      ['departments:7020'],
    )
    const gone = await tell(h, [B])
    t.deepEqual(await eventsOf(h, gone), [])
    t.deepEqual(await states(h, first), ['CANCELLED', 'APPLIED'])
    t.deepEqual(await states(h, other), ['CANCELLED'])
    t.deepEqual(await openItems(h), [])
    t.is(h.work.length, 1)
  })

  test('when only the ERP does not know of it yet, those that do are told that it is none', async (t) => {
    const h = await open(t)
    const first = await tell(h, [{ ...A, bridge: 'erp' }])
    t.deepEqual(await states(h, first), ['WAITING'], 'its item is unknown')
    const gone = await tell(h, [])
    t.deepEqual(await eventsOf(h, gone), ['SupplyReversed APPLIED'])
    t.deepEqual(await states(h, first), ['CANCELLED'])
    t.deepEqual(await openItems(h), [])
    t.deepEqual(
      h.work.map((work) => [work.destination, work.kind]),
      [
        ['sink', 'SupplyUsed'],
        ['sink', 'SupplyReversed'],
      ],
    )
  })

  test('what a person corrected is in what takes it back', async (t) => {
    const h = await open(t)
    await tell(h, [{ ...A, needs: [unmapped] }])
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'edit', value: '77' })
    const gone = await tell(h, [])
    t.like((await h.reader.message(gone))?.events[0]?.body, { department: '77' })
  })

  test('a replay of the newest is idempotent, one of an older version takes back nothing and tells nothing', async (t) => {
    const h = await open(t)
    const first = await tell(h, [A, B])
    const second = await tell(h, [B, { line: 'c' }])
    t.deepEqual(await eventsOf(h, second), ['SupplyReversed APPLIED', 'SupplyUsed APPLIED'])
    const replay = (id: number, told: readonly Line[]) => h.value(rerunOp(id, { ...run(id, told), reason: 'replay' }))
    for (const _ of [1, 2]) {
      t.deepEqual(await replay(second, [B, { line: 'c' }]), { events: 0 })
      t.deepEqual(await replay(first, [A, B]), { events: 0 })
    }
    t.deepEqual(await eventsOf(h, second), ['SupplyReversed APPLIED', 'SupplyUsed APPLIED'])
    t.deepEqual(await states(h, first), ['APPLIED', 'APPLIED'])
    t.is(h.work.length, 4)
    t.deepEqual(await eventsOf(h, await tell(h, [B, { line: 'c' }])), [], 'what stands is as before the replays')
  })

  test('a message that failed tells when it is mapped, and an older line of it that waits is laid over by its release', async (t) => {
    const h = await open(t)
    const fault = { code: 'BAD_VALUE', text: 'x' } as const
    const first = await tell(h, [A, { ...B, needs: [unmapped] }])
    const failed = idAt(h.clock)
    await h.value(intakeOp(failed, { state: 'ERROR', fault, events: [], deliveries: [] }))
    await h.value(rerunOp(failed, run(failed, [{ ...B, needs: [unmapped] }])))
    t.deepEqual(await eventsOf(h, failed), ['SupplyReversed APPLIED'])
    t.deepEqual(await states(h, first), ['APPLIED', 'WAITING'])
    await h.value(rerunOp(first, run(first, [A, { ...B, said: { department: '7' } }])))
    t.deepEqual(await states(h, first), ['APPLIED', 'APPLIED'], 'its line still stands, and goes on')
    t.deepEqual(await eventsOf(h, await tell(h, [{ ...B, said: { department: '7' } }])), [])
    const nothing = idAt(h.clock)
    await h.value(intakeOp(nothing, { state: 'ERROR', fault, events: [], deliveries: [] }))
    await h.value(rerunOp(nothing, run(nothing, [{ ...B, said: { department: '7' } }])))
    t.is((await h.reader.message(nothing))?.state, 'FILTERED')
  })

  test('what a message no longer makes when it is mapped again stands no longer', async (t) => {
    const h = await open(t)
    const first = await tell(h, [{ ...A, needs: [unmapped] }])
    await h.value(rerunOp(first, run(first, [])))
    t.deepEqual(await states(h, first), ['CANCELLED'])
    t.deepEqual(await eventsOf(h, await tell(h, [{ ...A, needs: [unmapped] }])), ['SupplyUsed WAITING'])
  })

  test('a use that was booked is taken back through the bridge, the original named', async (t) => {
    const h = await open(t)
    const seen: unknown[] = []
    await h.again({
      reads: () => [],
      decide(each) {
        seen.push([each.type, each.teller, each.original])
        return { kind: 'applied', documents: [], cancel: [] }
      },
    })
    await h.value({ op: 'load', table: 'items', rows: [itemRow('IMP-1')], by: 'ann', source: 'items.csv' })
    const first = await tell(h, [{ ...A, bridge: 'erp' }])
    await tell(h, [])
    await h.value(intakeOp(idAt(h.clock), forBridge))
    t.deepEqual(seen, [
      ['SupplyUsed', SUBJECT, undefined],
      ['SupplyReversed', undefined, { message: first, n: 1, state: 'APPLIED' }],
      ['SupplyUsed', undefined, undefined],
    ])
  })
}
