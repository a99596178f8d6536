import test from 'ava'
import { message, openHospital, POLICIES, sendHl7 } from './hospital.ts'
import { sandboxErp } from './sandbox.ts'
import { USAGE } from './scenario.ts'

test('a legacy ledger takes the journals of its company while the new ERP takes everything else', async (t) => {
  const ledger = await sandboxErp()
  t.teardown(() => ledger.stop())
  const erp = await sandboxErp()
  const hospital = await openHospital(erp, {
    'destinations/ledger.yaml': ledger.destination(),
    'policies/bridge.yaml': POLICIES.replace("routes: { '*': erp }", "routes: { 'H1/journal': ledger, '*': erp }"),
  })
  t.teardown(() => hospital.stop())
  t.is(await sendHl7(hospital, USAGE), 'AA')
  const sent = async () => {
    const view = await message(hospital, 'SEED-1')
    const deliveries = view?.events.flatMap((event) => event.deliveries) ?? []
    return view?.state === 'SENT' ? deliveries : null
  }
  let deliveries = await sent()
  for (let i = 0; i < 400 && deliveries === null; i++) {
    await new Promise((wake) => setTimeout(wake, 25))
    deliveries = await sent()
  }
  t.deepEqual(new Set(deliveries?.map(({ kind, destination }) => `${kind} ${destination}`)), new Set(['goods-issue erp', 'requisition erp', 'journal ledger']))
  for (const { kind, key, destination } of deliveries ?? []) {
    t.is(await ledger.count(kind, key ?? ''), destination === 'ledger' ? 1 : 0, kind)
    t.is(await erp.count(kind, key ?? ''), destination === 'erp' ? 1 : 0, kind)
  }
})
