import test from 'ava'
import { openHospital } from '../procure-to-pay/hospital.ts'
import { account, play } from '../procure-to-pay/scenario.ts'
import type { Hazard } from '../procure-to-pay/scenario.ts'
import { trytonSide } from './erp/side.ts'
import { startTryton } from './erp/start.ts'
import { balances } from './flows.ts'

const calm: Hazard = () => Promise.resolve()

test.serial('a scan in the operating room becomes stock, requisition, order, receipt, journal and a released invoice in Tryton', async (t) => {
  const erp = await startTryton(t)
  const buyer = await erp.buyer()
  const opening = (await buyer.rows('account.move.line', [], [])).at(-1)?.id ?? 0
  const hospital = await openHospital(trytonSide(erp))
  t.teardown(() => hospital.stop())
  const played = await play(hospital, calm, t.log)
  t.deepEqual(await account(hospital, played), [])

  // R28: one stem out and two in; used once, ten dollars a piece too dear; nothing is left in 5190 and 2110, so nothing was booked twice.
  t.deepEqual(await balances(buyer, [['id', '>', opening]]), ['1410 1850.00', '5100 1870.00', 'Main Payable -3720.00'])
  const [invoice] = await buyer.rows('account.invoice', [['reference', '=', played.invoice]], ['state', 'total_amount'])
  t.is(invoice?.['state'], 'posted')
  t.is((invoice?.['total_amount'] as { readonly decimal: string }).decimal, '3720.00')
  const key = played.documents.find((document) => document.kind === 'journal')?.key ?? ''
  const lines = await buyer.rows('account.move.line', [['move.description', 'like', `${key}%`]], ['account.code', 'debit', 'credit'])
  const amounts = lines.map((line) => [
    (line['account.'] as { readonly code: string }).code,
    (line['debit'] as { readonly decimal: string }).decimal,
    (line['credit'] as { readonly decimal: string }).decimal,
  ])
  t.deepEqual(new Set(amounts.map(String)), new Set(['5100,1850.00,0', '5190,0,1850.00']), JSON.stringify(amounts))
  const analytic = await buyer.rows('analytic_account.line', [['move_line.move.description', 'like', `${key}%`]], ['account.code'])
  t.deepEqual(new Set(analytic.map((line) => (line['account.'] as { readonly code: string }).code)), new Set(['CC-7010', 'ORTHO']))
})

test.serial('nothing is lost or posted twice when the engine and Tryton are killed at every step', async (t) => {
  const hospital = await openHospital(trytonSide(await startTryton(t)))
  t.teardown(() => hospital.stop())
  let strikes = 0
  const hazard: Hazard = async (_step, where) => {
    strikes++
    // Early in one step, late in the next, so that sending, deciding and delivering are all struck.
    await new Promise((wake) => setTimeout(wake, (strikes * 137) % 600))
    if (strikes % 3 !== 2) await where.crash()
    if (strikes % 3 !== 1) await where.erp.crash()
  }
  const played = await play(hospital, hazard, t.log)
  t.deepEqual(await account(hospital, played), [])
})
