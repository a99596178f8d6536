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
  // One implant from its scan to the invoice in the books.
  const story = [
    /OR documents IMP-PLATE-6: UDI-DI 00812345001051, lot LP06-3312, serial 000088, expiry 2031-05-31/,
    /item master knows it: .* active, owned, GTIN 00812345001051/,
    /GI-\d+: 1 EA of IMP-PLATE-6 used at IMPLANT-ROOM from owned stock/,
    /REQ-\d+: .*fell to 3 available, min is 3: 3 EA fill it to 6/,
    /JE-\d+: debit 486\.00 on 6110 for cost centre CC-4120, service line ORTHOPAEDICS; credit 486\.00 on 1400/,
    /The buyer approves requisition REQ-\d+/,
    /The ERP orders: PO-\d+, 3 EA of IMP-PLATE-6 at 486/,
    /The dock receives all of it/,
    /The supplier invoices MO-90117 as X12 810, at 498\.00/,
    /Worklist item \d+ for ap: .*IMP-PLATE-6 is invoiced at 498/,
    /its story: used in \S+, requested as REQ-\d+, ordered as PO-\d+/,
    /Supply chain comments/,
    /Accounts payable releases it with a reason: the invoice is in the books/,
    /From the invoice MO-90117 back to the scan/,
    /message +ORU-260302-0007/,
  ]
  const places = story.map((step) => out.search(step))
  t.true(
    places.every((place, n) => place >= 0 && place > (places[n - 1] ?? -1)),
    `${places.join(' ')}\n${out}`,
  )
  t.true(out.includes('All accounts are complete'))
  t.deepEqual(await readdir(dir), [])
})
