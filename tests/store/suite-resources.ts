/** FHIR resources: written in one commit with their messages or not at all, found by every kind of value. */
import type { TestFn } from 'ava'
import fc from 'fast-check'
import type { LedgerOps, ResourceKey, ResourceMatch, ResourceQuery, ResourceWrite, ResourcesAnswer, ResourcesOp } from '../../channels/contract/index.ts'
import { idAt, intakeOp } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import type { Open } from './suite.ts'

export const key = (param: string, fields: Partial<ResourceKey> = {}): ResourceKey => ({ param, system: '', value: '', low: 0, high: 0, ...fields })
export const write = (id: string, fields: Partial<ResourceWrite> = {}): ResourceWrite => {
  const version = fields.version ?? 1
  const method = fields.method ?? (version === 1 ? 'create' : 'update')
  const body = method === 'delete' ? null : `{"id":"${id}","v":${String(version)}}`
  return { type: 'Procedure', id, version, method, updated: 1000 + version, body, keys: [], ...fields }
}
export const query = (fields: Partial<ResourceQuery> = {}): ResourceQuery => ({
  types: ['Procedure'],
  ids: null,
  updated: [],
  criteria: [],
  sort: [],
  offset: 0,
  limit: 100,
  ...fields,
})
const by = (param: string, ...any: ResourceMatch[]) => query({ criteria: [{ param, any }] })
export const resources = (fields: Partial<ResourcesOp>): ResourcesOp => ({ op: 'resources', messages: [], writes: [], expects: [], ...fields })

const ids = async (h: Harness, asked: ResourceQuery) => (await h.reader.resources(asked)).items.map((item) => item.id)
const kinds = (answers: readonly ResourcesAnswer[]) => answers.map((answer) => answer.kind)

