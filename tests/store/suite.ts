/** What a store must do on every database. One function per room of it; each database's test file runs them all. */
import type { ExecutionContext, TestFn } from 'ava'
import { formatDeliveryId, formatEventId, formatMessageId } from '../../channels/contract/index.ts'
import { event, firstItem, forBridge, idAt, intakeOp, itemRow, openItems, resolution, settled } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import { bridgeSuite } from './suite-bridge.ts'
import { decisionSuite } from './suite-decisions.ts'
import { heldSuite } from './suite-held.ts'
import { masterDataSuite } from './suite-master-data.ts'
import { readerSuite } from './suite-reader.ts'
import { resourceSuite } from './suite-resources.ts'
import { statementSuite } from './suite-statements.ts'
import { toldAgainSuite } from './suite-told-again.ts'
import { worklistSuite } from './suite-worklist.ts'

export type Open = (t: ExecutionContext) => Promise<Harness>
const DAY_MS = 86_400_000

export function intakeSuite(test: TestFn, open: Open): void {
  test('a message is stored with its bytes, events, deliveries and origins', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    t.deepEqual(await h.value(intakeOp(id, { controlId: 'A1' })), { kind: 'stored' })
    t.deepEqual(Buffer.from((await h.reader.raw(id)) ?? []).toString(), 'MSH|^~\\&|EHR|A1\r')
    const view = await h.reader.message(id)
    t.is(view?.state, 'QUEUED')
    t.is(view?.acceptedConfig, 'cfg1')
    t.deepEqual(view?.events[0]?.body, { item: { code: 'IMP-1' }, location: 'OR1' })
    t.deepEqual(view?.events[0]?.origin, { item: { path: 'FT1-7.1' } })
    t.is(view?.events[0]?.deliveries[0]?.id, formatDeliveryId(id, 1))
    const [work] = await h.reader.openWork('sink', -1, 10)
    t.deepEqual(JSON.parse(work?.body ?? ''), { controlId: 'A1', lane: 'or:1', item: { code: 'IMP-1' }, location: 'OR1' })
    t.is(await h.reader.raw(id + 16), null)
    t.is(await h.reader.message(id + 16), null)
  })

  test('a resend gets the stored acknowledgement and makes no event', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, { controlId: 'A1' }))
    const again = await h.value(intakeOp(idAt(h.clock), { controlId: 'A1', ack: { code: 'AA', bytes: Buffer.from('another'), at: 1 } }))
    t.is(again.kind, 'duplicate')
    if (again.kind !== 'duplicate') return
    t.is(again.message, id)
    t.is(Buffer.from(again.ack?.bytes ?? []).toString(), `ack of ${String(id)}`)
    t.is((await h.reader.messages({})).items.length, 1)
  })

  test('the same message twice in one batch is stored once', async (t) => {
    const h = await open(t)
    const [a, b] = [idAt(h.clock), idAt(h.clock)]
    const answers = await Promise.all([h.value(intakeOp(a, { controlId: 'A1' })), h.value(intakeOp(b, { controlId: 'A1' }))])
    t.deepEqual(
      answers.map((answer) => answer.kind),
      ['stored', 'duplicate'],
    )
    t.is(await h.reader.message(b), null)
  })

  test('the same control id with other content, or from another sender, is another message', async (t) => {
    const h = await open(t)
    const answers = [
      await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' })),
      await h.value(intakeOp(idAt(h.clock), { controlId: 'A1', raw: Buffer.from('other') })),
      await h.value(intakeOp(idAt(h.clock), { controlId: 'A1', sender: 'LAB' })),
    ]
    t.deepEqual(
      answers.map((answer) => answer.kind),
      ['stored', 'stored', 'stored'],
    )
    t.is((await h.reader.messages({ controlId: 'A1' })).items.length, 3)
  })

  test('a refused message is no duplicate of anything, and nothing is a duplicate of it', async (t) => {
    const h = await open(t)
    const refused = { controlId: 'A1', state: 'REJECTED', dedupe: false, events: [], deliveries: [] } as const
    for (const op of [refused, refused, { controlId: 'A1' }]) t.is((await h.value(intakeOp(idAt(h.clock), op))).kind, 'stored')
  })

  test('a resend is known for the days that are configured, across weeks, and not longer', async (t) => {
    const h = await open(t)
    await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' }))
    h.clock.time += 9 * DAY_MS
    t.is((await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' }))).kind, 'duplicate')
    h.clock.time += 2 * DAY_MS
    t.is((await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' }))).kind, 'stored')
  })

  test('a resend of a message that waits for its acknowledgement has none yet, and gets it once it is there', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, { controlId: 'A1', ack: null }))
    t.deepEqual(await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' })), { kind: 'duplicate', message: id, ack: null })
    t.deepEqual(await h.reader.unfinished(), [{ id, state: 'MAPPED', acked: false }])
    await h.value({ op: 'acknowledge', message: id, ack: { code: 'AA', bytes: Buffer.from('late'), at: 5 } })
    const answer = await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' }))
    t.is(answer.kind === 'duplicate' ? answer.ack?.at : 0, 5)
    t.deepEqual(await h.reader.unfinished(), [])
  })

  test('a resend is known also when the clock went back by weeks', async (t) => {
    const h = await open(t)
    h.clock.time += 30 * DAY_MS
    await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' }))
    h.clock.time -= 30 * DAY_MS
    t.is((await h.value(intakeOp(idAt(h.clock), { controlId: 'A1' }))).kind, 'duplicate')
  })

  test('an op that fails takes nothing of its batch with it', async (t) => {
    const h = await open(t)
    const [a, b] = [idAt(h.clock), idAt(h.clock)]
    await h.value(intakeOp(a))
    const answers = await Promise.all([
      h.ask(intakeOp(b)),
      h.ask(intakeOp(a, { controlId: 'again', raw: Buffer.from('x') })),
      h.ask({ ...settled, message: a, n: 1, state: 'SENT' }),
    ])
    t.deepEqual(
      answers.map((answer) => answer.ok),
      [true, false, true],
    )
    t.is(answers[1].ok ? '' : answers[1].fault.code, 'STORE_FAILED')
    t.is((await h.reader.message(b))?.state, 'QUEUED')
    t.is((await h.reader.message(a))?.state, 'SENT')
  })

  test('a mapping failure is on the worklist under its message, and discarding it filters the message', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, { state: 'ERROR', fault: { code: 'MAPPING_FAILED', place: 'FT1-10', text: 'no number' }, events: [], deliveries: [] }))
    const item = await firstItem(h)
    t.deepEqual([item.kind, item.subject, item.waiters], ['MAPPING_FAILED', formatMessageId(id), [formatMessageId(id)]])
    t.deepEqual(await h.value({ ...resolution, item: item.id, action: 'retry' }), { kind: 'resolved', resumed: 0, rerun: [id] })
    t.is((await h.value({ ...resolution, item: item.id, action: 'discard', reason: ' ' })).kind, 'refused')
    t.is((await h.value({ ...resolution, item: item.id, action: 'discard' })).kind, 'resolved')
    t.is((await h.reader.message(id))?.state, 'FILTERED')
    t.is((await h.value({ ...resolution, item: item.id, action: 'discard' })).kind, 'refused')
  })

  test('pages of messages go newest first and lose none', async (t) => {
    const h = await open(t)
    const ids = Array.from({ length: 7 }, () => idAt(h.clock))
    for (const id of ids) await h.value(intakeOp(id, id % 32 === 0 ? {} : { channel: 'lab' }))
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await h.reader.messages({ limit: 3, ...(after === undefined ? {} : { after }) })
      seen.push(...page.items.map((item) => item.id))
      after = page.next ?? undefined
    } while (after !== undefined)
    t.deepEqual(seen, [...ids].reverse().map(formatMessageId))
    await h.value({ ...settled, message: ids[2]!, n: 1, state: 'SENT' })
    t.deepEqual(
      (await h.reader.messages({ state: 'SENT' })).items.map((item) => item.id),
      [formatMessageId(ids[2]!)],
    )
    t.is((await h.reader.messages({ state: 'QUEUED', limit: 500 })).items.length, 6)
  })

  test('control id, search key and message id are kept with the highest ids across a restart', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, { controlId: 'A1', events: [event({ keys: [{ kind: 'lot', value: 'LOT9' }] })] }))
    await h.again()
    t.deepEqual(await h.reader.highest(), { message: id, seq: 1 })
    await h.value(intakeOp(idAt(h.clock)))
    t.is((await h.reader.highest()).seq, 2)
    for (const name of ['A1', 'LOT9', formatMessageId(id), formatEventId(id, 'usage', 'FT1[1]'), formatDeliveryId(id, 1)]) {
      t.true(
        (await h.reader.trace(name)).nodes.some((node) => node.id === formatDeliveryId(id, 1)),
        name,
      )
    }
    t.deepEqual(await h.reader.trace('nothing'), { nodes: [], edges: [] })
  })
}

