import test from 'ava'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { Worker } from 'node:worker_threads'
import type { Answer, DeliveryWork, LedgerOp, LedgerOps, OpName } from '../../channels/contract/index.ts'
import { connectLedger, connectReader } from '../../store/index.ts'
import type { ConnectedLedger } from '../../store/index.ts'
import { OpsWriter, readOps } from '../../store/thread/wire.ts'
import { StillClock, event, idAt, intakeOp, itemRow, policies, unmapped } from './fixtures.ts'
import { sqliteStore } from './sqlite.ts'
import { key, query, resources, write } from './suite-resources.ts'

async function place(t: ExecutionContext) {
  const file = await sqliteStore(t)
  return (serve: string) => {
    const worker = new Worker(new URL('./ledger-thread.js', import.meta.url), { workerData: { file, serve } })
    t.teardown(() => worker.terminate())
    return worker
  }
}

const ask = <Name extends OpName>(ledger: ConnectedLedger, op: LedgerOps[Name]['op'] & { readonly op: Name }) =>
  new Promise<Answer<Name>>((resolve) => ledger.submit<Name>(op, resolve))

test('a ledger in another thread answers each op its own answer, and tells its work', async (t) => {
  const start = await place(t)
  const ledger = connectLedger(start('ledger'))
  const reader = connectReader(start('reader'))
  const work: DeliveryWork[] = []
  ledger.onWork((each) => work.push(...each))
  const clock = new StillClock()
  const [a, b] = [idAt(clock), idAt(clock)]
  const answers = await Promise.all([
    ask(ledger, { op: 'configuration', id: 'cfg1', files: '{}', overrides: '{}', policies }),
    ask(ledger, { op: 'load', table: 'items', rows: [itemRow('IMP-1')], by: 'ann', source: 'items.csv' }),
    ask(ledger, intakeOp(a, { controlId: 'A1', events: [event({ bridge: 'erp' })], deliveries: [] })),
    ask(ledger, intakeOp(b, { controlId: 'A1' })),
    ask(ledger, { op: 'claim', message: b, n: 9, attempts: 1 }),
    ask(ledger, { op: 'load', table: 'items', rows: [itemRow('')], by: 'ann', source: 'items.csv' }),
  ])
  t.like(answers[0], { ok: true, value: { done: true } })
  t.like(answers[1], { ok: true, value: { loaded: 1 } })
  t.deepEqual(answers[2], { ok: true, value: { kind: 'stored' } })
  t.like(answers[3], { ok: true, value: { kind: 'duplicate', message: a } })
  t.deepEqual(answers[4], { ok: true, value: { claimed: false } })
  t.like(answers[5], { ok: false, fault: { code: 'BAD_VALUE' } })
  t.deepEqual(
    work.map((each) => [each.message, each.destination]),
    [[a, 'erp']],
  )
  t.is(ledger.pending(), 0)
  t.deepEqual(Buffer.from((await reader.raw(a)) ?? []).toString(), 'MSH|^~\\&|EHR|A1\r')
  await ledger.stop()
  await reader.stop()
  await t.throwsAsync(reader.highest(), { message: /ended/ })
})

test('when the ledger’s thread dies, what is pending fails, and so does what comes after', async (t) => {
  const ledger = connectLedger((await place(t))('die'))
  const failed = new Promise<Error>((resolve) => ledger.onFailure(resolve))
  const answers = await Promise.all([1, 2].map(() => ask(ledger, { op: 'tick' })))
  for (const answer of answers) t.like(answer, { ok: false, fault: { code: 'STORE_FAILED' } })
  t.regex((await failed).message, /code 3/)
  t.like(await ask(ledger, { op: 'tick' }), { ok: false, fault: { code: 'STORE_FAILED' } })
  t.is(ledger.pending(), 0)
})

test('ops cross the threads unchanged', (t) => {
  const bytes = fc.uint8Array({ maxLength: 40 })
  const intake = fc
    .record({
      raw: bytes,
      hash: bytes,
      ackBytes: fc.option(bytes),
      controlId: fc.string(),
      events: fc.nat(3),
      keys: fc.nat(2),
      needs: fc.boolean(),
      fault: fc.boolean(),
      restates: fc.boolean(),
    })
    .map((draw) =>
      intakeOp(5, {
        raw: draw.raw,
        hash: draw.hash,
        controlId: draw.controlId,
        ack: draw.ackBytes && { code: 'AE', at: 7, bytes: draw.ackBytes },
        fault: draw.fault ? { code: 'BAD_VALUE', text: 'x' } : null,
        ...(draw.restates ? { restates: [{ subject: draw.controlId, at: 7 }] } : {}),
        events: Array.from({ length: draw.events }, (_, i) =>
          event({
            n: i + 1,
            bridge: i === 1 ? 'erp' : null,
            needs: draw.needs ? [unmapped] : [],
            ...(draw.restates && i === 0 ? { statement: { subject: draw.controlId, line: 'l', reversal: 'SupplyReversed' } } : {}),
            keys: Array.from({ length: draw.keys }, () => ({ kind: 'lot' as const, value: draw.controlId })),
          }),
        ),
      }),
    )
  const written = fc.record({ messages: fc.array(intake, { maxLength: 2 }), keys: fc.nat(3), versions: fc.nat(3), more: fc.boolean() }).map((draw) =>
    resources({
      messages: draw.messages,
      writes: Array.from({ length: draw.versions }, (_, i) =>
        write('1', { version: i + 1, keys: Array.from({ length: draw.keys }, () => key('date', { low: -0.5, high: 2 })) }),
      ),
      expects: draw.more ? [{ query: query({ ids: ['1'] }), found: ['Procedure/1'] }] : [],
      ...(draw.more ? { cursor: { source: 's', kind: 'k', value: 'v' } } : {}),
    }),
  )
  const other = fc.constantFrom<LedgerOp>(
    { op: 'tick' },
    { op: 'claim', message: 4, n: 2, attempts: 1 },
    { op: 'settle', message: 4, n: 2, state: 'HELD', attempts: 1, due: 5, failure: { code: 'NO_ANSWER', text: 'x' }, reference: null, step: 's' },
    { op: 'acknowledge', message: 4, ack: { code: 'AA', at: 1, bytes: Uint8Array.of(1, 2) } },
    { op: 'audit', who: 'a', what: 'b', subject: 'c' },
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(intake, written, other)), (ops: LedgerOp[]) => {
      const writer = new OpsWriter()
      for (const op of ops) writer.add(op)
      const plain = (op: LedgerOp): unknown =>
        JSON.parse(JSON.stringify(op, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : Buffer.isBuffer(value) ? [...value] : value)))
      t.deepEqual(readOps(structuredClone(writer.take())).map(plain), ops.map(plain))
    }),
    { numRuns: 200 },
  )
})
