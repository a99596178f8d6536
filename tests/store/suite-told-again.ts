/** Through the store and the real bridge: a thing told whole books and takes back exactly; what several senders tell is booked once. */
import type { TestFn } from 'ava'
import { SCALE, formatEventId } from '../../channels/contract/index.ts'
import { createBridge } from '../../erp-bridge/index.ts'
import { event, firstItem, idAt, intakeOp, itemRow, openItems, policies, resolution, states } from './fixtures.ts'
import type { Harness } from './fixtures.ts'
import { resources } from './suite-resources.ts'
import type { Open } from './suite.ts'

const PROCEDURE = 'https://ehr.example/fhir|Procedure/7'
const PIECE = { occurredAt: '2026-03-02', item: { code: 'IMP-1' }, quantity: { value: '1', unit: 'EA' }, location: 'OR1', case: 'case-1' }

/** A hospital with owned implants, four of them in the room. */
async function hospital(h: Harness): Promise<void> {
  await h.again(createBridge())
  const accounts = { ...policies.accounts, expense: { default: '5' } }
  await h.value({ op: 'configuration', id: 'hospital', files: '{}', overrides: '{}', policies: { ...policies, accounts } })
  const load = (table: 'items' | 'stock' | 'locations' | 'departments' | 'cost-centres' | 'prices', row: Record<string, string>) =>
    h.value({ op: 'load', table, rows: [row], by: 'ann', source: `${table}.csv` })
  await load('cost-centres', { cost_centre: 'CC1', name: 'Theatre', status: 'active' })
  await load('departments', { department: 'D1', name: 'Theatre', cost_centre: 'CC1', service_line: '' })
  await load('locations', { location: 'OR1', name: 'Room 1', department: 'D1', status: 'active' })
  await load('items', itemRow('IMP-1'))
  await load('prices', { item: 'IMP-1', supplier: 'S1', unit: 'EA', valid_from: '2026-01-01', valid_to: '', price: '10.00', currency: 'USD' })
  await load('stock', { location: 'OR1', item: 'IMP-1', on_hand: '4', min: '0', max: '5' })
}

/** A version of the Procedure that tells these serial numbers. */
async function procedure(h: Harness, serials: readonly string[], said: object = {}): Promise<number> {
  const id = idAt(h.clock)
  const events = serials.map((serial, i) =>
    event({
      n: i + 1,
      anchor: `focalDevice[${String(i + 1)}]`,
      bridge: 'erp',
      body: JSON.stringify({ id: `${String(id)}.${serial}`, ...PIECE, serial, ...said }),
      statement: { subject: PROCEDURE, line: `Device/${serial}`, reversal: 'SupplyReversed' },
    }),
  )
  const message = intakeOp(id, { config: 'hospital', channel: 'or-implants-fhir', events, deliveries: [], restates: [{ subject: PROCEDURE, at: 0 }] })
  await h.value(resources({ messages: [message] }))
  return id
}

async function scan(h: Harness, serial: string, type = 'SupplyUsed'): Promise<number> {
  const id = idAt(h.clock)
  await h.value(intakeOp(id, { config: 'hospital', deliveries: [], events: [event({ type, bridge: 'erp', body: JSON.stringify({ ...PIECE, serial }) })] }))
  return id
}

const onHand = async (h: Harness) => (await h.reader.rows({ table: 'stock' })).items[0]?.on_hand
const documents = async (h: Harness, id: number) =>
  (await h.reader.message(id))?.events.flatMap((each) => each.deliveries.map((out) => `${out.kind} ${out.state}`))

