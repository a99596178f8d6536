/** What a store must do on every database: decisions that wait, weigh, are escalated and released. */
import type { TestFn } from 'ava'
import { formatEventId, formatMessageId } from '../../channels/contract/index.ts'
import type { ResolveOp } from '../../channels/contract/index.ts'
import { firstItem, idAt, intakeOp, openItems, policies, resolution, settled, states } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import type { Open } from './suite.ts'
import { openedTold, take, tells, toldBridge } from './told.ts'

const HOUR_MS = 3_600_000
const lot = (name: string) => ({ table: 'lot', finder: null, values: ['X', name] }) as const
const puts = (name: string) => ({ rows: [['lot', { item: 'X', lot: name }]] as const })

export function decisionSuite(test: TestFn, open: Open): void {
  const opened = openedTold(open)
  const withWorklist = (h: Harness, worklist: NonNullable<typeof policies.worklist>) =>
    h.value({ op: 'configuration', id: 'cfg2', files: '{}', overrides: '{}', policies: { ...policies, worklist } })

  test('what may come by itself is decided again when its case moves, and its item is the same while it is needed', async (t) => {
    const h = await opened(t)
    const needs = [{ kind: 'INVOICE_QUANTITY', subject: 'inv', unless: lot('second'), text: 'Wait for the receipt.' }] as const
    const id = await take(h, tells({ needs, until: h.clock.now() + HOUR_MS }, 'order:1'))
    const { id: item } = await firstItem(h)
    t.deepEqual((await h.reader.message(id))?.events[0]?.waitsFor, [item])
    await take(h, tells(puts('first'), 'order:1'))
    t.deepEqual([(await firstItem(h)).id, await states(h, id)], [item, ['WAITING']])
    await take(h, tells(puts('second'), 'order:other'))
    t.deepEqual(await states(h, id), ['WAITING'])
    await take(h, tells({}, 'order:1'))
    t.deepEqual([await openItems(h), await states(h, id)], [[], ['APPLIED']])
    t.is((await h.reader.worklist({ state: 'closed' })).items[0]?.resolution?.action, 'answered')
  })

  test('what may come by itself is looked at again at its time, also by a store that was opened again', async (t) => {
    const h = await opened(t)
    const until = h.clock.now() + HOUR_MS
    const id = await take(h, tells({ needs: [{ kind: 'PERIOD_CLOSED', unless: lot('open') }], until }))
    await take(h, tells(puts('open'), 'case-2'))
    await h.again(toldBridge)
    t.deepEqual(await h.value({ op: 'tick' }), { applied: 0, next: until })
    h.clock.time = until
    t.deepEqual(await h.value({ op: 'tick' }), { applied: 1, next: null })
    t.deepEqual([await states(h, id), await openItems(h)], [['APPLIED'], []])
  })

  test('what may come by itself holds up nobody with the same business key', async (t) => {
    const h = await opened(t)
    const first = tells({ needs: [{ kind: 'PERIOD_CLOSED' }], until: h.clock.now() + HOUR_MS })
    const second = tells({})
    const keyed = (fields: ReturnType<typeof tells>) => ({
      ...fields,
      events: fields.events?.map((each) => ({ ...each, businessKey: 'K', caseKey: '' })) ?? [],
    })
    await take(h, keyed(first))
    t.deepEqual(await states(h, await take(h, keyed(second))), ['APPLIED'])
  })

  test('an event that is decided again and needs something else leaves its old item, which closes', async (t) => {
    const h = await opened(t)
    const needs = [
      { kind: 'INVOICE_NO_ORDER', subject: 'inv', unless: lot('order') },
      { kind: 'INVOICE_PRICE', subject: 'price' },
    ] as const
    await take(h, tells({ needs, until: h.clock.now() + HOUR_MS }, 'order:1'))
    const before = await openItems(h)
    await take(h, tells(puts('order'), 'order:1'))
    await take(h, tells({}, 'order:1'))
    const after = await openItems(h)
    t.deepEqual([before.length, after.map((item) => item.id)], [2, before.filter((item) => item.kind === 'INVOICE_PRICE').map((item) => item.id)])
  })

  test('owner, weight and story of a need are its item’s; severity and due time follow', async (t) => {
    const h = await opened(t)
    const cases = [
      [{ kind: 'INVOICE_PRICE', subject: 'a' }, 'normal', 24],
      [{ kind: 'INVOICE_PRICE', subject: 'b', weight: { care: 2 } }, 'high', 4],
      [{ kind: 'INVOICE_PRICE', subject: 'c', weight: { supply: 2 } }, 'high', 4],
      [{ kind: 'INVOICE_PRICE', subject: 'd', weight: { money: { amount: '9999.99', currency: 'USD' } } }, 'normal', 24],
      [{ kind: 'INVOICE_PRICE', subject: 'e', weight: { money: { amount: '10000.00', currency: 'USD' } } }, 'high', 4],
      [{ kind: 'RECALLED_LOT', subject: 'f' }, 'high', 4],
      [{ kind: 'STEWARD_CONFLICT', subject: 'g' }, 'low', 72],
    ] as const
    for (const [need, severity, hours] of cases) {
      await take(h, tells({ needs: [need] }))
      const item = (await openItems(h)).at(-1)
      t.deepEqual([item?.severity, Date.parse(item?.dueAt ?? '') - h.clock.now()], [severity, hours * HOUR_MS], need.subject)
    }
    const story = { order: 'PO-1', lines: [{ ordered: '10', invoiced: '12' }] }
    await take(
      h,
      tells({ needs: [{ kind: 'INVOICE_TOTAL', subject: 's', owner: 'controllers', weight: { money: { amount: '-12.5', currency: 'EUR' } }, story }] }),
    )
    const item = (await openItems(h)).at(-1)
    t.like(item, { owner: 'controllers', money: { amount: '12.5', currency: 'EUR' }, care: 0, supply: 0, assignee: '', escalated: 0 })
    t.is(item?.story, undefined)
    t.deepEqual((await h.reader.worklistItem(item?.id ?? 0))?.story, story)
    t.is(await h.reader.worklistItem(999), null)
  })

  test('an open item rises with a heavier waiter, and never sinks', async (t) => {
    const h = await opened(t)
    const one = (care: 0 | 1 | 3) => tells({ needs: [{ kind: 'UNKNOWN_PRICE', subject: 'price:A', weight: { care } }] })
    await take(h, one(0))
    h.clock.time += HOUR_MS
    await take(h, one(3))
    const risen = await firstItem(h)
    t.like(risen, { severity: 'high', care: 3, waiting: 2 })
    t.is(Date.parse(risen.dueAt), h.clock.now() + 4 * HOUR_MS)
    await take(h, one(1))
    t.like(await firstItem(h), { severity: 'high', care: 3, waiting: 3, dueAt: risen.dueAt })
  })

  test('the policies say who gets which kind, until when, and whom it goes to when it is past due', async (t) => {
    const h = await opened(t)
    const due = { low: 3000, normal: 2000, high: 1000 }
    await withWorklist(h, { owners: { INVOICE_PRICE: 'payables' }, due, escalation: ['ap-lead', 'cfo'] })
    await take(h, tells({ needs: [{ kind: 'INVOICE_PRICE', subject: 'a' }] }))
    const first = await firstItem(h)
    t.like(first, { owner: 'payables', escalated: 0 })
    t.is(Date.parse(first.dueAt), h.clock.now() + 2000)
    const steps: [string, number, number][] = []
    for (const wait of [1999, 1, 1999, 1, 2000]) {
      h.clock.time += wait
      await h.value({ op: 'tick' })
      const { owner, escalated, dueAt } = await firstItem(h)
      steps.push([owner, escalated, Date.parse(dueAt) - h.clock.now()])
    }
    t.deepEqual(steps, [
      ['payables', 0, 1],
      ['ap-lead', 1, 2000],
      ['ap-lead', 1, 1],
      ['cfo', 2, 2000],
      ['cfo', 3, 2000],
    ])
    t.is((await h.reader.audit({ limit: 1000 })).filter((line) => line.what === 'worklist.escalated').length, 3)
    const notices = await h.reader.notices({ after: 0, limit: 10 })
    t.deepEqual(
      notices.map((notice) => [notice.seq, notice.type, (JSON.parse(notice.body) as { owner: string }).owner]),
      [
        [1, 'worklist.opened', 'payables'],
        [2, 'worklist.escalated', 'ap-lead'],
        [3, 'worklist.escalated', 'cfo'],
        [4, 'worklist.escalated', 'cfo'],
      ],
    )
    await h.value({ op: 'resolve', item: first.id, action: 'discard', by: 'ap.clerk', reason: 'sent twice', value: null, erpRef: null })
    t.deepEqual(
      (await h.reader.notices({ after: 4, limit: 10 })).map((notice) => [notice.type, JSON.parse(notice.body)]),
      [['worklist.closed', { item: first.id, action: 'discard' }]],
    )
  })

  test('without an escalation list an item past due keeps its owner and is counted', async (t) => {
    const h = await opened(t)
    await take(h, tells({ needs: [{ kind: 'INVOICE_PRICE', subject: 'a' }] }))
    h.clock.time += 24 * HOUR_MS
    await h.value({ op: 'tick' })
    t.like(await firstItem(h), { owner: 'ap', escalated: 1 })
  })

  test('a comment and who has an item are with the item and in the audit; a closed item takes none', async (t) => {
    const h = await opened(t)
    await take(h, tells({ needs: [{ kind: 'INVOICE_PRICE', subject: 'a' }] }))
    const { id: item } = await firstItem(h)
    t.deepEqual(await h.value({ op: 'comment', item, by: 'ann', text: 'asked the supplier', assignee: null }), { done: true })
    t.deepEqual(await h.value({ op: 'comment', item, by: 'ann', text: 'yours', assignee: 'bob' }), { done: true })
    const view = await h.reader.worklistItem(item)
    t.is(view?.assignee, 'bob')
    t.deepEqual(
      view?.comments?.map((each) => [each.by, each.text]),
      [
        ['ann', 'asked the supplier'],
        ['ann', 'yours'],
      ],
    )
    await h.value({ ...resolution, item, action: 'discard' })
    t.deepEqual(await h.value({ op: 'comment', item, by: 'ann', text: 'late', assignee: null }), { done: false })
    t.deepEqual(
      (await h.reader.audit({})).map((line) => line.what),
      ['worklist.comment', 'worklist.assign', 'worklist.discard'],
    )
  })

  test('a release names its person, its reason and its kind in the event, for what was released alone', async (t) => {
    const h = await opened(t)
    const needs = [
      { kind: 'INVOICE_PRICE', subject: 'p' },
      { kind: 'INVOICE_QUANTITY', subject: 'q' },
    ] as const
    const id = await take(h, tells({ needs }))
    const item = async (kind: string) => (await openItems(h)).find((each) => each.kind === kind)
    t.deepEqual((await item('INVOICE_PRICE'))?.actions, ['release', 'retry', 'link', 'discard'])
    const release = async (kind: string, by: string, reason: string): Promise<Omit<ResolveOp, 'item'> & { item: number }> => {
      const { id: number = 0 } = (await item(kind)) ?? {}
      return { ...resolution, item: number, action: 'release', by, reason }
    }
    for (const by of ['', ' ', 'engine', 'Engine']) t.is((await h.value(await release('INVOICE_PRICE', by, 'agreed'))).kind, 'refused')
    t.like(await h.value(await release('INVOICE_PRICE', 'ann', ' ')), { kind: 'refused', place: 'reason' })
    t.deepEqual(await h.value(await release('INVOICE_PRICE', 'ann', 'agreed [by phone]')), { kind: 'resolved', resumed: 0, rerun: [] })
    t.is((await h.reader.message(id))?.events[0]?.body['released'], 'ann: agreed [by phone] [INVOICE_PRICE]')
    t.deepEqual(
      (await openItems(h)).map((each) => each.kind),
      ['INVOICE_QUANTITY'],
    )
    t.deepEqual(await h.value(await release('INVOICE_QUANTITY', 'bob', 'came')), { kind: 'resolved', resumed: 1, rerun: [] })
    t.is((await h.reader.message(id))?.events[0]?.body['released'], 'ann: agreed [by phone]; bob: came [INVOICE_PRICE INVOICE_QUANTITY]')
    t.deepEqual(await states(h, id), ['APPLIED'])
    t.is((await h.reader.trace(formatMessageId(id))).nodes.filter((node) => node.kind === 'correction' && node.ref === 'released').length >= 1, true)
    t.true((await h.reader.audit({})).some((line) => line.who === 'bob' && line.what === 'worklist.release'))
    // The same again is held again: a release is no rule for later ones.
    t.deepEqual(await states(h, await take(h, tells({ needs }))), ['WAITING'])
    t.deepEqual(await h.reader.translations(), [])
  })

  test('a release is no value: it cannot be typed in, and is never remembered', async (t) => {
    const h = await opened(t)
    const needs = [{ kind: 'SUPPLIER_APPROVAL', subject: 'supplier:V-9', field: 'released' }] as const
    const id = await take(h, tells({ needs }))
    const item = await firstItem(h)
    t.deepEqual(item.actions, ['release', 'retry', 'link', 'discard'])
    const answer = await h.value({ ...resolution, item: item.id, action: 'edit', value: 'cfo: fine [SUPPLIER_APPROVAL]' })
    t.like(answer, { kind: 'refused' })
    t.regex('text' in answer ? answer.text : '', /release it with a reason/)
    t.deepEqual(await states(h, id), ['WAITING'])
    t.deepEqual(await h.reader.translations(), [])
    t.is((await h.reader.message(id))?.events[0]?.body['released'], undefined)
  })

  test('a need that no word replaces is not released, whatever its kind, until it asks for less', async (t) => {
    const h = await opened(t)
    const need = { kind: 'INVOICE_TOTAL', subject: 'invoice:V-1:1', field: 'released' } as const
    await take(h, tells({ needs: [{ ...need, releasable: false }] }))
    const item = await firstItem(h)
    t.deepEqual(item.actions, ['retry', 'link', 'discard'])
    const answer = await h.value({ ...resolution, item: item.id, action: 'release' })
    t.regex('text' in answer ? answer.text : '', /cannot be released/)
    await take(h, tells({ needs: [need] }))
    t.deepEqual((await firstItem(h)).actions, ['release', 'retry', 'link', 'discard'])
  })

  test('a release adds to what persons released, not to what the sender wrote there', async (t) => {
    const h = await opened(t)
    const id = await take(h, tells({ needs: [{ kind: 'INVOICE_QUANTITY', subject: 'q' }], released: 'cfo: fine [INVOICE_PRICE INVOICE_TOTAL]' }))
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'release', by: 'cfo (payables)', reason: 'came' })
    t.is((await h.reader.message(id))?.events[0]?.body['released'], 'cfo (payables): came [INVOICE_QUANTITY]')
  })

  test('what is missing cannot be released', async (t) => {
    const h = await opened(t)
    for (const kind of ['INVOICE_NO_ORDER', 'INVOICE_UNIT', 'UNKNOWN_ITEM', 'BRIDGE_FAILED'] as const) {
      await take(h, tells({ needs: [{ kind, subject: kind }] }))
      const item = (await openItems(h)).at(-1)
      t.false(item?.actions?.includes('release'))
      t.is((await h.value({ ...resolution, item: item?.id ?? 0, action: 'release' })).kind, 'refused', kind)
    }
  })

  test('what a person released or gave is told to the bridge as corrected', async (t) => {
    const h = await open(t)
    const seen: (readonly string[] | undefined)[] = []
    await h.again({
      reads: () => [],
      decide(of) {
        seen.push(of.corrected)
        if (typeof of.body['released'] === 'string') return { kind: 'applied', documents: [], cancel: [] }
        return { kind: 'needs', needs: [{ kind: 'EXPIRED_LOT', subject: 's', field: 'lot', place: '', text: 'x' }] }
      },
    })
    await take(h, tells({}))
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'release' })
    t.deepEqual(seen, [[], ['released']])
  })

  test('mirrors of a discarded document that were not sent are cancelled with it', async (t) => {
    const h = await opened(t)
    const original = await take(h, tells({ documents: [{ kind: 'journal' }], rows: [['demand_line', { demand: 'd', open: 1 }]] }))
    const key = h.work[0]?.key ?? ''
    const mirror = await take(h, tells({ documents: [{ kind: 'journal', mirrorOf: key }] }))
    const again = await take(h, tells({ documents: [{ kind: 'journal', mirrorOf: h.work[1]?.key ?? '' }] }))
    const other = await take(h, tells({ documents: [{ kind: 'journal' }] }))
    await h.value({ op: 'claim', message: original, n: 1, attempts: 1 })
    await h.value({ ...settled, message: original, n: 1, state: 'HELD', failure: { code: 'ERP_REFUSED', text: 'no' } })
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'discard' })
    const stateOf = async (id: number) => (await h.reader.message(id))?.events[0]?.deliveries[0]?.state
    t.deepEqual([await stateOf(original), await stateOf(mirror), await stateOf(again), await stateOf(other)], ['CANCELLED', 'CANCELLED', 'CANCELLED', 'QUEUED'])
    t.is((await h.reader.rows({ table: 'demand_line' })).items[0]?.open, 1)
  })

  test('the receipt check of a discarded document is due at once', async (t) => {
    const h = await opened(t)
    const original = await take(h, tells({ documents: [{ kind: 'goods-receipt' }] }))
    const later = h.clock.now() + 3_600_000
    const check = (subject: string) => ['timer', { name: 'receipt-check', subject, due: later, destination: 'erp' }] as const
    await take(h, tells({ rows: [[...check(h.work[0]?.key ?? '')], [...check('another')]] }))
    await h.value({ op: 'claim', message: original, n: 1, attempts: 1 })
    await h.value({ ...settled, message: original, n: 1, state: 'HELD', failure: { code: 'ERP_REFUSED', text: 'no' } })
    t.deepEqual(await h.reader.dueTimers(later - 1, 10), [])
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'discard' })
    t.deepEqual(
      (await h.reader.dueTimers(later - 1, 10)).map(({ subject }) => subject),
      [h.work[0]?.key ?? ''],
    )
  })

  test('a mirror that is out stays: what it undoes is a matter of the ERP', async (t) => {
    const h = await opened(t)
    const original = await take(h, tells({ documents: [{ kind: 'journal' }] }))
    const mirror = await take(h, tells({ documents: [{ kind: 'journal', mirrorOf: h.work[0]?.key ?? '' }] }))
    await h.value({ op: 'claim', message: mirror, n: 1, attempts: 1 })
    await h.value({ op: 'claim', message: original, n: 1, attempts: 1 })
    await h.value({ ...settled, message: original, n: 1, state: 'HELD', failure: { code: 'ERP_REFUSED', text: 'no' } })
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'discard' })
    t.is((await h.reader.message(mirror))?.events[0]?.deliveries[0]?.state, 'SENDING')
  })

  test('a document is found by the number its ERP gave it, and none under an empty one', async (t) => {
    const h = await opened(t)
    const sent = await take(h, tells({ documents: [{ kind: 'purchase-order' }] }))
    await take(h, tells({ documents: [{ kind: 'purchase-order' }] }))
    await h.value({ op: 'claim', message: sent, n: 1, attempts: 1 })
    await h.value({ ...settled, message: sent, n: 1, state: 'SENT', reference: 'PO-7' })
    const found = async (number: string) => {
      const id = await take(h, tells({ find: { table: 'document', finder: 'byReference', values: [number] } }))
      const { items } = await h.reader.rows({ table: 'process', where: { subject: formatEventId(id, 'usage', 'FT1[1]') } })
      return (JSON.parse(items[0]?.data ?? '[]') as { key: string; erp_ref: string }[]).map((row) => [row.key, row.erp_ref])
    }
    t.deepEqual(await found('PO-7'), [[h.work[0]?.key, 'PO-7']])
    t.deepEqual(await found(''), [])
    t.deepEqual(await found('PO-8'), [])
  })

  test('notices are numbered in the order of commit, across a restart and without holes', async (t) => {
    const h = await opened(t)
    const notice = (line: number, type: string) => ['notice', { line, type, subject: 's', body: '{}' }] as const
    await Promise.all([
      h.value(intakeOp(idAt(h.clock), tells({ rows: [notice(10, 'b'), notice(9, 'a')] }))),
      h.value(intakeOp(idAt(h.clock), tells({ rows: [notice(1, 'c')] }))),
    ])
    await h.again(toldBridge)
    await take(h, tells({ rows: [notice(1, 'a')] }))
    const all = await h.reader.notices({ after: 0, limit: 10 })
    t.deepEqual(
      all.map((each) => [each.seq, each.type, each.at]),
      ['a', 'b', 'c', 'a'].map((type, i) => [i + 1, type, h.clock.now()]),
    )
    t.deepEqual(
      (await h.reader.notices({ after: 1, limit: 2, types: ['a', 'b'] })).map((each) => each.seq),
      [2, 4],
    )
  })

  test('a movement is never written over: a rule that does is a defect and waits for a person', async (t) => {
    const h = await opened(t)
    const first = await take(h, tells({ rows: [['movement', { line: 1, location: 'A', item: 'X', quantity: 5 }]] }))
    await take(h, tells({ rows: [['movement', { message: first, n: 1, line: 1, location: 'A', item: 'X', quantity: 9 }]] }))
    t.is((await firstItem(h)).kind, 'BRIDGE_FAILED')
    t.deepEqual(
      (await h.reader.rows({ table: 'movement' })).items.map((row) => row.quantity),
      [5],
    )
  })
}
