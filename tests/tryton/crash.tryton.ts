import test from 'ava'
import { createTrytonConnector } from '../../erp-bridge/connectors/index.ts'
import type { ErpDocument } from '../../erp-bridge/connectors/index.ts'
import { definitionOf, startProxy } from './bench.ts'
import { startTryton } from './erp/start.ts'

const never = (): AbortSignal => new AbortController().signal

/** Before each of these calls Tryton dies once. */
const STEPS = ['stock.shipment.internal.create', 'stock.shipment.internal.wait', 'stock.shipment.internal.assign_try', 'stock.shipment.internal.done']

test('R31: Tryton is killed before each step of a consigned issue; each time it resumes, and in the end it is there once', async (t) => {
  const erp = await startTryton(t)
  const proxy = await startProxy(t, erp.url)
  const connector = createTrytonConnector(definitionOf(proxy, erp.database), Date.now)
  t.teardown(() => connector.stop())
  const key = 'x00000000001'
  const body = {
    key,
    eventId: 'm00000000001.usage.FT1',
    company: 'H1',
    documentDate: '2026-03-02',
    postingDate: '2026-03-02',
    location: 'OR-1',
    reason: 'usage',
    consigned: true,
    supplier: 'V-1001',
    lines: [{ line: 1, item: 'CUP-50', quantity: '1', unit: 'EA' }],
  }
  let document: ErpDocument = { kind: 'goods-issue', key, body, step: null }
  for (const step of STEPS) {
    let died = false
    proxy.before(async (request) => {
      if (died || !request.includes(`"model.${step}"`)) return
      died = true
      await erp.kill()
    })
    const outcome = await connector.deliver(document, never())
    t.is(outcome.kind, 'failed', step)
    t.true(died, step)
    proxy.before(null)
    await erp.restart()
    const found = await connector.lookup(key, 'goods-issue', never())
    document = { ...document, step: found.kind === 'partial' ? found.step : null }
  }
  const outcome = await connector.deliver(document, never())
  t.is(outcome.kind, 'sent', JSON.stringify(outcome))
  const buyer = await erp.buyer()
  const shipments = await buyer.rows('stock.shipment.internal', [['reference', 'like', `${key}%`]], ['state', 'reference'])
  t.deepEqual(
    shipments.map((row) => [row['reference'], row['state']]),
    [
      [`${key}/1`, 'done'],
      [key, 'done'],
    ],
  )
})
