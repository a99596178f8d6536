import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { formatMessageId } from '../../../channels/contract/index.ts'
import { aqueduct } from './aqueduct.ts'

interface Request {
  readonly method: string
  readonly path: string
  readonly token: string
  readonly body: unknown
}

/** An operations API that answers what it is told to, and a data directory that names it. */
async function engine(
  t: ExecutionContext,
  answers: Readonly<Record<string, { status?: number; body: unknown }>>,
): Promise<{ dir: string; requests: Request[] }> {
  const requests: Request[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    request.on('end', () => {
      const path = request.url ?? ''
      requests.push({ method: request.method ?? '', path, token: request.headers.authorization ?? '', body: text === '' ? null : JSON.parse(text) })
      const answer = answers[path.replace('/api/ops/v1', '')] ?? { status: 404, body: { error: { text: 'unknown' } } }
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const dir = await mkdtemp(join(tmpdir(), 'aqueduct-cli-'))
  await writeFile(join(dir, 'engine.json'), JSON.stringify({ pid: 1, api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'secret' }))
  t.teardown(async () => {
    server.close()
    await rm(dir, { recursive: true })
  })
  return { dir, requests }
}

test('resolve sends action, value and reason with the token of engine.json', async (t) => {
  const { dir, requests } = await engine(t, { '/worklist/7/resolve': { body: { kind: 'resolved', resumed: 500, rerun: [] } } })
  const { code, out } = await aqueduct(['resolve', '7', '--action', 'edit', '--value', 'OR-MAIN', '--reason', 'moved', '--data', dir])
  t.is(code, 0)
  t.is(out, 'item 7 closed; 500 events went on\n')
  t.deepEqual(requests, [
    {
      method: 'POST',
      path: '/api/ops/v1/worklist/7/resolve',
      token: 'Bearer secret',
      body: { action: 'edit', reason: 'moved', value: 'OR-MAIN', erpRef: null },
    },
  ])
})

test('a refused resolution is a finding', async (t) => {
  const { dir } = await engine(t, { '/worklist/7/resolve': { body: { kind: 'refused', text: 'it is closed already' } } })
  const { code, err } = await aqueduct(['resolve', '7', '--action', 'retry', '--data', dir])
  t.is(code, 1)
  t.true(err.includes('item 7 was not closed: it is closed already'))
})

test('a wrong token is a finding with words, not a stack', async (t) => {
  const { dir } = await engine(t, { '/channels': { status: 401, body: {} } })
  const { code, err } = await aqueduct(['channels', '--data', dir])
  t.is(code, 1)
  t.is(err, 'aqueduct: the engine refused the token: read it from engine.json in its data directory\n')
})

test('load names missing and unknown columns before anything is sent', async (t) => {
  const { dir, requests } = await engine(t, {})
  const file = join(dir, 'stock.csv')
  await writeFile(file, 'location,item,on_hand,minimum\nOR,A,1,2\n')
  const { code, err } = await aqueduct(['load', 'stock', file, '--data', dir])
  t.is(code, 1)
  t.true(err.includes(`${file}(1) stock needs the columns min, max`))
  t.true(err.includes(`${file}(1) stock has no column “minimum”; it has location,item,on_hand,min,max`))
  t.deepEqual(requests, [])
})

test('load refuses bytes that are no UTF-8 and values that do not fit, all at once, and sends nothing', async (t) => {
  const { dir, requests } = await engine(t, {})
  const file = join(dir, 'stock.csv')
  await writeFile(file, Buffer.from('location,item,on_hand,min,max\nB\xfcro,A,1,2,3\n', 'latin1'))
  const latin = await aqueduct(['load', 'stock', file, '--data', dir])
  t.is(latin.code, 1)
  t.regex(latin.err, /not UTF-8/)
  await writeFile(file, 'location,item,on_hand,min,max\nL,A,-1,2,3\nL,B,1,3,2\n')
  const bad = await aqueduct(['load', 'stock', file, '--data', dir])
  t.is(bad.code, 1)
  t.true(bad.err.includes(`${file}(2) column on_hand: it must not be negative`))
  t.true(bad.err.includes(`${file}(3) column max: it is below min`))
  t.deepEqual(requests, [])
})

for (const [action, ...more] of [['link', '--erp-ref', 'PO-1'], ['discard']]) {
  test(`resolve --action ${action} without a reason is a usage error`, async (t) => {
    const { code, err } = await aqueduct(['resolve', '7', '--action', action ?? '', ...more])
    t.is(code, 2)
    t.true(err.includes(`${action} needs --reason`))
  })
}

test('the worklist prints what can be done with each item', async (t) => {
  const item = {
    id: 3,
    kind: 'UNKNOWN_PRICE',
    subject: 'price:A',
    state: 'open',
    text: 'x',
    owner: 'o',
    severity: 'normal',
    openedAt: '',
    dueAt: '',
    waiting: 0,
    waiters: [],
    resolution: null,
    actions: ['retry', 'link', 'discard'],
  }
  const { dir } = await engine(t, { '/worklist?state=open&limit=50': { body: { items: [item], next: null } } })
  const { out } = await aqueduct(['worklist', '--data', dir])
  t.true(out.includes('  can: aqueduct resolve 3 retry | link --erp-ref R --reason WORDS | discard --reason WORDS'))
})

test('load sends the rows and their source', async (t) => {
  const { dir, requests } = await engine(t, { '/load/cost-centres': { body: { loaded: 1, closed: 1, resumed: 3 } } })
  const file = join(dir, 'centres.csv')
  await writeFile(file, '\uFEFFcost_centre,name,status\r\n"CC-1","One, first",active\r\n')
  const { code, out } = await aqueduct(['load', 'cost-centres', file, '--data', dir])
  t.is(code, 0)
  t.is(out, 'cost-centres: 1 loaded; 1 worklist item closed, 3 events went on\n')
  t.deepEqual(requests[0]?.body, { rows: [{ cost_centre: 'CC-1', name: 'One, first', status: 'active' }], source: 'centres.csv' })
})

test('reload prints the issues of a refused configuration and fails', async (t) => {
  const issue = { file: 'channels/a/channel.yaml', line: 3, column: 5, code: 'bad-path', level: 'error', message: 'no such path' }
  const { dir } = await engine(t, { '/reload': { body: { applied: false, id: 'abc', issues: [issue] } } })
  const { code, out } = await aqueduct(['reload', '--data', dir])
  t.is(code, 1)
  t.regex(out, /channels\/a\/channel\.yaml\(3,5\).*no such path.*\[bad-path\]/)
  t.true(out.includes('refused: configuration abc stays active'))
})

test('trace prints the chain as a tree, and JSON alone with --json', async (t) => {
  const view = {
    nodes: [
      { kind: 'message', id: 'm1', ref: 'C-1', label: '' },
      { kind: 'event', id: 'm1.usage.FT1[1]', ref: 'APPLIED', label: 'SupplyUsed' },
      { kind: 'document', id: 'KEY', ref: 'GI-1', label: 'goods-issue' },
    ],
    edges: [
      { from: 'm1', to: 'm1.usage.FT1[1]', because: 'usage' },
      { from: 'm1.usage.FT1[1]', to: 'KEY', because: 'used' },
    ],
  }
  const { dir } = await engine(t, { '/trace/GI-1': { body: view } })
  const { code, out } = await aqueduct(['trace', 'GI-1', '--data', dir])
  t.is(code, 0)
  t.is(out, 'message  m1  C-1\n└─ event  m1.usage.FT1[1]  APPLIED  SupplyUsed — usage\n   └─ * document  KEY  GI-1  goods-issue — used\n')
  t.deepEqual(JSON.parse((await aqueduct(['trace', 'GI-1', '--data', dir, '--json'])).out), view)
})

test('a trace of nothing is a finding', async (t) => {
  const { dir } = await engine(t, { '/trace/X': { body: { nodes: [], edges: [] } } })
  const { code, err } = await aqueduct(['trace', 'X', '--data', dir])
  t.is(code, 1)
  t.true(err.includes('nothing is known by the name X'))
})

for (const [args, words] of [
  [['messages', '--state', 'FOO'], '--state must be one of RECEIVED'],
  [['replay', 'notanid'], '“notanid” is no message id'],
  [['trace', ''], 'ID is empty'],
] as const) {
  test(`“${args.join(' ')}” is a usage error`, async (t) => {
    const { code, err } = await aqueduct([...args, '--data', '/nowhere'])
    t.is(code, 2)
    t.true(err.includes(words))
  })
}

test('an address where nothing listens is said in words', async (t) => {
  const { code, err } = await aqueduct(['channels', '--api', 'http://127.0.0.1:1', '--token', 'x'])
  t.is(code, 3)
  t.regex(err, /127\.0\.0\.1:1 does not answer/)
  t.regex((await aqueduct(['channels', '--api', 'nonsense', '--token', 'x'])).err, /that is no URL/)
})

test('a replay that changes nothing says where the message stands', async (t) => {
  const id = formatMessageId(4096)
  const held = { nodes: [{ kind: 'worklist', id: 'worklist 7', ref: 'open', label: '' }], edges: [] }
  const answers = { [`/messages/${id}/replay`]: { body: { events: 0 } }, [`/messages/${id}`]: { body: { state: 'SENT' } } }
  const sent = await engine(t, answers)
  t.is((await aqueduct(['replay', id, '--data', sent.dir])).out, `nothing to do: ${id} is already SENT\n`)
  const other = await engine(t, { ...answers, [`/trace/${id}`]: { body: held } })
  t.is((await aqueduct(['replay', id, '--data', other.dir])).out, `nothing to do: ${id} is held as worklist item 7\n`)
})

test('answered codes are listed and one is forgotten by its subject', async (t) => {
  const kept = { kind: 'UNMAPPED_CODE', subject: 'departments:7010', value: 'D-70', by: 'ann', at: '', item: 3 }
  const { dir, requests } = await engine(t, {
    '/translations': { body: { items: [kept] } },
    '/translations/UNMAPPED_CODE/departments%3A7010': { body: { forgotten: true } },
  })
  t.regex((await aqueduct(['translations', '--data', dir])).out, /UNMAPPED_CODE +departments:7010 +D-70 +ann/)
  t.is((await aqueduct(['translations', '--forget', 'departments:7010', '--data', dir])).code, 0)
  t.is(requests.at(-1)?.method, 'DELETE')
  t.is((await aqueduct(['translations', '--forget', 'departments:1', '--data', dir])).code, 1)
})
