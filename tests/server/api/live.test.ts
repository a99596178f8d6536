import test from 'ava'
import { as, keyOf, live, until } from './live.ts'

const USAGE = {
  type: 'SupplyUsed',
  occurredAt: '2026-03-02T10:22:33+01:00',
  case: 'ACC9',
  department: 'OR-MAIN',
  location: 'OR-CORE',
  item: { code: 'SUT-VIC-30', system: 'ITEM' },
  quantity: { value: '1', unit: 'EA' },
}

test('a key may do what its scopes say, is told what it lacks, and nothing after it was revoked', async (t) => {
  const running = await live(t)
  const key = await keyOf(running, 'reader', 'system:read')
  t.regex(key, /^aq_[\w-]{43}$/)
  const caller = as(running, key)
  t.is((await caller.get('/api/system/v1/items')).status, 200)
  t.is((await fetch(`${running.engine.api}/api/system/v1/items`, { headers: { 'x-api-key': key } })).status, 200)
  const refused = await caller.post('/api/process/v1/usage', USAGE, { 'idempotency-key': 'a' })
  t.is(refused.status, 403)
  t.is(refused.headers.get('content-type'), 'application/problem+json')
  t.regex(refused.headers.get('www-authenticate') ?? '', /insufficient_scope.*process:write/)
  t.like(await refused.json(), { missing: 'process:write', scopes: ['system:read'] })
  for (const path of ['/api/ops/v1/messages', '/api/ops/v1/keys', '/fhir/SupplyDelivery', '/api/process/v1/events'])
    t.is((await caller.get(path)).status, 403, path)
  t.is((await as(running, key.slice(0, -1)).get('/api/system/v1/items')).status, 401)
  const list = (await (await as(running).get('/api/ops/v1/keys')).json()) as { items: Record<string, unknown>[] }
  t.like(list.items[0], { name: 'reader', state: 'active', expires: null, scopes: ['system:read'] })
  t.notRegex(JSON.stringify(list), new RegExp(key.slice(3)))
  t.is((await as(running).post('/api/ops/v1/keys', { name: 'reader', scopes: ['*'] })).status, 409)
  await fetch(`${running.engine.api}/api/ops/v1/keys/reader`, { method: 'DELETE', headers: { authorization: `Bearer ${running.engine.token}` } })
  const revoked = await caller.get('/api/system/v1/items')
  t.is(revoked.status, 401)
  t.regex(((await revoked.json()) as { detail: string }).detail, /revoked/)
  const audit = (await (await as(running).get('/api/ops/v1/audit?limit=500')).json()) as { items: { what: string; subject: string }[] }
  t.deepEqual(
    audit.items.filter(({ subject }) => subject === 'reader').map(({ what }) => what),
    ['api-key.keep', 'api-key.revoke'],
  )
})