export function toldAgainSuite(test: TestFn, open: Open): void {
  test('traps 69 and 70: a version of a Procedure without a device takes back that device alone and once, before it was sent and after', async (t) => {
    const h = await open(t)
    await hospital(h)
    const first = await procedure(h, ['S1', 'S2'])
    t.deepEqual(await openItems(h), [])
    t.is(await onHand(h), 2 * SCALE)
    const second = await procedure(h, ['S2'])
    t.is(await onHand(h), 3 * SCALE)
    t.deepEqual((await documents(h, first))?.sort(), ['goods-issue CANCELLED', 'goods-issue QUEUED', 'journal CANCELLED', 'journal QUEUED'])
    t.deepEqual(await documents(h, second), [])
    for (const work of await h.reader.openWork('erp', -1, 9))
      await h.value({ op: 'settle', message: work.message, n: work.n, state: 'SENT', attempts: 1, due: 0, failure: null, reference: 'R', step: null })
    const third = await procedure(h, [])
    t.is(await onHand(h), 4 * SCALE)
    t.deepEqual((await documents(h, third))?.sort(), ['goods-return QUEUED', 'journal QUEUED'])
    t.deepEqual(await openItems(h), [])
    t.deepEqual(await states(h, await procedure(h, [])), [], 'taken back once')
  })

  test('trap 62: what the scan and the Procedure tell is booked once, whoever comes first, and the trace names both', async (t) => {
    const h = await open(t)
    await hospital(h)
    const scanned = await scan(h, 'S1')
    const told = await procedure(h, ['S1', 'S2'])
    t.is(await onHand(h), 2 * SCALE)
    t.deepEqual(await states(h, told), ['APPLIED', 'APPLIED'])
    t.is((await documents(h, told))?.length, 2, 'of S2 alone')
    const again = await scan(h, 'S2')
    t.is(await onHand(h), 2 * SCALE)
    t.deepEqual(await documents(h, again), [])
    const edge = {
      from: formatEventId(told, 'usage', 'focalDevice[1]'),
      to: formatEventId(scanned, 'usage', 'FT1[1]'),
      because: 'tells the same use again',
    }
    for (const id of [edge.from, edge.to]) t.true((await h.reader.trace(id)).edges.some((each) => JSON.stringify(each) === JSON.stringify(edge)))
  })

  test('a telling that is taken back leaves the use of the other; the use goes with what told it first', async (t) => {
    const h = await open(t)
    await hospital(h)
    await scan(h, 'S1')
    await procedure(h, ['S1', 'S2'])
    await procedure(h, ['S2'])
    t.is(await onHand(h), 2 * SCALE, 'the scan still stands')
    await scan(h, 'S2')
    await procedure(h, [])
    t.is(await onHand(h), 3 * SCALE)
    await scan(h, 'S1', 'SupplyReversed')
    t.is(await onHand(h), 4 * SCALE)
    t.deepEqual(await openItems(h), [])
  })

  test('tellings of one batch are one use too, also beside resources of their own', async (t) => {
    const h = await open(t)
    await hospital(h)
    await Promise.all([scan(h, 'S1'), procedure(h, ['S1']), scan(h, 'S2'), procedure(h, ['S1', 'S2']), procedure(h, ['S2'])])
    t.is(await onHand(h), 2 * SCALE)
  })

  test('a use that waits is cancelled with what takes it back; what a person gave goes into the reversal', async (t) => {
    const h = await open(t)
    await hospital(h)
    const unknown = { item: { code: 'NEW-1' } }
    const waiting = await procedure(h, ['S1'], unknown)
    t.deepEqual(await states(h, waiting), ['WAITING'])
    await procedure(h, [], unknown)
    t.deepEqual([await states(h, waiting), await openItems(h)], [['CANCELLED'], []])
    const told = await procedure(h, ['S3'], unknown)
    await h.value({ ...resolution, item: (await firstItem(h)).id, action: 'edit', value: 'IMP-1' })
    t.deepEqual([await states(h, told), await onHand(h)], [['APPLIED'], 3 * SCALE])
    const gone = await procedure(h, [])
    t.like((await h.reader.message(gone))?.events[0]?.body['item'], { code: 'IMP-1' })
    t.is(await onHand(h), 4 * SCALE)
  })
}
