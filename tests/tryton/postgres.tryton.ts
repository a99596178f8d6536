import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { createTrytonConnector } from '../../erp-bridge/connectors/index.ts'
import { startPostgres } from '../postgres.ts'
import { definitionOf } from './bench.ts'
import { FURNISH_MS, furnish, startTryton } from './erp/start.ts'

const LANES = 8
const ORDERS = 4
const never = (): AbortSignal => new AbortController().signal

test('R29: on PostgreSQL, orders of many lanes at once each exist once, with a number of their own', async (t) => {
  t.timeout(FURNISH_MS + 60_000)
  const postgres = await startPostgres('fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'jit=off')
  t.teardown(() => postgres.stop())
  await postgres.createDatabase('hospital')
  const folder = mkdtempSync(join(tmpdir(), 'aqueduct-tryton-pg-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const uri = postgres.url('').replace(/^postgres:/, 'postgresql:')
  await furnish(folder, 'hospital', uri)
  const erp = await startTryton(t, { folder, database: 'hospital', uri })
  const connector = createTrytonConnector(definitionOf(erp, 'hospital', { concurrency: LANES }), Date.now)
  t.teardown(() => connector.stop())
  const lane = async (n: number): Promise<string[]> => {
    const references: string[] = []
    for (let i = 0; i < ORDERS; i++) {
      const key = `p${String(n * ORDERS + i).padStart(11, '0')}`
      const body = {
        key,
        eventId: `m00000000001.${key}`,
        company: 'H1',
        documentDate: '2026-03-02',
        postingDate: '2026-03-02',
        orderType: 'bill-only',
        state: 'submitted',
        receiptExpected: false,
        supplier: 'V-1001',
        currency: 'USD',
        lines: [{ line: 1, item: 'CUP-50', quantity: '1', unit: 'EA', unitPrice: '900', currency: 'USD', amount: '900' }],
      }
      // What the ERP puts off because of another lane is tried again, as the engine does.
      for (let step: string | null = null; ;) {
        const outcome = await connector.deliver({ kind: 'purchase-order', key, body, step }, never())
        if (outcome.kind === 'sent') {
          references.push(outcome.reference ?? '')
          break
        }
        if (outcome.code !== 'DESTINATION_BUSY') throw new Error(`${outcome.code} ${outcome.text}`)
        step = outcome.step ?? step
      }
    }
    return references
  }
  const references = (await Promise.all(Array.from({ length: LANES }, (_, n) => lane(n)))).flat()
  t.is(new Set(references).size, LANES * ORDERS)
  const buyer = await erp.buyer()
  const made = await buyer.rows('purchase.purchase', [], ['number', 'reference', 'state'])
  t.is(made.length, LANES * ORDERS)
  t.is(new Set(made.map((row) => row['number'])).size, LANES * ORDERS)
  t.true(made.every((row) => row['state'] === 'quotation'))
})