test('a usage is taken once for each idempotency key, decided, and what became of it is told', async (t) => {
  const running = await live(t)
  const caller = as(running, await keyOf(running, 'periop', 'process:write', 'process:read'))
  const first = await caller.post('/api/process/v1/usage', USAGE, { 'idempotency-key': 'case-9.1' })
  t.is(first.status, 202)
  const accepted = (await first.json()) as { message: string; events: string[]; links: { self: string } }
  t.is(first.headers.get('location'), accepted.links.self)
  t.is(first.headers.get('idempotency-replayed'), null)
  const { quantity, item, ...rest } = USAGE
  const again = await caller.post('/api/process/v1/usage', { item, ...rest, quantity }, { 'idempotency-key': 'case-9.1' })
  t.deepEqual([again.status, again.headers.get('idempotency-replayed'), await again.json()], [200, 'true', accepted])
  const other = await caller.post('/api/process/v1/usage', { ...USAGE, case: 'ACC10' }, { 'idempotency-key': 'case-9.1' })
  t.deepEqual([other.status, ((await other.json()) as { message: string }).message], [422, accepted.message])
  const count = { occurredAt: '2026-03-02', location: 'OR-CORE', item: { code: 'SUT-VIC-30' }, quantity: { value: '3', unit: 'EA' } }
  t.is((await caller.post('/api/process/v1/replenishment/counts', count, { 'idempotency-key': 'case-9.1' })).status, 422)
  const missing = await caller.post('/api/process/v1/usage', USAGE)
  t.is(missing.status, 400)
  t.regex(((await missing.json()) as { detail: string }).detail, /Idempotency-Key/)
  const many = await Promise.all(Array.from({ length: 8 }, () => caller.post('/api/process/v1/usage', USAGE, { 'idempotency-key': 'at-once' })))
  t.deepEqual(many.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 200, 200, 202])
  const other2 = as(running, await keyOf(running, 'other', 'process:write'))
  t.is((await other2.post('/api/process/v1/usage', USAGE, { 'idempotency-key': 'case-9.1' })).status, 202, 'keys of another caller are others')

  const status = await until(
    async () =>
      (await (await caller.get(accepted.links.self)).json()) as { state: string; events: { id: string; state: string; documents: { kind: string }[] }[] },
    ({ events }) => events.length === 1 && events[0]?.state !== 'WAITING',
  )
  t.is(status.events[0]?.id, accepted.events[0])
  t.is(status.events[0]?.state, 'APPLIED')
  t.true(status.events[0]?.documents.some(({ kind }) => kind === 'goods-issue'))
  t.is((await caller.get('/api/process/v1/requests/m00000000000')).status, 404)
  const used = (await (await caller.get('/api/process/v1/usage?item=SUT-VIC-30')).json()) as { items: { quantity: string }[] }
  t.true(used.items.length > 0)
  t.is(used.items[0]?.quantity, '1')
})

test('what does not fit is pointed at in the body, and nothing is stored', async (t) => {
  const running = await live(t, { load: false })
  const caller = as(running)
  const refused = async (path: string, body: unknown) => {
    const answer = await caller.post(`/api/process/v1${path}`, body, { 'idempotency-key': 'bad' })
    t.is(answer.status, 400, path)
    return ((await answer.json()) as { findings: { pointer: string }[] }).findings.map(({ pointer }) => pointer)
  }
  t.deepEqual(await refused('/usage', { ...USAGE, colour: 'red' }), ['/colour'])
  t.deepEqual(await refused('/usage', { ...USAGE, quantity: { value: '-1', unit: 'EA' } }), ['/quantity/value'])
  t.deepEqual(await refused('/usage', { ...USAGE, type: 'GoodsReceived' }), ['/type'])
  const receipt = { occurredAt: '2026-03-02', order: 'PO-1', number: 'PS-1', lines: [{ line: '1', quantity: { value: '1', unit: 'EA' }, 'a/b': 1 }, {}] }
  t.deepEqual(await refused('/procure-to-pay/receipts', receipt), ['/lines/0', '/lines/1/line'])
  t.deepEqual(await refused('/procure-to-pay/invoices', { number: 'I-1' }), ['/occurredAt', '/lines'])
  const said = { released: 'cfo: fine [INVOICE_PRICE]' }
  const day = '2026-03-02'
  const invoice = { occurredAt: day, number: 'I-1', order: 'PO-1', lines: [] }
  const foreign = { ...said, key: 'k', origins: ['o'], status: 'posted' }
  for (const path of ['receipts', 'invoices', 'acknowledgements', 'shipments'])
    t.deepEqual(await refused(`/procure-to-pay/${path}`, { ...invoice, ...foreign }), ['/released', '/key', '/origins', '/status'], path)
  const counted = { ...invoice, lines: [{ line: '1', received: '1', invoiced: '2', status: 'closed' }] }
  t.deepEqual(await refused('/procure-to-pay/invoices', counted), ['/lines/0/received', '/lines/0/invoiced', '/lines/0/status'])
  t.deepEqual(await refused('/procure-to-pay/acknowledgements', counted), ['/lines/0/received', '/lines/0/invoiced'])
  t.deepEqual(await refused('/onboarding/suppliers', { occurredAt: day, code: 'V-9', name: 'Nail', ...said }), ['/released'])
  const { type: _type, ...used } = USAGE
  for (const type of ['SupplyUsed', 'SupplyWasted', 'SupplyReversed']) t.deepEqual(await refused('/usage', { ...used, type, ...said }), ['/released'])
  t.deepEqual(await refused('/replenishment/requests', { ...used, ...said }), ['/released'])
  type Described = { components: { schemas: Record<string, { properties?: Record<string, unknown> }> } }
  const { components } = (await (await caller.get('/openapi.json')).json()) as Described
  t.truthy(components.schemas['InvoiceReceivedRequest']?.properties?.['number'])
  t.deepEqual(
    Object.entries(components.schemas).filter(([name, { properties = {} }]) => name.endsWith('Request') && 'released' in properties),
    [],
  )
  t.deepEqual(await refused('/allocation/period-ends', { company: 'MAIN/1', period: '' }), ['/company', '/period'])
  const { items } = (await (await caller.get('/api/ops/v1/messages')).json()) as { items: unknown[] }
  t.deepEqual(items, [])
})