export function resourceSuite(test: TestFn, open: Open): void {
  test('a resource is stored with its message, read by name, by version and by message, and noticed', async (t) => {
    const h = await open(t)
    const id = idAt(h.clock)
    t.deepEqual(await h.value(resources({ messages: [intakeOp(id)], writes: [write('1'), write('2', { type: 'Device' })] })), { kind: 'stored' })
    t.deepEqual(await h.reader.resource('Procedure', '1'), {
      type: 'Procedure',
      id: '1',
      version: 1,
      method: 'create',
      updated: 1001,
      body: '{"id":"1","v":1}',
      message: id,
    })
    t.deepEqual(
      (await h.reader.resourcesOf(id)).map((each) => `${each.type}/${each.id}`),
      ['Procedure/1', 'Device/2'],
    )
    t.is((await h.reader.message(id))?.state, 'QUEUED')
    t.is(await h.reader.resource('Procedure', '2'), null)
    t.is(await h.reader.resourceVersion('Procedure', '1', 2), null)
    t.deepEqual(
      (await h.reader.notices({ after: 0, limit: 9 })).map((notice) => [notice.type, notice.subject, notice.body, notice.message]),
      [
        ['resource.created', 'Procedure/1', '{"version":"1"}', id],
        ['resource.created', 'Device/2', '{"version":"1"}', id],
      ],
    )
  })

  test('copies of one request for several channels all have its resources, and a resend is answered as the first was', async (t) => {
    const h = await open(t)
    const [a, b] = [idAt(h.clock), idAt(h.clock)]
    const copies = (...each: number[]) => each.map((id) => intakeOp(id, { controlId: 'K1', channel: `c${String(id)}` }))
    t.deepEqual(await h.value(resources({ messages: copies(a, b), writes: [write('1')] })), { kind: 'stored' })
    t.is((await h.reader.resourcesOf(b))[0]?.id, '1')
    const again = await h.value(resources({ messages: copies(idAt(h.clock), idAt(h.clock)), writes: [write('1')] }))
    t.is(again.kind, 'duplicate')
    if (again.kind !== 'duplicate') return
    t.is(again.message, a)
    t.is(Buffer.from(again.ack ?? []).toString(), `ack of ${String(a)}`)
    t.is((await h.reader.messages({})).items.length, 2)
    t.is((await h.reader.resource('Procedure', '1'))?.version, 1)
  })

  test('a version that does not follow writes nothing of its op: no resource, no message, no notice', async (t) => {
    const h = await open(t)
    await h.value(resources({ writes: [write('1')] }))
    const id = idAt(h.clock)
    const answer = await h.value(resources({ messages: [intakeOp(id)], writes: [write('2'), write('1')], cursor: { source: 's', kind: 'k', value: '9' } }))
    t.deepEqual(answer, { kind: 'conflict', what: 'version', at: 1 })
    t.is(await h.reader.resource('Procedure', '2'), null)
    t.is(await h.reader.message(id), null)
    t.is((await h.reader.notices({ after: 0, limit: 9 })).length, 1)
    t.is((await h.reader.rows({ table: 'cursor' })).items.length, 0)
    t.deepEqual(await h.value(resources({ writes: [write('3', { version: 2 })] })), { kind: 'conflict', what: 'version', at: 0 })
  })

  test('an update replaces the keys, a deletion ends them, and every version stays', async (t) => {
    const h = await open(t)
    const status = (value: string) => ({ keys: [key('status', { value })] })
    await h.value(resources({ writes: [write('1', status('in-progress'))] }))
    await h.value(resources({ writes: [write('1', { version: 2, ...status('completed') })], cursor: { source: 's', kind: 'k', value: '2' } }))
    t.deepEqual(await ids(h, by('status', { value: 'in-progress' })), [])
    t.deepEqual(await ids(h, by('status', { value: 'completed' })), ['1'])
    await h.value(resources({ writes: [write('1', { version: 3, method: 'delete' })] }))
    t.deepEqual(await ids(h, by('status', { value: 'completed' })), [])
    t.deepEqual(await ids(h, query()), [])
    t.like(await h.reader.resource('Procedure', '1'), { version: 3, method: 'delete', body: null })
    t.is((await h.reader.resourceVersion('Procedure', '1', 1))?.body, '{"id":"1","v":1}')
    await h.value(resources({ writes: [write('1', { version: 4, method: 'update', ...status('completed') })] }))
    t.deepEqual(await ids(h, by('status', { value: 'completed' })), ['1'])
    const history = await h.reader.resourceHistory({ type: 'Procedure', id: '1', since: 0, offset: 1, limit: 2 })
    t.is(history.total, 4)
    t.deepEqual(
      history.items.map((each) => each.version),
      [3, 2],
    )
    t.is((await h.reader.rows({ table: 'cursor' })).items[0]?.value, '2')
  })

  test('histories of a type and of all come newest first, from a moment on', async (t) => {
    const h = await open(t)
    await h.value(resources({ writes: [write('1', { updated: 10 }), write('2', { type: 'Device', updated: 20 }), write('3', { updated: 30 })] }))
    const history = async (type: string, since: number) =>
      (await h.reader.resourceHistory({ type, id: '', since, offset: 0, limit: 9 })).items.map((each) => each.id)
    t.deepEqual(await history('Procedure', 0), ['3', '1'])
    t.deepEqual(await history('', 20), ['3', '2'])
    t.is((await h.reader.resourceHistory({ type: '', id: '', since: 0, offset: 0, limit: 0 })).total, 3)
  })

  test('a search for more values than a statement has terms finds each of them', async (t) => {
    const h = await open(t)
    const value = (n: number) => (n % 2 === 0 ? `urn:test:${'long-'.repeat(16)}${String(n)}` : String(n))
    const keys = (n: number) => [key('identifier', { system: 'urn:mrn', value: value(n) }), key('status', { value: String(n) })]
    await h.value(resources({ writes: [3, 4, 1400, 1600].map((n) => write(String(n), { keys: keys(n) })) }))
    const any = (system?: string): ResourceMatch[] => Array.from({ length: 1500 }, (_, n) => ({ value: value(n), ...(system === undefined ? {} : { system }) }))
    const statuses = Array.from({ length: 1500 }, (_, n) => ({ value: String(n + 4) }))
    t.deepEqual(await ids(h, by('identifier', ...any())), ['1400', '3', '4'])
    t.deepEqual(await ids(h, by('identifier', ...any('urn:mrn'))), ['1400', '3', '4'])
    t.deepEqual(await ids(h, by('identifier', ...any('urn:other'))), [])
    const both = query({
      criteria: [
        { param: 'identifier', any: any() },
        { param: 'status', any: statuses },
      ],
    })
    t.deepEqual(await ids(h, both), ['1400', '4'])
    const not = query({ criteria: [{ param: 'identifier', any: any(), not: true }] })
    t.deepEqual(await ids(h, not), ['1600'])
  })

  test('of twenty that create if none exists, at once, one does', async (t) => {
    const h = await open(t)
    const identifier = { system: 'urn:mrn', value: '7' }
    const create = (n: number) =>
      resources({
        messages: [intakeOp(idAt(h.clock))],
        writes: [write(`p${String(n)}`, { keys: [key('identifier', identifier)] })],
        expects: [{ query: by('identifier', identifier), found: [] }],
      })
    const answers: LedgerOps['resources']['answer'][] = await Promise.all(Array.from({ length: 10 }, (_, n) => h.value(create(n))))
    // The rest comes in several batches.
    for (const half of [10, 15]) answers.push(...(await Promise.all(Array.from({ length: 5 }, (_, n) => h.value(create(half + n))))))
    t.is(answers.filter((answer) => answer.kind === 'stored').length, 1)
    t.is(answers.filter((answer) => answer.kind === 'conflict' && answer.what === 'expectation').length, 19)
    t.is((await h.reader.resources(by('identifier', identifier))).total, 1)
    t.is((await h.reader.messages({})).items.length, 1)
  })

  test('ops of one batch come out as one by one: the same resource, a condition that an earlier one changed, the same message', async (t) => {
    const h = await open(t)
    const value = (text: string) => ({ keys: [key('status', { value: text })] })
    const found = (text: string, ...names: string[]) => ({ query: by('status', { value: text }), found: names })
    const answers = await Promise.all([
      h.value(resources({ writes: [write('1', value('a'))] })),
      h.value(resources({ writes: [write('1', { version: 2, ...value('b') })] })),
      h.value(resources({ writes: [write('2', value('b'))], expects: [found('b', 'Procedure/1')] })),
      h.value(resources({ writes: [write('1', { version: 2, ...value('z') })] })),
      h.value(resources({ writes: [write('1', { version: 3, method: 'delete' })] })),
      h.value(resources({ writes: [write('3', value('c'))], expects: [found('b', 'Procedure/2'), found('z')] })),
      h.value(resources({ messages: [intakeOp(idAt(h.clock), { controlId: 'K' })], writes: [write('3', value('c'))] })),
      h.value(resources({ messages: [intakeOp(idAt(h.clock), { controlId: 'K' })], writes: [write('4', value('c'))] })),
      h.value(resources({ messages: [intakeOp(idAt(h.clock), { controlId: 'K' })], writes: [write('5', value('c'))] })),
    ])
    t.deepEqual(kinds(answers), ['stored', 'stored', 'stored', 'conflict', 'stored', 'stored', 'conflict', 'stored', 'duplicate'])
    t.deepEqual(await ids(h, query()), ['2', '3', '4'])
  })

  test('texts are found by system and value, their beginning, a part of them, or the path above them', async (t) => {
    const h = await open(t)
    const long = `${'ä'.repeat(63)}\u{1F600}${'x'.repeat(90)}`
    const texts: readonly (readonly [string, Partial<ResourceKey>])[] = [
      ['a', { system: 'urn:1', value: 'Ab_1' }],
      ['b', { system: 'urn:2', value: 'Ab_1' }],
      ['c', { value: 'ab_1' }],
      ['d', { value: 'http://x/y' }],
      ['e', { value: 'http://x/yz' }],
      ['f', { value: 'http://x/y/z' }],
      ['g', { value: long }],
      ['h', { value: `${long}y` }],
      ['i', { system: 'urn:1' }],
      ['j', { value: 'abc' }],
    ]
    await h.value(resources({ writes: texts.map(([id, fields]) => write(id, { keys: [key('p', fields)] })) }))
    const cases: readonly (readonly [ResourceMatch, string])[] = [
      [{ value: 'Ab_1' }, 'ab'],
      [{ system: 'urn:1', value: 'Ab_1' }, 'a'],
      [{ system: 'urn:1' }, 'ai'],
      [{ system: '', value: 'ab_1' }, 'c'],
      [{ value: 'ab', how: 'starts' }, 'cj'],
      [{ value: 'b_', how: 'contains' }, 'abc'],
      [{ value: 'http://x/y', how: 'below' }, 'df'],
      [{ value: 'http://x/y', how: 'starts' }, 'def'],
      [{ value: long }, 'g'],
      [{ value: long, how: 'starts' }, 'gh'],
      [{ value: long, how: 'below' }, 'g'],
      [{ value: `${long}y`, how: 'starts' }, 'h'],
      [{ value: '%', how: 'contains' }, ''],
    ]
    for (const [match, expected] of cases) t.deepEqual(await ids(h, by('p', match)), [...expected], JSON.stringify(match))
  })

  test('criteria are all met; one may be negated, missing, or any of several; ids and several types narrow', async (t) => {
    const h = await open(t)
    const of = (status: string, code = '') => ({ keys: [key('status', { value: status }), ...(code === '' ? [] : [key('code', { value: code })])] })
    await h.value(
      resources({ writes: [write('1', of('x', 'A')), write('2', of('x', 'B')), write('3', of('y')), write('4', { type: 'Device', ...of('x', 'A') })] }),
    )
    const status = { param: 'status', any: [{ value: 'x' }] }
    const code = { param: 'code', any: [{ value: 'A' }] }
    t.deepEqual(await ids(h, query({ criteria: [status, code] })), ['1'])
    t.deepEqual(await ids(h, query({ criteria: [code, status], types: ['Procedure', 'Device'] })), ['4', '1'])
    t.deepEqual(await ids(h, query({ criteria: [{ ...status, not: true }] })), ['3'])
    t.deepEqual(await ids(h, query({ criteria: [{ param: 'code', any: [], missing: true }] })), ['3'])
    t.deepEqual(await ids(h, query({ criteria: [{ param: 'code', any: [], missing: false }, status] })), ['1', '2'])
    t.deepEqual(await ids(h, query({ criteria: [{ param: 'code', any: [{ value: 'B' }, { value: 'A' }, { value: 'C' }] }] })), ['1', '2'])
    t.deepEqual(await ids(h, query({ ids: ['2', '3', '9'] })), ['2', '3'])
    t.deepEqual(await ids(h, query({ ids: [] })), [])
    t.deepEqual(await ids(h, query({ criteria: [{ param: 'code', any: [] }] })), [])
  })

  test('a page says how many there are; order is by what is asked, those without come last, ties by name', async (t) => {
    const h = await open(t)
    await h.value(
      resources({
        writes: [
          write('a', { updated: 3, keys: [key('date', { low: 5, high: 6 }), key('date', { low: 1, high: 2 })] }),
          write('b', { updated: 1, keys: [key('date', { low: 4, high: 4 })] }),
          write('c', { updated: 2, keys: [key('name', { value: 'z' })] }),
          write('d', { updated: 2, keys: [key('name', { value: 'Y' })] }),
        ],
      }),
    )
    const sorted = (param: string, descending = false, more: Partial<ResourceQuery> = {}) => ids(h, query({ sort: [{ param, descending }], ...more }))
    t.deepEqual(await sorted('date'), ['a', 'b', 'c', 'd'])
    t.deepEqual(await sorted('date', true), ['b', 'a', 'c', 'd'])
    t.deepEqual(await sorted('name'), ['d', 'c', 'a', 'b'])
    t.deepEqual(await sorted('_lastUpdated', true), ['a', 'c', 'd', 'b'])
    t.deepEqual(await sorted('_id', true, { offset: 1, limit: 2 }), ['c', 'b'])
    t.deepEqual(await h.reader.resources(query({ limit: 0 })), { items: [], total: 4 })
    t.is((await h.reader.resources(query({ offset: 9 }))).total, 4)
    t.deepEqual(
      await ids(
        h,
        query({
          updated: [
            { prefix: 'ge', low: 2, high: 2 },
            { prefix: 'lt', low: 3, high: 3 },
          ],
        }),
      ),
      ['c', 'd'],
    )
  })

  test('bounds are compared by every prefix as FHIR search says', async (t) => {
    const h = await open(t)
    const bound = fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 3 })).map(([low, size]) => ({ low, high: low + size + 0.5 }))
    const stored = Array.from({ length: 40 }, (_, i) => ({ low: (i % 9) - 4, high: (i % 9) - 4 + (Math.floor(i / 9) % 5) + 0.5 }))
    stored.push({ low: 0, high: 0 }, { low: Number.NEGATIVE_INFINITY, high: 1 }, { low: -1, high: Number.POSITIVE_INFINITY })
    const name = (i: number) => `n${String(i).padStart(2, '0')}`
    await h.value(resources({ writes: stored.map((each, i) => write(name(i), { keys: [key('date', each)] })) }))
    const meets = {
      eq: (of, q) => of.low >= q.low && of.high <= q.high,
      ne: (of, q) => of.low < q.low || of.high > q.high,
      gt: (of, q) => of.high > q.high,
      lt: (of, q) => of.low < q.low,
      ge: (of, q) => of.high > q.high || (of.low >= q.low && of.high <= q.high),
      le: (of, q) => of.low < q.low || (of.low >= q.low && of.high <= q.high),
      sa: (of, q) => of.low > q.high,
      eb: (of, q) => of.high < q.low,
      ap: (of, q) => of.low <= q.high && of.high >= q.low,
    } satisfies Record<NonNullable<ResourceMatch['range']>['prefix'], (of: { low: number; high: number }, q: { low: number; high: number }) => boolean>
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...(Object.keys(meets) as (keyof typeof meets)[])), bound, async (prefix, range) => {
        const expected = stored.flatMap((of, i) => (meets[prefix](of, range) ? [name(i)] : []))
        t.deepEqual(await ids(h, by('date', { range: { prefix, ...range } })), expected, `${prefix} ${JSON.stringify(range)}`)
      }),
      { numRuns: 60 },
    )
  })

  test('a quantity of nothing is found by its value, alone and with its unit', async (t) => {
    const h = await open(t)
    const quantity = (value: number) => ({ keys: [key('q', { system: 'urn:ucum', value: 'mg', low: value, high: value })] })
    await h.value(resources({ writes: [write('a', quantity(0)), write('b', quantity(-1)), write('c', quantity(2))] }))
    const range = (prefix: NonNullable<ResourceMatch['range']>['prefix'], value: number) => ({ range: { prefix, low: value, high: value } })
    t.deepEqual(await ids(h, by('q', range('eq', 0))), ['a'])
    t.deepEqual(await ids(h, by('q', range('gt', -1))), ['a', 'c'])
    t.deepEqual(await ids(h, by('q', { value: 'mg', ...range('le', 0) })), ['a', 'b'])
    t.deepEqual(await ids(h, query({ criteria: [{ param: 'q', any: [range('eq', 0)], not: true }], sort: [{ param: 'q', descending: true }] })), ['c', 'b'])
    t.deepEqual(await ids(h, query({ sort: [{ param: 'q', descending: false }] })), ['b', 'a', 'c'])
  })

  test('a value is used once, until its time is over', async (t) => {
    const h = await open(t)
    const use = (value: string, scope = 'iss') => h.value({ op: 'once', scope, value, until: h.clock.now() + 1000 })
    const answers = await Promise.all([use('a'), use('a'), use('b'), use('a', 'other'), use('x'.repeat(5000))])
    t.deepEqual(
      answers.map((answer) => answer.first),
      [true, false, true, true, true],
    )
    t.false((await use('a')).first)
    h.clock.time += 1001
    t.true((await use('a')).first)
  })

  test('a thousand creates of one batch take a handful of statements', async (t) => {
    const h = await open(t)
    const create = (n: number) =>
      resources({
        messages: [intakeOp(idAt(h.clock), { events: [], deliveries: [], state: 'FILTERED' })],
        writes: [write(`n${String(n)}`, { keys: [key('identifier', { system: 'urn:mrn', value: String(n) }), key('status', { value: 'completed' })] })],
        expects: n % 2 === 0 ? [] : [{ query: by('identifier', { system: 'urn:mrn', value: String(n) }), found: [] }],
      })
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, n) => h.value(create(n))))
    t.true(answers.every((answer) => answer.kind === 'stored'))
    t.is((await h.reader.resources(by('status', { value: 'completed' }))).total, 1000)
  })
}