export function deliverySuite(test: TestFn, open: Open): void {
  test('a delivery is claimed once', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id))
    const claim = { op: 'claim', message: id, n: 1, attempts: 1 } as const
    t.deepEqual(await Promise.all([h.value(claim), h.value(claim)]), [{ claimed: true }, { claimed: false }])
    t.deepEqual(
      (await h.reader.openWork('sink', -1, 10)).map((work) => [work.state, work.attempts]),
      [['SENDING', 1]],
    )
  })

  test('an outcome that the state table does not allow changes nothing', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id))
    t.deepEqual(await h.value({ ...settled, message: id, n: 1, state: 'UNKNOWN' }), { settled: false })
    t.deepEqual(await h.value({ ...settled, message: id, n: 1, state: 'SENT', reference: 'R1' }), { settled: true })
    t.deepEqual(await h.value({ ...settled, message: id, n: 1, state: 'QUEUED' }), { settled: false })
    t.is((await h.reader.message(id))?.events[0]?.deliveries[0]?.erpRef, 'R1')
  })

  test('open work is by destination in the order of commits, page after page, and by lane', async (t) => {
    const h = await open(t)
    const ids = Array.from({ length: 5 }, () => idAt(h.clock))
    for (const [i, id] of ids.entries())
      await h.value(intakeOp(id, { deliveries: [{ n: 1, event: 1, destination: 'sink', lane: i % 2 === 0 ? 'even' : 'odd' }] }))
    await h.value({ ...settled, message: ids[0]!, n: 1, state: 'SENT' })
    const first = await h.reader.openWork('sink', -1, 2)
    const rest = await h.reader.openWork('sink', first.at(-1)!.seq, 10)
    t.deepEqual(
      [...first, ...rest].map((work) => work.message),
      ids.slice(1),
    )
    t.deepEqual(
      (await h.reader.laneWork('sink', 'even', 10)).map((work) => work.message),
      [ids[2]!, ids[4]!],
    )
    t.deepEqual(await h.reader.openWork('other', -1, 10), [])
    t.deepEqual((await h.reader.counts()).deliveries, [{ destination: 'sink', state: 'QUEUED', count: 4 }])
  })

  test('a held delivery is on the worklist; retry queues it, link and discard end it', async (t) => {
    const h = await open(t)
    const failure = { code: 'DESTINATION_REFUSED', text: '422' } as const
    const hold = async () => {
      const id = idAt(h.clock)
      await h.value(intakeOp(id))
      await h.value({ ...settled, message: id, n: 1, state: 'HELD', failure })
      const item = await firstItem(h)
      t.deepEqual([item.kind, item.subject, item.waiting], ['DESTINATION_REFUSED', formatDeliveryId(id, 1), 1])
      t.is((await h.reader.message(id))?.state, 'HELD')
      return { id, item: item.id }
    }
    const retried = await hold()
    t.like(await h.value({ ...resolution, item: retried.item, action: 'retry' }), { kind: 'resolved', resumed: 1 })
    t.deepEqual(
      h.work.map((work) => [work.message, work.state]),
      [[retried.id, 'QUEUED']],
    )
    const linked = await hold()
    t.is((await h.value({ ...resolution, item: linked.item, action: 'link' })).kind, 'refused')
    await h.value({ ...resolution, item: linked.item, action: 'link', erpRef: 'PO-7' })
    t.like((await h.reader.message(linked.id))?.events[0]?.deliveries[0], { state: 'SENT', erpRef: 'PO-7' })
    const dropped = await hold()
    await h.value({ ...resolution, item: dropped.item, action: 'discard' })
    t.is((await h.reader.message(dropped.id))?.events[0]?.deliveries[0]?.state, 'CANCELLED')
    t.deepEqual(await openItems(h), [])
    t.deepEqual(
      (await h.reader.worklist({ state: 'closed' })).items.map((item) => item.resolution?.action),
      ['retry', 'link', 'discard'],
    )
  })

  test('a held document that was attempted is looked up before it is sent again', async (t) => {
    const h = await open(t)
    await h.value({ op: 'load', table: 'items', rows: [itemRow('IMP-1')], by: 'ann', source: 'items.csv' })
    const id = idAt(h.clock)
    await h.value(intakeOp(id, forBridge))
    await h.value({ op: 'claim', message: id, n: 1, attempts: 1 })
    await h.value({ ...settled, message: id, n: 1, state: 'HELD', failure: { code: 'ERP_REFUSED', text: 'no' } })
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'retry' })
    t.is((await h.reader.openWork('erp', -1, 10))[0]?.state, 'UNKNOWN')
  })
}

export function suite(test: TestFn, open: Open): void {
  intakeSuite(test, open)
  deliverySuite(test, open)
  worklistSuite(test, open)
  bridgeSuite(test, open)
  masterDataSuite(test, open)
  decisionSuite(test, open)
  heldSuite(test, open)
  readerSuite(test, open)
  resourceSuite(test, open)
  statementSuite(test, open)
  toldAgainSuite(test, open)
}