test('a period that is none, or of a company that has none, is refused at once', async (t) => {
  const running = await live(t, { load: false })
  const caller = as(running)
  const end = async (company: string, period: string) => {
    const answer = await caller.post('/api/process/v1/allocation/period-ends', { company, period }, { 'idempotency-key': `${company}-${period}` })
    const { findings = [] } = (await answer.json()) as { findings?: { pointer: string }[] }
    return [answer.status, ...findings.map(({ pointer }) => pointer)]
  }
  t.deepEqual(await end('MAIN', '2026-13'), [422, '/period'])
  t.deepEqual(await end('MAIN', 'P07'), [422, '/period'])
  t.deepEqual(await end('ANY', '2026-07'), [202], 'without periods every company is known')
  const row = { company: 'MAIN', ledger: 'GL', period: 'P07', valid_from: '2026-07-01', valid_to: '2026-07-31', kind: 'standard', status: 'open' }
  t.is((await caller.post('/api/ops/v1/load/periods', { rows: [row], source: 'periods.csv' })).status, 200)
  t.deepEqual(await end('MAIN', 'P07'), [202])
  t.deepEqual(await end('MAIN', '2026-08'), [202])
  t.deepEqual(await end('ZZZ', '2026-08'), [422, '/company'])
  t.deepEqual(await end('ZZZ', 'P07'), [422, '/period'])
})

test('what a person does with a key is written with the name of the key', async (t) => {
  const running = await live(t)
  await as(running).post('/api/process/v1/usage', { ...USAGE, department: '7010' }, { 'idempotency-key': 'w' })
  const caller = as(running, await keyOf(running, 'payables', 'ops:read', 'ops:write'))
  const answer = await caller.post('/api/ops/v1/worklist/1/resolve', { action: 'discard', reason: 'a test' }, { 'x-aqueduct-user': 'cfo' })
  t.is(answer.status, 200)
  const { items } = (await (await caller.get('/api/ops/v1/audit?limit=500')).json()) as { items: { who: string; what: string }[] }
  t.deepEqual(
    items.filter(({ what }) => what === 'worklist.discard').map(({ who }) => who),
    ['cfo (payables)'],
  )
})

test('a use is taken back by case and item when nothing says what the reversal is of', async (t) => {
  const caller = as(await live(t))
  await caller.post('/api/process/v1/usage', USAGE, { 'idempotency-key': 'use' })
  const back = await caller.post('/api/process/v1/usage', { ...USAGE, type: 'SupplyReversed' }, { 'idempotency-key': 'back' })
  t.is(back.status, 202)
  const { links } = (await back.json()) as { links: { self: string } }
  const ask = async () => (await (await caller.get(links.self)).json()) as { events: { state: string }[] }
  t.is((await until(ask, ({ events }) => events[0]?.state === 'APPLIED')).events.length, 1)
})

