/** What a store must do on every database: worklist, reruns, audit. */
import type { TestFn } from 'ava'
import { formatMessageId } from '../../channels/contract/index.ts'
import { auditHash } from '../../store/ledger/administration.ts'
import { event, firstItem, idAt, intakeOp, openItems, rerunOp, resolution, settled, states, unmapped } from './fixtures.ts'
import type { Open } from './suite.ts'

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

  test('an edit that does not have the form of its field is refused with the form, and the item stays open', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, waiting()))
    const item = await firstItem(h)
    t.deepEqual(await h.value({ ...resolution, item: item.id, action: 'edit', value: 'garbage!' }), {
      kind: 'refused',
      place: 'value',
      text: 'The value does not fit department: no garbage is expected.',
    })
    t.is((await openItems(h)).length, 1)
    t.is((await h.reader.message(id))?.events[0]?.body['department'], undefined)
  })

  test('an edit needs no reason; linking and discarding do', async (t) => {
    const h = await open(t)
    await h.value(intakeOp(idAt(h.clock), waiting()))
    const item = (await firstItem(h)).id
    for (const action of ['link', 'discard'] as const)
      t.like(await h.value({ ...resolution, item, action, reason: ' ', erpRef: 'R' }), { kind: 'refused', place: 'reason' })
    t.is((await h.value({ ...resolution, item, action: 'edit', value: 'D-70', reason: '' })).kind, 'resolved')
  })

  test('an item names the actions that can close it', async (t) => {
    const h = await open(t)
    await h.value(intakeOp(idAt(h.clock), waiting()))
    await h.value(intakeOp(idAt(h.clock), { events: [event({ needs: [{ ...unmapped, kind: 'UNKNOWN_UNIT', subject: 'unit:A:BX', field: '' }] })] }))
    await h.value(intakeOp(idAt(h.clock), { state: 'ERROR', fault: { code: 'MAPPING_FAILED', text: 'it' }, events: [], deliveries: [] }))
    const sent = idAt(h.clock)
    await h.value(intakeOp(sent))
    await h.value({ ...settled, message: sent, n: 1, state: 'HELD', failure: { code: 'DESTINATION_REFUSED', text: 'no' } })
    t.deepEqual(
      (await openItems(h)).map((item) => [item.kind, item.actions]),
      [
        ['UNMAPPED_CODE', ['edit', 'retry', 'link', 'discard']],
        ['UNKNOWN_UNIT', ['retry', 'link', 'discard']],
        ['MAPPING_FAILED', ['retry', 'discard']],
        ['DESTINATION_REFUSED', ['retry', 'link', 'discard']],
      ],
    )
  })

  test('what an edit says about a code is listed, and forgotten on the word of a person', async (t) => {
    const h = await open(t)
    await h.value(intakeOp(idAt(h.clock), waiting()))
    const item = (await firstItem(h)).id
    await h.value({ ...resolution, item, action: 'edit', value: 'D-70' })
    const [kept] = await h.reader.translations()
    t.like(kept, { kind: 'UNMAPPED_CODE', subject: 'departments:7010', value: 'D-70', by: 'ann', item })
    const forget = { op: 'forget', kind: 'UNMAPPED_CODE', subject: 'departments:7010', by: 'eve' } as const
    t.deepEqual(await h.value(forget), { forgotten: true })
    t.deepEqual(await h.value(forget), { forgotten: false })
    const id = idAt(h.clock)
    await h.value(intakeOp(id, waiting()))
    t.is((await h.reader.message(id))?.state, 'WAITING')
    t.true((await h.reader.audit({})).some((line) => line.who === 'eve' && line.what === 'translation.forget'))
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

  test('a replay takes up what was discarded, and says of what stays as it is that nothing changed', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, waiting()))
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'discard' })
    t.deepEqual(await states(h, id), ['CANCELLED'])
    t.deepEqual(await h.value(rerunOp(id, { reason: 'release' })), { events: 0 })
    t.deepEqual(await h.value(rerunOp(id, { reason: 'replay' })), { events: 1 })
    t.deepEqual(await states(h, id), ['APPLIED'])
    t.is(h.work.length, 1)
    t.deepEqual(await h.value(rerunOp(id, { reason: 'replay' })), { events: 0 })
  })

  test('a replay leaves what was linked: the ERP has it', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id, waiting()))
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'link', erpRef: 'GI-1' })
    t.deepEqual(await h.value(rerunOp(id, { reason: 'replay' })), { events: 0 })
    t.deepEqual(await states(h, id), ['CANCELLED'])
  })

  test('a linked delivery has no failure any more, and its trace says that a person linked it', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    await h.value(intakeOp(id))
    await h.value({ ...settled, message: id, n: 1, state: 'HELD', failure: { code: 'DESTINATION_REFUSED', text: 'no' } })
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'link', erpRef: 'GI-1' })
    t.like((await h.reader.message(id))?.events[0]?.deliveries[0], { state: 'SENT', failure: null })
    t.true((await h.reader.trace(formatMessageId(id))).edges.some((edge) => edge.because.startsWith('linked by a person')))
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
