/** What a store must do on every database. One function per room of it; each database's test file runs them all. */
import type { ExecutionContext, TestFn } from 'ava'
import { formatDeliveryId, formatEventId, formatMessageId } from '../../channels/contract/index.ts'
import { auditHash } from '../../store/ledger/administration.ts'
import { event, idAt, intakeOp, itemRow, rerunOp, unmapped } from './fixtures.ts'
import type { Harness } from './fixtures.ts'

export type Open = (t: ExecutionContext) => Promise<Harness>
const DAY_MS = 86_400_000
const settled = { op: 'settle', attempts: 1, due: 0, failure: null, reference: null, step: null } as const
const resolution = { op: 'resolve', by: 'ann', reason: 'seen', value: null, erpRef: null } as const
const forBridge = { deliveries: [], events: [event({ bridge: 'erp' })] } as const

const states = async (h: Harness, id: number) => (await h.reader.message(id))?.events.map((each) => each.state)
const openItems = async (h: Harness) => (await h.reader.worklist({ state: 'open' })).items
const firstItem = async (h: Harness) => {
  const [item] = await openItems(h)
  if (!item) throw new Error('no item is open')
  return item
}

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

export function worklistSuite(test: TestFn, open: Open): void {
  const waiting = (businessKey = '') => ({ events: [event({ needs: [unmapped], businessKey })] })

  test('events that lack the same code wait for one item, and their deliveries wait with them', async (t) => {
    const h = await open(t)
    const ids = [idAt(h.clock), idAt(h.clock), idAt(h.clock)]
    await Promise.all(ids.map((id) => h.value(intakeOp(id, waiting()))))
    const item = await firstItem(h)
    t.deepEqual([item.kind, item.subject, item.waiting, item.waiters.length], ['UNMAPPED_CODE', 'departments:7010', 3, 3])
    t.is((await openItems(h)).length, 1)
    t.deepEqual(await h.reader.openWork('sink', -1, 10), [])
    t.is((await h.reader.message(ids[0]!))?.state, 'WAITING')
    t.deepEqual((await h.reader.message(ids[0]!))?.events[0]?.waitsFor, [item.id])
  })

  test('an edited value fills the field of all that wait, lets them go on, and answers later events too', async (t) => {
    const h = await open(t)
    const [a, b, later] = [idAt(h.clock), idAt(h.clock), idAt(h.clock)]
    await h.value(intakeOp(a, waiting()))
    await h.value(intakeOp(b, waiting()))
    const item = await firstItem(h)
    t.is((await h.value({ ...resolution, item: item.id, action: 'edit' })).kind, 'refused')
    t.deepEqual(await h.value({ ...resolution, item: item.id, action: 'edit', value: 'D-70' }), { kind: 'resolved', resumed: 2, rerun: [] })
    t.deepEqual(
      h.work.map((work) => work.message),
      [a, b],
    )
    t.is((JSON.parse(h.work[0]!.body) as { department: string }).department, 'D-70')
    await h.value(intakeOp(later, waiting()))
    const view = await h.reader.message(later)
    t.deepEqual([view?.state, view?.events[0]?.body['department']], ['QUEUED', 'D-70'])
    t.deepEqual(
      h.work.map((work) => work.message),
      [a, b, later],
    )
    const trace = await h.reader.trace(formatMessageId(later))
    t.true(trace.nodes.some((node) => node.kind === 'correction' && node.ref === 'department'))
  })

  test('a rerun that maps closes the item, keeps the event id and makes its delivery once', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, waiting()))
    t.deepEqual(await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'retry' }), { kind: 'resolved', resumed: 0, rerun: [id] })
    await h.value(rerunOp(id))
    t.deepEqual(await openItems(h), [])
    t.deepEqual(await states(h, id), ['APPLIED'])
    t.is((await h.reader.openWork('sink', -1, 10)).length, 1)
    await h.value(rerunOp(id))
    t.is((await h.reader.openWork('sink', -1, 10)).length, 1)
    t.is((await h.reader.message(id))?.runConfig, 'cfg2')
    t.is((await h.reader.message(id))?.acceptedConfig, 'cfg1')
  })

  test('a rerun adds new events, leaves applied ones and cancels waiting ones that it no longer makes', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    const two = {
      events: [event(), event({ n: 2, anchor: 'FT1[2]', needs: [unmapped] })],
      deliveries: [
        { n: 1, event: 1, destination: 'sink', lane: 'l' },
        { n: 2, event: 2, destination: 'sink', lane: 'l' },
      ],
    }
    await h.value(intakeOp(id, two))
    const three = {
      events: [event({ body: '{"changed":true}' }), event({ n: 2, anchor: 'FT1[3]' })],
      deliveries: [
        { n: 1, event: 1, destination: 'sink', lane: 'l' },
        { n: 2, event: 2, destination: 'sink', lane: 'l' },
      ],
    }
    await h.value(rerunOp(id, three))
    const view = await h.reader.message(id)
    t.deepEqual(
      view?.events.map((each) => [each.id.split('.').at(-1), each.state, each.deliveries.length]),
      [
        ['FT1[1]', 'APPLIED', 1],
        ['FT1[2]', 'CANCELLED', 0],
        ['FT1[3]', 'APPLIED', 1],
      ],
    )
    t.deepEqual(view?.events[0]?.body, { item: { code: 'IMP-1' }, location: 'OR1' })
    t.deepEqual(await openItems(h), [])
  })

  test('a replay that resends queues what was sent under the same id', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id))
    await h.value({ ...settled, message: id, n: 1, state: 'SENT' })
    await h.value(rerunOp(id, { reason: 'replay', resend: true }))
    t.deepEqual(
      (await h.reader.openWork('sink', -1, 10)).map((work) => [work.message, work.n, work.attempts]),
      [[id, 1, 0]],
    )
    t.is(h.work.length, 1)
  })

  test('recovery maps what was only received', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, { state: 'RECEIVED', events: [], deliveries: [] }))
    t.deepEqual(await h.reader.unfinished(), [{ id, state: 'RECEIVED', acked: true }])
    await h.value(rerunOp(id, { reason: 'recovery', config: 'cfg1' }))
    t.deepEqual(await h.reader.unfinished(), [])
    t.deepEqual(
      h.work.map((work) => work.message),
      [id],
    )
    t.is((await h.reader.message(id))?.state, 'QUEUED')
  })

  test('every resolution is a line of an audit whose hashes chain across a restart', async (t) => {
    const h = await open(t)
    await h.value({ op: 'audit', who: 'ann', what: 'message.read', subject: 'm1' })
    await h.again()
    await Promise.all(['b', 'c'].map((who) => h.value({ op: 'audit', who, what: 'message.read', subject: 'm2' })))
    const lines = await h.reader.audit({})
    let before = ''
    for (const line of lines) {
      t.is(line.hash, auditHash(before, { ...line, at: Date.parse(line.at) }))
      before = line.hash
    }
    t.deepEqual(
      lines.map((line) => [line.n, line.who]),
      [
        [1, 'ann'],
        [2, 'b'],
        [3, 'c'],
      ],
    )
  })

  test('an archived configuration can be read again', async (t) => {
    const h = await open(t)
    t.deepEqual(await h.reader.configuration('cfg1'), { files: { 'engine.yaml': '' }, overrides: {} })
    t.is(await h.reader.configuration('nothing'), null)
  })
}

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

export function suite(test: TestFn, open: Open): void {
  intakeSuite(test, open)
  deliverySuite(test, open)
  worklistSuite(test, open)
  bridgeSuite(test, open)
}