test('consigned stock is read with its owner, in the list and by itself, with a level or without', async (t) => {
  const running = await live(t)
  const caller = as(running)
  const count = (key: string, counted: Record<string, unknown>) =>
    caller.post(
      '/api/process/v1/replenishment/counts',
      { occurredAt: new Date().toISOString().slice(0, 10), location: 'OR-CORE', quantity: { value: '3', unit: 'EA' }, ...counted },
      { 'idempotency-key': key },
    )
  const screws = { location: 'IMPLANT-ROOM', item: { code: 'IMP-SCREW-65' }, lot: 'MX65-0501' }
  t.is((await count('a', { ...screws, owner: 'MERIDIAN' })).status, 202)
  t.is((await count('b', { item: { code: 'HEM-GEL-8' }, owner: 'HARBOR' })).status, 202)
  interface Level {
    readonly location: string
    readonly item: string
    readonly onHand: string
    readonly min: string
    readonly owners: readonly { readonly owner: string; readonly onHand: string }[]
  }
  const list = async (limit: number): Promise<readonly Level[]> => {
    const found: Level[] = []
    let after = ''
    do {
      const page = (await (await caller.get(`/api/system/v1/stock?limit=${String(limit)}${after}`)).json()) as { items: Level[]; next: string | null }
      found.push(...page.items)
      after = page.next === null ? '' : `&after=${page.next}`
    } while (after !== '')
    return found
  }
  const all = await until(
    () => list(500),
    (rows) => rows.flatMap(({ owners }) => owners).filter(({ owner }) => owner !== '').length === 2,
  )
  t.deepEqual(await list(1), all)
  const names = all.map(({ item, location }) => `${location} ${item}`)
  t.deepEqual(names, [...new Set(names)].sort())
  const find = (item: string) => all.filter((level) => level.item === item && level.location !== 'ORTHO-CART')
  t.like(find('IMP-SCREW-65')[0], { location: 'IMPLANT-ROOM', onHand: '0', min: '0', owners: [{ owner: 'MERIDIAN', onHand: '3' }] })
  t.like(find('HEM-GEL-8')[0], {
    onHand: '12',
    min: '4',
    owners: [
      { owner: '', onHand: '12' },
      { owner: 'HARBOR', onHand: '3' },
    ],
  })
  const one = await caller.get('/api/system/v1/stock/IMPLANT-ROOM/IMP-SCREW-65')
  t.is(one.status, 200)
  t.like(await one.json(), { owners: [{ owner: 'MERIDIAN', onHand: '3' }], balances: [{ lot: 'MX65-0501', owner: 'MERIDIAN', onHand: '3' }] })
  t.is((await caller.get('/api/system/v1/stock/OR-CORE/IMP-SCREW-65')).status, 404)
})

test('the system API pages in key order, filters, shows decimals as text, and answers 304 to who knows it', async (t) => {
  const running = await live(t)
  const caller = as(running)
  const seen: string[] = []
  let after = ''
  do {
    const page = (await (await caller.get(`/api/system/v1/items?limit=2${after === '' ? '' : `&after=${after}`}`)).json()) as {
      items: { item: string }[]
      next: string | null
    }
    t.true(page.items.length <= 2)
    seen.push(...page.items.map(({ item }) => item))
    after = page.next ?? ''
  } while (after !== '')
  t.deepEqual(seen, [...new Set(seen)].sort())
  t.true(seen.includes('SUT-VIC-30'))
  const all = (await (await caller.get('/api/system/v1/items?limit=500')).json()) as { items: { item: string }[]; next: null }
  t.deepEqual([all.items.map(({ item }) => item), all.next], [seen, null])

  const one = await caller.get('/api/system/v1/items/SUT-VIC-30')
  const body = (await one.json()) as { baseUom: string; lotRequired: boolean; units: { unit: string; numerator: number }[] }
  t.is(typeof body.lotRequired, 'boolean')
  t.true(Array.isArray(body.units))
  const tag = one.headers.get('etag') ?? ''
  t.regex(tag, /^"[\w-]{22}"$/)
  const known = await caller.get('/api/system/v1/items/SUT-VIC-30', { 'if-none-match': tag })
  t.deepEqual([known.status, await known.text()], [304, ''])
  t.is((await caller.get('/api/system/v1/items/SUT-VIC-30', { 'if-none-match': '"x"' })).status, 200)

  const stock = (await (await caller.get('/api/system/v1/stock?item=SUT-VIC-30')).json()) as { items: { location: string; onHand: string; item: string }[] }
  t.true(stock.items.length > 0)
  for (const row of stock.items) t.deepEqual([row.item, /^-?\d+(\.\d{0,5}[1-9])?$/.test(row.onHand)], ['SUT-VIC-30', true])
  const price = (await (await caller.get('/api/system/v1/prices?item=SUT-VIC-30')).json()) as { items: { price: string; currency: string }[] }
  t.true(price.items.every(({ price: amount }) => typeof amount === 'string'))
  for (const name of ['suppliers', 'locations', 'cost-centres', 'requisitions', 'orders', 'receipts', 'invoices', 'contracts', 'periods', 'changes'])
    t.is((await caller.get(`/api/system/v1/${name}`)).status, 200, name)
  for (const name of ['items', 'suppliers', 'orders', 'receipts', 'invoices', 'contracts'])
    t.is((await caller.get(`/api/system/v1/${name}/NOBODY`)).status, 404, name)
  for (const query of ['after=zzz', `after=${Buffer.from('[1]').toString('base64url')}`, 'limit=0', 'colour=red', 'status='])
    t.is((await caller.get(`/api/system/v1/items?${query}`)).status, 400, query)
  for (const path of [
    'processes',
    'replenishment/demand',
    'replenishment/requisitions',
    'procure-to-pay/orders',
    'procure-to-pay/receipts',
    'procure-to-pay/invoices',
  ])
    t.is((await caller.get(`/api/process/v1/${path}`)).status, 200, path)
  for (const path of ['onboarding/suppliers', 'allocation/accruals', 'allocation/journal-lines'])
    t.is((await caller.get(`/api/process/v1/${path}`)).status, 200, path)
  t.is((await caller.get('/api/process/v1/procure-to-pay/orders/NOBODY')).status, 404)
})

