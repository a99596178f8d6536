import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { aqueduct } from './aqueduct.ts'

test('the demo ends with complete accounts, one of them fixed on the worklist, and leaves nothing behind', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'aqueduct-demo-test-'))
  t.teardown(() => rm(dir, { recursive: true }))
  const { code, out, err } = await aqueduct(['demo'], { TMPDIR: dir })
  t.is(code, 0, out + err)
  t.regex(out, /worklist item \d+: UNMAPPED_CODE departments:7990/i)
  t.regex(out, /aqueduct resolve \d+ --action edit --value OR-MAIN .*went on by itself/)
  for (const kind of ['purchase-order', 'goods-issue', 'requisition', 'journal', 'goods-return'])
    t.regex(out, new RegExp(`${kind} +[A-Z]+-\\d+ +key [0-9a-z]{12}`))
  t.true(out.includes('All accounts are complete'))
  t.deepEqual(await readdir(dir), [])
})