test('what is old says so and until when', async (t) => {
  const running = await live(t, { load: false })
  const answer = await as(running).get('/api/ops/v1/stock')
  t.is(answer.headers.get('deprecation'), '@1795305600')
  t.is(answer.headers.get('sunset'), 'Thu, 01 Jul 2027 00:00:00 GMT')
  t.regex(answer.headers.get('link') ?? '', /<\/api\/system\/v1\/stock>; rel="successor-version"/)
  const description = (await (await as(running).get('/openapi.json')).json()) as { paths: Record<string, { get?: { deprecated?: boolean } }> }
  t.true(description.paths['/api/ops/v1/stock']?.get?.deprecated)
  t.is(description.paths['/api/system/v1/stock']?.get?.deprecated, undefined)
})

test('an item of the worklist is shown whole, commented on, given to someone and found by who has it', async (t) => {
  const running = await live(t)
  const caller = as(running)
  await caller.post('/api/process/v1/usage', { ...USAGE, department: '7010' }, { 'idempotency-key': 'w' })
  const { items } = (await (await caller.get('/api/ops/v1/worklist')).json()) as { items: { id: number; kind: string; owner: string; severity: string }[] }
  const [item] = items
  t.is(item?.kind, 'UNKNOWN_DEPARTMENT')
  const path = `/api/ops/v1/worklist/${String(item?.id)}`
  const said = await caller.post(`${path}/comment`, { text: 'asked the OR', assignee: 'dana' }, { 'x-aqueduct-user': 'kim' })
  t.is(said.status, 200)
  const whole = (await (await caller.get(path)).json()) as { assignee: string; comments: { by: string; text: string }[] }
  t.is(whole.assignee, 'dana')
  t.like(whole.comments[0], { by: 'kim', text: 'asked the OR' })
  const found = async (query: string) => ((await (await caller.get(`/api/ops/v1/worklist?${query}`)).json()) as { items: unknown[] }).items.length
  t.deepEqual([await found('assignee=dana'), await found('assignee='), await found(`owner=${String(item?.owner)}`), await found('owner=nobody')], [1, 0, 1, 0])
  t.deepEqual([await found(`severity=${String(item?.severity)}`), await found('assignee=dana&limit=1')], [1, 1])
  t.is((await caller.post(`${path}/comment`, {})).status, 400)
  t.is((await caller.post('/api/ops/v1/worklist/99/comment', { text: 'x' })).status, 404)
  const nameless = await caller.post(`${path}/resolve`, { action: 'release', reason: 'fine' })
  t.deepEqual([nameless.status, ((await nameless.json()) as { findings: { place: string }[] }).findings[0]?.place], [400, 'body.by'])
})
